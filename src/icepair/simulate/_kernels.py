"""The ice field, point by point: floes of all sizes, leads, brash and ponds from hashed cells.

Nothing is stored: whatever lies at a place follows from the cell numbers around it, the seed and a
handful of parameters, so that any window of any scene can be evaluated alone, in any order.

All angles and offsets of a floe come from the 64 bits of one hash; the seven edge directions are
looked up in a table of 128 directions, because sines are what would cost most.
"""

import math

import numpy as np

from icepair._jit import jit

THICK, THIN, BRASH, POND, TONE, ROUGH = 0, 1, 2, 3, 4, 5
CHANNELS = 6

OCTAVES = 8
LARGEST_CELL_M = 8064.0
"""Floes of the first octave measure up to 1.24 cells: 10 km."""
LARGEST_RADIUS = 0.62
"""Of a floe, in cells. With `JITTER` it keeps floes inside the four nearest cells."""
JITTER = 0.30
SMALLEST_RADIUS_M = 25.0
EDGES = 7

_COS = np.cos(np.arange(128) * (2.0 * np.pi / 128.0))
_SIN = np.sin(np.arange(128) * (2.0 * np.pi / 128.0))


@jit
def _hash(column, row, salt):
    """64 well-mixed bits of a cell (splitmix64's finaliser)."""
    h = np.uint64(column) * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ np.uint64(row)) * np.uint64(0xC2B2AE3D27D4EB4F)
    h = (h ^ np.uint64(salt)) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return h ^ (h >> np.uint64(32))


@jit
def _unit(h, part):
    """One of four numbers in 0..1 from 64 bits."""
    return np.float64((h >> np.uint64(16 * part)) & np.uint64(0xFFFF)) / 65536.0


@jit
def _strip(distance, half_width, pixel):
    """Share of a pixel that a straight strip covers, its axis `distance` away."""
    low = max(distance - 0.5 * pixel, -half_width)
    high = min(distance + 0.5 * pixel, half_width)
    return min(1.0, max(0.0, high - low) / pixel)


@jit
def smooth_noise(x, y, scale, salt):
    """Value noise in 0..1 with features of about `scale`."""
    u = x / scale
    v = y / scale
    column = math.floor(u)
    row = math.floor(v)
    fu = u - column
    fv = v - row
    fu = fu * fu * (3.0 - 2.0 * fu)
    fv = fv * fv * (3.0 - 2.0 * fv)
    i = np.int64(column)
    j = np.int64(row)
    a = _unit(_hash(i, j, salt), 0)
    b = _unit(_hash(i + 1, j, salt), 0)
    c = _unit(_hash(i, j + 1, salt), 0)
    d = _unit(_hash(i + 1, j + 1, salt), 0)
    return (a + (b - a) * fu) * (1.0 - fv) + (c + (d - c) * fu) * fv


