"""A rectangle of whole pixels inside a raster."""

from __future__ import annotations

import re
from dataclasses import dataclass

from icepair.errors import UsageError

__all__ = ["Window"]


@dataclass(frozen=True, order=True)
class Window:
    """Rows and columns of a raster, stops exclusive, counted in the whole product.

    For a radar scene rows are lines and columns are samples.
    """

    row_start: int
    """First row."""
    row_stop: int
    """Row after the last."""
    column_start: int
    """First column."""
    column_stop: int
    """Column after the last."""

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Window:
        """Window that covers a raster of `shape` (rows, columns)."""
        return cls(0, shape[0], 0, shape[1])

    @classmethod
    def parse(cls, text: str) -> Window:
        """Window from ``"row0:row1,column0:column1"``.

        Raises
        ------
        UsageError
            The text has another form, or a stop is not above its start.
        """
        match = re.fullmatch(r"\s*(\d+):(\d+)\s*,\s*(\d+):(\d+)\s*", text)
        if match is None:
            raise UsageError(
                f"The window {text!r} is not of the form ROW0:ROW1,COLUMN0:COLUMN1 "
                "(whole numbers, stops exclusive), for example 5400:6400,3000:4000."
            )
        window = cls(*(int(group) for group in match.groups()))
        if window.is_empty:
            raise UsageError(f"The window {text!r} is empty: each stop must be above its start.")
        return window

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (
            max(0, self.row_stop - self.row_start),
            max(0, self.column_stop - self.column_start),
        )

    @property
    def size(self) -> int:
        """Number of pixels."""
        rows, columns = self.shape
        return rows * columns

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.size == 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the window in an array of the whole raster."""
        return (
            slice(self.row_start, self.row_stop),
            slice(self.column_start, self.column_stop),
        )

    def as_list(self) -> list[int]:
        """``[row_start, row_stop, column_start, column_stop]``, as in ``summary.json``."""
        return [self.row_start, self.row_stop, self.column_start, self.column_stop]

    def intersection(self, other: Window) -> Window:
        """Pixels that both windows hold; possibly empty."""
        return Window(
            max(self.row_start, other.row_start),
            min(self.row_stop, other.row_stop),
            max(self.column_start, other.column_start),
            min(self.column_stop, other.column_stop),
        )

    def union(self, other: Window) -> Window:
        """Smallest window that holds both; neither may be empty."""
        return Window(
            min(self.row_start, other.row_start),
            max(self.row_stop, other.row_stop),
            min(self.column_start, other.column_start),
            max(self.column_stop, other.column_stop),
        )

    def grown(self, margin: int) -> Window:
        """Window with so many more pixels on every side; it may leave the raster."""
        return Window(
            self.row_start - margin,
            self.row_stop + margin,
            self.column_start - margin,
            self.column_stop + margin,
        )

    def within(self, outer: Window) -> tuple[slice, slice]:
        """Index of the window in an array of another that contains it."""
        return (
            slice(self.row_start - outer.row_start, self.row_stop - outer.row_start),
            slice(self.column_start - outer.column_start, self.column_stop - outer.column_start),
        )

    def contains(self, other: Window) -> bool:
        """Whether every pixel of `other` is in this window."""
        return self.intersection(other) == other
