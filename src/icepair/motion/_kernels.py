"""Outlines of labels, their angular signatures and their registration: plain arrays in and out."""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

# East, south, west, north: steps between corners of pixels, and the pixels ahead of a step, as
# offsets from the corner to the pixel on the left and on the right hand.
_STEP = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
_LEFT = np.array([[-1, 0], [0, 0], [0, -1], [-1, -1]])
_RIGHT = np.array([[0, 0], [0, -1], [-1, -1], [-1, 0]])

STEPS = 30
"""Rounds of registration; it mostly settles within ten."""


@jit
def _is(labels, row, column, label):
    inside = 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]
    return inside and labels[row, column] == label


@jit
def trace(labels, label, row, column):
    """Corners along the outer border of a label, clockwise as seen with rows downwards.

    Parameters
    ----------
    labels : (rows, columns) int
    label : int
    row, column : int
        Its first pixel in the order of rows. Pixels that touch by a corner belong together.

    Returns
    -------
    (n, 2) int32
        Row and column of corners, a unit apart; corner (r, c) is the upper left of pixel (r, c).
    """
    corners = np.empty((256, 2), dtype=np.int32)
    r, c, heading, count = row, column, 0, 0
    while True:
        if count == corners.shape[0]:
            longer = np.empty((2 * count, 2), dtype=np.int32)
            longer[:count] = corners
            corners = longer
        corners[count, 0] = r
        corners[count, 1] = c
        count += 1
        r += _STEP[heading, 0]
        c += _STEP[heading, 1]
        if _is(labels, r + _LEFT[heading, 0], c + _LEFT[heading, 1], label):
            heading = (heading + 3) % 4
        elif not _is(labels, r + _RIGHT[heading, 0], c + _RIGHT[heading, 1], label):
            heading = (heading + 1) % 4
        if r == row and c == column and heading == 0:
            return corners[:count]


@jit
def _along(path, total, position):
    """Integral of a closed path up to a position along it, beyond either end too."""
    n = path.size
    turns = math.floor(position / n)
    position -= turns * n
    i = min(int(position), n - 1)
    part = position - i
    slope = path[(i + 1) % n] - path[i]
    return turns * total[n] + total[i] + part * (path[i] + 0.5 * part * slope)


@jit
def spaced_means(path, count, reach):
    """Points evenly along a closed path of unit steps, each the mean of the path about it.

    Parameters
    ----------
    path : (n,) float64
        One coordinate of the corners.
    count : int
    reach : float
        Half the length of path that is averaged, in steps.
    """
    n = path.size
    total = np.zeros(n + 1)
    for i in range(n):
        total[i + 1] = total[i] + 0.5 * (path[i] + path[(i + 1) % n])
    means = np.empty(count)
    for k in range(count):
        middle = k * n / count
        ahead, behind = (_along(path, total, middle + reach), _along(path, total, middle - reach))
        means[k] = (ahead - behind) / (2 * reach)
    return means


@jit
def signature(outline, bins):
    """Share of a floe's area by direction from its centroid, times `bins`, less 1.

    Parameters
    ----------
    outline : (n, 2) float64
        x and y relative to the centroid, counter-clockwise.
    bins : int
    """
    shares = np.zeros(bins)
    n = outline.shape[0]
    width = 2 * math.pi / bins
    for k in range(n):
        x, y = outline[k]
        x1, y1 = outline[(k + 1) % n]
        swept = x * y1 - x1 * y
        start = math.atan2(y, x)
        turn = math.atan2(swept, x * x1 + y * y1)
        pieces = int(abs(turn) / width) + 2
        for piece in range(pieces):
            angle = start + turn * (piece + 0.5) / pieces
            shares[math.floor(angle / width) % bins] += swept / pieces
    return shares * (bins / shares.sum()) - 1.0


@jit
def turned_distance(first, second):
    """Least mean square between a signature and another turned, and the two best turns.

    Returns
    -------
    distance : float
    turns : (2,) int64
        Bins by which the second is ahead of the first: the best, and the best other minimum.
    distances : (2,) float64
    """
    n = first.size
    every = np.zeros(n)
    for turn in range(n):
        total = 0.0
        for k in range(n):
            gap = first[k] - second[(k + turn) % n]
            total += gap * gap
        every[turn] = total / n
    best = np.argmin(every)
    other, lowest = best, np.inf
    for turn in range(n):
        is_minimum = every[turn] <= every[turn - 1] and every[turn] < every[(turn + 1) % n]
        if turn != best and is_minimum and every[turn] < lowest:
            other, lowest = turn, every[turn]
    turns = np.array([best, other])
    return turns, np.array([every[best], lowest])


