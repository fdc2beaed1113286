"""Inner loops over masks: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def _root(parent, label):
    """Least label of an object, with the way to it made shorter."""
    while parent[label] != label:
        parent[label] = parent[parent[label]]
        label = parent[label]
    return label


@jit
def _joined(parent, first, second):
    """Join two objects; the label of both, and whether they were two."""
    first, second = _root(parent, first), _root(parent, second)
    if first == second:
        return first, 0
    least, other = min(first, second), max(first, second)
    parent[other] = least
    return least, 1


@jit
def _renumbered(parent, renamed, labels):
    """Number the objects of a row anew, 1, 2, … from its left; how many there are."""
    count = 0
    renamed[:] = 0
    for c in range(labels.size):
        if labels[c]:
            root = _root(parent, labels[c])
            if renamed[root] == 0:
                count += 1
                renamed[root] = count
            labels[c] = renamed[root]
    return count


@jit
def count_objects(mask, value):
    """Number of 8-connected objects of a value in a mask (rows, columns).

    Row by row, with the labels of two rows alone: a pixel without a labelled neighbour begins an
    object, one between two objects makes one of them.
    """
    rows, columns = mask.shape
    # An empty column on either side; labels of the row above and as many new ones.
    above = np.zeros(columns + 2, np.int32)
    labels = np.zeros(columns + 2, np.int32)
    parent = np.zeros(2 * columns + 3, np.int32)
    renamed = np.zeros(2 * columns + 3, np.int32)
    objects = 0
    last = 0
    for r in range(rows):
        for n in range(last + 1):
            parent[n] = n
        labels[:] = 0
        for c in range(1, columns + 1):
            if mask[r, c - 1] != value:
                continue
            found = 0
            for neighbour in (labels[c - 1], above[c - 1], above[c], above[c + 1]):
                if neighbour:
                    if found:
                        found, merged = _joined(parent, found, neighbour)
                        objects -= merged
                    else:
                        found = neighbour
            if found == 0:
                last += 1
                parent[last] = last
                found = last
                objects += 1
            labels[c] = found
        last = _renumbered(parent, renamed, labels)
        above, labels = labels, above
    return objects


@jit
def pack_probability(probability, steps):
    """Fill bytes (rows, columns) with probabilities in steps of 0.004; 255 for NaN."""
    rows, columns = probability.shape
    for r in range(rows):
        for c in range(columns):
            p = probability[r, c]
            if np.isnan(p):
                steps[r, c] = 255
                continue
            step = int(p * 250.0 + 0.5)
            if p > 0.5 and step < 126:
                step = 126
            steps[r, c] = step


@jit
def tally_bytes(first, second, joint, edges):
    """Count pairs of packed probabilities, and borders between ice and water in each image.

    Parameters
    ----------
    first, second : arrays of uint8 (rows, columns)
        Packed probabilities of both sensors, above 125 for ice, 255 for no answer.
    joint : array of int64 (256, 256)
        Pixels by both bytes; added to.
    edges : array of int64 (2, 2)
        For either sensor: neighbours (right, below) that differ, and neighbours; added to.
    """
    rows, columns = first.shape
    for r in range(rows):
        for c in range(columns):
            a, b = first[r, c], second[r, c]
            joint[a, b] += 1
            for step in range(2):
                rr, cc = r + step, c + 1 - step
                if rr == rows or cc == columns:
                    continue
                d, e = first[rr, cc], second[rr, cc]
                if a != 255 and d != 255:
                    edges[0, 1] += 1
                    edges[0, 0] += (a > 125) != (d > 125)
                if b != 255 and e != 255:
                    edges[1, 1] += 1
                    edges[1, 0] += (b > 125) != (e > 125)


@jit
def _add_run(values, other, r, start, stop, cell):
    """Add one sensor's pixels of a run in a row to their cell, those that the other saw too.

    What a cell gets is counted in whole steps, so that it is exact however long a run is.
    """
    rows, columns = values.shape
    row, below, seen = values[r], values[min(r + 1, rows - 1)], other[r]
    share, ambiguity, borders, low, high = 0, 0, 0, 0, 0
    for c in range(start, stop):
        step = np.int64(row[c])
        if step == 255 or seen[c] == 255:
            continue
        ice = step > 125
        right, under = row[min(c + 1, columns - 1)], below[c]
        borders += (right != 255) & ((right > 125) != ice)
        borders += (under != 255) & ((under > 125) != ice)
        share += step
        ambiguity += step * (250 - step)
        low += step > 75
        high += step > 175
    cell[0] += share / 250.0
    cell[1] += ambiguity / 62500.0
    cell[2] += 0.5 * borders
    cell[3] += low
    cell[4] += high


@jit
def _count_run(first, second, count):
    """Count a run's pixels, those of either sensor and those of both."""
    seen_first, seen_second, both = 0, 0, 0
    for c in range(first.size):
        has_first, has_second = first[c] != 255, second[c] != 255
        seen_first += has_first
        seen_second += has_second
        both += has_first & has_second
    count[0] += first.size
    count[1] += seen_first
    count[2] += seen_second
    count[3] += both


@jit
def _fill_cells(r, across, down, step, shape, cells):
    """Fill a row with the numbers of its pixels' cells, in rows of `shape`; -1 outside."""
    i, v = r // step, (r % step) / step
    for j in range(-(-cells.size // step)):
        left = (1 - v) * across[i, j] + v * across[i + 1, j]
        right = (1 - v) * across[i, j + 1] + v * across[i + 1, j + 1]
        for c in range(j * step, min(cells.size, (j + 1) * step)):
            u = (c - j * step) / step
            x = (1 - u) * left + u * right
            upper = (1 - u) * down[i, j] + u * down[i, j + 1]
            lower = (1 - u) * down[i + 1, j] + u * down[i + 1, j + 1]
            y = (1 - v) * upper + v * lower
            inside = 0 <= x < shape[1] and 0 <= y < shape[0]
            cells[c] = int(y) * shape[1] + int(x) if inside else -1


@jit
def gather_cells(first, second, across, down, step, number, sums):
    """Gather pixels into cells, by runs in a row that lie in one cell.

    Parameters
    ----------
    first, second : arrays of uint8 (rows, columns)
        Packed probabilities.
    across, down : arrays (nodes, nodes)
        Column and row of the cell, with fractions, at every `step`-th pixel's centre.
    number : array of int64 (cell rows, cell columns, 4)
        Pixels, those of the first and of the second sensor, those of both; added to.
    sums : array of float64 (cell rows, cell columns, 2, 5)
        Of pixels valid in both and by sensor: share, ambiguity, borders, votes at 0.3 and 0.7.
    """
    rows, columns = first.shape
    shape = number.shape[:2]
    cells = np.empty(columns, np.int64)
    for r in range(rows):
        _fill_cells(r, across, down, step, shape, cells)
        start = 0
        while start < columns:
            stop = start + 1
            while stop < columns and cells[stop] == cells[start]:
                stop += 1
            if cells[start] >= 0:
                row, column = cells[start] // shape[1], cells[start] % shape[1]
                _count_run(first[r, start:stop], second[r, start:stop], number[row, column])
                _add_run(first, second, r, start, stop, sums[row, column, 0])
                _add_run(second, first, r, start, stop, sums[row, column, 1])
            start = stop
