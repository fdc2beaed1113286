"""From results of ``icepair align`` at several times to a folder that tells what changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair.conventions import SENSOR_NAMES
from icepair.errors import DamagedFileError, UsageError
from icepair.pair.values import iso_utc, plain_number
from icepair.pipeline.results import form_of_result, unreadable
from icepair.pipeline.staging import staged
from icepair.pipeline.steps import Progress, Steps
from icepair.pipeline.summary import Summary, made_with, write_summary

if TYPE_CHECKING:
    import xarray as xr

    from icepair._typing import ByteArray
    from icepair.ice.change.looks import Series
    from icepair.ice.methods import Sensor
    from icepair.write.series import MapWriter

__all__ = ["change"]

_CHOICES: dict[str, tuple[Sensor, ...]] = {"s1": ("s1",), "s2": ("s2",), "both": ("s1", "s2")}
_SERIES, _PIXELS = "change.nc", "change_pixels.nc"


def change(
    folders: Sequence[str | Path],
    out: str | Path,
    *,
    drift: Sequence[str | Path | tuple[float, float]] = (),
    sensor: str = "both",
    cell_m: float = 1000.0,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Compare results of `align` of one area, and write series, changes, maps and pictures.

    Parameters
    ----------
    folders : sequence of path
        Two or more folders that `align` wrote, earliest first, on parts of one grid.
    out : str or Path
        Folder for ``change.nc``, ``change_pixels.nc``, ``summary.json`` and pictures. It appears,
        or changes, only when everything is complete.
    drift : sequence
        How far the ice moved from each pair to the next: ``"DX,DY"`` or (dx, dy) in metres along
        the grid's x and y, or a NetCDF file with ``dx`` and ``dy``; none for ice that lay still.
    sensor : {"s1", "s2", "both"}
        Whose changes are wanted.
    cell_m : float
        Side of the cells of the maps, metres.
    overwrite : bool
        Whether a folder that is not empty may get the result.
    progress : Progress, optional
        Is told of every step.

    Returns
    -------
    Summary
        What is in ``summary.json``, and where.

    Raises
    ------
    UsageError
        One folder alone, out of order or one time twice; a drift too many; an unknown sensor.
    InputError
        A folder that is no result, or a damaged one; pairs on different grids; a file that is no
        drift field.
    NoOverlapError
        Pairs of different places.
    OutputError
        The result cannot be written; what was there before is untouched.
    """
    sensors = _sensors(sensor)
    steps = Steps(progress)
    with staged(out, overwrite=overwrite) as folder, _opened(folders, sensors, steps) as series:
        values = _write_all(series, drift, sensors, cell_m, folder, steps)
    return Summary(values, Path(out).expanduser().resolve())


def _sensors(sensor: str) -> tuple[Sensor, ...]:
    if sensor not in _CHOICES:
        raise UsageError(f"The sensor {sensor!r} is none of {', '.join(_CHOICES)}.")
    return _CHOICES[sensor]


@contextmanager
def _opened(
    folders: Sequence[str | Path], sensors: Sequence[Sensor], steps: Steps
) -> Iterator[Series]:
    """The pairs of all folders as a series, which are let go of in the end."""
    from icepair.ice.change.looks import series_of

    with ExitStack() as stack, steps.step("open"):
        pairs = [_pair_in(Path(folder), stack) for folder in folders]
        series = series_of(pairs, sensors, [str(folder) for folder in folders])
        stack_of_pairs = stack.pop_all()
    with stack_of_pairs:
        yield series


def _pair_in(folder: Path, stack: ExitStack) -> xr.Dataset:
    """The pair of a result; packed probabilities stay bytes.

    Raises
    ------
    InputError
        The folder is no result.
    DamagedFileError
        Its pair cannot be read.
    """
    import xarray as xr

    form = form_of_result(folder, "icepair change")
    try:
        pair = xr.open_dataset(
            folder / form.file, engine=form.engine, decode_coords="all", mask_and_scale=False,
            cache=False,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise unreadable(folder / form.file, error) from error
    stack.callback(pair.close)
    return pair


def _write_all(
    series: Series,
    drift: Sequence[str | Path | tuple[float, float]],
    sensors: Sequence[Sensor],
    cell_m: float,
    folder: Path,
    steps: Steps,
) -> dict[str, Any]:
    """Everything but the final name."""
    import xarray as xr

    from icepair.ice.change.classes import class_attributes
    from icepair.ice.change.described import step_times
    from icepair.ice.change.measure import measured
    from icepair.write.change_pictures import write_change_pictures
    from icepair.write.series import map_file, write_series

    drifts = _drifts(drift, len(series.looks) - 1)
    maps = {f"{s}_change": class_attributes(SENSOR_NAMES[s]) for s in sensors}
    grid = series.grid.assign_coords(step_times(series))
    with steps.step("change"):
        with map_file(grid, folder / _PIXELS, maps, _said("pixels", series)) as writer:
            found = measured(series, drifts, cell_m, sensors, _taker(writer))
        write_series(found, folder / _SERIES, _said("series", series) | found.attrs)
    with steps.step("pictures"), xr.open_dataset(
        folder / _PIXELS, engine="h5netcdf", decode_coords="all", mask_and_scale=False, cache=False
    ) as pixels:  # fmt: skip
        pictures = write_change_pictures(found, pixels, folder, sensors)
    values = _summary(series, found, sensors, drift)
    values["timings"] = steps.timings
    values["files"] = [_SERIES, _PIXELS, "summary.json", *pictures]
    values["provenance"] = made_with()
    write_summary(values, folder / "summary.json")
    return values


def _taker(writer: MapWriter) -> Any:
    def take(sensor: Sensor, step: int, rows: slice, classes: ByteArray) -> None:
        writer.put(f"{sensor}_change", step, rows, classes)

    return take


def _said(what: str, series: Series) -> dict[str, str]:
    """Title and sources of a file."""
    titles = {
        "series": "Sea ice concentration at several times, and what of its change is significant",
        "pixels": "What became of the ice between looks, pixel by pixel",
    }
    products = [
        str(look.pair.attrs.get(f"{s}_product", "")) for look in series.looks for s in ("s1", "s2")
    ]
    made = made_with()
    return {
        "title": titles[what],
        "source": "; ".join(products),
        "history": f"{made['created']} written by icepair {made['icepair']}",
    }


def _drifts(given: Sequence[Any], count: int) -> list[Any]:
    """Drift of every step, of their spellings."""
    from icepair.ice.change.measure import drifts_of

    return drifts_of([_drift(each) for each in given] if given else None, count)


def _drift(given: Any) -> Any:
    """(dx, dy), or what a file has."""
    if isinstance(given, tuple):
        return given
    parts = str(given).split(",")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) == 2 and all(math.isfinite(number) for number in numbers):
        return numbers
    return _field_in(Path(given))


