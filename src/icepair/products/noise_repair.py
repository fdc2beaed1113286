"""Faults in the noise tables of the archive's NetCDF files, put right when a window is read.

Where a block of a sub-swath has no range vector of its own, the archive's converter takes one from
lines on which the border to the next sub-swath lies elsewhere, and continues noise across the
jump: at the last samples of such blocks it is wrong by several decibels or negative. And where the
last nodes of the annotation are zero it falls to zero over pixels that were imaged. Both break off
a profile that is smooth up to there, close to the end of a block, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from icepair._typing import Float32Array
from icepair.geo.window import Window
from icepair.radar.noise.repair import CONTEXT, mend_towards

__all__ = ["repaired_noise", "window_to_repair"]


def window_to_repair(window: Window, blocks: Sequence[Window] | None) -> Window:
    """Window that must be read to put the noise of `window` right.

    Parameters
    ----------
    window
        Wanted lines and samples.
    blocks
        Of the sub-swaths, from `subswath_blocks`; None where they are not known and nothing can be
        judged.

    Returns
    -------
    Window
        With the samples from which noise is followed to the ends of blocks that are in it.
    """
    start, stop = window.column_start, window.column_stop
    for block in _within(window, blocks):
        left, right = _followed_from(block)
        if window.column_stop > right:
            start = min(start, right)
        if window.column_start <= left:
            stop = max(stop, left + 1)
    return Window(window.row_start, window.row_stop, start, stop)


def repaired_noise(
    table: Float32Array, read: Window, window: Window, blocks: Sequence[Window] | None
) -> Float32Array:
    """Noise of a window with what broke off continued.

    Parameters
    ----------
    table
        Noise power of `read`, 0 where it is not positive.
    read
        `window_to_repair` of `window`.
    window
        Wanted lines and samples.
    blocks
        As given to `window_to_repair`.

    Returns
    -------
    array
        Shape of `window`. Where a block has no noise at all it stays 0.
    """
    if blocks:
        table = table.copy()
        for block in _within(read, blocks):
            _mend(table, read, block)
    return np.ascontiguousarray(table[window.within(read)])


def _within(window: Window, blocks: Sequence[Window] | None) -> list[Window]:
    return [block for block in blocks or () if not block.intersection(window).is_empty]


def _followed_from(block: Window) -> tuple[int, int]:
    """Samples from which noise is followed to the left and to the right end of a block."""
    context = min(CONTEXT, block.shape[1] // 2)
    return block.column_start + context - 1, block.column_stop - context


def _mend(table: Float32Array, read: Window, block: Window) -> None:
    """Follow noise to both ends of a block, as far as they are in `table`."""
    here = block.intersection(read)
    rows, _ = here.within(read)
    last, first = here.column_stop - 1, here.column_start
    left, right = _followed_from(block)
    for inner, edge in ((right, last), (left, first)):
        if first <= inner <= last:
            mend_towards(table, rows, inner - read.column_start, edge - read.column_start)
