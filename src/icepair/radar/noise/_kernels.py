"""Noise of one block from the profiles of its range vectors."""

from __future__ import annotations

from icepair._jit import jit


@jit
def fill_block(out, rows, columns, profiles, below, weight, factor):
    """Put noise power where `out` has none yet.

    Parameters
    ----------
    out : float32 (n, m)
        Noise power; 0 where no block has been filled in.
    rows, columns : int64 (k,), (l,)
        Rows and columns of `out` that are the block's.
    profiles : float64 (v, l)
        Range noise of each vector at the columns.
    below : int64 (k,)
        Vector before each row.
    weight : float64 (k,)
        Share of the vector after it; below 0 and above 1 where the row lies beyond the vectors.
    factor : float64 (k,)
        Azimuth noise.
    """
    last = profiles.shape[0] - 1
    for i in range(rows.size):
        row = rows[i]
        first = below[i]
        second = min(first + 1, last)
        share = weight[i]
        for j in range(columns.size):
            column = columns[j]
            if out[row, column] != 0.0:
                continue
            low = profiles[first, j]
            high = profiles[second, j]
            power = low + share * (high - low)
            # Continued beyond its vectors, a line may cross zero; noise does not.
            out[row, column] = max(power, 0.5 * min(low, high)) * factor[i]
