"""Inner loops over neighbourhoods of pixels: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit

_ZERO, _ONE = np.float32(0), np.float32(1)
_INFINITE, _NAN = np.float32(np.inf), np.float32(np.nan)


@jit
def _add_known(values, tap, total, weight):
    """Add what a row knows, times a tap, to a row of sums, and the tap to their weights."""
    for c in range(values.size):
        known = abs(values[c]) < _INFINITE
        total[c] += tap * (values[c] if known else _ZERO)
        weight[c] += tap * (_ONE if known else _ZERO)


@jit
def _add_row(values, tap, total):
    for c in range(values.size):
        total[c] += tap * values[c]


@jit
def _divide_known(values, total, weight, everywhere, means):
    """Fill a row of means; NaN where no neighbour, and unless `everywhere` no pixel, is known."""
    for c in range(values.size):
        known = everywhere or abs(values[c]) < _INFINITE
        means[c] = total[c] / weight[c] if known else _NAN


@jit
def local_means(values, step, taps, everywhere, means):
    """Fill with the weighted means of the neighbours that have an answer.

    Row by row, taps over rows before taps over columns, so that the sums stay in the cache and
    every pixel's is added up in one order, wherever a block begins.

    Parameters
    ----------
    values : array of float32 (rows, columns)
        What is not finite takes no part.
    step : int
        Distance between neighbours, pixels.
    taps : array of float32 (odd number,)
        Weights along rows and along columns.
    everywhere : bool
        Whether pixels that have no answer themselves get their neighbours' mean.
    means : array of float32 (rows, columns)
        NaN for no answer.
    """
    rows, columns = values.shape
    radius = taps.size // 2
    edge = step * radius
    total = np.zeros(columns + 2 * edge, np.float32)
    weight = np.zeros(columns + 2 * edge, np.float32)
    whole_total, whole_weight = np.empty(columns, np.float32), np.empty(columns, np.float32)
    inside = slice(edge, edge + columns)
    for r in range(rows):
        total[inside] = _ZERO
        weight[inside] = _ZERO
        for t in range(taps.size):
            neighbour = r + (t - radius) * step
            if 0 <= neighbour < rows:
                _add_known(values[neighbour], taps[t], total[inside], weight[inside])
        whole_total[:] = _ZERO
        whole_weight[:] = _ZERO
        for t in range(taps.size):
            moved = slice(t * step, t * step + columns)
            _add_row(total[moved], taps[t], whole_total)
            _add_row(weight[moved], taps[t], whole_weight)
        _divide_known(values[r], whole_total, whole_weight, everywhere, means[r])


@jit
def _lower(values, low):
    # NaN is not less than anything and so takes no part.
    for c in range(values.size):
        low[c] = values[c] if values[c] < low[c] else low[c]


@jit
def _raise(values, high):
    for c in range(values.size):
        high[c] = values[c] if values[c] > high[c] else high[c]


@jit
def local_extremes(values, step, radius, least, most):
    """Fill with the least and the greatest of the neighbours that have an answer.

    Parameters
    ----------
    values : array of float (rows, columns)
        NaN takes no part.
    step : int
        Distance between neighbours, pixels.
    radius : int
        Neighbours on each side.
    least, most : arrays like `values`
        Plus and minus infinity where no neighbour has an answer.
    """
    rows, columns = values.shape
    edge = step * radius
    low = np.full(columns + 2 * edge, np.inf, values.dtype)
    high = np.full(columns + 2 * edge, -np.inf, values.dtype)
    inside = slice(edge, edge + columns)
    for r in range(rows):
        low[inside] = np.inf
        high[inside] = -np.inf
        for t in range(-radius, radius + 1):
            neighbour = r + t * step
            if 0 <= neighbour < rows:
                _lower(values[neighbour], low[inside])
                _raise(values[neighbour], high[inside])
        least[r] = np.inf
        most[r] = -np.inf
        for t in range(2 * radius + 1):
            moved = slice(t * step, t * step + columns)
            _lower(low[moved], least[r])
            _raise(high[moved], most[r])


@jit
def vote(share, darkest, brightest, threshold, middle, ice):
    """Fill with ice or water by thresholds and by what is near: see `icepair.ice.share`.

    Parameters
    ----------
    share, darkest, brightest : arrays of float32 (rows, columns)
        Share of ice, NaN for no answer, and the extremes around.
    threshold, middle : float32
        Share that is enough away from edges, and that between water and the brightest near.
    ice : array of float32 (rows, columns)
        1 or 0, NaN for no answer.
    """
    rows, columns = share.shape
    for r in range(rows):
        for c in range(columns):
            value, top = share[r, c], min(brightest[r, c], _ONE)
            bar = max(threshold, middle * top) if darkest[r, c] < threshold else threshold
            found = _ONE if value > bar else _ZERO
            ice[r, c] = found if value == value else _NAN


@jit
def find_plains(share, darkest, brightest, above, below, core):
    """Fill with 1 where all that is near lies between two shares, 0 elsewhere; how many do."""
    rows, columns = share.shape
    count = 0
    for r in range(rows):
        for c in range(columns):
            inside = darkest[r, c] > above and brightest[r, c] < below
            found = inside and share[r, c] == share[r, c]
            core[r, c] = _ONE if found else _ZERO
            count += found
    return count


@jit
def vote_on_plains(share, darkest, brightest, near_core, above, middle, ice):
    """Add ice by a lower bar near the cores of plains; parameters as for `vote`."""
    rows, columns = share.shape
    for r in range(rows):
        for c in range(columns):
            edge = darkest[r, c] <= above
            bar = max(above, middle * min(brightest[r, c], _ONE)) if edge else above
            if near_core[r, c] > _ZERO and share[r, c] > bar:
                ice[r, c] = _ONE