@jit
def _floe_distance(dx, dy, radius, h):
    """Signed distance to the edge of a floe, negative inside; an angular, convex plate."""
    shape = _hash(np.int64(h >> np.uint64(1)), 7, 11)
    turn = np.int64(shape & np.uint64(127))
    largest = math.sqrt(dx * dx + dy * dy) - 1.06 * radius
    for k in range(EDGES):
        bits = np.int64((shape >> np.uint64(7 + 8 * k)) & np.uint64(255))
        direction = (turn + (k * 128) // EDGES + (bits & 15) - 8) & 127
        offset = radius * (0.72 + 0.28 * np.float64(bits >> 4) / 15.0)
        largest = max(largest, dx * _COS[direction] + dy * _SIN[direction] - offset)
    return largest


@jit
def _cell_floe(column, row, cell, octave_salt, presence, x, y):
    """Radius (0 where there is none), place relative to the point, and hash of a cell's floe."""
    h = _hash(column, row, octave_salt)
    if _unit(h, 0) >= presence:
        return 0.0, 0.0, 0.0, h
    dx = x - (column + 0.5 + JITTER * (2.0 * _unit(h, 1) - 1.0)) * cell
    dy = y - (row + 0.5 + JITTER * (2.0 * _unit(h, 2) - 1.0)) * cell
    radius = LARGEST_RADIUS * cell * math.exp(-0.693 * _unit(h, 3))
    return max(radius, SMALLEST_RADIUS_M), dx, dy, h


@jit
def _add_floes(x, y, pixel, seed, presence, thin_share, out):
    """Fill thick, thin and tone from the largest floes to the smallest; larger lie on top."""
    remaining = 1.0
    cell = LARGEST_CELL_M
    for octave in range(OCTAVES):
        salt = seed * 64 + octave
        u = x / cell
        v = y / cell
        column = np.int64(math.floor(u - 0.5))
        row = np.int64(math.floor(v - 0.5))
        for j in range(2):
            for i in range(2):
                radius, dx, dy, h = _cell_floe(
                    column + i, row + j, cell, salt, presence[octave], x, y
                )
                reach = 1.06 * radius + 0.5 * pixel
                if radius == 0.0 or dx * dx + dy * dy > reach * reach:
                    continue
                distance = _floe_distance(dx, dy, radius, h)
                if abs(distance) < 0.03 * radius + 0.5 * pixel:
                    wobble = smooth_noise(x, y, 0.2 * radius, salt + 32)
                    distance += 0.06 * radius * (wobble - 0.5)
                share = min(1.0, max(0.0, 0.5 - distance / pixel))
                # A disc blurred by a pixel gains pixel^2/12 in radius^2: take it back.
                share *= radius * radius / (radius * radius + pixel * pixel / 12.0)
                share *= remaining
                character = _hash(np.int64(h >> np.uint64(1)), 3, 5)
                if _unit(character, 0) < thin_share:
                    out[THIN] += share
                else:
                    out[THICK] += share
                out[TONE] += share * (2.0 * _unit(character, 1) - 1.0)
                out[ROUGH] += share * (2.0 * _unit(character, 2) - 1.0)
                remaining -= share
        if remaining < 1e-3:
            break
        cell *= 0.5
    return remaining


@jit
def _lead(x, y, pixel, seed, width, cell):
    """Share of the pixel in a lead, and whether that lead is frozen over.

    Leads run along the borders of jittered cells and taper towards the borders' ends; each border
    has its own width, two in five have none.
    """
    column = np.int64(math.floor(x / cell))
    row = np.int64(math.floor(y / cell))
    nearest = second = third = 1e30
    nx = ny = sx = sy = 0.0
    nh = sh = np.uint64(0)
    for j in range(-1, 2):
        for i in range(-1, 2):
            h = _hash(column + i, row + j, seed * 64 + 20)
            cx = (column + i + 0.15 + 0.7 * _unit(h, 0)) * cell
            cy = (row + j + 0.15 + 0.7 * _unit(h, 1)) * cell
            d = (x - cx) ** 2 + (y - cy) ** 2
            if d < nearest:
                third = second
                second, sx, sy, sh = nearest, nx, ny, nh
                nearest, nx, ny, nh = d, cx, cy, h
            elif d < second:
                third = second
                second, sx, sy, sh = d, cx, cy, h
            elif d < third:
                third = d
    gap = math.sqrt((sx - nx) ** 2 + (sy - ny) ** 2)
    distance = (second - nearest) / (2.0 * gap)
    if distance > 3.0 * width + pixel:
        return 0.0, False
    border = _hash(np.int64((nh ^ sh) >> np.uint64(1)), 1, 2)
    if _unit(border, 0) < 0.4:
        return 0.0, False
    half_width = width * (0.15 + 1.7 * _unit(border, 1) ** 2)
    half_width *= min(1.0, (math.sqrt(third) - math.sqrt(second)) / (0.15 * cell))
    half_width *= 0.5 + smooth_noise(x, y, 0.12 * cell, seed * 64 + 21)
    return _strip(distance, half_width, pixel), _unit(border, 2) < 0.35


@jit
def _point(x, y, pixel, seed, presence, options, out):
    """Shares and tones of one pixel. `options`: thin share, brash, ponds, lead half-width."""
    thin_share, brash, ponds, lead_width = options
    for channel in range(CHANNELS):
        out[channel] = 0.0
    remaining = _add_floes(x, y, pixel, seed, presence, thin_share, out)
    if lead_width > 0.0:
        lead, frozen = _lead(x, y, pixel, seed, lead_width, 6500.0)
        if lead > 0.0:
            for channel in (THICK, THIN, TONE, ROUGH):
                out[channel] *= 1.0 - lead
            remaining = remaining * (1.0 - lead)
            if frozen:
                out[THIN] += lead
            else:
                remaining += lead
    if remaining > 1e-3 and brash > 0.0:
        # Where a slow noise allows it, a fast one breaks it up; the share is soft by design.
        zone = 0.65 * smooth_noise(x, y, 900.0, seed * 64 + 22)
        zone += 0.35 * smooth_noise(x, y, 70.0, seed * 64 + 23)
        out[BRASH] = remaining * min(1.0, max(0.0, (zone - 1.0 + brash) * 8.0 + 0.5))
    if out[THICK] > 0.0 and ponds > 0.0:
        pool = 0.55 * smooth_noise(x, y, 55.0, seed * 64 + 24)
        pool += 0.45 * smooth_noise(x, y, 400.0, seed * 64 + 25)
        pond = min(1.0, max(0.0, (pool - 1.0 + ponds) * 7.0 + 0.5))
        out[POND] = out[THICK] * pond
        out[THICK] -= out[POND]
    ridges = smooth_noise(x, y, 160.0, seed * 64 + 26) - 0.5
    out[TONE] += 0.6 * ridges
    out[ROUGH] += 0.9 * (smooth_noise(x, y, 230.0, seed * 64 + 27) - 0.5)


@jit
def ice_field(easting, northing, pixel, seed, presence, options):
    """Ice at many places.

    Parameters
    ----------
    easting, northing : float64 (rows, columns)
        Places in the field's own plane, metres, where the ice was at the start.
    pixel : float
        Side of the square over which shares are taken, metres.
    seed : int
    presence : float64 (OCTAVES,)
        Probability that a cell of each octave holds a floe.
    options : float64 (4,)
        Share of floes that are thin, brash, ponds, half-width of leads in metres.

    Returns
    -------
    float32 (rows, columns, CHANNELS)
        Shares of thick ice without ponds, thin ice, brash, ponds; brightness and roughness about 0.
    """
    rows, columns = easting.shape
    result = np.empty((rows, columns, CHANNELS), dtype=np.float32)
    out = np.empty(CHANNELS)
    chosen = (options[0], options[1], options[2], options[3])
    for row in range(rows):
        for column in range(columns):
            _point(
                easting[row, column],
                northing[row, column],
                pixel,
                seed,
                presence,
                chosen,
                out,
            )
            for channel in range(CHANNELS):
                result[row, column, channel] = out[channel]
    return result


@jit
def fractal_noise(easting, northing, scale, salt):
    """Five octaves of value noise in 0..1, float32 (rows, columns): clouds and coasts."""
    rows, columns = easting.shape
    result = np.empty((rows, columns), dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            total = 0.0
            size = scale
            weight = 0.5
            for octave in range(5):
                total += weight * smooth_noise(
                    easting[row, column], northing[row, column], size, salt + octave
                )
                size *= 0.5
                weight *= 0.5
            result[row, column] = total / 0.96875
    return result
