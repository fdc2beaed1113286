"""The aligned pair as CF NetCDF-4."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair import _stop
from icepair._deflate import deflated
from icepair.write._sink import Sink
from icepair.write.cf import (
    GRID_MAPPING,
    PLACES,
    global_attributes,
    grid_mapping_attributes,
    places_first,
    places_of,
    variable_attributes,
    whole_blocks,
    without_fill,
)
from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["append_netcdf", "describe", "opened", "write_netcdf"]

_CHUNK = 512
_LEVEL = 1
_SMOOTH = ("s1_incidence_angle", "s1_line", "s1_sample", *PLACES)
"""Variables that deflate by more than their runs of equal bytes."""


def write_netcdf(
    pair: xr.Dataset, path: str | Path, *, computed: Callable[[xr.Dataset], None] | None = None
) -> None:
    """Write an aligned pair as CF-1.11 NetCDF-4, block by block.

    Memory stays at a few of the pair's dask blocks, however large the grid.

    Parameters
    ----------
    pair : Dataset
        Dimensions ``y`` (descending) and ``x`` with pixel centres in metres and the scalar
        coordinate ``spatial_ref`` with ``crs_wkt``; or lines and samples, with the coordinates
        ``longitude`` and ``latitude`` (y, x).
    path : str or Path
        The file. It is written in place: name a file in a folder that is renamed when all is
        complete.
    computed : callable, optional
        Called with each block, in memory, once its values are known.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    path = Path(path)
    with opened(path, create=True) as (file, sink):
        file.dimensions = {axis: pair.sizes[axis] for axis in ("y", "x")}
        describe(file, global_attributes(pair))
        mapping = file.create_variable(GRID_MAPPING, (), "i4", data=np.int32(0))
        describe(mapping, grid_mapping_attributes(pair))
        for axis, letter in (("y", "Y"), ("x", "X")):
            coordinate = file.create_variable(axis, (axis,), "f8", data=pair[axis].values)
            describe(coordinate, {**pair[axis].attrs, "axis": letter})
        _add_variables(file, pair.reset_coords(places_of(pair)), sink, computed)


def append_netcdf(variables: xr.Dataset, path: str | Path) -> None:
    """Add variables to a file that `write_netcdf` made and that nobody has open.

    Parameters
    ----------
    variables : Dataset
        On the same (y, x); coordinates and attributes of the file stay as they are.
    path : str or Path
        The file.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    with opened(Path(path), create=False) as (file, sink):
        _add_variables(file, variables, sink)


@contextmanager
def opened(path: Path, *, create: bool) -> Iterator[tuple[Any, Sink]]:
    """File to write to; whatever the disk refuses becomes an `OutputError` when it is closed."""
    import h5netcdf

    # A stop inside one of HDF5's calls back into the sink would leave HDF5 broken.
    with _stop.shielded(), writing(path), Sink(path, create=create) as sink:
        try:
            with h5netcdf.File(sink, "w" if create else "r+") as file:
                yield file, sink
        finally:
            sink.check()


def _add_variables(
    file: Any,
    pair: xr.Dataset,
    sink: Sink,
    computed: Callable[[xr.Dataset], None] | None = None,
) -> None:
    """Make all variables, then fill them together, block by block."""
    places, names = places_first(pair)
    targets = {name: _new_variable(file, pair[name]) for name in names}
    waiting: list[_Chunk] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for block in whole_blocks(pair, _CHUNK):
            # Computed together, so that a block of a product is read once for all its variables,
            # while the block before is being deflated.
            values = pair.isel(block).compute()
            _store(waiting, targets, sink)
            waiting = list(_deflating(pool, values, targets, (block["y"].start, block["x"].start)))
            if computed is not None:
                computed(values.set_coords(places))
            _stop.check()
        _store(waiting, targets, sink)


def _new_variable(file: Any, variable: xr.DataArray) -> Any:
    """Variable without values; what HDF5 has of it."""
    variable, fill = without_fill(variable)
    target = file.create_variable(
        str(variable.name),
        ("y", "x"),
        variable.dtype,
        chunks=tuple(min(_CHUNK, size) for size in variable.shape),
        fillvalue=fill,
        compression="gzip",
        compression_opts=_LEVEL,
        shuffle=True,
    )
    describe(target, variable_attributes(variable, file.variables))
    return target._h5ds


_Chunk = tuple[str, tuple[int, int], "Future[bytes]"]
"""Name of its variable, first row and column, and what will lie in the file."""


def _deflating(
    pool: ThreadPoolExecutor, values: xr.Dataset, targets: Mapping[str, Any], first: tuple[int, int]
) -> Iterator[_Chunk]:
    """Chunks of a block that starts where a chunk starts."""
    for name, target in targets.items():
        block = values[name].values
        height, width = target.chunks
        noisy = name not in _SMOOTH
        for row in range(0, block.shape[0], height):
            for column in range(0, block.shape[1], width):
                part = block[row : row + height, column : column + width]
                place = first[0] + row, first[1] + column
                content = pool.submit(deflated, part, target.chunks, _LEVEL, noisy=noisy)
                yield name, place, content


def _store(chunks: Iterable[_Chunk], targets: Mapping[str, Any], sink: Sink) -> None:
    """Write by this thread alone, because HDF5 calls back into `sink`."""
    for name, place, content in chunks:
        targets[name].id.write_direct_chunk(place, content.result())
    sink.check()


def describe(item: Any, attributes: Mapping[str, Any]) -> None:
    """Set attributes, text as characters (NC_CHAR).

    GDAL ignores ``Conventions`` and ``grid_mapping`` that are strings of variable length, and then
    finds no coordinate system.
    """
    import h5py

    for name, value in attributes.items():
        if isinstance(value, str):
            characters = value.encode()
            kind = h5py.string_dtype("utf-8", max(1, len(characters)))
            item.attrs[name] = np.array(characters, dtype=kind)
        else:
            item.attrs[name] = value