@jit
def screen(first, second, pairs, turns, distances):
    """Fill turns (p, 2) and distances (p, 2) of pairs (p, 2) of signatures."""
    for p in range(pairs.shape[0]):
        turns[p], distances[p] = turned_distance(first[pairs[p, 0]], second[pairs[p, 1]])


@jit
def normals(outline):
    """Unit normals, outwards, and lengths of a counter-clockwise outline's points."""
    n = outline.shape[0]
    unit = np.empty((n, 2))
    length = np.empty(n)
    for k in range(n):
        tx = outline[(k + 1) % n, 0] - outline[k - 1, 0]
        ty = outline[(k + 1) % n, 1] - outline[k - 1, 1]
        norm = max(math.hypot(tx, ty), 1e-9)
        unit[k, 0] = ty / norm
        unit[k, 1] = -tx / norm
        length[k] = 0.5 * norm
    return unit, length


@jit
def _nearest(x, y, points):
    best, at = np.inf, 0
    for j in range(points.shape[0]):
        gap = (points[j, 0] - x) ** 2 + (points[j, 1] - y) ** 2
        if gap < best:
            best, at = gap, j
    return at


@jit
def _solved(matrix, right):
    """Solution of a small symmetric system with a positive diagonal, by elimination."""
    n = right.size
    a = np.empty((n, n + 1))
    a[:, :n] = matrix
    a[:, n] = right
    for i in range(n):
        for j in range(i + 1, n):
            a[j] -= a[i] * (a[j, i] / a[i, i])
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            a[i, n] -= a[i, j] * a[j, n]
        a[i, n] /= a[i, i]
    return a[:, n].copy()


@jit
def _moved(outline, angle, east, north):
    """Outline turned about its origin and then moved."""
    moved = np.empty_like(outline)
    cosine, sine = math.cos(angle), math.sin(angle)
    for k in range(outline.shape[0]):
        x, y = outline[k]
        moved[k, 0] = cosine * x - sine * y + east
        moved[k, 1] = sine * x + cosine * y + north
    return moved


@jit
def _gaps(moved, unit, points):
    """Distance of moved points from an outline along its normals, and the points they are near."""
    n = moved.shape[0]
    gap = np.empty(n)
    near = np.empty(n, dtype=np.int64)
    for k in range(n):
        x, y = moved[k]
        j = _nearest(x, y, points)
        near[k] = j
        gap[k] = (x - points[j, 0]) * unit[j, 0] + (y - points[j, 1]) * unit[j, 1]
    return gap, near


@jit
def _spread(values):
    """Standard deviation by the median of absolute deviations."""
    return 1.4826 * np.median(np.abs(values - np.median(values)))


@jit
def _normal_equations(moved, gap, near, unit, state, floor):
    """Weighted sums for turn, shift and offset; weights of Geman and McClure."""
    radius, east, north, offset = state
    scale = max(_spread(gap), floor)
    matrix = np.zeros((4, 4))
    right = np.zeros(4)
    row = np.empty(4)
    total = 0.0
    for k in range(gap.size):
        nx, ny = unit[near[k]]
        x, y = moved[k, 0] - east, moved[k, 1] - north
        row[0] = (x * ny - y * nx) / radius
        row[1], row[2], row[3] = nx, ny, -1.0
        misfit = gap[k] - offset
        weight = 1.0 / (1.0 + (misfit / (2.0 * scale)) ** 2) ** 2
        total += weight * misfit * misfit
        for i in range(4):
            right[i] -= weight * row[i] * misfit
            for j in range(4):
                matrix[i, j] += weight * row[i] * row[j]
    # A circle's turn is free: without this the system would be singular.
    matrix[0, 0] += 1e-3 * gap.size
    return matrix, right


@jit
def register(first, second, turn, floor, out):
    """Turn and shift that lay one outline on another, one of the two grown by an even offset.

    Iterated closest points along the normals (Chen and Medioni 1992), robust.

    Parameters
    ----------
    first, second : (n, 2) float64
        x and y relative to each one's centroid, counter-clockwise, metres.
    turn : float
        First guess, radians.
    floor : float
        Least scale of misfits, metres.
    out : (11,) float64
        Filled with turn (radians), shift x, shift y, offset (metres); mean absolute misfit both
        ways over the first's radius after the offset is taken away, 90 % of the misfits likewise;
        overlap (intersection over union); variances of shift x and y, and their covariance, as if
        the misfits were independent; correlation of neighbouring misfits.
    """
    unit, length = normals(second)
    radius = math.sqrt(np.mean(first[:, 0] ** 2 + first[:, 1] ** 2))
    angle, east, north, offset = turn, 0.0, 0.0, 0.0
    moved = _moved(first, angle, east, north)
    gap, near = _gaps(moved, unit, second)
    for _ in range(STEPS):
        state = (radius, east, north, offset)
        matrix, right = _normal_equations(moved, gap, near, unit, state, floor)
        matrix[3, 3] += 1e-9
        step = _solved(matrix, right)
        angle += step[0] / radius
        east += step[1]
        north += step[2]
        offset += step[3]
        moved = _moved(first, angle, east, north)
        gap, near = _gaps(moved, unit, second)
        if np.max(np.abs(step)) < 1e-3 * radius:
            break
    out[0], out[1], out[2], out[3] = angle, east, north, offset
    _judge(moved, second, gap, length, radius, offset, out)
    state = (radius, east, north, offset)
    matrix, right = _normal_equations(moved, gap, near, unit, state, floor)
    _errors(matrix, gap - offset, out)


