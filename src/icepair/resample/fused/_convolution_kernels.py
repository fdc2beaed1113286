"""Inner loops of convolutions: plain arrays in, plain arrays out.

A convolution weights the pixels around a position by their distances along both axes; nets and
runs are those of `icepair.resample.fused._kernels`. The value of the pixel that holds the position
is taken off before anything is weighted and added afterwards, which keeps constant fields and
whole-pixel positions bit for bit. Weights count from the position's fractional part, so that no bit
depends on where the source was cut.

Runs are made in segments. Where one lies inside the source its pixels are made together, by short
loops that the compiler turns into vector instructions; pixels that then have no value are made
anew, one by one, in the same order of additions: which of the two was used shows in no bit. All
numbers in between lie in one array, in slots of a segment's size, by which the compiler sees that
they do not overlap.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from icepair._jit import jit
from icepair.resample.fused._kernels import _ends, _is_inside, _runs

_WHOLE = 1e-100
"""Fractions below it are 0: their squares are."""
_SEGMENT = 64
"""Pixels that are made together."""
_LINE, _SAMPLE, _BASE, _VALUE = (slot * _SEGMENT for slot in range(4))
"""Slots: the position's fractions, the value that is taken off, the sum and at last the mean."""
_BY_LINE, _BY_SAMPLE, _END = (slot * _SEGMENT for slot in (4, 10, 16))
"""First slots of the weights; up to six each."""
_FARTHEST = 1 << 31
"""Pixels that 32 bits count."""


def convolve(
    source: Any,
    origin: tuple[int, int],
    net: tuple[Any, ...],
    offsets: tuple[int, ...],
    minimum_share: float,
    row_start: int,
    column_start: int,
    out: Any,
) -> None:
    """Mean weighted by the distances along both axes; `out` is left alone where there is none.

    `source` is the window of the whole source that begins at `origin`. `offsets` names the pixels
    that have a weight, counted along either axis from the one above or left of the position: (0, 1)
    for bilinear, (-1, 0, 1, 2) for cubic convolution, (-2, ..., 3) for Lanczos. Weights are
    renormalised over the pixels that are inside and not NaN; where these hold less than
    `minimum_share` of the weight there is no answer.
    """
    # Weights of both signs cancel: their sums need more digits than the values.
    room = np.empty(_END, out.dtype if len(offsets) == 2 else np.float64)
    taps = np.empty(len(offsets) ** 2 * _SEGMENT, source.dtype)
    start = row_start, column_start
    _convolve(source, origin, net, offsets, minimum_share, start, room, taps, out)


@jit
def _convolve(source, origin, net, offsets, minimum_share, start, room, taps, out):
    """`convolve` with room for the numbers in between and for what is looked up."""
    row_start, column_start = start
    columns = out.shape[1]
    spans = np.empty((columns, 3), np.int64)
    paths = np.empty((columns, 4))
    corners = np.empty(_SEGMENT, np.int32)
    flat = source.reshape(source.size)
    for r in range(out.shape[0]):
        count = _runs(net, row_start + r, column_start, column_start + columns, spans, paths)
        for n in range(count):
            span, path = spans[n], paths[n]
            stop = span[1]
            while span[0] < stop:
                span[1] = min(span[0] + _SEGMENT, stop)
                part = out[r, span[0] - column_start : span[1] - column_start]
                first = _first_line(source, origin, span, path, offsets)
                holes = part.size
                if first >= 0:
                    _place(origin, span, path, first, source.shape[1], corners, room, part.size)
                    if len(offsets) > 2:
                        line = first * source.shape[1]
                        _start_at_nearest(flat, line, source.shape[1], corners, room, part.size)
                    corner = (first + offsets[0]) * source.shape[1] + offsets[0]
                    _gather(flat, corner, source.shape[1], offsets, corners, taps, part.size)
                    holes = _convolve_segment(taps, offsets, room, part.size)
                    if holes == 0:
                        for m in range(part.size):
                            part[m] = room[_VALUE + m]
                else:
                    room[_VALUE : _VALUE + _SEGMENT] = np.nan
                if holes > 0:
                    _fill_in(source, origin, span, path, offsets, minimum_share, room, part)
                span[0] = span[1]