def _field_in(path: Path) -> xr.Dataset:
    """A drift field in memory.

    Raises
    ------
    UsageError
        There is no such file.
    DamagedFileError
        It cannot be read.
    """
    import xarray as xr

    if not path.is_file():
        raise UsageError(
            f"The drift {str(path)!r} is neither DX,DY (two numbers, metres along the grid's x and "
            "y, such as 1200,-350) nor a file that exists."
        )
    try:
        with xr.open_dataset(path, engine="h5netcdf", decode_coords="all") as field:
            return field.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise DamagedFileError(
            f"The drift field {str(path)!r} cannot be read: {error}. It has to be NetCDF-4 with dx "
            "and dy on (y, x)."
        ) from error


def _summary(
    series: Series, found: xr.Dataset, sensors: Sequence[Sensor], drift: Sequence[Any]
) -> dict[str, Any]:
    """What was found, as plain values."""
    return {
        "kind": "change",
        "pairs": [
            {"name": look.name, "time": _iso(look.time)}
            | {
                s: {
                    "product": str(look.pair.attrs.get(f"{s}_product", "")),
                    "time": _iso(look.times[s]),
                }
                for s in ("s1", "s2")
            }
            for look in series.looks
        ],
        "sensors": list(sensors),
        "grid": {"shape": list(series.shape), "cell_m": float(found.attrs["cell_m"])},
        "drift": [str(each) for each in drift],
        "series": {s: _series(found, s) for s in sensors},
        "changes": [_change(found.isel(step=n), sensors) for n in range(found.sizes["step"])],
        "notes": json.loads(found.attrs["notes"]),
    }


def _series(found: xr.Dataset, sensor: Sensor) -> list[dict[str, Any]]:
    name = f"{sensor}_ice_concentration"
    columns = {
        "ice_concentration": name,
        "ice_concentration_uncertainty": f"{name}_standard_error",
        "ice_concentration_own_area": f"{name}_own_area",
        "ice_concentration_own_area_uncertainty": f"{name}_own_area_standard_error",
        "valid_fraction": f"{sensor}_valid_fraction",
    }
    return [
        {"time": _iso(found[f"{sensor}_time"].values[n])}
        | {key: plain_number(found[column][n]) for key, column in columns.items()}
        for n in range(found.sizes["time"])
    ]


def _change(step: xr.Dataset, sensors: Sequence[Sensor]) -> dict[str, Any]:
    start, end = (step[name].values for name in ("step_start", "step_end"))
    values: dict[str, Any] = {
        "from": _iso(start),
        "to": _iso(end),
        "hours": float((end - start) / np.timedelta64(1, "s")) / 3600.0,
        "together": _tested(step, "concentration_change"),
    }
    for sensor in sensors:
        verdict = step[f"{sensor}_cell_change_verdict"].values
        values[sensor] = _tested(step, f"{sensor}_concentration_change") | {
            key: plain_number(step[f"{sensor}_{key}"])
            for key in ("compared_fraction", "ice_gained", "ice_lost", "ice_stayed",
                        "water_stayed", "ice_moved_in", "ice_moved_out")
        } | {
            "cells": {
                "tested": int((verdict != 255).sum()),
                "more_ice": int((verdict == 1).sum()),
                "less_ice": int((verdict == 2).sum()),
            }
        }  # fmt: skip
    return values


def _tested(step: xr.Dataset, name: str) -> dict[str, Any]:
    verdict = int(step[f"{name}_significant"])
    return {
        "estimate": plain_number(step[name]),
        "standard_error": plain_number(step[f"{name}_standard_error"]),
        "p_value": plain_number(step[f"{name}_p_value"]),
        "significant": None if verdict == 255 else bool(verdict),
    }


def _iso(time: Any) -> str:
    return iso_utc(np.datetime64(time, "us").item())
