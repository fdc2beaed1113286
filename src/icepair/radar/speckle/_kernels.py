"""Inner loops of the filters that go by local mean and variance: plain arrays in, out the same.

`padded` has half a window more than `out` on each side, NaN where nothing was measured. `floor`
has the shape of `out`: thermal noise that was taken off each pixel. Speckle multiplies all of the
power that arrived, so mean power plus floor is what its strength goes by.

Windows are summed row by row and then along the row, in one order for all windows: no bit depends
on how the image is cut.
"""

from __future__ import annotations

import numpy as np

from icepair._jit import jit

_ENOUGH_OF_NINE = 5
"""Valid pixels that each 3 x 3 mean needs for a direction to be told."""


@jit
def boxcar(padded, size, out):
    """Mean of the valid pixels of each window."""
    sums = np.empty((3, out.shape[1]))
    columns = np.empty((3, padded.shape[1]))
    half = size // 2
    for r in range(out.shape[0]):
        _window_sums(padded, r, size, columns, sums)
        for c in range(out.shape[1]):
            hole = np.isnan(padded[r + half, c + half])
            out[r, c] = np.nan if hole else sums[1, c] / sums[0, c]


@jit
def gamma_map(padded, size, looks, floor, out):
    """Most probable power for gamma-distributed speckle on gamma-distributed power."""
    sums = np.empty((3, out.shape[1]))
    columns = np.empty((3, padded.shape[1]))
    half = size // 2
    for r in range(out.shape[0]):
        _window_sums(padded, r, size, columns, sums)
        for c in range(out.shape[1]):
            power = padded[r + half, c + half]
            mean, variance = _mean_and_variance(sums[0, c], sums[1, c], sums[2, c])
            if np.isnan(power):
                out[r, c] = np.nan
            elif mean + floor[r, c] <= 0.0:
                out[r, c] = mean
            else:
                most_probable = _most_probable(
                    power + floor[r, c], mean + floor[r, c], variance, looks
                )
                # The mean stays bit for bit where it is the answer.
                is_mean = np.isnan(most_probable)
                out[r, c] = mean if is_mean else most_probable - floor[r, c]


@jit
def _most_probable(power, mean, variance, looks):
    """Gamma-MAP of one pixel; NaN where it is the mean."""
    relative = variance / (mean * mean)
    if relative <= 1.0 / looks:
        return np.nan
    if relative >= 2.0 / looks:
        return power
    order = (1.0 + 1.0 / looks) / (relative - 1.0 / looks)
    slope = mean * (order - looks - 1.0)
    discriminant = slope * slope + 4.0 * order * looks * mean * power
    if discriminant < 0.0:
        return np.nan
    return (slope + np.sqrt(discriminant)) / (2.0 * order)


@jit
def refined_lee(padded, looks, floor, halves, out):
    """Lee's estimate from local mean and variance, next to edges over half of the window.

    `halves` (8, 28, 2) holds rows and columns of the half windows of `_direction`.
    """
    sums = np.empty((3, out.shape[1]))
    columns = np.empty((3, padded.shape[1]))
    threes = np.empty((3, 3, padded.shape[1] - 2))
    means = np.empty((3, 3))
    for r in range(out.shape[0]):
        _window_sums(padded, r, 7, columns, sums)
        for k in range(3):
            _window_sums(padded, r + 2 * k, 3, columns, threes[k])
        for c in range(out.shape[1]):
            power = padded[r + 3, c + 3]
            if np.isnan(power):
                out[r, c] = np.nan
                continue
            mean, variance = _mean_and_variance(sums[0, c], sums[1, c], sums[2, c])
            signal = _variance_of_signal(mean + floor[r, c], variance, looks)
            if signal > 0.0 and _nine_means(threes, c, means):
                half = halves[_direction(means)]
                mean, variance = _over_half(padded, r, c, half)
                signal = _variance_of_signal(mean + floor[r, c], variance, looks)
            out[r, c] = mean if signal == 0.0 else mean + signal / variance * (power - mean)


@jit
def _variance_of_signal(mean, variance, looks):
    """Variance that speckle does not explain; 0 where the mean is not positive."""
    if mean <= 0.0:
        return 0.0
    return max(0.0, (variance - mean * mean / looks) / (1.0 + 1.0 / looks))


@jit
def _nine_means(threes, c, means):
    """Means of 3 x 3 pixels each, two apart, into `means`; whether all hold enough pixels."""
    for a in range(3):
        for b in range(3):
            count = threes[a, 0, c + 2 * b]
            if count < _ENOUGH_OF_NINE:
                return False
            means[a, b] = threes[a, 1, c + 2 * b] / count
    return True


@jit
def _direction(m):
    """Half window on the pixel's side of the strongest edge.

    0 left, 1 right, 2 upper, 3 lower, 4 upper right, 5 lower left, 6 upper left, 7 lower right.
    """
    middle = m[1, 1]
    across = abs(m[0, 2] + m[1, 2] + m[2, 2] - m[0, 0] - m[1, 0] - m[2, 0])
    down = abs(m[2, 0] + m[2, 1] + m[2, 2] - m[0, 0] - m[0, 1] - m[0, 2])
    rising = abs(m[0, 1] + m[0, 2] + m[1, 2] - m[1, 0] - m[2, 0] - m[2, 1])
    falling = abs(m[0, 0] + m[0, 1] + m[1, 0] - m[1, 2] - m[2, 1] - m[2, 2])
    steepest = max(across, down, rising, falling)
    if across == steepest:
        first, one, other = 0, m[1, 0], m[1, 2]
    elif down == steepest:
        first, one, other = 2, m[0, 1], m[2, 1]
    elif rising == steepest:
        first, one, other = 4, m[0, 2], m[2, 0]
    else:
        first, one, other = 6, m[0, 0], m[2, 2]
    return first if abs(one - middle) <= abs(other - middle) else first + 1


@jit
def _over_half(padded, r, c, half):
    """Mean and variance of the valid pixels of a half window."""
    count, total, squares = 0.0, 0.0, 0.0
    for k in range(half.shape[0]):
        power = np.float64(padded[r + half[k, 0], c + half[k, 1]])
        if not np.isnan(power):
            count += 1.0
            total += power
            squares += power * power
    return _mean_and_variance(count, total, squares)


@jit
def _mean_and_variance(count, total, squares):
    """Of a sample; the variance of a single value is 0."""
    if count < 2.0:
        return total / count, 0.0
    mean = total / count
    return mean, max(0.0, (squares - total * mean) / (count - 1.0))


@jit
def _window_sums(padded, r, size, columns, sums):
    """Count, sum and sum of squares of the valid pixels of the windows that start in row r."""
    columns[:] = 0.0
    for i in range(r, r + size):
        for j in range(padded.shape[1]):
            power = np.float64(padded[i, j])
            valid = not np.isnan(power)
            columns[0, j] += 1.0 if valid else 0.0
            columns[1, j] += power if valid else 0.0
            columns[2, j] += power * power if valid else 0.0
    for k in range(3):
        for c in range(sums.shape[1]):
            total = 0.0
            for j in range(c, c + size):
                total += columns[k, j]
            sums[k, c] = total
