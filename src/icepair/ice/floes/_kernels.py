"""One pass over labels: what objects measure, run by run."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit

AREA, ROW_SUM, COLUMN_SUM, ROW_SQUARES, COLUMN_SQUARES, PRODUCTS = 0, 1, 2, 3, 4, 5
TOP, BOTTOM, LEFT, RIGHT = 6, 7, 8, 9
RUNS, BELOW, ASLANT, CUT = 10, 11, 12, 13
NUMBERS = 14
DIRECTIONS = 16
_UNKNOWN = -1


@jit
def _sum_to(n):
    """Of 0, 1, … n - 1."""
    return n * (n - 1) // 2


@jit
def _squares_to(n):
    """Sum of the squares of 0, 1, … n - 1."""
    return (n - 1) * n * (2 * n - 1) // 6


@jit
def _add_run(own, row, first, stop):
    """Add the pixels first … stop - 1 of a row to an object's numbers."""
    count = stop - first
    columns = _sum_to(stop) - _sum_to(first)
    if own[AREA] == 0:
        own[TOP], own[LEFT], own[RIGHT] = row, first, stop
    own[AREA] += count
    own[ROW_SUM] += row * count
    own[COLUMN_SUM] += columns
    own[ROW_SQUARES] += row * row * count
    own[COLUMN_SQUARES] += _squares_to(stop) - _squares_to(first)
    own[PRODUCTS] += row * columns
    own[BOTTOM] = row + 1
    own[LEFT] = min(own[LEFT], first)
    own[RIGHT] = max(own[RIGHT], stop)
    own[RUNS] += 1


@jit
def _widen(own, cosines, sines, row, column):
    """Let an object reach as far as a pixel's centre in every direction."""
    for k in range(cosines.size):
        at = np.float32(column * cosines[k] + row * sines[k])
        own[k, 0] = min(own[k, 0], at)
        own[k, 1] = max(own[k, 1], at)


@jit
def _runs_of_row(labels, mask, runs):
    """Fill (start, stop, label) of a row's objects and of its unknown pixels; how many."""
    count = 0
    c, columns = 0, labels.size
    while c < columns:
        label = labels[c]
        first = c
        if label:
            while c < columns and labels[c] == label:
                c += 1
        elif mask[c] == 255:
            label = _UNKNOWN
            while c < columns and labels[c] == 0 and mask[c] == 255:
                c += 1
        else:
            while c < columns and labels[c] == 0 and mask[c] != 255:
                c += 1
            continue
        runs[count, 0], runs[count, 1], runs[count, 2] = first, c, label
        count += 1
    return count


@jit
def _meet(numbers, label, other):
    """Note that an object meets what is not known."""
    if label > 0 and other == _UNKNOWN:
        numbers[label, CUT] = 1
    elif other > 0 and label == _UNKNOWN:
        numbers[other, CUT] = 1


@jit
def _compare_rows(numbers, upper, upper_count, lower, lower_count):
    """Count neighbours of one object in two rows, straight below each other and aslant."""
    start = 0
    for n in range(lower_count):
        first, stop, label = lower[n]
        while start < upper_count and upper[start, 1] < first:
            start += 1
        for m in range(start, upper_count):
            left, right, other = upper[m]
            if left > stop:
                break
            if other != label:
                _meet(numbers, label, other)
            elif label > 0:
                numbers[label, BELOW] += max(0, min(stop, right) - max(first, left))
                numbers[label, ASLANT] += max(0, min(stop - 1, right) - max(first - 1, left))
                numbers[label, ASLANT] += max(0, min(stop + 1, right) - max(first + 1, left))


@jit
def measure(labels, mask, cosines, sines, numbers, reach):
    """Sums, boxes, inner neighbours and extents of all objects.

    Parameters
    ----------
    labels : array of int32 (rows, columns)
        0 for none.
    mask : array of uint8 (rows, columns)
        255 for no answer.
    cosines, sines : arrays of float64 (DIRECTIONS,)
        Directions in which extents are taken.
    numbers : array of int64 (labels + 1, NUMBERS)
        Zeros; filled by label. `BELOW` and `ASLANT` count pairs of neighbours within the object.
    reach : array of float32 (labels + 1, DIRECTIONS, 2)
        Infinity and minus infinity; least and largest place of a pixel's centre by direction.
    """
    rows, columns = labels.shape
    lower = np.empty((columns, 3), np.int64)
    upper = np.empty((columns, 3), np.int64)
    above = 0
    for r in range(rows):
        count = _runs_of_row(labels[r], mask[r], lower)
        for n in range(count):
            first, stop, label = lower[n]
            if n and lower[n - 1, 1] == first:
                _meet(numbers, label, lower[n - 1, 2])
            if label == _UNKNOWN:
                continue
            _add_run(numbers[label], r, first, stop)
            _widen(reach[label], cosines, sines, r, first)
            _widen(reach[label], cosines, sines, r, stop - 1)
            if r == 0 or r == rows - 1 or first == 0 or stop == columns:
                numbers[label, CUT] = 1
        _compare_rows(numbers, upper, above, lower, count)
        lower, upper, above = upper, lower, count


@jit
def rename(labels, names):
    """Replace every label by its name, in place."""
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            if labels[r, c]:
                labels[r, c] = names[labels[r, c]]
