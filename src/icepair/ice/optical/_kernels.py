"""Share of ice in every optical pixel: plain arrays in, plain arrays out."""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

WINDOW = 3
"""Pixels on each side among which ice of the neighbourhood is looked for."""
REACH = WINDOW + 1
"""Pixels that a pixel's share depends on: the window, and one more to know what is settled."""

LOOKS = 9
"""Numbers that tell how a pixel looks."""

_SETTLED_RANGE = np.float32(0.35)
_LOCAL_TOP = 0.93
_NEARLY_ALL = 0.9
_BRIGHT_PLAIN = 0.6
_LINE_WIDTH = 0.08
_OFF_LINE = 60.0
_SURELY_WHOLE = -12.0
# Levels are summed as integers of 2**-20: a running sum of floats would depend on where it began.
_FINE = np.float32(1 << 20)
_BRIGHTEST = np.float32(4.0)


@jit
def range_of_nine(bright):
    """Least and greatest of the nine pixels around each; NaN takes no part.

    Returns
    -------
    float32 (2, rows, columns)
        Plus and minus infinity where none of the nine has an answer.
    """
    rows, columns = bright.shape
    along = np.empty((2, rows, columns), np.float32)
    low = np.full(columns + 2, np.float32(np.inf))
    high = np.full(columns + 2, np.float32(-np.inf))
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            low[column + 1] = value if value == value else np.float32(np.inf)
            high[column + 1] = value if value == value else np.float32(-np.inf)
        for column in range(columns):
            along[0, row, column] = min(low[column], low[column + 1], low[column + 2])
            along[1, row, column] = max(high[column], high[column + 1], high[column + 2])
    result = np.empty((2, rows, columns), np.float32)
    for row in range(rows):
        above, below = max(0, row - 1), min(rows - 1, row + 1)
        for column in range(columns):
            result[0, row, column] = min(
                along[0, above, column], along[0, row, column], along[0, below, column]
            )
            result[1, row, column] = max(
                along[1, above, column], along[1, row, column], along[1, below, column]
            )
    return result


@jit
def _along_rows(bright, extremes, water, limit):
    """Sums and greatest of seven neighbours in a row.

    Returns
    -------
    calm, level : int32 (rows, columns)
        Number of settled pixels, ice about as bright as the pixels beside it, and the sum of
        their excess over water in steps of 2**-20.
    wet : int32 (rows, columns)
        Number of water pixels.
    top : float32 (rows, columns)
        Brightness of the brightest; `limit` where all are darker.
    """
    rows, columns = bright.shape
    calm = np.empty((rows, columns), np.int32)
    level = np.empty((rows, columns), np.int32)
    wet = np.empty((rows, columns), np.int32)
    top = np.empty((rows, columns), np.float32)
    is_calm = np.zeros(columns + 2 * WINDOW, np.int32)
    excess = np.zeros(columns + 2 * WINDOW, np.int32)
    is_wet = np.zeros(columns + 2 * WINDOW, np.int32)
    ice = np.full(columns + 2 * WINDOW, limit)
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            above = min(value - water, _BRIGHTEST)
            span = extremes[1, row, column] - extremes[0, row, column]
            settled = (span < _SETTLED_RANGE * above) & (value > limit)
            is_calm[column + WINDOW] = np.int32(settled)
            excess[column + WINDOW] = np.int32(above * _FINE) if settled else np.int32(0)
            is_wet[column + WINDOW] = np.int32(value <= limit)
            ice[column + WINDOW] = value if value > limit else limit
        _sums_of_seven(is_calm, calm[row])
        _sums_of_seven(excess, level[row])
        _sums_of_seven(is_wet, wet[row])
        _most_of_seven(ice, top[row])
    return calm, level, wet, top


@jit
def _sums_of_seven(values, sums):
    for k in range(sums.size):
        sums[k] = (
            values[k] + values[k + 1] + values[k + 2] + values[k + 3]
            + values[k + 4] + values[k + 5] + values[k + 6]
        )  # fmt: skip


@jit
def _most_of_seven(values, most):
    for k in range(most.size):
        most[k] = max(
            max(max(values[k], values[k + 1]), max(values[k + 2], values[k + 3])),
            max(max(values[k + 4], values[k + 5]), values[k + 6]),
        )


