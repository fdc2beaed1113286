"""The aligned pair as a Zarr store with CF attributes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from icepair import _stop
from icepair.errors import UsageError
from icepair.write.cf import (
    GRID_MAPPING,
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

__all__ = ["CHUNK", "append_zarr", "require_zarr", "write_zarr"]

CHUNK = 1024
"""Rows and columns of a chunk, those of a pair's blocks: each is a file."""

_FORMAT: Literal[2] = 2
"""Of Zarr: GDAL 3.10, which rasterio 1.4 brings, cannot read what zarr writes in format 3."""


def require_zarr() -> None:
    """Refuse to begin what could not be written.

    Raises
    ------
    UsageError
        The package ``zarr`` is not installed, or older than 3.
    """
    try:
        import zarr
    except ImportError:
        found = "it is not installed"
    else:
        if int(zarr.__version__.split(".")[0]) >= 3:
            return
        found = f"{zarr.__version__} is installed"
    raise UsageError(
        f"Writing Zarr needs the package zarr, version 3 or later, and {found}. Install it with "
        "pip install 'icepair[zarr]', or leave the format at netcdf."
    )


def write_zarr(
    pair: xr.Dataset, path: str | Path, *, computed: Callable[[xr.Dataset], None] | None = None
) -> None:
    """Write an aligned pair as a Zarr store, block by block.

    Chunks are those of the pair's blocks, so that every chunk is written once, and chunks without
    any value are not written at all. Memory stays at a few blocks, however large the grid.

    Parameters
    ----------
    pair : Dataset
        As `icepair.write.netcdf.write_netcdf` takes it.
    path : str or Path
        The store, a folder that does not exist. It is written in place: name one inside a folder
        that is renamed when all is complete.
    computed : callable, optional
        Called with each block, in memory, once its values are known.

    Raises
    ------
    UsageError
        The package ``zarr`` is not installed.
    OutputError
        The disk is full or not writable.
    """
    with _opened(Path(path), "w-") as group:
        group.attrs.update(_plain(global_attributes(pair)))
        mapping = grid_mapping_attributes(pair)
        _new_array(group, GRID_MAPPING, np.array(0, np.int32), (), mapping)
        for axis, letter in (("y", "Y"), ("x", "X")):
            attributes = {**pair[axis].attrs, "axis": letter}
            _new_array(group, axis, pair[axis].values, (axis,), attributes)
        _add_variables(group, pair.reset_coords(places_of(pair)), computed)


def append_zarr(variables: xr.Dataset, path: str | Path) -> None:
    """Add variables to a store that `write_zarr` made.

    Parameters
    ----------
    variables : Dataset
        On the same (y, x); coordinates and attributes of the store stay as they are.
    path : str or Path
        The store.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    with _opened(Path(path), "r+") as group:
        _add_variables(group, variables)


@contextmanager
def _opened(path: Path, mode: Literal["r+", "w-"]) -> Iterator[Any]:
    """Store to write to; its metadata are gathered in one file in the end."""
    require_zarr()
    import zarr

    with writing(path):
        group = zarr.open_group(path, mode=mode, zarr_format=_FORMAT, use_consolidated=False)
        yield group
        zarr.consolidate_metadata(path, zarr_format=_FORMAT)


def _add_variables(
    group: Any, pair: xr.Dataset, computed: Callable[[xr.Dataset], None] | None = None
) -> None:
    """Make all variables, then fill them together, block by block."""
    places, names = places_first(pair)
    targets = {name: _new_variable(group, pair[name]) for name in names}
    waiting: list[Future[None]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for block in whole_blocks(pair, CHUNK):
            # Computed together, so that a block of a product is read once for all its variables,
            # while the block before is being written.
            values = pair.isel(block).compute()
            _finish(waiting)
            waiting = [
                pool.submit(_store, target, block, values[name].values)
                for name, target in targets.items()
            ]
            if computed is not None:
                computed(values.set_coords(places))
            _stop.check()
        _finish(waiting)


def _store(target: Any, block: Mapping[str, slice], values: Any) -> None:
    target[block["y"], block["x"]] = values


def _finish(waiting: list[Future[None]]) -> None:
    for future in waiting:
        future.result()


def _new_variable(group: Any, variable: xr.DataArray) -> Any:
    """Variable without values."""
    from numcodecs import Blosc

    variable, fill = without_fill(variable)
    return group.create_array(
        str(variable.name),
        shape=variable.shape,
        dtype=variable.dtype,
        chunks=tuple(min(CHUNK, size) for size in variable.shape),
        compressors=Blosc("zstd", clevel=1, shuffle=Blosc.SHUFFLE),
        fill_value=fill,
        attributes=_described(variable_attributes(variable, group), ("y", "x")),
    )


def _new_array(
    group: Any, name: str, values: Any, dimensions: tuple[str, ...], attributes: Mapping[str, Any]
) -> None:
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=values.dtype,
        chunks=values.shape,
        compressors=None,
        fill_value=None,
        attributes=_described(attributes, dimensions),
    )
    array[...] = values


def _described(attributes: Mapping[str, Any], dimensions: tuple[str, ...]) -> dict[str, Any]:
    """Attributes as JSON has them, with the names of dimensions where xarray looks for them."""
    return {**_plain(attributes), "_ARRAY_DIMENSIONS": list(dimensions)}


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and lists of Python in place of NumPy's."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        for name, value in attributes.items()
    }