@jit
def _first_line(source, origin, span, path, offsets):
    """Least line of a run's positions; -1 where not all pixels around all of them exist."""
    y0, y1 = _ends(span, path[0], path[1], origin[0])
    x0, x1 = _ends(span, path[2], path[3], origin[1])
    lines, samples = source.shape
    before, after = -offsets[0], offsets[len(offsets) - 1]
    in_lines = y0 >= before and y1 < lines - after
    is_near = (y1 - y0 + 2.0) * samples < _FARTHEST
    if in_lines and x0 >= before and x1 < samples - after and is_near:
        return int(y0)
    return -1


@jit
def _place(origin, span, path, first_line, samples, corners, room, size):
    """Fill in fractions of a segment's positions and the pixels above left of them.

    Pixels count along the lines of `samples` pixels each, from the beginning of `first_line`.
    """
    y, dy, x, dx = path[0], path[1], path[2], path[3]
    top, left = float(origin[0]), float(origin[1])
    t0, i0, width = np.int32(span[0] - span[2]), np.int32(first_line), np.int32(samples)
    for n in range(np.int32(size)):
        t = float(np.int32(t0 + np.int32(n)))
        line, sample = y + t * dy - top, x + t * dx - left
        i, j = np.int32(line), np.int32(sample)
        corners[n] = np.int32(np.int32(np.int32(i - i0) * width) + j)
        room[_LINE + n], room[_SAMPLE + n] = line - float(i), sample - float(j)


@jit
def _gather(flat, corner, samples, offsets, corners, taps, size):
    """Fill in what a segment takes from the source, from its pixel `corner` on."""
    width, below = len(offsets), np.uint64(samples)
    for n in range(size):
        k = np.uint64(corner + corners[n])
        for a in range(width):
            for b in range(width):
                taps[(a * width + b) * _SEGMENT + n] = flat[k + np.uint64(b)]
            k += below


@jit
def _weigh(fractions, offsets, room, at, first, stop):
    """Write the weights of the pixels at `offsets` into the slots from `at` on.

    For pixels `first` to `stop` of a segment, from the slot of their `fractions`.
    """
    if len(offsets) == 2:
        one = room.dtype.type(1.0)
        for n in range(np.int32(first), np.int32(stop)):
            room[at + n] = one - room[fractions + n]
            room[at + _SEGMENT + n] = room[fractions + n]
    elif len(offsets) == 4:
        _weigh_cubic(fractions, room, at, first, stop)
    else:
        _weigh_lanczos(fractions, room, at, first, stop)


@jit
def _weigh_cubic(fractions, room, at, first, stop):
    """Cubic convolution with a = -0.5 (Keys 1981), for the four pixels from -1 to 2."""
    for n in range(np.int32(first), np.int32(stop)):
        f = room[fractions + n]
        g = 1.0 - f
        room[at + n] = -0.5 * f * g * g
        room[at + _SEGMENT + n] = (1.5 * f - 2.5) * f * f + 1.0
        room[at + 2 * _SEGMENT + n] = (1.5 * g - 2.5) * g * g + 1.0
        room[at + 3 * _SEGMENT + n] = -0.5 * g * f * f


@jit
def _sine(angle):
    """Sine of an angle from 0 to pi / 3, to the last bit but one: Taylor's series to the 19th."""
    s = angle * angle
    t = 1.0 - s * (1.0 / 342.0)
    t = 1.0 - s * (1.0 / 272.0) * t
    t = 1.0 - s * (1.0 / 210.0) * t
    t = 1.0 - s * (1.0 / 156.0) * t
    t = 1.0 - s * (1.0 / 110.0) * t
    t = 1.0 - s * (1.0 / 72.0) * t
    t = 1.0 - s * (1.0 / 42.0) * t
    t = 1.0 - s * (1.0 / 20.0) * t
    t = 1.0 - s * (1.0 / 6.0) * t
    return angle * t


