"""The whole journey on simulated scenes, and how near the estimates come to the truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from icepair.errors import OutputError
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.pipeline.steps import Progress
from icepair.pipeline.summary import Summary

__all__ = ["demonstrate"]

_BASELINE = "N0510"
"""Of the optical scene; older ones carry places and angles of every pixel, which take longer."""
_OPTICAL_SHAPE, _RADAR_SHAPE = (900, 1200), (640, 680)
"""Rows and columns, lines and samples: enough to see floes, little enough to wait for."""
_THIN_SHARE, _BRASH = 0.05, 0.15
"""A plain scene of ice and water."""
_EVERY = 5
"""Every so manieth row and column is compared in position."""


def demonstrate(
    directory: str | Path,
    *,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress | None = None,
    simulating: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Simulate a pair, stream it from a server on this machine, align it, compare with the truth.

    Parameters
    ----------
    directory : str or Path
        Gets the result as from `icepair.pipeline.run.align`, and the scenes with ``truth.nc`` in
        its folder ``scenes``.
    seed : int
        Another number, another ice field.
    overwrite : bool
        Whether a folder that is not empty may be used.
    progress, simulating : optional
        Told how far the aligning and the simulating are.

    Returns
    -------
    dict
        ``summary`` (as ``summary.json``), ``folder`` and ``comparison``: by quantity its
        ``truth``, ``estimate``, ``difference`` and ``unit``; of concentrations ``uncertainty``.

    Raises
    ------
    OutputError
        The folder is not empty, or cannot be written.
    """
    from icepair.dap.server import serve
    from icepair.options import options
    from icepair.simulate import PairSettings, simulate_pair

    folder = Path(directory).expanduser().resolve()
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise OutputError(
            f"The folder {str(folder)!r} exists and is not empty. Choose another one, or replace "
            "the demo in it with --overwrite."
        )
    settings = PairSettings(
        seed=seed,
        baseline=_BASELINE,
        optical_shape=_OPTICAL_SHAPE,
        radar_shape=_RADAR_SHAPE,
        thin_share=_THIN_SHARE,
        brash=_BRASH,
    )
    made = simulate_pair(folder / "scenes", settings, progress=simulating)
    recipe = Recipe(source_position=True)
    # The scenes lie on this machine: a copy of them in the cache would be of no use to anyone.
    with serve(made.s1.parent) as server, options(cache=False):
        s1, s2 = (f"{server.url}/dodsC/{file.name}" for file in (made.s1, made.s2))
        summary = align(s1, s2, folder, recipe, overwrite=True, progress=progress)
    return {
        "summary": summary.values,
        "folder": str(folder),
        "comparison": _comparison(summary, made.truth),
    }


def _comparison(summary: Summary, truth_file: Path) -> dict[str, dict[str, Any]]:
    import xarray as xr

    with (
        xr.open_dataset(truth_file, engine="h5netcdf") as truth,
        xr.open_dataset(summary.folder / "pair.nc", engine="h5netcdf") as pair,
    ):
        rows = {
            f"{side}_ice_concentration": _row(
                float(truth.attrs[f"{side}_ice_concentration"]),
                summary[f"{side}.ice_concentration"],
                "1",
            )
            | {"uncertainty": summary[f"{side}.ice_concentration_uncertainty"]}
            for side in ("s1", "s2")
        }
        gap = np.datetime64(_utc(truth, "s2_time")) - np.datetime64(_utc(truth, "s1_time"))
        hours = float(gap / np.timedelta64(1, "us")) / 3.6e9
        rows["time_difference"] = _row(hours, summary["time_difference_hours"], "h")
        largest = float(_position_error_m(pair, truth).max())
        rows["largest_position_error"] = _row(0.0, largest, "m")
    return rows


def _utc(dataset: Any, name: str) -> str:
    return str(dataset.attrs[name]).removesuffix("Z")


def _row(truth: float, estimate: float | None, unit: str) -> dict[str, Any]:
    difference = None if estimate is None else estimate - truth
    return {"truth": truth, "estimate": estimate, "difference": difference, "unit": unit}


def _position_error_m(pair: Any, truth: Any) -> Any:
    """Distance in the radar image between where a pixel comes from and where it should."""
    # Read whole and thinned then, because HDF5 takes longer to skip than to read.
    thin = {"y": slice(None, None, _EVERY), "x": slice(None, None, _EVERY)}
    names = ["s1_line", "s1_sample"]
    found = pair[names].load().isel(thin)
    exact = truth[names].load().sel(y=found["y"], x=found["x"], method="nearest")
    line_m, sample_m = pair.attrs["s1_spacing_m"]
    return np.hypot(
        (found["s1_line"].values - exact["s1_line"].values) * line_m,
        (found["s1_sample"].values - exact["s1_sample"].values) * sample_m,
    )[np.isfinite(found["s1_line"].values)]
