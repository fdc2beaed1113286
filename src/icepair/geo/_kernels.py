"""Loops over pixels: orbit, zero Doppler, range, place on the ellipsoid, steps of the records.

Arrays are one-dimensional float64 unless said otherwise. NaN in gives NaN out; NaN also means
that the iteration left its bounds, which is how places that the radar never saw are told apart.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit

SEMI_MAJOR_M = 6378137.0  # WGS 84
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2.0 - FLATTENING)
SEMI_MINOR_M = SEMI_MAJOR_M * (1.0 - FLATTENING)
SECOND_ECCENTRICITY2 = ECCENTRICITY2 / (1.0 - ECCENTRICITY2)
MAX_ITERATIONS = 30


@jit
def earth_centred(longitude, latitude, height_m):
    """Earth-centred x, y, z in metres of one geodetic place in degrees."""
    lam = math.radians(longitude)
    phi = math.radians(latitude)
    sin_phi = math.sin(phi)
    cos_phi = math.cos(phi)
    normal = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY2 * sin_phi * sin_phi)
    in_plane = (normal + height_m) * cos_phi
    return (
        in_plane * math.cos(lam),
        in_plane * math.sin(lam),
        (normal * (1.0 - ECCENTRICITY2) + height_m) * sin_phi,
    )


@jit
def geodetic(x, y, z):
    """Longitude and latitude in radians and height in metres (Bowring 1985, iterated).

    The height is p cos(phi) + z sin(phi) - a sqrt(1 - e2 sin2(phi)), which holds at the poles too.
    """
    in_plane = math.sqrt(x * x + y * y)
    reduced = math.atan2(z * SEMI_MAJOR_M, in_plane * SEMI_MINOR_M)
    phi = reduced
    for _ in range(2):
        sin_b = math.sin(reduced)
        cos_b = math.cos(reduced)
        phi = math.atan2(
            z + SECOND_ECCENTRICITY2 * SEMI_MINOR_M * sin_b * sin_b * sin_b,
            in_plane - ECCENTRICITY2 * SEMI_MAJOR_M * cos_b * cos_b * cos_b,
        )
        reduced = math.atan2((1.0 - FLATTENING) * math.sin(phi), math.cos(phi))
    sin_phi = math.sin(phi)
    height = (
        in_plane * math.cos(phi)
        + z * sin_phi
        - SEMI_MAJOR_M * math.sqrt(1.0 - ECCENTRICITY2 * sin_phi * sin_phi)
    )
    return math.atan2(y, x), phi, height


@jit
def _piece(time_s, knots_s):
    """Index of the piece of the orbit that holds a time; the outer pieces reach outwards."""
    index = np.searchsorted(knots_s, time_s) - 1
    return min(max(index, 0), knots_s.size - 2)


@jit
def _motion(time_s, knots_s, coefficients, axis):
    """Position, velocity and acceleration along one axis, by Horner's rule."""
    piece = _piece(time_s, knots_s)
    t = time_s - knots_s[piece]
    p = 0.0
    v = 0.0
    half_a = 0.0
    for power in range(coefficients.shape[2] - 1, -1, -1):
        half_a = half_a * t + v
        v = v * t + p
        p = p * t + coefficients[piece, axis, power]
    return p, v, 2.0 * half_a


@jit
def zero_doppler(longitude, latitude, height_m, knots_s, coefficients, first_s, last_s, side):
    """Zero-Doppler time (s) and slant range (m) of places; NaN beyond the times or the side.

    Newton on V(t) . (X - S(t)) = 0, held between `first_s` and `last_s`.
    """
    times = np.full(longitude.size, np.nan)
    ranges = np.full(longitude.size, np.nan)
    for i in range(longitude.size):
        x, y, z = earth_centred(longitude[i], latitude[i], height_m[i])
        if not math.isfinite(x + y + z):
            continue
        t = 0.5 * (first_s + last_s)
        step = math.inf
        for _ in range(MAX_ITERATIONS):
            px, vx, ax = _motion(t, knots_s, coefficients, 0)
            py, vy, ay = _motion(t, knots_s, coefficients, 1)
            pz, vz, az = _motion(t, knots_s, coefficients, 2)
            dx, dy, dz = x - px, y - py, z - pz
            along = vx * dx + vy * dy + vz * dz
            slope = vx * vx + vy * vy + vz * vz - (ax * dx + ay * dy + az * dz)
            if not slope > 0.0:
                break
            step = along / slope
            t = min(max(t + step, first_s), last_s)
            if abs(step) < 1e-9:
                break
        if not abs(step) < 1e-9:
            continue
        px, vx, ax = _motion(t, knots_s, coefficients, 0)
        py, vy, ay = _motion(t, knots_s, coefficients, 1)
        pz, vz, az = _motion(t, knots_s, coefficients, 2)
        dx, dy, dz = x - px, y - py, z - pz
        to_the_right = (
            dx * (vy * pz - vz * py) + dy * (vz * px - vx * pz) + dz * (vx * py - vy * px)
        )
        if to_the_right * side > 0.0:
            times[i] = t
            ranges[i] = math.sqrt(dx * dx + dy * dy + dz * dz)
    return times, ranges