@jit
def _weigh_lanczos(fractions, room, at, first, stop):
    """Lanczos window of three lobes, for the six pixels from -2 to 3; the weights sum to 1.

    The sine of pi times the distance is the same for all but its sign and drops out of the sum;
    that of a third of it takes three values, the largest of which is the sum of the others.
    """
    for n in range(np.int32(first), np.int32(stop)):
        is_whole = room[fractions + n] < _WHOLE
        f = 0.5 if is_whole else room[fractions + n]
        g = 1.0 - f
        near, far = _sine(math.pi / 3.0 * f), _sine(math.pi / 3.0 * g)
        w0 = far / ((f + 2.0) * (f + 2.0))
        w1 = -(near + far) / ((f + 1.0) * (f + 1.0))
        w2 = near / (f * f)
        w3 = far / (g * g)
        w4 = -(near + far) / ((g + 1.0) * (g + 1.0))
        w5 = near / ((g + 2.0) * (g + 2.0))
        scale = 1.0 / (w0 + w1 + w2 + w3 + w4 + w5)
        others = 0.0 if is_whole else scale
        room[at + n] = w0 * others
        room[at + _SEGMENT + n] = w1 * others
        room[at + 2 * _SEGMENT + n] = 1.0 if is_whole else w2 * scale
        room[at + 3 * _SEGMENT + n] = w3 * others
        room[at + 4 * _SEGMENT + n] = w4 * others
        room[at + 5 * _SEGMENT + n] = w5 * others


@jit
def _raised(base, mean):
    """Base and the mean of what was above it; a negative zero stays one."""
    return base if mean == 0.0 else base + mean


@jit
def _convolve_segment(taps, offsets, room, size):
    """Make a segment of what was gathered; NaN where a pixel has no value. How many are NaN.

    Infinite values less the same are NaN too.
    """
    width = len(offsets)
    if width == 2:
        _mean_of_four(taps, room, size)
    else:
        _weigh(_LINE, offsets, room, _BY_LINE, 0, size)
        _weigh(_SAMPLE, offsets, room, _BY_SAMPLE, 0, size)
        _add_up(taps, width, room, size)
        for n in range(np.int32(size)):
            room[_VALUE + n] = _raised(room[_BASE + n], room[_VALUE + n])
    holes = 0
    for n in range(np.int32(size)):
        holes += np.int32(room[_VALUE + n] != room[_VALUE + n])
    return holes


@jit
def _add_up(taps, width, room, size):
    """Fill in weighted sums of what lies above the values that were taken off."""
    if width == 4:
        for n in range(np.int32(size)):
            weights = _four(room, _BY_SAMPLE + n)
            first, second, third, fourth = _four(room, _BY_LINE + n)
            total = first * _row_of_four(taps, n, weights, room[_BASE + n])
            total += second * _row_of_four(taps, n + 4 * _SEGMENT, weights, room[_BASE + n])
            total += third * _row_of_four(taps, n + 8 * _SEGMENT, weights, room[_BASE + n])
            total += fourth * _row_of_four(taps, n + 12 * _SEGMENT, weights, room[_BASE + n])
            room[_VALUE + n] = total
    else:
        for a in range(width):
            for n in range(np.int32(size)):
                base = room[_BASE + n]
                row = 0.0
                for b in range(width):
                    value = np.float64(taps[(a * width + b) * _SEGMENT + n])
                    row += room[_BY_SAMPLE + b * _SEGMENT + n] * (value - base)
                room[_VALUE + n] += room[_BY_LINE + a * _SEGMENT + n] * row


@jit
def _four(room, at):
    """One pixel of four slots."""
    return room[at], room[at + _SEGMENT], room[at + 2 * _SEGMENT], room[at + 3 * _SEGMENT]


@jit
def _row_of_four(taps, at, weights, base):
    """Weighted sum of four taps above the base; the first is at `at`."""
    row = weights[0] * (np.float64(taps[at]) - base)
    row += weights[1] * (np.float64(taps[at + _SEGMENT]) - base)
    row += weights[2] * (np.float64(taps[at + 2 * _SEGMENT]) - base)
    return row + weights[3] * (np.float64(taps[at + 3 * _SEGMENT]) - base)


