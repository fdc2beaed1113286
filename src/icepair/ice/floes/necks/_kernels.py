"""Distance to the edge, parts about its peaks, and which of them are one floe."""

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
def _highest_beside(levels, mask, value, r, c):
    """Flat place of the neighbour over a side that lies farthest inside, if farther than here."""
    rows, columns = levels.shape
    best, level = -1, levels[r, c]
    if r and mask[r - 1, c] == value and levels[r - 1, c] > level:
        best, level = (r - 1) * columns + c, levels[r - 1, c]
    if c and mask[r, c - 1] == value and levels[r, c - 1] > level:
        best, level = r * columns + c - 1, levels[r, c - 1]
    if c + 1 < columns and mask[r, c + 1] == value and levels[r, c + 1] > level:
        best, level = r * columns + c + 1, levels[r, c + 1]
    if r + 1 < rows and mask[r + 1, c] == value and levels[r + 1, c] > level:
        best = (r + 1) * columns + c
    return best


@jit
def _end_of(way, at):
    """Where a way ends, with the way made shorter; `way` holds places plus one."""
    while way[at] != at + 1:
        way[at] = way[way[at] - 1]
        at = way[at] - 1
    return at


@jit
def climb(levels, mask, value, labels):
    """Point every pixel of a mask's value to the neighbour that lies farther inside.

    Parameters
    ----------
    levels : array of uint16 (rows, columns)
    mask : array of uint8 (rows, columns)
    value : int
    labels : array of int32 (rows, columns)
        Filled with flat places plus one, a pixel's own where its way ends; 0 elsewhere.
    """
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            if mask[r, c] != value:
                labels[r, c] = 0
                continue
            to = _highest_beside(levels, mask, value, r, c)
            labels[r, c] = to + 1 if to >= 0 else r * columns + c + 1


@jit
def join_level_ways(levels, labels):
    """Join ways that end beside a pixel of the same level, `labels` those of `climb`."""
    rows, columns = levels.shape
    way, level_of = labels.reshape(-1), levels.reshape(-1)
    for r in range(rows):
        for c in range(columns):
            at = r * columns + c
            if way[at] != at + 1:
                continue
            for step in range(2):
                beside = at - (columns if step else 1)
                if (r if step else c) == 0 or way[beside] == 0:
                    continue
                if level_of[beside] != level_of[at]:
                    continue
                end, other = _end_of(way, at), _end_of(way, beside)
                if end == other:
                    continue
                if level_of[end] == level_of[at]:
                    way[end] = other + 1
                elif level_of[other] == level_of[at]:
                    way[other] = end + 1


@jit
def number_parts(levels, labels):
    """Put parts, 1, 2, …, in the place of ways that end together; the peak of each, with one of 0.

    Parameters
    ----------
    levels : array of uint16 (rows, columns)
    labels : array of int32 (rows, columns)
        Of `climb`; changed in place.

    Returns
    -------
    array of uint16 (parts + 1,)
    """
    way, level_of = labels.reshape(-1), levels.reshape(-1)
    count = 0
    for at in range(way.size):
        count += way[at] == at + 1
    peak = np.zeros(count + 1, np.uint16)
    count = 0
    for at in range(way.size):
        if way[at] == at + 1:
            count += 1
            peak[count] = level_of[at]
            way[at] = -count
    for at in range(way.size):
        end = at
        while way[end] > 0:
            end = way[end] - 1
        part, here = way[end], at
        while way[here] > 0:
            ahead = way[here] - 1
            way[here] = part
            here = ahead
    for at in range(way.size):
        way[at] = -way[at]
    return peak


@jit
def count_borders(levels, labels, counts):
    """Count neighbours of two parts by 65535 less the lower level, one place later (65537)."""
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            own = labels[r, c]
            if own == 0:
                continue
            if c + 1 < columns and labels[r, c + 1] != own and labels[r, c + 1]:
                counts[_FAR - min(levels[r, c], levels[r, c + 1]) + 1] += 1
            if r + 1 < rows and labels[r + 1, c] != own and labels[r + 1, c]:
                counts[_FAR - min(levels[r, c], levels[r + 1, c]) + 1] += 1


@jit
def _put(borders, starts, level, first, second):
    """List neighbours of two parts in their level's place."""
    at = starts[_FAR - level]
    borders[at, 0], borders[at, 1], borders[at, 2] = first, second, level
    starts[_FAR - level] += 1


@jit
def list_borders(levels, labels, starts, borders):
    """Fill `borders` (n, 3: part, part, level) from the highest level to the lowest.

    `starts` (65537) holds, by 65535 less the level, how many come before; it is used up.
    """
    rows, columns = levels.shape
    for r in range(rows):
        for c in range(columns):
            own = labels[r, c]
            if own == 0:
                continue
            if c + 1 < columns and labels[r, c + 1] != own and labels[r, c + 1]:
                level = min(levels[r, c], levels[r, c + 1])
                _put(borders, starts, level, own, labels[r, c + 1])
            if r + 1 < rows and labels[r + 1, c] != own and labels[r + 1, c]:
                level = min(levels[r, c], levels[r + 1, c])
                _put(borders, starts, level, own, labels[r + 1, c])


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
def join_parts(borders, peak, share, depth):
    """Join parts that are one floe, from the widest neck to the narrowest.

    Parameters
    ----------
    borders : array of int32 (n, 3)
        Of `list_borders`.
    peak : array of uint16 (parts + 1,)
        Highest level of each part.
    share : float
        Parts whose neck is at least so wide, in widths of the narrower part, are one floe.
    depth : float
        So are those whose neck is less than so many levels narrower.

    Returns
    -------
    array of int32 (parts + 1,)
        Of each part one with which it is joined, itself for the widest.
    """
    parent = np.arange(peak.size).astype(np.int32)
    for n in range(borders.shape[0]):
        first, second = _root(parent, borders[n, 0]), _root(parent, borders[n, 1])
        if first == second:
            continue
        if peak[first] < peak[second]:
            first, second = second, first
        if _one_floe(float(borders[n, 2]), float(peak[second]), share, depth):
            parent[second] = first
    return parent


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
