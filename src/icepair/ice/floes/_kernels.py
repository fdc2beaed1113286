"""One pass over labels: what objects measure, run by run."""

from __future__ import annotations

from icepair._jit import jit

AREA, ROW_SUM, COLUMN_SUM, ROW_SQUARES, COLUMN_SQUARES, PRODUCTS = 0, 1, 2, 3, 4, 5
TOP, BOTTOM, LEFT, RIGHT = 6, 7, 8, 9
ACROSS, DOWN, DIAGONAL, CUT = 10, 11, 12, 13
NUMBERS = 14
DIRECTIONS = 16


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


@jit
def _widen(own, cosines, sines, row, column):
    """Let an object reach as far as a pixel's centre in every direction."""
    for k in range(cosines.size):
        at = column * cosines[k] + row * sines[k]
        own[k, 0] = min(own[k, 0], at)
        own[k, 1] = max(own[k, 1], at)


@jit
def _meet(numbers, mask, labels, row, column, row2, column2, direction):
    """Count the border between two pixels, the second of which may lie outside the image."""
    rows, columns = labels.shape
    own = labels[row, column]
    inside = 0 <= row2 < rows and 0 <= column2 < columns
    other = labels[row2, column2] if inside else 0
    if own == other:
        return
    if own:
        numbers[own, direction] += 1
        if not inside or mask[row2, column2] == 255:
            numbers[own, CUT] = 1
    if other:
        numbers[other, direction] += 1
        if mask[row, column] == 255:
            numbers[other, CUT] = 1


@jit
def measure(labels, mask, cosines, sines, numbers, reach):
    """Sums, boxes, borders and extents of all objects.

    Parameters
    ----------
    labels : array of int32 (rows, columns)
        0 for none.
    mask : array of uint8 (rows, columns)
        255 for no answer.
    cosines, sines : arrays of float64 (DIRECTIONS,)
        Directions in which extents are taken.
    numbers : array of int64 (labels + 1, NUMBERS)
        Zeros; filled by label. Borders are crossings of the grid's lines along the rows, the
        columns and both diagonals.
    reach : array of float32 (labels + 1, DIRECTIONS, 2)
        Infinity and minus infinity; least and largest place of a pixel's centre by direction.
    """
    rows, columns = labels.shape
    for r in range(rows):
        c = 0
        while c < columns:
            label = labels[r, c]
            first = c
            while c < columns and labels[r, c] == label:
                c += 1
            if label:
                _add_run(numbers[label], r, first, c)
                _widen(reach[label], cosines, sines, r, first)
                _widen(reach[label], cosines, sines, r, c - 1)
                _meet(numbers, mask, labels, r, first, r, first - 1, ACROSS)
                # Between two objects the one on the right has counted for both.
                if c == columns or labels[r, c] == 0:
                    _meet(numbers, mask, labels, r, c - 1, r, c, ACROSS)
        _meet_row_above(numbers, mask, labels, r)
    for c in range(columns):
        for step in range(-1, 2):
            direction = DOWN if step == 0 else DIAGONAL
            _meet(numbers, mask, labels, rows - 1, c, rows, c + step, direction)


@jit
def _meet_row_above(numbers, mask, labels, r):
    """Count the borders of a row with the one above it, and with what lies beside that."""
    columns = labels.shape[1]
    for c in range(columns):
        own = labels[r, c]
        if r and 0 < c < columns - 1:
            above = labels[r - 1, c]
            if above == own == labels[r - 1, c - 1] and own == labels[r - 1, c + 1]:
                continue
        _meet(numbers, mask, labels, r, c, r - 1, c, DOWN)
        _meet(numbers, mask, labels, r, c, r - 1, c - 1, DIAGONAL)
        _meet(numbers, mask, labels, r, c, r - 1, c + 1, DIAGONAL)
    if r:
        # Diagonals of the row above that leave the image on its left and its right.
        _meet(numbers, mask, labels, r - 1, 0, r, -1, DIAGONAL)
        _meet(numbers, mask, labels, r - 1, columns - 1, r, columns, DIAGONAL)


@jit
def count_pixels(labels, counts):
    """Add up the pixels of every label; `counts` (labels + 1) of zeros."""
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            counts[labels[r, c]] += 1


@jit
def rename(labels, names):
    """Replace every label by its name, in place."""
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            labels[r, c] = names[labels[r, c]]
