"""Fits of control points, evaluated and inverted: plain arrays in, plain arrays out.

`u` and `v` run from -1 to 1 over the image. A fit is `polynomial` (p, q, axes), coefficients of
Legendre products, plus `spline` (m + 3, k + 3, axes), coefficients of uniform cubic B-splines on
m x k intervals; a spline of shape (3, 3, axes) is none. Outside the image the spline stays what it
was at the edge.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit
from icepair.geo._kernels import MAX_ITERATIONS, earth_centred


@jit
def _legendre(u, values, slopes, count):
    """Fill in `count` Legendre polynomials and their derivatives at u."""
    values[0], slopes[0] = 1.0, 0.0
    if count > 1:
        values[1], slopes[1] = u, 1.0
    for m in range(2, count):
        values[m] = ((2 * m - 1) * u * values[m - 1] - (m - 1) * values[m - 2]) / m
        slopes[m] = slopes[m - 2] + (2 * m - 1) * values[m - 1]


@jit
def _cubic(t, scale, values, slopes):
    """Fill in the four cubic B-splines of one interval and their derivatives times `scale`."""
    r = 1.0 - t
    values[0] = r * r * r / 6.0
    values[1] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0
    values[2] = (3.0 * r * r * r - 6.0 * r * r + 4.0) / 6.0
    values[3] = t * t * t / 6.0
    slopes[0] = -0.5 * r * r * scale
    slopes[1] = (1.5 * t * t - 2.0 * t) * scale
    slopes[2] = (-1.5 * r * r + 2.0 * r) * scale
    slopes[3] = 0.5 * t * t * scale


@jit
def _add_product(out, block, lengths, basis):
    """Add a tensor product's value and two derivatives to the rows of `out` (3, axes).

    `basis` (4, n): values and slopes along the block's rows, then along its columns; of row i only
    the first `lengths[i]` columns count.
    """
    for i in range(block.shape[0]):
        for axis in range(block.shape[2]):
            value = 0.0
            slope = 0.0
            for j in range(lengths[i]):
                value += block[i, j, axis] * basis[2, j]
                slope += block[i, j, axis] * basis[3, j]
            out[0, axis] += basis[0, i] * value
            out[1, axis] += basis[1, i] * value
            out[2, axis] += basis[0, i] * slope


@jit
def _lengths(polynomial):
    """Columns of each row up to the last coefficient that is not 0: half of a fit's are."""
    lengths = np.zeros(polynomial.shape[0], np.int64)
    for i in range(polynomial.shape[0]):
        for j in range(polynomial.shape[1]):
            for axis in range(polynomial.shape[2]):
                if polynomial[i, j, axis] != 0.0:
                    lengths[i] = j + 1
    return lengths


@jit
def _interval(u, count):
    """Interval of a spline that holds u, the share of it before u, and the slope's scale."""
    position = 0.5 * (min(max(u, -1.0), 1.0) + 1.0) * count
    k = min(int(position), count - 1)
    return k, position - k, 0.5 * count if abs(u) <= 1.0 else 0.0


@jit
def _evaluate(u, v, polynomial, lengths, spline, four, basis, out):
    """Fill in value and derivatives by u and v, `out` (3, axes); `four` is four fours."""
    out[:] = 0.0
    _legendre(u, basis[0], basis[1], polynomial.shape[0])
    _legendre(v, basis[2], basis[3], polynomial.shape[1])
    _add_product(out, polynomial, lengths, basis)
    rows, columns = spline.shape[0] - 3, spline.shape[1] - 3
    if rows > 0:
        k, t, scale = _interval(u, rows)
        _cubic(t, scale, basis[0], basis[1])
        m, t, scale = _interval(v, columns)
        _cubic(t, scale, basis[2], basis[3])
        _add_product(out, spline[k : k + 4, m : m + 4], four, basis)


@jit
def _room(polynomial):
    """Room for the basis functions of one place."""
    return np.empty((4, max(polynomial.shape[0], polynomial.shape[1], 4)))


