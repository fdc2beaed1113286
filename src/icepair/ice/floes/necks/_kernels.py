"""Distance to the edge, and floes that grow together from their middles outwards."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit

STEPS = 8
"""Levels of distance in a pixel."""
_FAR = 65535


@jit
def distance_down_columns(solid, distance):
    """Distance in pixels to the nearest pixel of the column that is not solid, 65535 for none.

    Parameters
    ----------
    solid : array of uint8 (rows, columns)
        0 where there is an edge.
    distance : array of uint16 (rows, columns)
        Filled.
    """
    rows, columns = solid.shape
    for r in range(rows):
        for c in range(columns):
            if solid[r, c] == 0:
                distance[r, c] = 0
            elif r == 0 or distance[r - 1, c] == _FAR:
                distance[r, c] = _FAR
            else:
                distance[r, c] = distance[r - 1, c] + 1
    for r in range(rows - 2, -1, -1):
        for c in range(columns):
            if distance[r + 1, c] != _FAR and distance[r + 1, c] + 1 < distance[r, c]:
                distance[r, c] = distance[r + 1, c] + 1


@jit
def _add_parabola(apex, height, start, count, at, base):
    """Put a parabola into the lower envelope from the right; how many there are then."""
    while count:
        last = apex[count - 1]
        cross = (base - height[count - 1] + at * at - last * last) / (2.0 * (at - last))
        if cross > start[count - 1]:
            break
        count -= 1
    apex[count], height[count] = at, base
    start[count] = cross if count else -np.inf
    return count + 1


@jit
def _levels_of_run(row, first, stop, levels, apex, height, start):
    """Euclidean distances of a run of solid pixels, as levels."""
    count = 0
    if first > 0:
        count = _add_parabola(apex, height, start, count, first - 1, 0.0)
    for c in range(first, stop):
        if row[c] != _FAR:
            count = _add_parabola(apex, height, start, count, c, float(row[c]) ** 2)
    if stop < row.size:
        count = _add_parabola(apex, height, start, count, stop, 0.0)
    n = 0
    for c in range(first, stop):
        if count == 0:
            levels[c] = _FAR
            continue
        while n + 1 < count and start[n + 1] <= c:
            n += 1
        far = np.sqrt((c - apex[n]) ** 2 + height[n])
        levels[c] = min(_FAR, int(STEPS * far + 0.5))


@jit
def distance_levels(distance, first_row, stop_row, levels):
    """Euclidean distance to the edge from distances down the columns, in eighths of a pixel.

    The lower envelope of parabolas (Felzenszwalb and Huttenlocher, 2012), run by run: nothing
    beyond an edge is nearer than the edge. No run is left out at the image's own borders, which
    are no edge.

    Parameters
    ----------
    distance : array of uint16 (rows, columns)
        Of `distance_down_columns`.
    first_row, stop_row : int
        Rows to be done.
    levels : array of uint16 (rows, columns)
        Filled; may be `distance` itself. 65535 where no edge is seen.
    """
    columns = distance.shape[1]
    apex, height = np.empty(columns + 2), np.empty(columns + 2)
    start = np.empty(columns + 2)
    row = np.empty(columns, np.uint16)
    for r in range(first_row, stop_row):
        row[:] = distance[r]
        c = 0
        while c < columns:
            first = c
            while c < columns and row[c] != 0:
                c += 1
            if c > first:
                _levels_of_run(row, first, c, levels[r], apex, height, start)
            else:
                levels[r, c] = 0
                c += 1


@jit
def order_by_level(levels, mask, value, starts, order):
    """Fill `order` with the flat places of a mask's value, farthest from the edge first.

    `starts` (65537) holds, by 65535 less the level, how many come before; it is used up.
    """
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            if mask[r, c] == value:
                key = _FAR - levels[r, c]
                order[starts[key]] = r * columns + c
                starts[key] += 1


@jit
def count_levels(levels, mask, value, counts):
    """Count pixels of a mask's value by 65535 less their level, one place later (65537)."""
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            if mask[r, c] == value:
                counts[_FAR - levels[r, c] + 1] += 1


@jit
def _root(parent, basin):
    while parent[basin] != basin:
        parent[basin] = parent[parent[basin]]
        basin = parent[basin]
    return basin


@jit
def _one_floe(saddle, peak, share, depth):
    """Whether parts that meet at a level are one floe; `peak` is that of the smaller."""
    half = 0.5 * STEPS
    return saddle - half >= share * (peak - half) or peak - saddle < depth


@jit
def grow(levels, order, share, depth, labels):
    """Grow parts from the farthest from the edge outwards, and join those that are one floe.

    Parameters
    ----------
    levels : array of uint16 (rows * columns, as rows, columns)
    order : array of int32 (pixels,)
        Of `order_by_level`.
    share : float
        Parts whose neck is at least so wide, in widths of the smaller part, are one floe.
    depth : float
        So are those whose neck is less than so many levels narrower.
    labels : array of int32 (rows, columns)
        Zeros; filled with parts that are not numbered without gaps.

    Returns
    -------
    array of int32
        Floe, numbered as they are met row by row, of each part; that of 0 is 0.
    """
    rows, columns = levels.shape
    flat, level_of = labels.reshape(-1), levels.reshape(-1)
    parent, peak = np.zeros(1024, np.int32), np.zeros(1024, np.uint16)
    last = 0
    near = np.empty(4, np.int64)
    for n in range(order.size):
        at = order[n]
        level = level_of[at]
        r, c = at // columns, at % columns
        count, best = 0, 0
        for k in range(4):
            if k == 0:
                if r == 0:
                    continue
                beside = at - columns
            elif k == 1:
                if c == 0:
                    continue
                beside = at - 1
            elif k == 2:
                if c == columns - 1:
                    continue
                beside = at + 1
            else:
                if r == rows - 1:
                    continue
                beside = at + columns
            if flat[beside]:
                near[count] = beside
                if level_of[beside] > level_of[near[best]]:
                    best = count
                count += 1
        if count == 0:
            last += 1
            if last == parent.size:
                parent = np.concatenate((parent, np.zeros(last, np.int32)))
                peak = np.concatenate((peak, np.zeros(last, np.uint16)))
            parent[last], peak[last] = last, level
            flat[at] = last
            continue
        flat[at] = flat[near[best]]
        for k in range(count):
            if flat[near[k]] == flat[at]:
                continue
            own, other = _root(parent, flat[at]), _root(parent, flat[near[k]])
            if own == other:
                continue
            if _one_floe(level, min(peak[own], peak[other]), share, depth):
                if peak[own] < peak[other]:
                    own, other = other, own
                parent[other] = own
    return parent[: last + 1]


@jit
def number_floes(labels, parent, names):
    """Put floes, 1, 2, … as they are met row by row, in the place of parts; how many there are.

    `names` (parts + 1) of zeros.
    """
    count = 0
    rows, columns = labels.shape
    for r in range(rows):
        for c in range(columns):
            if labels[r, c]:
                root = _root(parent, labels[r, c])
                if names[root] == 0:
                    count += 1
                    names[root] = count
                labels[r, c] = names[root]
    return count
