"""Share of ice in every optical pixel: plain arrays in, plain arrays out."""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

WINDOW = 3
"""Pixels on each side among which ice of the neighbourhood is looked for."""
REACH = WINDOW + 1
"""Pixels that a pixel's share depends on: the window, and one more to know what is settled."""

_SETTLED_RANGE = np.float32(0.35)
_LOCAL_TOP = 0.93
_NEARLY_ALL = 0.9
_BRIGHT_PLAIN = 0.6
_LINE_WIDTH = 0.08


@jit
def _range(bright):
    """Least and range of the nine pixels around each, float32; NaN takes no part."""
    rows, columns = bright.shape
    low = np.empty((rows, columns), np.float32)
    high = np.empty((rows, columns), np.float32)
    # Along rows, then along columns; plain selections over whole rows run on vector units.
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            known = value == value
            low[row, column] = value if known else np.float32(np.inf)
            high[row, column] = value if known else np.float32(-np.inf)
        _widen(low[row], high[row])
    least = np.empty((rows, columns), np.float32)
    span = np.empty((rows, columns), np.float32)
    for row in range(rows):
        above, below = max(0, row - 1), min(rows - 1, row + 1)
        for column in range(columns):
            lowest = min(low[above, column], low[row, column], low[below, column])
            most = max(high[above, column], high[row, column], high[below, column])
            least[row, column], span[row, column] = lowest, most - lowest
    return least, span


@jit
def _widen(low, high):
    """Replace a row's values by the least and the greatest of three."""
    before_low, before_high = low[0], high[0]
    for column in range(low.size):
        after = min(low.size - 1, column + 1)
        here_low, here_high = low[column], high[column]
        low[column] = min(before_low, here_low, low[after])
        high[column] = max(before_high, here_high, high[after])
        before_low, before_high = here_low, here_high


@jit
def _settled(bright, span, water, limit):
    """Where ice is about as bright as the pixels beside it, uint8 (rows, columns)."""
    rows, columns = bright.shape
    settled = np.empty((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            calm = span[row, column] < _SETTLED_RANGE * (value - water)
            settled[row, column] = calm and value > limit
    return settled


@jit
def _sum_around(values):
    """Sum of the window around each pixel, of the type of the values."""
    rows, columns = values.shape
    along = np.zeros_like(values)
    total = np.zeros_like(values)
    for row in range(rows):
        for shift in range(-WINDOW, WINDOW + 1):
            for column in range(max(0, -shift), min(columns, columns - shift)):
                along[row, column] += values[row, column + shift]
    for row in range(rows):
        for r in range(max(0, row - WINDOW), min(rows, row + WINDOW + 1)):
            for column in range(columns):
                total[row, column] += along[r, column]
    return total


@jit
def _most_around(values):
    """Greatest of the window around each pixel; NaN takes no part."""
    rows, columns = values.shape
    along = np.empty_like(values)
    most = np.empty_like(values)
    for row in range(rows):
        for column in range(columns):
            along[row, column] = values[row, column]
        for shift in range(-WINDOW, WINDOW + 1):
            for column in range(max(0, -shift), min(columns, columns - shift)):
                near = values[row, column + shift]
                here = along[row, column]
                along[row, column] = here if here >= near else near
    for row in range(rows):
        for column in range(columns):
            most[row, column] = along[row, column]
        for r in range(max(0, row - WINDOW), min(rows, row + WINDOW + 1)):
            for column in range(columns):
                near, here = along[r, column], most[row, column]
                most[row, column] = near if near > here else here
    return most


@jit
def _logistic(score):
    return 1.0 / (1.0 + math.exp(-score))


@jit
def ice_shares(bright, shape, water, ice, limit, mixing, trust):
    """Expected share of ice in every pixel.

    A pixel above `limit` is either ice as a whole or a mixture of ice and water. What its
    neighbours and its spectrum say of that is weighed by two logistic functions: whether it is a
    mixture, and whether the ice in it is the brightest of its neighbourhood or that of the scene.

    Parameters
    ----------
    bright : float32 (rows, columns)
        Brightness; NaN for no answer.
    shape : float32 (2, rows, columns)
        Excess over water in the near infrared, scaled so that snow's is its excess brightness, and
        excess of blue over red beyond that of mixtures of water and snow.
    water, ice : float
        Brightness of water, and of snow or the brightest ice, above water.
    limit : float
        Brightness to which a pixel is water.
    mixing : float64 (10,)
        Weights of: 1, range among the nine pixels, water in the window, brightness, lack of
        infrared, blueness, faintness, darkest of the nine, settled share of the window,
        closeness to the line of mixtures.
    trust : float64 (8,)
        Weights of: 1, settled share, range, water, lack of infrared, brightness, closeness to
        the line, closeness times settled share.

    Returns
    -------
    float32 (rows, columns)
        NaN for no answer.
    """
    rows, columns = bright.shape
    low, span = _range(bright)
    settled = _settled(bright, span, np.float32(water), np.float32(limit))
    calm = _sum_around(settled)
    wet = _sum_around((bright <= limit).astype(np.uint8))
    level = _sum_around(np.where(settled == 1, bright - np.float32(water), np.float32(0.0)))
    top = _most_around(np.where(bright > limit, bright, np.float32(limit)))
    result = np.empty((rows, columns), np.float32)
    for row in range(rows):
        height = min(rows, row + WINDOW + 1) - max(0, row - WINDOW)
        for column in range(columns):
            value = bright[row, column]
            if not value > limit:
                result[row, column] = np.nan if math.isnan(value) else 0.0
                continue
            excess = value - water
            bold = excess / ice
            width = min(columns, column + WINDOW + 1) - max(0, column - WINDOW)
            count, plain = calm[row, column], calm[row, column] / (height * width)
            if bold > _BRIGHT_PLAIN and plain >= _NEARLY_ALL:
                result[row, column] = 1.0
                continue
            rough = min(span[row, column] / excess, 1.5)
            # NaN in the bands of the spectrum alone says nothing: neither dull nor blue.
            dull, blue = 1.0 - shape[0, row, column] / excess, shape[1, row, column] / excess
            unknown = math.isnan(dull) and math.isnan(blue)
            dull = 0.0 if math.isnan(dull) else min(max(dull, -0.5), 1.0)
            blue = 0.0 if math.isnan(blue) else min(max(blue, -0.3), 0.8)
            beside = min(wet[row, column] / (height * width), 0.4)
            local = level[row, column] / count if count else 0.0
            if local <= excess:
                local = max(_LOCAL_TOP * (top[row, column] - water), excess)
            faint = min(0.01 / excess, 1.0)
            lowest = min(max((low[row, column] - water) / excess, 0.0), 1.0)
            off_line = (dull**2 + blue**2) / _LINE_WIDTH**2
            on_line = 0.0 if unknown else math.exp(-0.5 * off_line)
            score = (
                mixing[0] + mixing[1] * rough + mixing[2] * beside + mixing[3] * min(bold, 1.2)
                + mixing[4] * dull + mixing[5] * blue + mixing[6] * faint + mixing[7] * lowest
                + mixing[8] * min(plain, 0.5) + mixing[9] * on_line
            )  # fmt: skip
            mixed = _logistic(score)
            nearby = _logistic(
                trust[0] + trust[1] * plain + trust[2] * rough + trust[3] * beside
                + trust[4] * dull + trust[5] * bold + (trust[6] + trust[7] * plain) * on_line
            )  # fmt: skip
            whole = math.exp(nearby * math.log(local) + (1 - nearby) * math.log(max(local, ice)))
            result[row, column] = 1.0 - mixed * (1.0 - min(1.0, excess / whole))
    return result