@jit
def slant_range(ground_range_m, record, start_m, polynomials):
    """Slant range (m) of ground ranges by the ground-to-slant polynomial of each one's record."""
    result = np.empty(ground_range_m.size)
    for i in range(result.size):
        k = record[i]
        g = ground_range_m[i] - start_m[k]
        value = 0.0
        for power in range(polynomials.shape[1] - 1, -1, -1):
            value = value * g + polynomials[k, power]
        result[i] = value
    return result


@jit
def ground_range(slant_range_m, record, start_m, polynomials, low_m, high_m):
    """Ground range (m) of slant ranges: the inverse of `slant_range`, NaN outside low..high."""
    result = np.full(slant_range_m.size, np.nan)
    for i in range(result.size):
        k = record[i]
        g = 0.5 * (low_m + high_m)
        step = math.inf
        for _ in range(MAX_ITERATIONS):
            u = g - start_m[k]
            value = 0.0
            slope = 0.0
            for power in range(polynomials.shape[1] - 1, -1, -1):
                slope = slope * u + value
                value = value * u + polynomials[k, power]
            if not slope > 0.0:
                break
            step = (slant_range_m[i] - value) / slope
            g = min(max(g + step, low_m), high_m)
            if abs(step) < 1e-6:
                break
        if abs(step) < 1e-6:
            result[i] = g
    return result


@jit
def _first_guess(p, v, distance, side):
    """Point at a slant range on a sphere under the satellite, at zero Doppler, on its side."""
    radius = 0.5 * (SEMI_MAJOR_M + SEMI_MINOR_M)
    above = math.sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2])
    cosine = (above * above + distance * distance - radius * radius) / (2.0 * above * distance)
    cosine = min(max(cosine, -1.0), 1.0)
    sine = side * math.sqrt(1.0 - cosine * cosine)
    speed = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    rx = (v[1] * p[2] - v[2] * p[1]) / (speed * above)
    ry = (v[2] * p[0] - v[0] * p[2]) / (speed * above)
    rz = (v[0] * p[1] - v[1] * p[0]) / (speed * above)
    down = distance * cosine / above
    return (
        p[0] * (1.0 - down) + distance * sine * rx,
        p[1] * (1.0 - down) + distance * sine * ry,
        p[2] * (1.0 - down) + distance * sine * rz,
    )


@jit
def _newton_step(d, v, n, misfit):
    """Solve [d; v; n] delta = misfit by Cramer's rule; all are 3-tuples."""
    cx = v[1] * n[2] - v[2] * n[1]
    cy = v[2] * n[0] - v[0] * n[2]
    cz = v[0] * n[1] - v[1] * n[0]
    determinant = d[0] * cx + d[1] * cy + d[2] * cz
    ex = n[1] * d[2] - n[2] * d[1]
    ey = n[2] * d[0] - n[0] * d[2]
    ez = n[0] * d[1] - n[1] * d[0]
    fx = d[1] * v[2] - d[2] * v[1]
    fy = d[2] * v[0] - d[0] * v[2]
    fz = d[0] * v[1] - d[1] * v[0]
    a = misfit[0] / determinant
    b = misfit[1] / determinant
    c = misfit[2] / determinant
    return a * cx + b * ex + c * fx, a * cy + b * ey + c * fy, a * cz + b * ez + c * fz


@jit
def _to_height(start, p, v, distance, height_m):
    """Longitude, latitude, incidence (degrees) at a distance from p, square to v, at a height.

    Newton in Earth-centred coordinates on range, zero Doppler and geodetic height; the gradient
    of the height is the ellipsoid's normal, exactly.
    """
    x, y, z = start
    moved = math.inf
    for _ in range(MAX_ITERATIONS):
        lam, phi, height = geodetic(x, y, z)
        n = (math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi))
        d = (x - p[0], y - p[1], z - p[2])
        misfit = (
            0.5 * (distance * distance - d[0] * d[0] - d[1] * d[1] - d[2] * d[2]),
            -(v[0] * d[0] + v[1] * d[1] + v[2] * d[2]),
            height_m - height,
        )
        step = _newton_step(d, v, n, misfit)
        x, y, z = x + step[0], y + step[1], z + step[2]
        moved = abs(step[0]) + abs(step[1]) + abs(step[2])
        # What is left falls with the square: 2e-9 m after a step of 0.1 m.
        if not moved > 0.1:
            break
    if not moved <= 0.1:
        return math.nan, math.nan, math.nan
    lam, phi, height = geodetic(x, y, z)
    upward = (
        (p[0] - x) * math.cos(phi) * math.cos(lam)
        + (p[1] - y) * math.cos(phi) * math.sin(lam)
        + (p[2] - z) * math.sin(phi)
    )
    cosine = min(max(upward / distance, -1.0), 1.0)
    return math.degrees(lam), math.degrees(phi), math.degrees(math.acos(cosine))


