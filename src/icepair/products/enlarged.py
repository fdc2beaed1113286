"""Bands of 60 m in the archive's NetCDF, put back where they belong.

The archive's converter brings them to 10 m by a zoom that holds the first and the last pixel fast:
10 m pixel i shows 60 m pixel rint(i (n - 1) / (N - 1)) of n, with N = 6 n. So its content is moved
by -20 m at one edge of the tile and +20 m at the other, and a fifth of all columns show another
pixel than the one that covers them. But the pixel rint(j (N - 1) / (n - 1)) shows 60 m pixel j
exactly, and lies inside it: whatever was repeated six times rightly reads the same there.
"""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, IntArray
from icepair.geo.window import Window

__all__ = ["restored", "stored_window"]

_FACTOR = 6


def stored_window(window: Window, shape: tuple[int, int]) -> Window:
    """Part of an enlarged band that holds all that `restored` needs.

    Parameters
    ----------
    window
        10 m pixels wanted.
    shape
        Rows and columns of the whole tile; sides that are no multiple of 6 stay as they are.
    """
    rows = _sources(window.row_start, window.row_stop, shape[0])
    columns = _sources(window.column_start, window.column_stop, shape[1])
    return Window(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def restored(values: AnyArray, window: Window, shape: tuple[int, int]) -> AnyArray:
    """Window with every 60 m pixel on the 36 pixels of 10 m that it covers.

    Parameters
    ----------
    values
        The enlarged band in `stored_window`.
    window, shape
        As there.
    """
    rows = _sources(window.row_start, window.row_stop, shape[0])
    columns = _sources(window.column_start, window.column_stop, shape[1])
    repeated: AnyArray = np.take(values, columns - columns[0], axis=1)
    return np.asarray(np.take(repeated, rows - rows[0], axis=0))


def _sources(start: int, stop: int, length: int) -> IntArray:
    """Place in the enlarged band that shows the 60 m pixel of each 10 m pixel."""
    wanted = np.arange(start, stop, dtype=np.int64)
    count = length // _FACTOR
    if length % _FACTOR or count < 2:
        return wanted
    places: IntArray = np.rint((wanted // _FACTOR) * ((length - 1) / (count - 1))).astype(np.int64)
    return places
