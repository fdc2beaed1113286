"""Where in the source each target pixel comes from.

The exact inverse of a geolocation costs a microsecond or so per place; a target has a hundred
million places. Between nodes a few hundred metres apart the inverse is so nearly linear that
bilinear interpolation reproduces it to a thousandth of a source pixel, which is measured, not
assumed (decision 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from icepair._typing import Float32Array, FloatArray
from icepair.geo.grid import Grid
from icepair.geo.image_positions import answer_margin
from icepair.geo.steps import NO_STEPS, SampleSteps
from icepair.geo.swath import Swath
from icepair.geo.window import Window
from icepair.resample.net import Net, positions_of
from icepair.resample.nodes import Inverse, fitting_nodes

__all__ = ["NodeMap", "ShiftMap", "SourceMap", "map_between_grids", "map_from_swath"]

Positions = tuple[FloatArray, FloatArray]

_SAME_PIXELS = 1e-6
"""Source pixels by which sums of corners and spacings may miss a whole number."""

DEFAULT_BOUND = 1e-3
"""Interpolation error that is allowed by default, source pixels."""
_WIDEST_SPACING = 64


@runtime_checkable
class SourceMap(Protocol):
    """Source position of every pixel of a target raster."""

    @property
    def target_shape(self) -> tuple[int, int]:
        """Rows and columns of the target."""
        ...

    @property
    def bound(self) -> float:
        """Largest interpolation error, source pixels."""
        ...

    def positions(self, rows: slice, columns: slice) -> Positions:
        """Source row and column of a block of target pixels; NaN where there is no source.

        Parameters
        ----------
        rows, columns : slice
            Block of the target, steps of 1.

        Returns
        -------
        row, column : array (rows, columns), float64
            Zero-based, whole numbers at centres, counted in the whole source.
        """
        ...

    def window(self, source_shape: tuple[int, int], margin: int) -> Window | None:
        """Smallest window of the source that holds all positions and a margin of pixels.

        None where no position comes near the source.
        """
        ...


@dataclass(frozen=True)
class ShiftMap:
    """The source's own pixels, shifted by a whole number of rows and columns."""

    target_shape: tuple[int, int]
    row_shift: int
    """Source row of target row 0."""
    column_shift: int
    """Source column of target column 0."""
    bound: float = 0.0

    def positions(self, rows: slice, columns: slice) -> Positions:
        """Source position of a block; see `SourceMap.positions`."""
        row = np.arange(rows.start, rows.stop, dtype=np.float64) + self.row_shift
        column = np.arange(columns.start, columns.stop, dtype=np.float64) + self.column_shift
        shape = (row.size, column.size)
        return np.broadcast_to(row[:, None], shape), np.broadcast_to(column, shape)

    def window(self, source_shape: tuple[int, int], margin: int) -> Window | None:
        """Part of the source that is needed; see `SourceMap.window`."""
        rows, columns = self.target_shape
        corner_rows = np.array([0.0, rows - 1.0]) + self.row_shift
        corner_columns = np.array([0.0, columns - 1.0]) + self.column_shift
        return window_around(corner_rows, corner_columns, source_shape, margin)


