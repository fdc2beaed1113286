"""Inner loops over the footprints of target pixels: plain arrays in, plain arrays out.

A target pixel's footprint is the parallelogram around its position whose sides are the map's local
derivatives: `jacobian` (rows, columns, 2, 2) holds those of line and sample (third axis) by target
row and column (fourth). On a curved map neighbours' parallelograms do not quite meet; what is
between them or counted twice is the curvature over one pixel. Offsets count from the position's
own pixel, so that no bit depends on where the source was cut.
"""

from __future__ import annotations

import math

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


@jit
def area(source, line, sample, jacobian, minimum_share, out):
    """Mean of the source over the footprints; `out` is left alone where there is no answer.

    Each source pixel counts with the area of the footprint that falls on its square. Where what is
    inside and not NaN is less than `minimum_share` of the footprint there is no answer.
    """
    sides = np.empty((4, 4))
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if not (-0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5):
                continue
            value = _mean_over(source, y, x, jacobian[r, c], minimum_share, sides)
            if not np.isnan(value):
                out[r, c] = value


@jit
def _mean_over(source, y, x, jacobian, minimum_share, sides):
    """Mean over one footprint, NaN for no answer."""
    base = np.float64(source[math.floor(y + 0.5), math.floor(x + 0.5)])
    i0, j0 = math.floor(y), math.floor(x)
    v, u = y - i0, x - j0
    whole = _extent(jacobian)
    # False for NaN too.
    if not whole > 0.0:
        return base
    total = 0.0
    share = 0.0
    top, bottom = _cells(v, jacobian[0])
    for i in range(max(i0 + top, 0), min(i0 + bottom + 1, source.shape[0])):
        count = _sides_in_row(v, u, jacobian, i - i0, sides)
        left, right = _columns(sides, count)
        first, stop = max(j0 + left, 0), min(j0 + right + 1, source.shape[1])
        before = _covered(sides, count, first - j0 - 0.5)
        for j in range(first, stop):
            after = _covered(sides, count, j - j0 + 0.5)
            weight = after - before
            before = after
            value = source[i, j]
            if weight > 0.0 and not np.isnan(value):
                if np.isnan(base):
                    base = np.float64(value)
                total += weight * (value - base)
                share += weight
    if share < minimum_share * whole:
        return np.nan
    # Keeps a negative zero.
    return base if total == 0.0 else base + total / share


@jit
def _cells(centre, slopes):
    """First and last pixel along an axis that a footprint overlaps."""
    half = 0.5 * (abs(slopes[0]) + abs(slopes[1]))
    return math.floor(centre - half + 0.5), math.ceil(centre + half - 0.5)


@jit
def _sides_in_row(v, u, jacobian, di, sides):
    """Parts of the footprint's sides that lie in row `di` of pixels; their number.

    Each has its smaller and larger sample, its signed extent along lines and half of that by the
    samples that it spans; all are relative to the position's own pixel.
    """
    a, b = 0.5 * jacobian[0, 0], 0.5 * jacobian[0, 1]
    c, d = 0.5 * jacobian[1, 0], 0.5 * jacobian[1, 1]
    # Corners in turn, so that the inside is always on the same hand.
    turn = 1.0 if a * d - b * c > 0.0 else -1.0
    lines = (v - a - b, v - a + b, v + a + b, v + a - b)
    samples = (u - c - d, u - c + d, u + c + d, u + c - d)
    count = 0
    for k in range(4):
        y0, y1 = lines[k], lines[(k + 1) % 4]
        x0, x1 = samples[k], samples[(k + 1) % 4]
        low = max(min(y0, y1), di - 0.5)
        high = min(max(y0, y1), di + 0.5)
        if high <= low:
            continue
        at_low = x0 + (low - y0) * (x1 - x0) / (y1 - y0)
        at_high = x0 + (high - y0) * (x1 - x0) / (y1 - y0)
        sides[count, 0] = min(at_low, at_high)
        sides[count, 1] = max(at_low, at_high)
        # Sides that go back are those on the left.
        sides[count, 2] = (high - low) * turn * (1.0 if y1 < y0 else -1.0)
        sides[count, 3] = 0.5 * sides[count, 2] / (sides[count, 1] - sides[count, 0])
        count += 1
    return count


