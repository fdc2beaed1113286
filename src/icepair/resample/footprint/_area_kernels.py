"""Inner loops over the footprints of target pixels: plain arrays in, plain arrays out.

A target pixel's footprint is the parallelogram around its position whose sides are the map's local
derivatives: `jacobian` (rows, columns, 2, 2) holds those of line and sample (third axis) by target
row and column (fourth). On a curved map neighbours' parallelograms do not quite meet; what is
between them or counted twice is the curvature over one pixel. Offsets count from the position's
own pixel, so that no bit depends on where the source was cut.

Rows of the target are made in segments, means in two ways: all pixels of a segment together, by
short loops that the compiler turns into vector instructions; and one by one, in the same order of
additions, where footprints reach over the source's edge or hold pixels without a value. Which of
the two was used shows in no bit. All numbers in between lie in one array, in slots of a segment's
size, by which the compiler sees that they do not overlap.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

_SEGMENT = 64
"""Pixels that are made together."""
_V, _U, _A, _B, _C, _D = (slot * _SEGMENT for slot in range(6))
"""Slots: the position's fractions; halves of the derivatives, line by row and column (A, B), sample
likewise (C, D)."""
_SLOPE_A, _SLOPE_B, _STEEP_A, _STEEP_B = (slot * _SEGMENT for slot in range(6, 10))
"""Samples by line of the sides that go along target rows and columns, and lines by sample."""
_BASE, _TOTAL, _SHARE, _VALUE, _BEFORE, _AFTER, _LOW, _HIGH = (
    slot * _SEGMENT for slot in range(10, 18)
)
"""The value that is taken off, the sums of values and of areas, the mean; in a row of pixels the
area before a column and with it, the first and the last column."""
_FIRST_SIDE, _SECOND_SIDE, _THIRD_SIDE, _FOURTH_SIDE, _END = (
    slot * _SEGMENT for slot in (18, 22, 26, 30, 34)
)
"""Parts of the sides in a row of pixels, four slots each: smaller and larger sample, signed extent
along lines, half of that by the samples spanned."""
_NOWHERE = 1e9
"""Column beyond all others."""
_STEEPEST = 1e200
"""Lines per sample of a side that spans no samples: times 0 it is 0."""


@jit
def area(source, origin, line, sample, jacobian, minimum_share, out):
    """Mean of the source over the footprints; `out` is left alone where there is no answer.

    `source` is the window of the whole source that begins at `origin`. Each source pixel counts
    with the area of the footprint that falls on its square. Where what is inside and not NaN is
    less than `minimum_share` of the footprint there is no answer.
    """
    room = np.empty(_END)
    index = np.empty(2 * _SEGMENT, np.int32)
    taps = np.empty(_SEGMENT, source.dtype)
    for r in range(out.shape[0]):
        for first in range(0, out.shape[1], _SEGMENT):
            stop = min(first + _SEGMENT, out.shape[1])
            part = out[r, first:stop]
            y, x = line[r, first:stop], sample[r, first:stop]
            _place(origin, y, x, jacobian[r, first:stop], index, room)
            box = _common_box(source.shape, index, room, part.size)
            if box[0] <= box[1]:
                _mean_of_segment(source, box, index, taps, room, part.size)
            else:
                room[_VALUE : _VALUE + _SEGMENT] = np.nan
            for n in range(part.size):
                value = room[_VALUE + n]
                if np.isnan(value) and _is_inside(source.shape, y[n] - origin[0], x[n] - origin[1]):
                    value = _mean_over(
                        source, index[n], index[_SEGMENT + n], minimum_share, room, n
                    )
                if not np.isnan(value):
                    part[n] = value


@jit
def _is_inside(shape, y, x):
    """Whether some pixel holds the position; false for NaN."""
    return -0.5 <= y < shape[0] - 0.5 and -0.5 <= x < shape[1] - 0.5


@jit
def _place(origin, line, sample, jacobian, index, room):
    """Fill in whole parts and fractions of a segment's positions, half derivatives and slopes."""
    top, left = float(origin[0]), float(origin[1])
    for n in range(np.int32(line.size)):
        y, x = line[n] - top, sample[n] - left
        whole_y, whole_x = math.floor(y), math.floor(x)
        index[n], index[_SEGMENT + n] = np.int32(whole_y), np.int32(whole_x)
        room[_V + n], room[_U + n] = y - float(whole_y), x - float(whole_x)
    for n in range(np.int32(line.size)):
        room[_A + n], room[_B + n] = 0.5 * jacobian[n, 0, 0], 0.5 * jacobian[n, 0, 1]
        room[_C + n], room[_D + n] = 0.5 * jacobian[n, 1, 0], 0.5 * jacobian[n, 1, 1]
    for n in range(np.int32(line.size)):
        a, b, c, d = room[_A + n], room[_B + n], room[_C + n], room[_D + n]
        room[_SLOPE_A + n], room[_SLOPE_B + n] = c / a, d / b
        room[_STEEP_A + n] = min(abs(a / c), _STEEPEST)
        room[_STEEP_B + n] = min(abs(b / d), _STEEPEST)


