"""Where in a raster each pixel of a radar image comes from.

From the radar's lines and samples to a plane the way is smooth only between two borders of the
ground-to-slant records: at a border places jump by some metres, beside mountains by tens. So every
band of lines that share a record has a net of nodes of its own, whose outer nodes follow the band's
record beyond its borders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from icepair._typing import FloatArray
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.resample.source_map import (
    DEFAULT_BOUND,
    NodeMap,
    Positions,
    build_node_map,
)

__all__ = ["Band", "Part", "StackedMap", "map_onto_swath"]

_WIDEST_SPACING = 32
"""Geolocations extrapolate at least 50 pixels beyond an image: outer nodes must have answers."""
_BEYOND = 1
"""Rows that a band's map has before and after the band, so that derivatives at its first and last
row are not one-sided, nor taken across a border."""


class Band(NamedTuple):
    """Rows of a target that have a map of their own."""

    start: int
    """First row of the target."""
    stop: int
    """Row after the last."""
    nodes: NodeMap
    """Map whose rows count from `_BEYOND` rows before `start`."""


class Part(NamedTuple):
    """Rows of a target that lie in one band."""

    rows: slice
    """Counted in the target."""
    nodes: NodeMap
    """Map of the band."""
    own_rows: slice
    """The same rows as this map counts them."""


@dataclass(frozen=True, eq=False)
class StackedMap:
    """A `SourceMap` of bands of rows, each smooth in itself."""

    target_shape: tuple[int, int]
    bands: tuple[Band, ...] = field(repr=False)
    """One below the other, without a gap."""

    @property
    def bound(self) -> float:
        """Largest interpolation error of any band, source pixels."""
        return max(band.nodes.bound for band in self.bands)

    def parts(self, rows: slice) -> Iterator[Part]:
        """Parts of a stretch of rows, from the first band that it meets to the last."""
        for start, stop, nodes in self.bands:
            first, last = max(rows.start, start), min(rows.stop, stop)
            if first < last:
                shift = _BEYOND - start
                yield Part(slice(first, last), nodes, slice(first + shift, last + shift))

    def positions(self, rows: slice, columns: slice) -> Positions:
        """Source position of a block; see `SourceMap.positions`."""
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        row, column = np.empty(shape), np.empty(shape)
        for part in self.parts(rows):
            here = slice(part.rows.start - rows.start, part.rows.stop - rows.start)
            row[here], column[here] = part.nodes.positions(part.own_rows, columns)
        return row, column

    def window(self, source_shape: tuple[int, int], margin: int) -> Window | None:
        """Part of the source that is needed; see `SourceMap.window`."""
        whole: Window | None = None
        for band in self.bands:
            window = band.nodes.window(source_shape, margin)
            if window is not None:
                whole = window if whole is None else whole.union(window)
        return whole


def map_onto_swath(source: Grid, target: SwathGrid, bound: float = DEFAULT_BOUND) -> StackedMap:
    """Row and column in a grid of every pixel of a radar image.

    Parameters
    ----------
    source : Grid
        Raster that is brought into the radar's geometry.
    target : SwathGrid
        The radar's lines and samples.
    bound : float
        Largest interpolation error that is allowed, source pixels.
    """
    steps = target.swath.steps
    lines = np.arange(target.window.row_start, target.window.row_stop, dtype=np.float64)
    records = steps.records(lines)
    borders = np.flatnonzero(np.diff(records)) + 1
    starts, stops = [0, *borders.tolist()], [*borders.tolist(), lines.size]
    bands = [
        Band(start, stop, _band_map(source, target, start, stop, int(records[start]), bound))
        for start, stop in zip(starts, stops, strict=True)
    ]
    return StackedMap(target.shape, tuple(bands))


def _band_map(
    source: Grid, target: SwathGrid, start: int, stop: int, record: int, bound: float
) -> NodeMap:
    first_line = target.window.row_start + start - _BEYOND
    first_sample = target.window.column_start
    swath = target.swath

    def inverse(rows: FloatArray, columns: FloatArray) -> Positions:
        line, sample = rows + first_line, columns + first_sample
        held = swath.steps.held(line, sample, record)
        return source.rows_columns(*swath.longitude_latitude(line, held))

    return build_node_map(
        inverse,
        (stop - start + 2 * _BEYOND, target.shape[1]),
        bound=bound,
        widest_spacing=_WIDEST_SPACING,
    )