@jit
def _columns(sides, count):
    """First and last pixel that the footprint overlaps in the row that `sides` belong to."""
    low, high = np.inf, -np.inf
    for k in range(count):
        low, high = min(low, sides[k, 0]), max(high, sides[k, 1])
    if low > high:
        return 0, -1
    return math.floor(low + 0.5), math.ceil(high - 0.5)


@jit
def _covered(sides, count, limit):
    """Area of the footprint below the sample `limit`, in the row that `sides` belong to."""
    covered = 0.0
    for k in range(count):
        low, high = sides[k, 0], sides[k, 1]
        if limit >= high:
            covered += sides[k, 2] * (limit - 0.5 * (low + high))
        elif limit > low:
            covered += sides[k, 3] * (limit - low) * (limit - low)
    return covered


@jit
def mode(source, line, sample, jacobian, minimum_share, out):
    """Value that covers most of each footprint; `out` is left alone where there is no answer.

    Ties, to a millionth of the footprint, go to the smaller value. NaN is no value; where less than
    `minimum_share` of the footprint has one there is no answer.
    """
    sides = np.empty((4, 4))
    values = np.empty(16, dtype=source.dtype)
    areas = np.empty(16)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if not (-0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5):
                continue
            if not _extent(jacobian[r, c]) > 0.0:
                nearest = source[math.floor(y + 0.5), math.floor(x + 0.5)]
                if not np.isnan(nearest):
                    out[r, c] = nearest
                continue
            top, bottom = _cells(y - math.floor(y), jacobian[r, c, 0])
            left, right = _cells(x - math.floor(x), jacobian[r, c, 1])
            most = (bottom - top + 1) * (right - left + 1)
            if most > values.size:
                values = np.empty(most, dtype=source.dtype)
                areas = np.empty(most)
            count = _areas_by_value(source, y, x, jacobian[r, c], sides, values, areas)
            whole = _extent(jacobian[r, c])
            if count > 0 and areas[:count].sum() >= minimum_share * whole:
                out[r, c] = values[_largest(values, areas, count, 1e-6 * whole)]


@jit
def _extent(jacobian):
    """Area of a footprint in source pixels; NaN where the map's derivatives are not known."""
    return abs(jacobian[0, 0] * jacobian[1, 1] - jacobian[0, 1] * jacobian[1, 0])


@jit
def _largest(values, areas, count, tolerance):
    """Index of the smallest value among those whose areas are the largest."""
    largest = areas[:count].max()
    best = -1
    for k in range(count):
        if areas[k] >= largest - tolerance and (best < 0 or values[k] < values[best]):
            best = k
    return best


@jit
def _areas_by_value(source, y, x, jacobian, sides, values, areas):
    """Fill the distinct values in a footprint and the area of each; their number."""
    i0, j0 = math.floor(y), math.floor(x)
    v, u = y - i0, x - j0
    top, bottom = _cells(v, jacobian[0])
    count = 0
    for i in range(max(i0 + top, 0), min(i0 + bottom + 1, source.shape[0])):
        parts = _sides_in_row(v, u, jacobian, i - i0, sides)
        left, right = _columns(sides, parts)
        first, stop = max(j0 + left, 0), min(j0 + right + 1, source.shape[1])
        before = _covered(sides, parts, first - j0 - 0.5)
        for j in range(first, stop):
            after = _covered(sides, parts, j - j0 + 0.5)
            weight = after - before
            before = after
            if weight <= 0.0 or np.isnan(source[i, j]):
                continue
            k = 0
            while k < count and values[k] != source[i, j]:
                k += 1
            if k == count:
                values[k] = source[i, j]
                areas[k] = 0.0
                count += 1
            areas[k] += weight
    return count