@dataclass(frozen=True)
class NodeMap:
    """An exact inverse, evaluated on a net of target pixels and interpolated between them."""

    target_shape: tuple[int, int]
    spacing: int
    """Target pixels between nodes."""
    row_nodes: FloatArray = field(repr=False)
    """Source row at the nodes (ni, nj)."""
    column_nodes: FloatArray = field(repr=False)
    """Source column at the nodes, without the `steps`."""
    bound: float
    steps: SampleSteps = field(default=NO_STEPS, repr=False)
    """What is added to the column of a smooth position."""

    def complete(self, row: FloatArray, smooth_column: FloatArray) -> FloatArray:
        """Column from (row, smooth column)."""
        return self.steps.added(row, smooth_column)

    @cached_property
    def net(self) -> Net:
        """The map as kernels take it, see `icepair.resample.fused._kernels`."""
        return (
            np.ascontiguousarray(self.row_nodes, dtype=np.float64),
            np.ascontiguousarray(self.column_nodes, dtype=np.float64),
            self.spacing,
            np.ascontiguousarray(self.steps.borders, dtype=np.float64),
            np.ascontiguousarray(self.steps.table, dtype=np.float64),
            float(self.steps.first_sample),
            float(self.steps.spacing_samples),
        )

    def positions(self, rows: slice, columns: slice) -> Positions:
        """Source position of a block; see `SourceMap.positions`."""
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        return positions_of(self.net, (rows.start, columns.start), shape)

    def window(self, source_shape: tuple[int, int], margin: int) -> Window | None:
        """Part of the source that is needed; see `SourceMap.window`."""
        columns = self.complete(self.row_nodes, self.column_nodes)
        # Between nodes the path is not quite straight, and the step may be another node's.
        beyond = margin + 1 + math.ceil(self._widest_jump())
        return window_around(self.row_nodes, columns, source_shape, beyond)

    def widest_slopes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Bounds of the derivatives of row and column, each by target row and target column.

        Source pixels per target pixel, steps between records included.
        """
        by_row = [_widest(np.diff(self.row_nodes, axis=axis)) / self.spacing for axis in (0, 1)]
        by_column = [
            _widest(np.diff(self.column_nodes, axis=axis)) / self.spacing for axis in (0, 1)
        ]
        table = self.steps.table
        stretch = 1.0 + _widest(np.diff(table, axis=1)) / self.steps.spacing_samples
        jump = self._widest_jump()
        return (by_row[0], by_row[1]), (
            by_column[0] * stretch + jump,
            by_column[1] * stretch + jump,
        )

    def _widest_jump(self) -> float:
        """Bound of what steps between records change from one target pixel to the next."""
        jump = _widest(np.diff(self.steps.table, axis=0))
        if jump == 0.0:
            return 0.0
        farthest = max(
            _widest(np.diff(self.row_nodes, axis=axis)) / self.spacing for axis in (0, 1)
        )
        gaps = np.diff(self.steps.borders)
        return jump * (1 + math.floor(farthest / float(np.min(gaps, initial=np.inf))))

    def interpolate(self, nodes: FloatArray, rows: slice, columns: slice) -> Float32Array:
        """Values of any quantity known at the nodes, for a block of target pixels."""
        from icepair.resample.fused import _kernels

        out = np.empty((rows.stop - rows.start, columns.stop - columns.start), dtype=np.float32)
        _kernels.along_nodes(nodes, self.spacing, rows.start, columns.start, out)
        return out


def _widest(changes: FloatArray) -> float:
    """Largest size of what is known; 0 where nothing is."""
    return float(np.max(np.abs(changes), where=np.isfinite(changes), initial=0.0))


def window_around(
    row: FloatArray, column: FloatArray, shape: tuple[int, int], margin: int
) -> Window | None:
    """Smallest window of a raster that holds positions and a margin of pixels.

    Parameters
    ----------
    row, column : array
        Positions; NaN for none.
    shape : tuple
        Rows and columns of the raster.
    margin : int
        Pixels added on every side.

    Returns
    -------
    Window or None
        None where no position comes near the raster.
    """
    finite = np.isfinite(row) & np.isfinite(column)
    if not finite.any():
        return None
    rows, columns = row[finite], column[finite]
    window = Window(
        math.floor(rows.min()) - margin,
        math.ceil(rows.max()) + 1 + margin,
        math.floor(columns.min()) - margin,
        math.ceil(columns.max()) + 1 + margin,
    ).intersection(Window.whole(shape))
    return None if window.is_empty else window


def build_node_map(
    inverse: Inverse,
    target_shape: tuple[int, int],
    steps: SampleSteps = NO_STEPS,
    bound: float = DEFAULT_BOUND,
    widest_cell: tuple[float, float] = (math.inf, math.inf),
    widest_spacing: int = _WIDEST_SPACING,
) -> NodeMap:
    """Map by a net of nodes, as wide as the bound allows; see `fitting_nodes`.

    Parameters
    ----------
    inverse : callable
        ``inverse(target_row, target_column)`` gives smooth source row and column, exactly.
    target_shape : tuple
        Rows and columns of the target.
    steps : SampleSteps
        What is added to the smooth column.
    bound : float
        Largest interpolation error that is allowed, source pixels.
    widest_cell : (float, float)
        Source rows and columns that a cell may reach across; infinite where the inverse has an
        answer however far from the source.
    widest_spacing : int
        Largest number of target pixels between nodes that is allowed, a power of two; the last
        nodes lie up to one less beyond the target.

    Returns
    -------
    NodeMap
        Its `bound` holds inside all cells.
    """
    nodes = fitting_nodes(
        inverse,
        target_shape,
        bound=bound,
        widest_cell=widest_cell,
        widest_spacing=widest_spacing,
    )
    return NodeMap(target_shape, nodes.spacing, nodes.row, nodes.column, nodes.error, steps)


def map_from_swath(swath: Swath, grid: Grid, bound: float = DEFAULT_BOUND) -> NodeMap:
    """Image position of every pixel of a grid on the swath's surface.

    Parameters
    ----------
    swath : Swath
        Geolocation of the radar image.
    grid : Grid
        Target.
    bound : float
        Largest interpolation error that is allowed, source pixels.

    Returns
    -------
    NodeMap
        From grid pixel to (line, sample).
    """

    def inverse(rows: FloatArray, columns: FloatArray) -> Positions:
        return swath.smooth_line_sample(*grid.longitude_latitude(rows, columns))

    # A cell that touches the image then has four answers at its corners, and so have the nodes next
    # to these, by which its error is known: no node spacing is lost along the image's edge.
    lines, samples = (answer_margin(count) / 2.0 for count in swath.shape)
    return build_node_map(
        inverse,
        grid.shape,
        swath.steps,
        bound,
        widest_cell=(lines, samples),
        widest_spacing=_spacing_in_the_middle(swath, grid, (lines, samples)),
    )


def _spacing_in_the_middle(swath: Swath, grid: Grid, widest_cell: tuple[float, float]) -> int:
    """Widest spacing with which a cell in the middle of the image is narrow enough.

    Among the nodes of a wider net there may be none on a small image.
    """
    line, sample = (0.5 * (count - 1) for count in swath.shape)
    reach = _WIDEST_SPACING / 2.0
    lines = line + reach * np.array([-1.0, 1.0, 0.0, 0.0])
    samples = sample + reach * np.array([0.0, 0.0, -1.0, 1.0])
    ends = np.stack(grid.rows_columns(*swath.longitude_latitude(lines, samples)))
    if not np.isfinite(ends).all():
        return _WIDEST_SPACING
    forward = np.stack([ends[:, 1] - ends[:, 0], ends[:, 3] - ends[:, 2]], axis=1) / (2 * reach)
    per_pixel = np.abs(np.linalg.inv(forward)).sum(axis=1)
    fitting = min(most / each for most, each in zip(widest_cell, per_pixel, strict=True))
    return 1 << int(math.log2(min(max(fitting, 1.0), _WIDEST_SPACING)))


def map_between_grids(source: Grid, target: Grid, bound: float = DEFAULT_BOUND) -> SourceMap:
    """Source row and column of every pixel of a target grid.

    A target on the source's own pixels gets an exact `ShiftMap`.
    """
    if source.spacing_m == target.spacing_m and source.shares_plane(target):
        row_shift = (source.top - target.top) / source.spacing_m
        column_shift = (target.left - source.left) / source.spacing_m
        rows, columns = round(row_shift), round(column_shift)
        if max(abs(row_shift - rows), abs(column_shift - columns)) < _SAME_PIXELS:
            return ShiftMap(target.shape, rows, columns)

    def inverse(rows: FloatArray, columns: FloatArray) -> Positions:
        return source.rows_columns(*target.longitude_latitude(rows, columns))

    return build_node_map(inverse, target.shape, bound=bound)