@jit
def _whole(room, n):
    """Area of a footprint in source pixels; NaN where the map's derivatives are not known."""
    return 4.0 * abs(room[_A + n] * room[_D + n] - room[_B + n] * room[_C + n])


@jit
def _lines(room, n):
    """First and last line that a footprint overlaps, from the position's own on."""
    half = abs(room[_A + n]) + abs(room[_B + n])
    return math.floor(room[_V + n] - half + 0.5), math.ceil(room[_V + n] + half - 0.5)


@jit
def _samples(room, n):
    """First and last sample that a footprint overlaps, from the position's own on."""
    half = abs(room[_C + n]) + abs(room[_D + n])
    return math.floor(room[_U + n] - half + 0.5), math.ceil(room[_U + n] + half - 0.5)


@jit
def _common_box(shape, index, room, size):
    """First and last line that any footprint of a segment overlaps, from its own pixel on.

    The first is above the last where some footprint is not known, or some pixel of the common box
    of all lies outside the source.
    """
    top = left = np.int64(1 << 40)
    bottom = right = -top
    for n in range(size):
        # False for NaN too.
        if not 0.0 < _whole(room, n) < np.inf or np.isnan(room[_V + n] + room[_U + n]):
            return 1, 0
        first, last = _lines(room, n)
        top, bottom = min(top, first), max(bottom, last)
        first, last = _samples(room, n)
        left, right = min(left, first), max(right, last)
    for n in range(size):
        i, j = index[n], index[_SEGMENT + n]
        if i + top < 0 or i + bottom >= shape[0] or j + left < 0 or j + right >= shape[1]:
            return 1, 0
    return top, bottom


@jit
def _above(value, base):
    """How far a value lies above the base; 0 between equals, infinite ones too."""
    return 0.0 if value == base else value - base


@jit
def _mean_of_segment(source, box, index, taps, room, size):
    """Fill in means over footprints that lie inside the source; NaN where they hold one."""
    for n in range(size):
        i = np.uint64(index[n] + np.int32(room[_V + n] >= 0.5))
        j = np.uint64(index[_SEGMENT + n] + np.int32(room[_U + n] >= 0.5))
        room[_BASE + n] = np.float64(source[i, j])
        room[_TOTAL + n] = room[_SHARE + n] = 0.0
    for di in range(box[0], box[1] + 1):
        _cut_sides(room, di, 0, size)
        first, last = np.int32(_NOWHERE), np.int32(-_NOWHERE)
        for n in range(np.int32(size)):
            first = min(first, np.int32(room[_LOW + n]))
            last = max(last, np.int32(room[_HIGH + n]))
        _cover(room, _BEFORE, float(first) - 0.5, 0, size)
        for dj in range(first, last + 1):
            for n in range(size):
                i, j = np.uint64(index[n] + di), np.uint64(index[_SEGMENT + n] + dj)
                taps[n] = source[i, j]
            _add_column(taps, float(dj), room, size)
    for n in range(np.int32(size)):
        total = room[_TOTAL + n]
        mean = room[_BASE + n] + total / room[_SHARE + n]
        # Keeps a negative zero.
        room[_VALUE + n] = room[_BASE + n] if total == 0.0 else mean


@jit
def _add_column(taps, dj, room, size):
    """Add one pixel of a row to each footprint of a segment, with the area that it covers."""
    _cover(room, _AFTER, dj + 0.5, 0, size)
    for n in range(np.int32(size)):
        weight = room[_AFTER + n] - room[_BEFORE + n]
        room[_BEFORE + n] = room[_AFTER + n]
        weight = weight if room[_LOW + n] <= dj else 0.0
        weight = weight if dj <= room[_HIGH + n] else 0.0
        weight = weight if weight > 0.0 else 0.0
        room[_TOTAL + n] += weight * _above(np.float64(taps[n]), room[_BASE + n])
        room[_SHARE + n] += weight