@jit
def _judge(moved, second, gap, length, radius, offset, out):
    """Misfits both ways and the overlap that follows from them."""
    unit, own_length = normals(moved)
    back, _ = _gaps(second, unit, moved)
    n = gap.size
    misfits = np.empty(2 * n)
    misfits[:n] = np.abs(gap - offset)
    misfits[n:] = np.abs(back + offset)
    out[4] = np.mean(misfits) / radius
    out[5] = np.sort(misfits)[int(1.8 * n)] / radius
    between = 0.5 * (np.sum(np.abs(gap) * own_length) + np.sum(np.abs(back) * length))
    areas = area(moved) + area(second)
    out[6] = max(0.0, (areas - between) / (areas + between))


@jit
def area(outline):
    """Area within an outline, positive where it runs counter-clockwise."""
    total = 0.0
    n = outline.shape[0]
    for k in range(n):
        total += outline[k - 1, 0] * outline[k, 1] - outline[k, 0] * outline[k - 1, 1]
    return 0.5 * total


@jit
def _errors(matrix, misfit, out):
    """Variances of the shift, and the correlation of misfits along the outline."""
    n = misfit.size
    scale = max(_spread(misfit), 1e-9)
    clipped = np.minimum(np.maximum(misfit, -3.0 * scale), 3.0 * scale)
    clipped = clipped - np.mean(clipped)
    variance = np.mean(clipped * clipped)
    together = 0.0
    for k in range(n):
        together += clipped[k] * clipped[k - 1]
    out[10] = min(max(together / n / max(variance, 1e-18), 0.0), 0.98)
    for i in range(2):
        right = np.zeros(4)
        right[1 + i] = variance
        column = _solved(matrix, right)
        out[7 + i] = column[1 + i]
        out[9] = column[1]


@jit
def register_all(first, second, pairs, turns, floor, out):
    """Fill out (p, 11) with the better registration of each pair from its two first guesses."""
    trial = np.empty(11)
    for p in range(pairs.shape[0]):
        i, j = pairs[p]
        register(first[i], second[j], turns[p, 0], floor, out[p])
        if turns[p, 1] != turns[p, 0]:
            register(first[i], second[j], turns[p, 1], floor, trial)
            if trial[4] < out[p, 4]:
                out[p] = trial


@jit
def _agreement(d1, d2, distance, tau, gradient):
    """Likelihood of a displacement beside another's, both in metres."""
    variance = tau * tau + (gradient * distance) ** 2
    gap = (d1[0] - d2[0]) ** 2 + (d1[1] - d2[1]) ** 2
    return math.exp(-0.5 * gap / variance) / (2.0 * math.pi * variance)


@jit
def support(start, place, neighbours, displacement, chance, room, tau, gradient, out):
    """Log of how much likelier neighbours' candidates make each candidate than chance would.

    Parameters
    ----------
    start : (n + 1,) int64
        Where each floe's candidates begin.
    place : (n, 2)
        Centroids of the floes, metres.
    neighbours : (n, k) int64
        Floes near each; -1 where there are fewer.
    displacement : (c, 2)
        Of the candidates, metres.
    chance : (c,)
        Probability that the candidate is right, by what is known so far.
    room : float
        Area over which a wrong candidate's displacement is spread, m2.
    tau, gradient : float
        Metres, and metres per metre of distance, by which true neighbours differ.
    out : (c,)
        Filled.
    """
    for i in range(place.shape[0]):
        for c in range(start[i], start[i + 1]):
            total = 0.0
            for n in neighbours[i]:
                if n < 0:
                    continue
                distance = math.hypot(place[i, 0] - place[n, 0], place[i, 1] - place[n, 1])
                ratio, known = 0.0, 0.0
                for other in range(start[n], start[n + 1]):
                    ratio += (
                        chance[other]
                        * room
                        * _agreement(displacement[c], displacement[other], distance, tau, gradient)
                    )
                    known += chance[other]
                total += math.log(max(1.0 - known, 0.05) + ratio)
            out[c] = total
