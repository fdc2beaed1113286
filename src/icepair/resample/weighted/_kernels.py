"""Inner loops of the Gaussian mean: plain arrays in, plain arrays out.

Positions are as in `icepair.resample.fused._kernels`. The value of the pixel at hand is taken off
before anything is weighted and added afterwards, which keeps constant fields bit for bit. Weights
count from the position's fractional part, so that no bit depends on where the source was cut.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

_GAUSSIAN_REACH = 3.0
"""Standard deviations beyond which a Gaussian has no weight."""


@jit
def gaussian(source, origin, line, sample, jacobian, deviation, minimum_share, out):
    """Mean weighted with a Gaussian that is round on the target; `out` is left alone elsewhere.

    `deviation` is in target pixels; `jacobian` (rows, columns, 2, 2) holds the derivatives of line
    and sample by target row and column. Where the Gaussian reaches no pixel's centre, the pixel
    that holds the position has all the weight.
    """
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c] - origin[0], sample[r, c] - origin[1]
            if -0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5:
                value = _gaussian_mean(source, y, x, jacobian[r, c], deviation, minimum_share)
                if not np.isnan(value):
                    out[r, c] = value


@jit
def _gaussian_mean(source, y, x, jacobian, deviation, minimum_share):
    """Gaussian mean around one position, NaN for no answer."""
    a, b = jacobian[0, 0] * deviation, jacobian[0, 1] * deviation
    c, d = jacobian[1, 0] * deviation, jacobian[1, 1] * deviation
    determinant = a * d - b * c
    base = np.float64(source[math.floor(y + 0.5), math.floor(x + 0.5)])
    if np.isnan(determinant) or determinant == 0.0:
        return base
    i0, j0 = math.floor(y), math.floor(x)
    v, u = y - i0, x - j0
    half_lines = _GAUSSIAN_REACH * math.hypot(a, b)
    # Standard deviations along the target's rows and columns, from sample to sample.
    row_step, column_step = -b / determinant, a / determinant
    step_square = row_step * row_step + column_step * column_step
    # From sample to sample the weight changes by a ratio, and that by this one.
    ratio_of_ratios = math.exp(-step_square)
    total = 0.0
    share = 0.0
    everything = 0.0
    for di in range(math.ceil(v - half_lines), math.floor(v + half_lines) + 1):
        along_rows, along_columns = d * (di - v) / determinant, -c * (di - v) / determinant
        middle, square = _nearest_on_line(along_rows, along_columns, row_step, column_step)
        if square > _GAUSSIAN_REACH * _GAUSSIAN_REACH:
            continue
        half = math.sqrt((_GAUSSIAN_REACH * _GAUSSIAN_REACH - square) / step_square)
        first = math.ceil(u + middle - half)
        offset = first - u - middle
        weight = math.exp(-0.5 * (square + step_square * offset * offset))
        ratio = math.exp(-step_square * (offset + 0.5))
        for dj in range(first, math.floor(u + middle + half) + 1):
            i, j = i0 + di, j0 + dj
            everything += weight
            if 0 <= i < source.shape[0] and 0 <= j < source.shape[1]:
                value = source[i, j]
                if not np.isnan(value):
                    if np.isnan(base):
                        base = np.float64(value)
                    total += weight * (0.0 if value == base else value - base)
                    share += weight
            weight *= ratio
            ratio *= ratio_of_ratios
    if everything == 0.0:
        return base
    if share < minimum_share * everything:
        return np.nan
    # Keeps a negative zero.
    return base if total == 0.0 else base + total / share


@jit
def _nearest_on_line(rows, columns, row_step, column_step):
    """Where a line of samples comes closest to the position, and the square of how close.

    The line starts at (rows, columns), in standard deviations, and moves by a step each sample.
    """
    step_square = row_step * row_step + column_step * column_step
    middle = -(rows * row_step + columns * column_step) / step_square
    closest_row, closest_column = rows + middle * row_step, columns + middle * column_step
    return middle, closest_row * closest_row + closest_column * closest_column
