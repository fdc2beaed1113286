"""The smallest window around all pixels that satisfy a condition, without looking at all of them.

Branch and bound: cells that cannot hold such a pixel are dropped, cells inside the window that is
already known need not be looked into, the others are split down to single pixels. The result is
that of looking at every pixel, as long as no cell is dropped that holds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from icepair._typing import BoolArray, IntArray
from icepair.geo.window import Window

__all__ = ["Cells", "smallest_window"]

_CELLS = 48
"""Cells per side to begin with."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Rectangles of pixels, stops exclusive; all arrays have shape (n,)."""

    row_start: IntArray
    row_stop: IntArray
    column_start: IntArray
    column_stop: IntArray

    @classmethod
    def of(cls, shape: tuple[int, int]) -> Cells:
        """Raster of `shape`, cut into at most `_CELLS` rows and columns of cells."""
        edges = [
            np.unique(np.linspace(0, size, min(size, _CELLS) + 1).astype(np.int64))
            for size in shape
        ]
        top, left = (part.ravel() for part in np.meshgrid(*(e[:-1] for e in edges), indexing="ij"))
        bottom, right = (
            part.ravel() for part in np.meshgrid(*(e[1:] for e in edges), indexing="ij")
        )
        return cls(top, bottom, left, right)

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.row_start)

    def probes(self) -> tuple[IntArray, IntArray]:
        """Pixels at the corners and in the middle, each (n, 5)."""
        last_row, last_column = self.row_stop - 1, self.column_stop - 1
        middle_row = (self.row_start + last_row) // 2
        middle_column = (self.column_start + last_column) // 2
        rows = [self.row_start, self.row_start, last_row, last_row, middle_row]
        columns = [self.column_start, last_column, self.column_start, last_column, middle_column]
        return np.stack(rows, axis=-1), np.stack(columns, axis=-1)

    def where(self, wanted: BoolArray) -> Cells:
        """Some of the cells."""
        return Cells(
            self.row_start[wanted],
            self.row_stop[wanted],
            self.column_start[wanted],
            self.column_stop[wanted],
        )

    def outside(self, window: Window) -> BoolArray:
        """Which cells reach out of a window."""
        return (
            (self.row_start < window.row_start)
            | (self.row_stop > window.row_stop)
            | (self.column_start < window.column_start)
            | (self.column_stop > window.column_stop)
        )

    def halves(self) -> Cells:
        """Every cell in four, or in two or left alone where it is a pixel wide."""
        middle_row = (self.row_start + self.row_stop) // 2
        middle_column = (self.column_start + self.column_stop) // 2
        across = (self.column_start, middle_column), (middle_column, self.column_stop)
        down = (self.row_start, middle_row), (middle_row, self.row_stop)
        parts = [(*rows, *columns) for rows in down for columns in across]
        cells = Cells(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        filled = (cells.row_stop > cells.row_start) & (cells.column_stop > cells.column_start)
        return cells.where(filled)

    @property
    def is_split(self) -> bool:
        """Whether corners and middle are all that the cells hold."""
        return not np.any(
            (self.row_stop - self.row_start > 2) | (self.column_stop - self.column_start > 2)
        )


def smallest_window(
    shape: tuple[int, int], look: Callable[[IntArray, IntArray], tuple[BoolArray, BoolArray]]
) -> Window | None:
    """Smallest window of a raster that holds every pixel that is seen.

    Parameters
    ----------
    shape : tuple
        Rows and columns of the raster.
    look : callable
        ``look(rows, columns)`` with the probes (n, 5) of n cells: whether each of those pixels is
        seen (n, 5), and whether any pixel of each cell may be (n,), True where in doubt.

    Returns
    -------
    Window or None
        None where no pixel is seen.
    """
    cells = Cells.of(shape)
    found: Window | None = None
    while len(cells):
        rows, columns = cells.probes()
        seen, possible = look(rows, columns)
        if seen.any():
            hits = Window(
                int(rows[seen].min()),
                int(rows[seen].max()) + 1,
                int(columns[seen].min()),
                int(columns[seen].max()) + 1,
            )
            found = hits if found is None else found.union(hits)
        if cells.is_split:
            break
        cells = cells.where(possible)
        cells = cells if found is None else cells.where(cells.outside(found))
        cells = cells.halves()
    return found