@jit
def _slide(sums, along, row):
    """Move sums over the rows of a window down to `row`; they start at 0 above the first."""
    rows, columns = along.shape
    first = 0 if row == 0 else row + WINDOW
    for entering in range(first, min(rows, row + WINDOW + 1)):
        for column in range(columns):
            sums[column] += along[entering, column]
    if row > WINDOW:
        for column in range(columns):
            sums[column] -= along[row - WINDOW - 1, column]


@jit
def _most_of_rows(values, first, last, most):
    most[:] = values[first]
    for row in range(first + 1, last):
        for column in range(most.size):
            most[column] = max(most[column], values[row, column])


@jit
def _logistic(score):
    return 1.0 / (1.0 + math.exp(-score))


@jit
def lack_of_infrared(infrared, excess, line):
    """How much duller in the near infrared than snow of that brightness; NaN where unknown."""
    return 1.0 - (infrared - line[0]) * line[1] / excess


@jit
def blueness(blue, red, bright, excess, line):
    """Blue over red beyond that of mixtures of water and snow, for the excess; NaN if unknown."""
    return (blue - red - line[2] - line[3] * bright) / excess


@jit
def spectral_shapes(bright, infrared, blue, red, line, water):
    """Lack of infrared and blueness of every pixel, float32 (2, rows, columns)."""
    rows, columns = bright.shape
    shapes = np.empty((2, rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            excess = max(value - water, 1e-3)
            shapes[0, row, column] = lack_of_infrared(infrared[row, column], excess, line)
            shapes[1, row, column] = blueness(
                blue[row, column], red[row, column], value, excess, line
            )
    return shapes


@jit
def _within(value, least, most):
    """Value kept between two; 0 for NaN, which says nothing."""
    return 0.0 if math.isnan(value) else min(max(value, least), most)


@jit
def _looks_along(row, bright, bands, levels, line, extremes, along, sums, looks):
    """Fill `looks` (columns, `LOOKS`) with how the pixels of a row look: see `appearance`.

    Rows are taken in order: `sums` (calm, level, wet, top of a row's windows) move along.
    """
    rows, columns = bright.shape
    water, ice, limit = levels
    infrared, blue, red = bands
    calm, level, wet, top = sums
    _slide(calm, along[0], row)
    _slide(level, along[1], row)
    _slide(wet, along[2], row)
    first, last = max(0, row - WINDOW), min(rows, row + WINDOW + 1)
    _most_of_rows(along[3], first, last, top)
    is_blind = math.isnan(line[1]) and math.isnan(line[3])
    for column in range(columns):
        value = np.float64(bright[row, column])
        if not value > limit:
            looks[column, 0] = np.nan if math.isnan(value) else 0.0
            continue
        excess = value - water
        pixels = (last - first) * (min(columns, column + WINDOW + 1) - max(0, column - WINDOW))
        plain = calm[column] / pixels
        if plain >= _NEARLY_ALL and excess > _BRIGHT_PLAIN * ice:
            looks[column, 0] = np.inf
            continue
        low, high = extremes[0, row, column], extremes[1, row, column]
        local = level[column] / (_FINE * calm[column]) if calm[column] else 0.0
        if local <= excess:
            local = max(_LOCAL_TOP * (top[column] - water), excess)
        dull = _within(lack_of_infrared(infrared[row, column], excess, line), -0.5, 1.0)
        colour = blueness(blue[row, column], red[row, column], value, excess, line)
        colour = _within(colour, -0.3, 0.8)
        off_line = (dull**2 + colour**2) / _LINE_WIDTH**2
        looks[column, 0], looks[column, 1] = excess, local
        looks[column, 2] = min((high - low) / excess, 1.5)
        looks[column, 3] = min(wet[column] / pixels, 0.4)
        looks[column, 4], looks[column, 5], looks[column, 6] = plain, dull, colour
        looks[column, 7] = 0.0 if is_blind or off_line > _OFF_LINE else math.exp(-0.5 * off_line)
        looks[column, 8] = min(max((low - water) / excess, 0.0), 1.0)


@jit
def _share(looks, ice, mixing, trust):
    """Expected share of ice of a pixel by how it looks: see `ice_shares`."""
    excess, local, rough, beside, plain, dull, blue, on_line, lowest = looks
    if excess >= local >= ice:
        return 1.0
    bold = excess / ice
    score = (
        mixing[0] + mixing[1] * rough + mixing[2] * beside + mixing[3] * min(bold, 1.2)
        + mixing[4] * dull + mixing[5] * blue + mixing[6] * min(0.01 / excess, 1.0)
        + mixing[7] * lowest + mixing[8] * min(plain, 0.5) + mixing[9] * on_line
    )  # fmt: skip
    if score < _SURELY_WHOLE:
        return 1.0
    whole = local
    if local < ice:
        nearby = _logistic(
            trust[0] + trust[1] * plain + trust[2] * rough + trust[3] * beside
            + trust[4] * dull + trust[5] * bold + (trust[6] + trust[7] * plain) * on_line
        )  # fmt: skip
        whole = local * math.exp((1.0 - nearby) * math.log(ice / local))
    return 1.0 - _logistic(score) * max(0.0, 1.0 - excess / whole)


@jit
def _sums(columns):
    """Sums over a window of every column, before the first row."""
    return (
        np.zeros(columns, np.int32), np.zeros(columns, np.int32), np.zeros(columns, np.int32),
        np.zeros(columns, np.float32),
    )  # fmt: skip


@jit
def appearance(bright, bands, line, levels):
    """How every pixel looks, by its neighbours and its spectrum.

    Parameters
    ----------
    bright, bands, line, levels
        As for `ice_shares`.

    Returns
    -------
    float64 (rows, columns, `LOOKS`)
        Excess brightness over water, NaN for no answer, 0 for water and infinity for a bright
        plain, which is ice; where it is neither: brightness of the neighbourhood's ice above
        water, range among the nine pixels, water in the window, settled share of the window, lack
        of infrared, blueness, closeness to the line of mixtures, darkest of the nine.
    """
    rows, columns = bright.shape
    extremes = range_of_nine(bright)
    along = _along_rows(bright, extremes, np.float32(levels[0]), np.float32(levels[2]))
    sums = _sums(columns)
    looks = np.empty((rows, columns, LOOKS))
    for row in range(rows):
        _looks_along(row, bright, bands, levels, line, extremes, along, sums, looks[row])
    return looks


@jit
def ice_shares(bright, bands, line, levels, mixing, trust):
    """Expected share of ice in every pixel.

    A pixel above the limit of water is either ice as a whole or a mixture of ice and water. What
    its neighbours and its spectrum say of that is weighed by two logistic functions: whether it is
    a mixture, and whether the ice in it is that of its neighbourhood or the brightest of the scene.

    Parameters
    ----------
    bright : float32 (rows, columns)
        Brightness; NaN for no answer.
    bands : tuple of 3 float32 (rows, columns)
        Infrared, blue and red, which tell mixtures; any array for a band that there is not.
    line : tuple of 4 float
        The line of mixtures of water and snow: water's infrared; snow's excess brightness for
        its excess infrared; blue minus red at brightness 0, and its slope over brightness. NaN
        for what cannot be told.
    levels : tuple of 3 float
        Brightness of water, of the brightest ice above water, and that to which a pixel is water.
    mixing : tuple of 10 float
        Weights of: 1, range among the nine pixels, water in the window, brightness, lack of
        infrared, blueness, faintness, darkest of the nine, settled share of the window,
        closeness to the line of mixtures.
    trust : tuple of 8 float
        Weights of: 1, settled share, range, water, lack of infrared, brightness, closeness to
        the line, closeness times settled share.

    Returns
    -------
    float32 (rows, columns)
        NaN for no answer.
    """
    rows, columns = bright.shape
    extremes = range_of_nine(bright)
    along = _along_rows(bright, extremes, np.float32(levels[0]), np.float32(levels[2]))
    sums = _sums(columns)
    row_looks = np.empty((columns, LOOKS))
    result = np.empty((rows, columns), np.float32)
    for row in range(rows):
        _looks_along(row, bright, bands, levels, line, extremes, along, sums, row_looks)
        for column in range(columns):
            r = row_looks[column]
            excess = r[0]
            if not 0.0 < excess < np.inf:
                result[row, column] = min(excess, 1.0)
                continue
            looks = (excess, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8])
            result[row, column] = _share(looks, levels[1], mixing, trust)
    return result
