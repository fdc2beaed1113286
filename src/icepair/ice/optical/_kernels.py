"""Share of ice in every optical pixel: plain arrays in, plain arrays out."""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

WINDOW = 3
"""Pixels on each side among which ice of the neighbourhood is looked for."""
REACH = WINDOW + 1
"""Pixels that a pixel's share depends on: the window, and one more to know what is settled."""

_SETTLED_RANGE = 0.35
_LOCAL_TOP = 0.85
_NEARLY_ALL = 48


@jit
def _settled(bright, water, limit):
    """Where ice is as bright as the pixels beside it, uint8; and their range, float32."""
    rows, columns = bright.shape
    settled = np.zeros((rows, columns), np.uint8)
    span = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            if not value > limit:
                continue
            low, high = value, value
            for r in range(max(0, row - 1), min(rows, row + 2)):
                for c in range(max(0, column - 1), min(columns, column + 2)):
                    near = bright[r, c]
                    # Comparisons with NaN, which is no answer, are false.
                    if near < low:
                        low = near
                    if near > high:
                        high = near
            span[row, column] = high - low
            settled[row, column] = high - low < _SETTLED_RANGE * (value - water)
    return settled, span


@jit
def _count_around(settled):
    """Settled pixels of the window around each, uint8."""
    rows, columns = settled.shape
    along = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            total = 0
            for c in range(max(0, column - WINDOW), min(columns, column + WINDOW + 1)):
                total += settled[row, c]
            along[row, column] = total
    count = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        for r in range(max(0, row - WINDOW), min(rows, row + WINDOW + 1)):
            for column in range(columns):
                count[row, column] += along[r, column]
    return count


@jit
def _around(bright, settled, row, column, water, limit):
    """What the window around a pixel holds.

    Share of water, darkest level, level and share of bright ice, level and share of settled ice;
    levels above water.
    """
    rows, columns = bright.shape
    top, row0, row1 = -1.0, max(0, row - WINDOW), min(rows, row + WINDOW + 1)
    column0, column1 = max(0, column - WINDOW), min(columns, column + WINDOW + 1)
    known, wet, count, bottom, level = 0, 0, 0, np.inf, 0.0
    for r in range(row0, row1):
        for c in range(column0, column1):
            near = bright[r, c]
            if math.isnan(near):
                continue
            known += 1
            wet += near <= limit
            top, bottom = max(top, near), min(bottom, near)
            if settled[r, c]:
                level += near - water
                count += 1
    cut = water + _LOCAL_TOP * (top - water)
    total, number = 0.0, 0
    for r in range(row0, row1):
        for c in range(column0, column1):
            if bright[r, c] >= cut:
                total += bright[r, c] - water
                number += 1
    calm = level / count if count else 0.0
    return (wet / known, bottom - water, total / number, number / known,
            calm, count / known)  # fmt: skip


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
    mixing : float64 (9,)
        Weights of: 1, range among the eight neighbours, water in the window, brightness, lack of
        infrared, blueness, faintness, darkest of the window, settled share.
    trust : float64 (7,)
        Weights of: 1, share of bright ice in the window, settled share, range, water, lack of
        infrared, brightness.

    Returns
    -------
    float32 (rows, columns)
        NaN for no answer.
    """
    rows, columns = bright.shape
    settled, span = _settled(bright, water, limit)
    calm = _count_around(settled)
    result = np.empty((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            value = bright[row, column]
            if not value > limit:
                result[row, column] = np.nan if math.isnan(value) else 0.0
                continue
            excess = value - water
            rough = min(span[row, column] / excess, 1.5)
            bold = excess / ice
            # NaN in the bands of the spectrum alone says nothing: neither dull nor blue.
            dull, blue = 1.0 - shape[0, row, column] / excess, shape[1, row, column] / excess
            dull = 0.0 if math.isnan(dull) else min(max(dull, -0.5), 1.0)
            blue = 0.0 if math.isnan(blue) else min(max(blue, -0.3), 0.8)
            if calm[row, column] >= _NEARLY_ALL:
                # Inside a plain the window has nothing to add, and most pixels lie there.
                wet, bottom, bright_share, calm_share = 0.0, 0.8, 1.0, 1.0
                local = excess
            else:
                wet, low, local, bright_share, level, calm_share = _around(
                    bright, settled, row, column, water, limit
                )
                bottom = max(low / excess, 0.0)
                local = max(level if level > excess else local, excess)
            faint = min(0.01 / excess, 1.0)
            score = (
                mixing[0] + mixing[1] * rough + mixing[2] * min(wet, 0.4)
                + mixing[3] * min(bold, 1.2) + mixing[4] * dull + mixing[5] * blue
                + mixing[6] * faint + mixing[7] * bottom + mixing[8] * min(calm_share, 0.5)
            )  # fmt: skip
            mixed = _logistic(score)
            nearby = _logistic(
                trust[0] + trust[1] * bright_share + trust[2] * calm_share + trust[3] * rough
                + trust[4] * min(wet, 0.4) + trust[5] * dull + trust[6] * bold
            )  # fmt: skip
            whole = math.exp(nearby * math.log(local) + (1 - nearby) * math.log(max(local, ice)))
            result[row, column] = 1.0 - mixed * (1.0 - min(1.0, excess / whole))
    return result
