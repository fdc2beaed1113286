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
