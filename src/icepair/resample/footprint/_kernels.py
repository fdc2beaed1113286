"""Inner loops over a map's derivatives: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def jacobians(line, sample, first_row, first_column, out):
    """Derivatives of a map by target row and column, from the positions around.

    `line` and `sample` hold the block and its neighbours; pixel (r, c) of `out` (rows, columns,
    2, 2) lies at (first_row + r, first_column + c). Differences go to both sides, to one where
    there is no answer on the other.
    """
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            i, j = first_row + r, first_column + c
            out[r, c, 0, 0] = _slope(line, i, j, 1, 0)
            out[r, c, 0, 1] = _slope(line, i, j, 0, 1)
            out[r, c, 1, 0] = _slope(sample, i, j, 1, 0)
            out[r, c, 1, 1] = _slope(sample, i, j, 0, 1)


@jit
def _slope(values, i, j, di, dj):
    """Difference per pixel along (di, dj); NaN where neither neighbour has an answer."""
    here = values[i, j]
    before = after = np.nan
    if i >= di and j >= dj:
        before = here - values[i - di, j - dj]
    if i + di < values.shape[0] and j + dj < values.shape[1]:
        after = values[i + di, j + dj] - here
    if np.isnan(before):
        return after
    if np.isnan(after):
        return before
    return (before + after) / 2.0