@jit
def _start_at_nearest(flat, corner, samples, corners, room, size):
    """Take the value of the pixel that holds the position off; `corners` count from `corner`."""
    for n in range(size):
        below = samples if room[_LINE + n] >= 0.5 else 0
        right = 1 if room[_SAMPLE + n] >= 0.5 else 0
        room[_BASE + n] = flat[np.uint64(corner + corners[n] + below + right)]
        room[_VALUE + n] = 0.0


@jit
def _nearest_of_four(v, u, upper_left, upper_right, lower_left, lower_right):
    """The one of four that both fractions round to, ties to the higher index."""
    upper = upper_right if u >= 0.5 else upper_left
    lower = lower_right if u >= 0.5 else lower_left
    return lower if v >= 0.5 else upper


@jit
def _mean_of_four(taps, room, size):
    """The bilinear mean at once: as by the slots of weights, in less time."""
    kind = room.dtype.type
    one = kind(1.0)
    for n in range(np.int32(size)):
        v, u = room[_LINE + n], room[_SAMPLE + n]
        upper_left, upper_right = kind(taps[n]), kind(taps[_SEGMENT + n])
        lower_left, lower_right = kind(taps[2 * _SEGMENT + n]), kind(taps[3 * _SEGMENT + n])
        base = _nearest_of_four(v, u, upper_left, upper_right, lower_left, lower_right)
        upper = (one - u) * (upper_left - base) + u * (upper_right - base)
        lower = (one - u) * (lower_left - base) + u * (lower_right - base)
        room[_VALUE + n] = _raised(base, (one - v) * upper + v * lower)


@jit
def _fill_in(source, origin, span, path, offsets, minimum_share, room, out):
    """Write a segment of which some pixels are not made yet."""
    for n in range(out.size):
        value = room[_VALUE + n]
        if np.isnan(value):
            t = float(span[0] - span[2] + n)
            y, x = path[0] + t * path[1] - origin[0], path[2] + t * path[3] - origin[1]
            if _is_inside(y, source.shape[0]) and _is_inside(x, source.shape[1]):
                value = _convolved(source, y, x, offsets, minimum_share, room, n)
        if not np.isnan(value):
            out[n] = value


@jit
def _convolved(source, y, x, offsets, minimum_share, room, n):
    """Convolution over the pixels that are there, NaN for no answer; pixel n of its segment."""
    i0, j0 = math.floor(y), math.floor(x)
    room[_LINE + n], room[_SAMPLE + n] = y - i0, x - j0
    _weigh(_LINE, offsets, room, _BY_LINE, n, n + 1)
    _weigh(_SAMPLE, offsets, room, _BY_SAMPLE, n, n + 1)
    kind = room.dtype.type
    # A fraction may have been rounded up to a half.
    below, right = int(room[_LINE + n] >= 0.5), int(room[_SAMPLE + n] >= 0.5)
    base = kind(source[min(i0 + below, source.shape[0] - 1), min(j0 + right, source.shape[1] - 1)])
    total = kind(0.0)
    share = everything = 0.0
    is_whole = True
    for a in range(len(offsets)):
        i = i0 + offsets[a]
        by_line = room[_BY_LINE + a * _SEGMENT + n]
        row = kind(0.0)
        for b in range(len(offsets)):
            j = j0 + offsets[b]
            weight = room[_BY_SAMPLE + b * _SEGMENT + n]
            if by_line == 0.0 or weight == 0.0:
                continue
            everything += np.float64(by_line) * np.float64(weight)
            is_there = 0 <= i < source.shape[0] and 0 <= j < source.shape[1]
            if not is_there or np.isnan(source[i, j]):
                is_whole = False
                continue
            value = kind(source[i, j])
            if np.isnan(base):
                base = value
            # Infinite equals differ by nothing.
            if value != base:
                row += weight * (value - base)
            share += np.float64(by_line) * np.float64(weight)
        total += by_line * row
    if is_whole:
        return np.float64(_raised(base, total))
    return _raised(base, total / share) if share >= minimum_share * everything else np.nan
