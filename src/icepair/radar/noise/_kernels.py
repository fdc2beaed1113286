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


@jit
def mend_edge(noise, first_row, stop_row, inner, edge, memory, kink):
    """Continue each row as it was where it breaks off on its way to an edge, in place.

    Parameters
    ----------
    noise : float32 (n, m)
        Noise power.
    first_row, stop_row : int
        Rows to look at.
    inner, edge : int
        Column to start from, of which nothing is doubted, and last column of the way, either side.
    memory : int
        Columns over which the slope so far is taken.
    kink : float
        Change from one column to the next beyond that slope, as a share of the value, that noise
        does not make. Values that are not positive are breaks too.

    Returns
    -------
    int
        Values replaced.
    """
    step = 1 if edge > inner else -1
    replaced = 0
    for row in range(first_row, stop_row):
        known = True
        for away in range(memory + 1):
            if not noise[row, inner + away * step] > 0.0:
                known = False
        column = inner + (memory + 1) * step
        while known and column != edge + step:
            before = float(noise[row, column - step])
            slope = (before - float(noise[row, column - (memory + 1) * step])) / memory
            here = float(noise[row, column])
            if not here > 0.0 or abs(here - before - slope) > kink * before:
                away = 1
                while column != edge + step:
                    noise[row, column] = max(before + slope * away, 0.5 * before)
                    away += 1
                    replaced += 1
                    column += step
            else:
                column += step
    return replaced
