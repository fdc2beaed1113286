"""Bytes of one aligned pair: the rasters that the tutorial reads, and what a plan reads instead."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from table import Row

from icepair.testing.faults import FaultProxy

TASK = "1000 x 1000 of S1 onto 1500 x 2000 of S2"
_ROUNDING = 1e-7
"""Of sigma nought as linear power: a ten-thousandth of what the darkest water returns."""
_TUTORIAL = {
    "S1": ("Amplitude_HV", "noiseCorrectionMatrix_HV", "sigmaNought_HV", "lon", "lat"),
    "S2": ("B2", "B3", "B4"),
}
_WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("icepair, DAP2", {"protocol": "dap2"}),
    ("icepair, DAP4", {"protocol": "dap4"}),
    ("icepair, DAP2, compressed", {"protocol": "dap2", "compress": True}),
    ("icepair, DAP4, compressed", {"protocol": "dap4", "compress": True}),
)


def journey_rows(folder: Path, root: str, compressing: str) -> list[Row]:
    """Bytes of bodies and requests, declarations and probes included, as a proxy counts them.

    `root` and `compressing` are two servers of the same folder.
    """
    pair = folder / "pair"
    if not (pair / "truth.nc").exists():
        command = [sys.executable, "-m", "icepair", "simulate", str(pair), "--overwrite", "--quiet"]
        subprocess.run(command, check=True)
    files = {sensor: next(pair.glob(f"{sensor}*.nc")) for sensor in ("S1", "S2")}
    rows = [_tutorial_row(files, root)]
    local = _aligned({sensor: str(file) for sensor, file in files.items()})
    for name, changes in _WAYS:
        server = compressing if changes.get("compress") else root
        rows.append(_plan_row(name, changes, files, server, local))
    return rows


def _tutorial_row(files: dict[str, Path], root: str) -> Row:
    import netCDF4

    with FaultProxy(root) as proxy:
        begin = time.perf_counter()
        for sensor, names in _TUTORIAL.items():
            with netCDF4.Dataset(f"{proxy.url}/dodsC/pair/{files[sensor].name}") as dataset:
                for name in names:
                    dataset[name][...]
        return _row("netCDF4, rasters of the tutorial", proxy, begin, "not compared")


def _plan_row(
    name: str, changes: dict[str, Any], files: dict[str, Path], root: str, local: Any
) -> Row:
    from icepair.options import options

    with FaultProxy(root) as proxy, options(cache=False, **changes):
        begin = time.perf_counter()
        pair = _aligned({s: f"{proxy.url}/dodsC/pair/{file.name}" for s, file in files.items()})
        return _row(name, proxy, begin, _agreement(pair, local))


def _agreement(pair: Any, local: Any) -> str:
    """How the streamed pair compares with the one from the files.

    Sigma nought differs by roundings: its tables are rebuilt from a few of their lines.
    """
    apart = {name for name in local.data_vars if not pair[name].identical(local[name])}
    deviation = float(abs(pair.s1_sigma0_hv - local.s1_sigma0_hv).max())
    if apart - {"s1_sigma0_hv"} or not deviation < _ROUNDING:
        return f"WRONG: {', '.join(sorted(apart))}"
    return f"right; sigma nought within {deviation:.0e}"


def _aligned(addresses: dict[str, str]) -> Any:
    import icepair

    scenes = [icepair.open_scene(addresses[sensor]) for sensor in ("S1", "S2")]
    plan = icepair.plan(
        *scenes, s2_window=(0, 1500, 0, 2000), bands="B03", polarisation="HV"
    )  # fmt: skip
    return plan.run().compute()


def _row(client: str, proxy: FaultProxy, begin: float, outcome: str) -> Row:
    return Row(
        TASK,
        client,
        seconds=time.perf_counter() - begin,
        megabytes=proxy.bytes_down / 1e6,
        requests=proxy.requests,
        outcome=outcome,
    )
