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
def _add_to_cell(values, r, c, cell):
    """Add one sensor's pixel to its cell's pixels, shares, ambiguity, borders and votes."""
    p = values[r, c] / 250.0
    cell[0] += p
    cell[1] += p * (1.0 - p)
    cell[3] += p > 0.3
    cell[4] += p > 0.7
    rows, columns = values.shape
    for step in range(2):
        rr, cc = min(r + step, rows - 1), min(c + 1 - step, columns - 1)
        if values[rr, cc] != 255:
            cell[2] += 0.5 * ((values[rr, cc] > 125) != (values[r, c] > 125))


@jit
def gather_cells(first, second, across, down, step, number, sums):
    """Gather pixels into cells.

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
    cell_rows, cell_columns = number.shape[:2]
    for r in range(rows):
        i, v = r // step, (r % step) / step
        for c in range(columns):
            j, u = c // step, (c % step) / step
            left = (1 - v) * across[i, j] + v * across[i + 1, j]
            right = (1 - v) * across[i, j + 1] + v * across[i + 1, j + 1]
            x = (1 - u) * left + u * right
            upper = (1 - u) * down[i, j] + u * down[i, j + 1]
            lower = (1 - u) * down[i + 1, j] + u * down[i + 1, j + 1]
            y = (1 - v) * upper + v * lower
            if not (0 <= x < cell_columns and 0 <= y < cell_rows):
                continue
            row, column = int(y), int(x)
            has_first, has_second = first[r, c] != 255, second[r, c] != 255
            number[row, column, 0] += 1
            number[row, column, 1] += has_first
            number[row, column, 2] += has_second
            if has_first and has_second:
                number[row, column, 3] += 1
                _add_to_cell(first, r, c, sums[row, column, 0])
                _add_to_cell(second, r, c, sums[row, column, 1])