@jit
def place(time_s, slant_range_m, height_m, knots_s, coefficients, side):
    """Longitude, latitude and incidence angle (degrees) of times and ranges at a height."""
    longitude = np.full(time_s.size, np.nan)
    latitude = np.full(time_s.size, np.nan)
    incidence = np.full(time_s.size, np.nan)
    for i in range(time_s.size):
        t = time_s[i]
        distance = slant_range_m[i]
        if not math.isfinite(t + distance + height_m[i]):
            continue
        px, vx, _ = _motion(t, knots_s, coefficients, 0)
        py, vy, _ = _motion(t, knots_s, coefficients, 1)
        pz, vz, _ = _motion(t, knots_s, coefficients, 2)
        start = _first_guess((px, py, pz), (vx, vy, vz), distance, side)
        longitude[i], latitude[i], incidence[i] = _to_height(
            start, (px, py, pz), (vx, vy, vz), distance, height_m[i]
        )
    return longitude, latitude, incidence


@jit
def _along_path(coefficients, u):
    """Position and forward direction (not of unit length) of a polynomial path (m, 3)."""
    px, py, pz, vx, vy, vz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for power in range(coefficients.shape[0] - 1, -1, -1):
        vx, vy, vz = vx * u + px, vy * u + py, vz * u + pz
        px = px * u + coefficients[power, 0]
        py = py * u + coefficients[power, 1]
        pz = pz * u + coefficients[power, 2]
    return (px, py, pz), (vx, vy, vz)


@jit
def slide(u, longitude, latitude, from_m, to_m, coefficients):
    """Longitude, latitude, incidence (degrees) of points moved to heights as the radar sees them.

    Each point keeps its distance from the satellite, which is on its path at `u`, and its place
    square to the forward direction. The plane that a point moves in goes through the point itself,
    so that equal heights do not move: control points are seen square to the flight but for what a
    fitted path misses.
    """
    new_longitude = np.full(u.size, np.nan)
    new_latitude = np.full(u.size, np.nan)
    incidence = np.full(u.size, np.nan)
    for i in range(u.size):
        x = earth_centred(longitude[i], latitude[i], from_m[i])
        p, v = _along_path(coefficients, u[i])
        if not math.isfinite(x[0] + x[1] + x[2] + p[0] + p[1] + p[2]):
            continue
        ahead = (x[0] - p[0]) * v[0] + (x[1] - p[1]) * v[1] + (x[2] - p[2]) * v[2]
        gap = ahead / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        p = (p[0] + gap * v[0], p[1] + gap * v[1], p[2] + gap * v[2])
        distance = math.sqrt((x[0] - p[0]) ** 2 + (x[1] - p[1]) ** 2 + (x[2] - p[2]) ** 2)
        new_longitude[i], new_latitude[i], incidence[i] = _to_height(x, p, v, distance, to_m[i])
    return new_longitude, new_latitude, incidence


@jit
def add_steps(line, smooth_sample, borders, table, first_sample, spacing_samples):
    """Sample from the smooth sample: plus its record's row of the table, linear between nodes.

    `borders` (k - 1,) are the lines at which a record gives way to the next, `table` (k, m) holds
    differences at samples ``first_sample + j * spacing_samples``. NaN outside the table.
    """
    result = np.full(line.size, np.nan)
    last = table.shape[1] - 1
    for i in range(line.size):
        position = (smooth_sample[i] - first_sample) / spacing_samples
        if not (0.0 <= position <= last) or not math.isfinite(line[i]):
            continue
        k = np.searchsorted(borders, line[i])
        j = min(int(position), last - 1)
        w = position - j
        result[i] = smooth_sample[i] + (1.0 - w) * table[k, j] + w * table[k, j + 1]
    return result


@jit
def foot_points(x, y, z):
    """Longitude and latitude (degrees) of Earth-centred places."""
    longitude = np.full(x.size, np.nan)
    latitude = np.full(x.size, np.nan)
    for i in range(x.size):
        if math.isfinite(x[i] + y[i] + z[i]):
            lam, phi, _ = geodetic(x[i], y[i], z[i])
            longitude[i] = math.degrees(lam)
            latitude[i] = math.degrees(phi)
    return longitude, latitude