@jit
def _cut_sides(room, di, first, stop):
    """Fill in the parts of the footprints' sides in row `di` of pixels, and the row's columns.

    For pixels `first` to `stop` of a segment; rows count from the position's own pixel.
    """
    low_line = float(di) - 0.5
    for n in range(np.int32(first), np.int32(stop)):
        a, b, c, d = room[_A + n], room[_B + n], room[_C + n], room[_D + n]
        v, u = room[_V + n], room[_U + n]
        # Corners in turn, so that the inside is always on the same hand.
        turn = 1.0 if a * d - b * c > 0.0 else -1.0
        by_a = room[_SLOPE_A + n], turn * room[_STEEP_A + n]
        by_b = room[_SLOPE_B + n], turn * room[_STEEP_B + n]
        room[_LOW + n], room[_HIGH + n] = _NOWHERE, -_NOWHERE
        _cut(room, _FIRST_SIDE + n, n, low_line, v - a - b, u - c - d, 2.0 * b, turn, by_b)
        _cut(room, _SECOND_SIDE + n, n, low_line, v - a + b, u - c + d, 2.0 * a, turn, by_a)
        _cut(room, _THIRD_SIDE + n, n, low_line, v + a + b, u + c + d, -2.0 * b, turn, by_b)
        _cut(room, _FOURTH_SIDE + n, n, low_line, v + a - b, u + c - d, -2.0 * a, turn, by_a)
        room[_LOW + n] = math.floor(room[_LOW + n] + 0.5)
        room[_HIGH + n] = math.ceil(room[_HIGH + n] - 0.5)


@jit
def _cut(room, at, n, low_line, y, x, height, turn, slopes):
    """Write the part of a side in a row of pixels; the side begins at (y, x).

    `height` is its extent along lines, `slopes` are samples by line and lines by sample, the latter
    without its sign but with that of `turn`.
    """
    low = max(min(y, y + height), low_line)
    high = min(max(y, y + height), low_line + 1.0)
    is_there = high > low
    x0, x1 = x + (low - y) * slopes[0], x + (high - y) * slopes[0]
    left, right = min(x0, x1), max(x0, x1)
    # Sides that go back are those on the left.
    extent = (high - low) * turn
    curve = 0.5 * slopes[1]
    extent, curve = (extent, curve) if height < 0.0 else (-extent, -curve)
    room[at] = left if is_there else 0.0
    room[at + _SEGMENT] = right if is_there else 0.0
    room[at + 2 * _SEGMENT] = extent if is_there else 0.0
    room[at + 3 * _SEGMENT] = curve if is_there else 0.0
    room[_LOW + n] = min(room[_LOW + n], left if is_there else _NOWHERE)
    room[_HIGH + n] = max(room[_HIGH + n], right if is_there else -_NOWHERE)


@jit
def _cover(room, at, limit, first, stop):
    """Write areas of footprints before the sample `limit`, in the row that their sides were cut to.

    For pixels `first` to `stop` of a segment, into the slot `at`.
    """
    for n in range(np.int32(first), np.int32(stop)):
        covered = _beside(room, _FIRST_SIDE + n, limit) + _beside(room, _SECOND_SIDE + n, limit)
        covered = covered + _beside(room, _THIRD_SIDE + n, limit)
        room[at + n] = covered + _beside(room, _FOURTH_SIDE + n, limit)


@jit
def _beside(room, at, limit):
    """Signed area between a part of a side and the sample `limit` to its right."""
    left, right = room[at], room[at + _SEGMENT]
    along = min(max(limit, left), right) - left
    beyond = max(limit - right, 0.0)
    return room[at + 2 * _SEGMENT] * beyond + room[at + 3 * _SEGMENT] * along * along


@jit
def _mean_over(source, i0, j0, minimum_share, room, n):
    """Mean over one footprint of any kind, NaN for no answer; pixel n of its segment."""
    nearest = i0 + int(room[_V + n] >= 0.5), j0 + int(room[_U + n] >= 0.5)
    base = np.float64(source[nearest])
    whole = _whole(room, n)
    # False for NaN too.
    if not whole > 0.0:
        return base
    total = 0.0
    share = 0.0
    top, bottom = _lines(room, n)
    for i in range(max(i0 + top, 0), min(i0 + bottom + 1, source.shape[0])):
        _cut_sides(room, i - i0, n, n + 1)
        left, right = int(room[_LOW + n]), int(room[_HIGH + n])
        first, stop = max(j0 + left, 0), min(j0 + right + 1, source.shape[1])
        _cover(room, _BEFORE, first - j0 - 0.5, n, n + 1)
        for j in range(first, stop):
            _cover(room, _AFTER, j - j0 + 0.5, n, n + 1)
            weight = room[_AFTER + n] - room[_BEFORE + n]
            room[_BEFORE + n] = room[_AFTER + n]
            value = np.float64(source[i, j])
            if weight > 0.0 and not np.isnan(value):
                if np.isnan(base):
                    base = value
                total += weight * _above(value, base)
                share += weight
    if share < minimum_share * whole:
        return np.nan
    # Keeps a negative zero.
    return base if total == 0.0 else base + total / share