@jit
def evaluate_fit(u, v, polynomial, spline):
    """Value and derivatives by u and v of a fit, shape (n, 3, axes)."""
    out = np.empty((u.size, 3, polynomial.shape[2]))
    lengths, four, basis = _lengths(polynomial), np.full(4, 4), _room(polynomial)
    for i in range(u.size):
        if math.isfinite(u[i] + v[i]):
            _evaluate(u[i], v[i], polynomial, lengths, spline, four, basis, out[i])
        else:
            out[i] = np.nan
    return out


@jit
def _nearest_node(place, nodes):
    """Index of the nearest of some Earth-centred places (n, 3)."""
    best, nearest = math.inf, 0
    for j in range(nodes.shape[0]):
        dx, dy, dz = nodes[j, 0] - place[0], nodes[j, 1] - place[1], nodes[j, 2] - place[2]
        apart = dx * dx + dy * dy + dz * dz
        if apart < best:
            best, nearest = apart, j
    return nearest


@jit
def _step(place, east, north, fit):
    """Newton's step in u and v towards a place, and the square of the way that is left (m2)."""
    gx, gy, gz = place[0] - fit[0, 0], place[1] - fit[0, 1], place[2] - fit[0, 2]
    ge = east[0] * gx + east[1] * gy
    gn = north[0] * gx + north[1] * gy + north[2] * gz
    eu = east[0] * fit[1, 0] + east[1] * fit[1, 1]
    nu = north[0] * fit[1, 0] + north[1] * fit[1, 1] + north[2] * fit[1, 2]
    ev = east[0] * fit[2, 0] + east[1] * fit[2, 1]
    nv = north[0] * fit[2, 0] + north[1] * fit[2, 1] + north[2] * fit[2, 2]
    determinant = eu * nv - ev * nu
    du = (ge * nv - gn * ev) / determinant
    dv = (eu * gn - nu * ge) / determinant
    return du, dv, gx * gx + gy * gy + gz * gz


@jit
def invert_fit(longitude, latitude, start_u, start_v, nodes_uv, nodes, fit, reach_u, reach_v):
    """U and v of places: Newton on east and north misfits.

    It starts at `start_u`, `start_v` or, where these are NaN, at the nearest of some nodes:
    `nodes_uv` (n, 2) are their positions, `nodes` (n, 3) their Earth-centred places. `fit` is
    (polynomial, spline). NaN where the iteration leaves -reach..reach or ends more than a kilometre
    off.
    """
    polynomial, spline = fit
    u = np.full(longitude.size, np.nan)
    v = np.full(longitude.size, np.nan)
    lengths, four, basis = _lengths(polynomial), np.full(4, 4), _room(polynomial)
    out = np.empty((3, 3))
    for i in range(longitude.size):
        place = earth_centred(longitude[i], latitude[i], 0.0)
        if not math.isfinite(place[0] + place[1] + place[2]):
            continue
        lam, phi = math.radians(longitude[i]), math.radians(latitude[i])
        east = (-math.sin(lam), math.cos(lam))
        north = (math.sin(phi) * east[1] * -1.0, math.sin(phi) * east[0], math.cos(phi))
        a, b = start_u[i], start_v[i]
        if not math.isfinite(a + b):
            nearest = _nearest_node(place, nodes)
            a, b = nodes_uv[nearest, 0], nodes_uv[nearest, 1]
        moved, left = math.inf, math.inf
        for _ in range(MAX_ITERATIONS):
            _evaluate(a, b, polynomial, lengths, spline, four, basis, out)
            du, dv, left = _step(place, east, north, out)
            new_a = min(max(a + du, -reach_u), reach_u)
            new_b = min(max(b + dv, -reach_v), reach_v)
            # What is left falls with the square: 1e-12 of the image after a step of 1e-6.
            moved = abs(du) + abs(dv)
            a, b = new_a, new_b
            if not moved >= 1e-6:
                break
        if moved < 1e-6 and left < 1e6:
            u[i] = a
            v[i] = b
    return u, v
