"""Series and changes of an area as CF NetCDF-4: more than one time, which a pair never has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair.write.cf import GRID_MAPPING, grid_mapping_attributes, without_fill
from icepair.write.netcdf import describe, opened

if TYPE_CHECKING:
    import xarray as xr

    from icepair._typing import AnyArray

__all__ = ["MapWriter", "map_file", "write_series"]

_CHUNK = 512
_EPOCH = "seconds since 1970-01-01 00:00:00"
_AXES = {"time": "T", "y": "Y", "x": "X"}


def write_series(series: xr.Dataset, path: str | Path, attributes: dict[str, Any]) -> None:
    """Write a dataset of any dimensions that is held in memory.

    Parameters
    ----------
    series : Dataset
        With coordinates ``y``, ``x`` and the scalar ``spatial_ref`` with ``crs_wkt``; times are
        datetime64.
    path : str or Path
        The file, written in place.
    attributes : dict
        Of the file, besides those of CF.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    with opened(Path(path), create=True) as (file, _):
        _begin(file, series, attributes)
        for name, variable in series.data_vars.items():
            target = _new(file, str(name), variable, series)
            if variable.ndim:
                target[...] = variable.values


class MapWriter:
    """Maps on (step, y, x) that are filled by rows."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def put(self, name: str, step: int, rows: slice, values: AnyArray) -> None:
        """Fill rows of a step."""
        self._file.variables[name][step, rows, :] = values


@contextmanager
def map_file(
    grid: xr.Dataset, path: str | Path, maps: dict[str, dict[str, Any]], attributes: dict[str, Any]
) -> Iterator[MapWriter]:
    """File for maps of bytes over every step, which are filled while it is open.

    Parameters
    ----------
    grid : Dataset
        Coordinates ``y``, ``x``, ``spatial_ref``, and ``step_start``, ``step_end`` on ``step``.
    path : str or Path
        The file, written in place.
    maps : dict
        Attributes by name of the maps.
    attributes : dict
        Of the file.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    with opened(Path(path), create=True) as (file, sink):
        _begin(file, grid, attributes)
        shape = tuple(grid.sizes[dim] for dim in ("step", "y", "x"))
        for name, words in maps.items():
            target = file.create_variable(
                name, ("step", "y", "x"), "u1", chunks=_chunks(shape), compression="gzip",
                compression_opts=1, shuffle=True,
            )  # fmt: skip
            describe(target, words | _place_of(("step", "y", "x"), grid))
        yield MapWriter(file)
        sink.check()


def _begin(file: Any, series: xr.Dataset, attributes: dict[str, Any]) -> None:
    """Dimensions, coordinates and what the file says of itself."""
    file.dimensions = dict(series.sizes)
    describe(file, {"Conventions": "CF-1.11", **attributes})
    mapping = file.create_variable(GRID_MAPPING, (), "i4", data=np.int32(0))
    describe(mapping, grid_mapping_attributes(series))
    for name, coordinate in series.coords.items():
        if name != GRID_MAPPING:
            axis = {"axis": _AXES[str(name)]} if name in _AXES else {}
            target = _new(file, str(name), coordinate, None)
            describe(target, axis)


def _new(file: Any, name: str, variable: xr.DataArray, series: xr.Dataset | None) -> Any:
    """Variable with its attributes; coordinates, which have no `series`, with their values."""
    variable, fill = without_fill(variable)
    values, words = variable.values, dict(variable.attrs)
    if values.dtype.kind == "M":
        values = values.astype("datetime64[ns]").astype(np.int64) / 1e9
        words |= {"units": _EPOCH, "calendar": "standard"}
    if series is None:
        target = file.create_variable(name, variable.dims, values.dtype, data=values)
    else:
        target = file.create_variable(
            name, variable.dims, values.dtype, fillvalue=fill, chunks=_chunks(values.shape),
            compression="gzip", compression_opts=1, shuffle=True,
        )  # fmt: skip
        words |= _place_of(variable.dims, series)
    describe(target, words)
    return target


def _place_of(dims: Sequence[Any], series: xr.Dataset) -> dict[str, str]:
    """Grid mapping of what lies on a map, and the coordinates that are no dimensions."""
    beside = [
        str(name) for name, coordinate in series.coords.items()
        if name not in series.dims and coordinate.dims and set(coordinate.dims) <= set(dims)
    ]  # fmt: skip
    where = {"grid_mapping": GRID_MAPPING} if "x" in dims else {}
    return where | ({"coordinates": " ".join(beside)} if beside else {})


def _chunks(shape: Sequence[int]) -> tuple[int, ...]:
    """Of a map a step at a time."""
    if len(shape) < 3:
        return tuple(shape)
    return (1, *(min(_CHUNK, size) for size in shape[1:]))
