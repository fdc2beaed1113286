"""Which part of a product's raster holds pixels, from a few probes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.products.scene import Scene

__all__ = ["ValidFootprint", "valid_footprint"]

_CELLS = 31
"""Cells per side: 354 pixels on a full tile, 0.1-1.5 s by the size of the file's chunks."""


@dataclass(frozen=True, eq=False)
class ValidFootprint:
    """Cells between probes that may hold valid pixels; the last reach on to the raster's end.

    A cell counts where any probe at its corners, or at the corners of a neighbour, has a value, so
    that nothing valid is lost that is wider than a cell.
    """

    shape: tuple[int, int]
    """Rows and columns of the raster."""
    steps: tuple[int, int]
    """Rows and columns from probe to probe, the first at 0."""
    cells: BoolArray = field(repr=False)
    """Shape (n - 1, m - 1) of n x m probes, at least 1 x 1."""

    def holds(self, row: FloatArray, column: FloatArray) -> BoolArray:
        """Whether positions lie in cells that may hold valid pixels; False outside the raster."""
        rows, columns = self.shape
        inside = (row >= -0.5) & (row < rows - 0.5) & (column >= -0.5) & (column < columns - 0.5)
        i = _cell(row, self.steps[0], self.cells.shape[0], inside)
        j = _cell(column, self.steps[1], self.cells.shape[1], inside)
        held: BoolArray = inside & self.cells[i, j]
        return held

    def may_hold(
        self,
        row_least: FloatArray,
        row_greatest: FloatArray,
        column_least: FloatArray,
        column_greatest: FloatArray,
    ) -> BoolArray:
        """Whether any cell that meets boxes, ends included, may hold valid pixels."""
        counts = np.pad(np.cumsum(np.cumsum(self.cells, axis=0), axis=1), ((1, 0), (1, 0)))
        is_any = np.True_
        i0, i1, j0, j1 = (
            _cell(position, step, cells, is_any)
            for position, step, cells in (
                (row_least, self.steps[0], self.cells.shape[0]),
                (row_greatest, self.steps[0], self.cells.shape[0]),
                (column_least, self.steps[1], self.cells.shape[1]),
                (column_greatest, self.steps[1], self.cells.shape[1]),
            )
        )
        inside = counts[i1 + 1, j1 + 1] - counts[i0, j1 + 1] - counts[i1 + 1, j0] + counts[i0, j0]
        return np.asarray(inside > 0)


def valid_footprint(scene: Scene) -> ValidFootprint:
    """Probe a scene's first polarisation or band for values.

    Parameters
    ----------
    scene
        Opened product.

    Returns
    -------
    ValidFootprint
        All of the raster where no probe hits a value.

    Raises
    ------
    DamagedFileError
        The numbers cannot be read.
    """
    # Regular steps, so that a strided read fetches all probes at once.
    steps = max(1, (scene.shape[0] - 1) // _CELLS), max(1, (scene.shape[1] - 1) // _CELLS)
    places = [np.arange(0, size, step) for size, step in zip(scene.shape, steps, strict=True)]
    rows, columns = (part.ravel() for part in np.meshgrid(*places, indexing="ij"))
    valid = scene.holds_values(rows, columns).reshape([part.size for part in places])
    return ValidFootprint(scene.shape, steps, _possible(valid))


def _possible(valid: BoolArray) -> BoolArray:
    """Cells with a valid probe at their corners or at those of a neighbour."""
    if not valid.any():
        return np.ones((valid.shape[0] - 1, valid.shape[1] - 1), dtype=bool)
    padded = np.pad(valid, 1)
    cells = np.zeros((valid.shape[0] - 1, valid.shape[1] - 1), dtype=bool)
    for di in range(4):
        for dj in range(4):
            cells |= padded[di : di + cells.shape[0], dj : dj + cells.shape[1]]
    return cells


def _cell(position: FloatArray, step: int, cells: int, inside: BoolArray | np.bool_) -> IntArray:
    return np.clip((np.where(inside, position, 0.0) // step).astype(np.int64), 0, cells - 1)
