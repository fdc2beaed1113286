"""Inner loops of the weighted methods: plain arrays in, plain arrays out.

Positions are as in `icepair.resample._kernels`. All work alike: the value of a pixel at hand is
taken off before anything is weighted and added afterwards, which keeps constant fields and
whole-pixel positions bit for bit. Weights count from the position's fractional part, so that no bit
depends on where the source was cut.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

_GAUSSIAN_REACH = 3.0
"""Standard deviations beyond which a Gaussian has no weight."""
_WHOLE = 1e-100
"""Fractions below it are 0: their squares are."""


@jit
def cubic_weights(fraction, weights):
    """Cubic convolution with a = -0.5 (Keys 1981), for the four pixels from -1 to 2."""
    for k in range(4):
        d = abs(fraction - (k - 1))
        if d < 1.0:
            weights[k] = (1.5 * d - 2.5) * d * d + 1.0
        else:
            weights[k] = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0


@jit
def lanczos_weights(fraction, weights):
    """Lanczos window of three lobes, for the six pixels from -2 to 3; the weights sum to 1.

    The sine of pi times the distance is the same for all but its sign and drops out of the sum;
    that of a third of it takes three values, the largest of which is the sum of the others.
    """
    if fraction < _WHOLE:
        for k in range(6):
            weights[k] = 1.0 if k == 2 else 0.0
        return
    near = math.sin(math.pi / 3.0 * fraction)
    far = math.sin(math.pi / 3.0 * (1.0 - fraction))
    weights[0] = far / ((fraction + 2.0) * (fraction + 2.0))
    weights[1] = -(near + far) / ((fraction + 1.0) * (fraction + 1.0))
    weights[2] = near / (fraction * fraction)
    weights[3] = far / ((1.0 - fraction) * (1.0 - fraction))
    weights[4] = -(near + far) / ((2.0 - fraction) * (2.0 - fraction))
    weights[5] = near / ((3.0 - fraction) * (3.0 - fraction))
    total = weights[0] + weights[1] + weights[2] + weights[3] + weights[4] + weights[5]
    for k in range(6):
        weights[k] /= total


@jit
def cubic(source, line, sample, minimum_share, out):
    """Cubic convolution over 4 x 4 pixels; see `_convolved`."""
    by_line, by_sample = np.empty(4), np.empty(4)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if is_inside(source, y, x):
                cubic_weights(y - math.floor(y), by_line)
                cubic_weights(x - math.floor(x), by_sample)
                value = _convolved(source, y, x, by_line, by_sample, minimum_share)
                if not np.isnan(value):
                    out[r, c] = value


@jit
def lanczos(source, line, sample, minimum_share, out):
    """Lanczos-3 over 6 x 6 pixels; see `_convolved`."""
    by_line, by_sample = np.empty(6), np.empty(6)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if is_inside(source, y, x):
                lanczos_weights(y - math.floor(y), by_line)
                lanczos_weights(x - math.floor(x), by_sample)
                value = _convolved(source, y, x, by_line, by_sample, minimum_share)
                if not np.isnan(value):
                    out[r, c] = value


@jit
def is_inside(source, y, x):
    """Whether some pixel holds the position; false for NaN."""
    return -0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5


@jit
def _raised(base, total, share):
    """Base and the mean of what was above it; a negative zero stays one."""
    return base if total == 0.0 else base + total / share


@jit
def _convolved(source, y, x, by_line, by_sample, minimum_share):
    """Sum of weights times values around a position, NaN for no answer.

    Weights are renormalised over the pixels that are inside and not NaN; where these hold less
    than `minimum_share` of the weight there is no answer.
    """
    taps = by_line.size
    i0 = math.floor(y) - (taps // 2 - 1)
    j0 = math.floor(x) - (taps // 2 - 1)
    if i0 >= 0 and j0 >= 0 and i0 + taps <= source.shape[0] and j0 + taps <= source.shape[1]:
        value = _convolved_inside(source, y, x, i0, j0, by_line, by_sample)
        if not np.isnan(value):
            return value
    return _convolved_over_valid(source, y, x, i0, j0, by_line, by_sample, minimum_share)


@jit
def _convolved_inside(source, y, x, i0, j0, by_line, by_sample):
    """Convolution where all pixels are there; NaN if one of them is NaN.

    Adds in the order of `_convolved_over_valid`: which of the two was used shows in no bit.
    """
    base = np.float64(source[math.floor(y + 0.5), math.floor(x + 0.5)])
    row_share = 0.0
    for b in range(by_sample.size):
        row_share += by_sample[b]
    total = 0.0
    share = 0.0
    for a in range(by_line.size):
        row = 0.0
        for b in range(by_sample.size):
            row += by_sample[b] * (source[i0 + a, j0 + b] - base)
        total += by_line[a] * row
        share += by_line[a] * row_share
    return _raised(base, total, share)


@jit
def _convolved_over_valid(source, y, x, i0, j0, by_line, by_sample, minimum_share):
    """Convolution over the pixels that are there."""
    base = np.float64(source[math.floor(y + 0.5), math.floor(x + 0.5)])
    total = 0.0
    share = 0.0
    for a in range(by_line.size):
        i = i0 + a
        if by_line[a] == 0.0 or i < 0 or i >= source.shape[0]:
            continue
        row = 0.0
        row_share = 0.0
        for b in range(by_sample.size):
            j = j0 + b
            if by_sample[b] == 0.0 or j < 0 or j >= source.shape[1] or np.isnan(source[i, j]):
                continue
            if np.isnan(base):
                base = np.float64(source[i, j])
            row += by_sample[b] * (source[i, j] - base)
            row_share += by_sample[b]
        total += by_line[a] * row
        share += by_line[a] * row_share
    return _raised(base, total, share) if share >= minimum_share else np.nan


@jit
def gaussian(source, line, sample, jacobian, deviation, minimum_share, out):
    """Mean weighted with a Gaussian that is round on the target; `out` is left alone elsewhere.

    `deviation` is in target pixels; `jacobian` (rows, columns, 2, 2) holds the derivatives of line
    and sample by target row and column. Where the Gaussian reaches no pixel's centre, the pixel
    that holds the position has all the weight.
    """
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if is_inside(source, y, x):
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
                    total += weight * (value - base)
                    share += weight
            weight *= ratio
            ratio *= ratio_of_ratios
    if everything == 0.0:
        return base
    return _raised(base, total, share) if share >= minimum_share * everything else np.nan


@jit
def _nearest_on_line(rows, columns, row_step, column_step):
    """Where a line of samples comes closest to the position, and the square of how close.

    The line starts at (rows, columns), in standard deviations, and moves by a step each sample.
    """
    step_square = row_step * row_step + column_step * column_step
    middle = -(rows * row_step + columns * column_step) / step_square
    closest_row, closest_column = rows + middle * row_step, columns + middle * column_step
    return middle, closest_row * closest_row + closest_column * closest_column
