"""Inner loops of the mode over footprints: plain arrays in, plain arrays out.

Footprints, slots and rows of pixels are those of `icepair.resample.footprint._area_kernels`; pixels
are made one by one, in the first place of each slot.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit
from icepair.resample.footprint._area_kernels import (
    _AFTER,
    _BEFORE,
    _END,
    _HIGH,
    _LOW,
    _SEGMENT,
    _cover,
    _cut_sides,
    _is_inside,
    _lines,
    _place,
    _samples,
    _whole,
)


@jit
def mode(source, origin, line, sample, jacobian, minimum_share, out):
    """Value that covers most of each footprint; `out` is left alone where there is no answer.

    Ties, to a millionth of the footprint, go to the smaller value. NaN is no value; where less than
    `minimum_share` of the footprint has one there is no answer.
    """
    room = np.empty(_END)
    index = np.empty(2 * _SEGMENT, np.int32)
    values = np.empty(16, dtype=source.dtype)
    areas = np.empty(16)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            here = slice(c, c + 1)
            y, x = line[r, c] - origin[0], sample[r, c] - origin[1]
            if not _is_inside(source.shape, y, x):
                continue
            _place(origin, line[r, here], sample[r, here], jacobian[r, here], index, room)
            whole = _whole(room, 0)
            if not whole > 0.0:
                nearest = source[math.floor(y + 0.5), math.floor(x + 0.5)]
                if not np.isnan(nearest):
                    out[r, c] = nearest
                continue
            (top, bottom), (left, right) = _lines(room, 0), _samples(room, 0)
            i, j = index[0], index[_SEGMENT]
            if _is_uniform(source, i + top, i + bottom + 1, j + left, j + right + 1):
                out[r, c] = source[i + top, j + left]
                continue
            most = (bottom - top + 1) * (right - left + 1)
            if most > values.size:
                values = np.empty(most, dtype=source.dtype)
                areas = np.empty(most)
            count = _areas_by_value(source, i, j, room, values, areas)
            if count > 0 and areas[:count].sum() >= minimum_share * whole:
                out[r, c] = values[_largest(values, areas, count, 1e-6 * whole)]


@jit
def _is_uniform(source, top, bottom, left, right):
    """Whether a window lies in the source and has one value throughout; NaN is none."""
    if top < 0 or left < 0 or bottom > source.shape[0] or right > source.shape[1]:
        return False
    value = source[top, left]
    for i in range(top, bottom):
        for j in range(left, right):
            # True for NaN too.
            if source[i, j] != value:
                return False
    return True


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
def _areas_by_value(source, i0, j0, room, values, areas):
    """Fill the distinct values in the footprint in slot 0 and the area of each; their number."""
    top, bottom = _lines(room, 0)
    count = 0
    for i in range(max(i0 + top, 0), min(i0 + bottom + 1, source.shape[0])):
        _cut_sides(room, i - i0, 0, 1)
        left, right = int(room[_LOW]), int(room[_HIGH])
        first, stop = max(j0 + left, 0), min(j0 + right + 1, source.shape[1])
        _cover(room, _BEFORE, first - j0 - 0.5, 0, 1)
        for j in range(first, stop):
            _cover(room, _AFTER, j - j0 + 0.5, 0, 1)
            weight = room[_AFTER] - room[_BEFORE]
            room[_BEFORE] = room[_AFTER]
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
