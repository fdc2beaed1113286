"""Which lines and samples of a smooth table are read, and where the table may jump."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icepair.geo.window import Window

__all__ = ["Band", "Cell", "partition"]

_STEP = 160
"""Most pixels between lines, and between samples, that are read. Annotated noise has a range vector
every 167 lines (EW) or 670 (IW); lines between follow it to 1e-4 dB even at twice this step."""
_FEWEST = 5
"""Lines, and samples, per cell: three carry the check of the other two."""


@dataclass(frozen=True)
class Cell:
    """Rectangle without a border inside."""

    window: Window
    samples: slice | None
    """Samples whose every line is read; None where the cell is too small to save anything."""


@dataclass(frozen=True)
class Band:
    """Lines between two borders, side by side cells."""

    window: Window
    lines: slice | None
    """Lines whose every sample is read; None where all of the band is."""
    cells: tuple[Cell, ...]

    @property
    def slabs(self) -> Iterator[tuple[slice, slice]]:
        """What is read, lines and samples: first the lines, then what each cell needs."""
        if self.lines is None:
            yield self.window.slices
            return
        if any(cell.samples is not None for cell in self.cells):
            yield self.lines, self.window.slices[1]
        for cell in self.cells:
            yield self.window.slices[0], cell.samples or cell.window.slices[1]


def partition(window: Window, blocks: Sequence[Window]) -> tuple[Band, ...]:
    """Bands and cells of a window, cut at every border of a block; gaps are cells of their own."""
    here = [part for block in blocks if not (part := block.intersection(window)).is_empty]
    cuts = {window.row_start, window.row_stop}
    cuts |= {cut for part in here for cut in (part.row_start, part.row_stop)}
    return tuple(
        _band(Window(top, bottom, window.column_start, window.column_stop), here)
        for top, bottom in itertools.pairwise(sorted(cuts))
    )


def _band(window: Window, blocks: Sequence[Window]) -> Band:
    here = [part for block in blocks if not (part := block.intersection(window)).is_empty]
    cuts = {window.column_start, window.column_stop}
    cuts |= {cut for part in here for cut in (part.column_start, part.column_stop)}
    cells = []
    for left, right in itertools.pairwise(sorted(cuts)):
        part = Window(window.row_start, window.row_stop, left, right)
        cells.append(Cell(part, _spread(left, right)))
    return Band(window, _spread(window.row_start, window.row_stop), tuple(cells))


def _spread(start: int, stop: int) -> slice | None:
    """Regular indices from end to end, an odd number; None where that is half of them or more.

    One slice, so that one request fetches all. Where the length leaves a remainder the outermost
    lie half of it inside, which is less than half the number of steps.
    """
    length = stop - start
    intervals = max(_FEWEST - 1, 2 * -(-(length - 1) // (2 * _STEP)))
    if length < 2 * (intervals + 1):
        return None
    step, rest = divmod(length - 1, intervals)
    first = start + rest // 2
    return slice(first, first + step * intervals + 1, step)
