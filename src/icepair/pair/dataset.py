"""The aligned pair as an xarray.Dataset whose blocks are read when they are asked for."""

from __future__ import annotations

from typing import Any, Protocol

import dask.array as da
import numpy as np
import xarray as xr
from dask.delayed import delayed

from icepair import conventions
from icepair._typing import AnyArray, ByteArray
from icepair.geo.grid import Grid
from icepair.pair.blocks import Block

__all__ = ["lazy_dataset"]

_BLOCK = 1024
"""Rows and columns of a block: 60 MB of work at most for two polarisations."""


class _Reader(Protocol):
    @property
    def names(self) -> dict[str, str]: ...

    def read(self, block: Block) -> dict[str, AnyArray]: ...


def lazy_dataset(grid: Grid, readers: list[_Reader], attributes: dict[str, Any]) -> xr.Dataset:
    """Dataset of all the readers' variables on a grid.

    Parameters
    ----------
    grid : Grid
        Target.
    readers : list
        Objects with ``names`` (types by variable) and ``read(block)``.
    attributes : dict
        Of the dataset.

    Returns
    -------
    xarray.Dataset
        Dask-backed, dimensions (y, x), with ``valid`` and coordinates at pixel centres.
    """
    variables: dict[str, Any] = {}
    for reader in readers:
        variables |= _lazy_variables(grid.shape, reader)
    variables["valid"] = da.map_blocks(
        _valid, variables["s1_flags"], variables["s2_flags"], dtype=np.uint8
    )
    return xr.Dataset(
        {
            name: (("y", "x"), array, conventions.attributes_of(name) | _GRID_MAPPING)
            for name, array in variables.items()
        },
        coords={
            "y": ("y", grid.northings(), conventions.attributes_of("y")),
            "x": ("x", grid.eastings(), conventions.attributes_of("x")),
            "spatial_ref": ((), np.int32(0), _grid_mapping(grid)),
        },
        attrs=attributes,
    )


_GRID_MAPPING = {"grid_mapping": "spatial_ref"}


def _lazy_variables(shape: tuple[int, int], reader: _Reader) -> dict[str, Any]:
    """One task per block reads all variables; each variable picks its own from it."""
    row_blocks, column_blocks = (_blocks(size) for size in shape)
    tasks = [
        [delayed(reader.read, pure=False)((rows, columns)) for columns in column_blocks]
        for rows in row_blocks
    ]
    return {
        name: da.block(
            [
                [
                    da.from_delayed(
                        task[name],
                        shape=(rows.stop - rows.start, columns.stop - columns.start),
                        dtype=dtype,
                        meta=np.empty((0, 0), dtype=dtype),
                    )
                    for task, columns in zip(row, column_blocks, strict=True)
                ]
                for row, rows in zip(tasks, row_blocks, strict=True)
            ]
        )
        for name, dtype in reader.names.items()
    }


def _blocks(size: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]


def _valid(s1_flags: ByteArray, s2_flags: ByteArray) -> ByteArray:
    s1 = (s1_flags & conventions.S1_UNANSWERED) == 0
    s2 = (s2_flags & conventions.S2_UNANSWERED) == 0
    valid: ByteArray = (s1 & s2).astype(np.uint8)
    return valid


def _grid_mapping(grid: Grid) -> dict[str, Any]:
    """CF parameters of the projection, and what GDAL reads."""
    left, top, spacing = grid.left, grid.top, grid.spacing_m
    return grid.crs.to_cf() | {"GeoTransform": f"{left!r} {spacing!r} 0.0 {top!r} 0.0 {-spacing!r}"}
