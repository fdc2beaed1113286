"""The aligned pair as an xarray.Dataset whose blocks are read when they are asked for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from operator import getitem
from typing import Any, Protocol

import dask.array as da
import numpy as np
import xarray as xr
from dask.highlevelgraph import HighLevelGraph

from icepair import conventions
from icepair._typing import AnyArray, ByteArray
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.pair.blocks import Block
from icepair.pair.coordinates import PlacesReader, coordinates_of

__all__ = ["SensorReader", "lazy_dataset"]

_BLOCK = 1024
"""Rows and columns of a block: 60 MB of work at most for two polarisations."""


class _Reader(Protocol):
    @property
    def names(self) -> dict[str, str]: ...

    def read(self, block: Block) -> dict[str, AnyArray]: ...


class SensorReader(_Reader, Protocol):
    """What makes the variables of a sensor for any block of the target."""

    @property
    def resampling(self) -> dict[str, dict[str, str]]:
        """Attributes by variable that say how it was made."""
        ...


def lazy_dataset(
    target: Grid | SwathGrid,
    readers: Sequence[SensorReader],
    attributes: dict[str, Any],
    places: PlacesReader | None = None,
) -> xr.Dataset:
    """Dataset of all the readers' variables on a target.

    Parameters
    ----------
    target : Grid or SwathGrid
        The pixels.
    readers : sequence
        Objects with ``names`` (types by variable), ``read(block)``, and ``resampling`` (attributes
        by variable that say how it was made).
    attributes : dict
        Of the dataset.
    places : PlacesReader, optional
        Gives longitude and latitude of every pixel; for a target that is no grid.

    Returns
    -------
    xarray.Dataset
        Dask-backed, dimensions (y, x), with ``valid`` and coordinates at pixel centres.
    """
    variables: dict[str, Any] = {}
    resampling: dict[str, dict[str, str]] = {}
    for reader in readers:
        variables |= _lazy_variables(target.shape, reader)
        resampling |= reader.resampling
    variables["valid"] = da.map_blocks(
        _valid, variables["s1_flags"], variables["s2_flags"], dtype=np.uint8
    )
    return xr.Dataset(
        {
            name: (
                ("y", "x"),
                array,
                conventions.attributes_of(name) | resampling.get(name, {}) | _GRID_MAPPING,
            )
            for name, array in variables.items()
        },
        coords=coordinates_of(target) | _lazy_places(target.shape, places),
        attrs=attributes,
    )


_GRID_MAPPING = {"grid_mapping": "spatial_ref"}


def _lazy_places(shape: tuple[int, int], places: PlacesReader | None) -> dict[str, Any]:
    """Two-dimensional coordinates; none for a grid."""
    lazy = {} if places is None else _lazy_variables(shape, places)
    return {
        name: (("y", "x"), array, conventions.attributes_of(name)) for name, array in lazy.items()
    }


def _lazy_variables(shape: tuple[int, int], reader: _Reader) -> dict[str, Any]:
    """One task per block reads all variables; each variable picks its own from it.

    The graph is written out: a delayed object for each of 20,000 blocks takes half a minute.
    """
    row_blocks, column_blocks = (_blocks(size) for size in shape)
    chunks = tuple(
        tuple(block.stop - block.start for block in blocks)
        for blocks in (row_blocks, column_blocks)
    )
    token = uuid.uuid4().hex
    places = [(i, j) for i in range(len(row_blocks)) for j in range(len(column_blocks))]
    reading = f"read-{token}"
    tasks: dict[Any, Any] = {
        (reading, i, j): (partial(reader.read, (row_blocks[i], column_blocks[j])),)
        for i, j in places
    }
    variables = {}
    for name, dtype in reader.names.items():
        layer = f"{name}-{token}"
        picked: dict[Any, Any] = {
            (layer, i, j): (getitem, (reading, i, j), name) for i, j in places
        }
        graph = HighLevelGraph({reading: tasks, layer: picked}, {reading: set(), layer: {reading}})
        variables[name] = da.Array(graph, layer, chunks, dtype=dtype)
    return variables


def _blocks(size: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK)]


def _valid(s1_flags: ByteArray, s2_flags: ByteArray) -> ByteArray:
    s1 = (s1_flags & conventions.S1_UNANSWERED) == 0
    s2 = (s2_flags & conventions.S2_UNANSWERED) == 0
    valid: ByteArray = (s1 & s2).astype(np.uint8)
    return valid
