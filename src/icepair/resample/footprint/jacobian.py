"""How fast the source position changes from one target pixel to the next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import FloatArray

if TYPE_CHECKING:
    from icepair.resample.source_map import SourceMap

__all__ = ["half_extent", "jacobian", "widest_half_extent"]

_LATTICE = 24
"""Places along each axis at which the widest footprint of a map is looked for."""

_STRIP_ROWS = 128
"""Rows whose derivatives are held at once while only the largest is wanted."""


def jacobian(source_map: SourceMap, rows: slice, columns: slice) -> FloatArray:
    """Local derivatives of a map for a block of target pixels.

    Half the difference of the positions on both sides of a pixel, so that where the ground-to-slant
    record changes half its step is taken for a part of the slope. A target that is one pixel high
    or wide has no neighbours in that direction; its pixels are taken as squares.

    Parameters
    ----------
    source_map : SourceMap
        Source position of every target pixel.
    rows, columns : slice
        Block of the target, steps of 1.

    Returns
    -------
    array (rows, columns, 2, 2), float64
        Source pixels per target pixel: derivatives of line and sample (third axis) by target row
        and column (fourth). NaN where not enough positions are known. The same for every cut of the
        target, bit for bit.
    """
    from icepair.resample.footprint import _kernels
    from icepair.resample.source_map import ShiftMap
    from icepair.resample.stacked_map import StackedMap

    shape = (rows.stop - rows.start, columns.stop - columns.start)
    if isinstance(source_map, StackedMap):
        parts = source_map.parts(rows)
        return np.concatenate([jacobian(part.nodes, part.own_rows, columns) for part in parts])
    if isinstance(source_map, ShiftMap):
        return np.broadcast_to(np.eye(2), (*shape, 2, 2))
    height, width = source_map.target_shape
    around_rows = slice(max(rows.start - 1, 0), min(rows.stop + 1, height))
    around_columns = slice(max(columns.start - 1, 0), min(columns.stop + 1, width))
    line, sample = source_map.positions(around_rows, around_columns)
    out = np.empty((*shape, 2, 2))
    _kernels.jacobians(
        line, sample, rows.start - around_rows.start, columns.start - around_columns.start, out
    )
    if height == 1:
        out[..., 0, 0], out[..., 1, 0] = out[..., 1, 1], -out[..., 0, 1]
    if width == 1:
        out[..., 0, 1], out[..., 1, 1] = -out[..., 1, 0], out[..., 0, 0]
    return out


def half_extent(source_map: SourceMap, rows: slice, columns: slice) -> float:
    """Farthest that a footprint of a block reaches along lines or samples, source pixels.

    From its position; 0 where no derivative is known.
    """
    strips = (
        slice(start, min(start + _STRIP_ROWS, rows.stop))
        for start in range(rows.start, rows.stop, _STRIP_ROWS)
    )
    return max(_half_extent(jacobian(source_map, strip, columns)) for strip in strips)


def _half_extent(derivatives: FloatArray) -> float:
    sides = np.abs(derivatives).sum(axis=-1)
    return 0.5 * float(np.max(sides[np.isfinite(sides)], initial=0.0))


def widest_half_extent(source_map: SourceMap) -> float:
    """At least `half_extent` of every block of a map.

    Of a net from its nodes: between them derivatives lie between those along the sides of cells. Of
    other maps from a lattice of pixels; a tenth is for those between.
    """
    from icepair.resample.source_map import NodeMap
    from icepair.resample.stacked_map import StackedMap

    height, width = source_map.target_shape
    if isinstance(source_map, StackedMap):
        return max(widest_half_extent(band.nodes) for band in source_map.bands)
    # A target one pixel high or wide takes its derivatives from the other direction.
    if isinstance(source_map, NodeMap) and min(height, width) > 1:
        return max(0.5 * sum(sides) for sides in source_map.widest_slopes())
    return 1.1 * max(
        half_extent(source_map, slice(row, row + 1), slice(column, column + 1))
        for row in _spread(height)
        for column in _spread(width)
    )


def _spread(count: int) -> list[int]:
    """Whole numbers from 0 to count - 1, evenly spread, both ends included."""
    step = max(1, math.ceil((count - 1) / _LATTICE))
    return sorted({*range(0, count, step), count - 1})
