"""Resampling, one pixel at a time, written to be obviously right rather than fast."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from icepair._typing import AnyArray, FloatArray

__all__ = [
    "area_slow",
    "bilinear_slow",
    "convolved_slow",
    "covered_areas",
    "cubic_kernel",
    "gaussian_slow",
    "lanczos_kernel",
    "mode_slow",
    "nearest_slow",
]

Point: TypeAlias = tuple[float, float]


def nearest_slow(
    source: AnyArray, line: FloatArray, sample: FloatArray, fill_value: float
) -> AnyArray:
    """Value of the source pixel whose centre is nearest to each position.

    Parameters
    ----------
    source : array (lines, samples)
        Values.
    line, sample : array (rows, columns)
        Positions, zero-based, whole numbers at centres; NaN for none.
    fill_value : float
        For positions that no pixel holds.

    Returns
    -------
    array (rows, columns)
        Ties go to the higher index.
    """
    out = np.full(line.shape, fill_value, dtype=source.dtype)
    for index in np.ndindex(line.shape):
        if not (math.isfinite(line[index]) and math.isfinite(sample[index])):
            continue
        i, j = math.floor(line[index] + 0.5), math.floor(sample[index] + 0.5)
        if 0 <= i < source.shape[0] and 0 <= j < source.shape[1]:
            out[index] = source[i, j]
    return out


def bilinear_slow(
    source: FloatArray, line: FloatArray, sample: FloatArray, minimum_share: float
) -> FloatArray:
    """Mean of all source pixels, weighted with a triangle two pixels wide, over the valid ones.

    Parameters
    ----------
    source : array (lines, samples)
        Values, NaN for none.
    line, sample : array (rows, columns)
        Positions as in `nearest_slow`.
    minimum_share : float
        Share of the weight that must be valid.

    Returns
    -------
    array (rows, columns)
        NaN where there is no answer.
    """
    out = np.full(line.shape, np.nan)
    lines, samples = source.shape
    for index in np.ndindex(line.shape):
        y, x = line[index], sample[index]
        if not (-0.5 <= y < lines - 0.5 and -0.5 <= x < samples - 0.5):
            continue
        wy = np.maximum(0.0, 1.0 - np.abs(np.arange(lines) - y))
        wx = np.maximum(0.0, 1.0 - np.abs(np.arange(samples) - x))
        weights = np.outer(wy, wx) * np.isfinite(source)
        if weights.sum() >= minimum_share:
            out[index] = np.nansum(weights * source) / weights.sum()
    return out


def convolved_slow(
    source: FloatArray,
    line: FloatArray,
    sample: FloatArray,
    kernel: Callable[[FloatArray], FloatArray],
    minimum_share: float,
) -> FloatArray:
    """Mean of all source pixels, weighted with a kernel of the distances along both axes.

    Parameters
    ----------
    source : array (lines, samples)
        Values, NaN for none.
    line, sample : array (rows, columns)
        Positions as in `nearest_slow`.
    kernel : callable
        Weight by distance in source pixels, such as `cubic_kernel`.
    minimum_share : float
        Share of the weight that must be valid; beyond the source's edges nothing is.

    Returns
    -------
    array (rows, columns)
        NaN where there is no answer.
    """
    out = np.full(line.shape, np.nan)
    lines, samples = source.shape
    beyond = 3
    for index in np.ndindex(line.shape):
        y, x = line[index], sample[index]
        if not (-0.5 <= y < lines - 0.5 and -0.5 <= x < samples - 0.5):
            continue
        wy = kernel(np.arange(-beyond, lines + beyond) - y)
        wx = kernel(np.arange(-beyond, samples + beyond) - x)
        everything = wy.sum() * wx.sum()
        weights = np.outer(wy, wx)[beyond:-beyond, beyond:-beyond] * np.isfinite(source)
        if weights.sum() >= minimum_share * everything:
            out[index] = np.nansum(weights * source) / weights.sum()
    return out


def cubic_kernel(distance: FloatArray) -> FloatArray:
    """Cubic convolution with a = -0.5 (Keys 1981)."""
    d = np.abs(distance)
    inner = 1.5 * d**3 - 2.5 * d**2 + 1
    outer = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    weights: FloatArray = np.where(d < 1, inner, np.where(d < 2, outer, 0.0))
    return weights


def lanczos_kernel(distance: FloatArray) -> FloatArray:
    """Sinc with a window of three lobes; 0 at whole distances other than 0."""
    inside = (np.abs(distance) < 3) & ((distance == 0) | (distance != np.round(distance)))
    weights: FloatArray = np.where(inside, np.sinc(distance) * np.sinc(distance / 3), 0.0)
    return weights


def gaussian_slow(
    source: FloatArray,
    line: FloatArray,
    sample: FloatArray,
    jacobian: FloatArray,
    width: float,
    minimum_share: float,
) -> FloatArray:
    """Mean of all source pixels, weighted with a Gaussian that is round on the target.

    Parameters
    ----------
    source : array (lines, samples)
        Values, NaN for none.
    line, sample : array (rows, columns)
        Positions as in `nearest_slow`.
    jacobian : array (rows, columns, 2, 2)
        Derivatives of (line, sample) by target row and column.
    width : float
        Full width at half maximum, target pixels; no weight beyond three standard deviations.
    minimum_share : float
        Share of the weight that must be valid; beyond the source's edges nothing is.

    Returns
    -------
    array (rows, columns)
        NaN where there is no answer. Where no pixel has weight, the one that holds the position.
    """
    out = np.full(line.shape, np.nan)
    lines, samples = source.shape
    holding = nearest_slow(source, line, sample, np.nan)
    for index in np.ndindex(line.shape):
        y, x = line[index], sample[index]
        if not (-0.5 <= y < lines - 0.5 and -0.5 <= x < samples - 0.5):
            continue
        beyond = int(4 * width * np.abs(jacobian[index]).sum()) + 2
        i, j = np.mgrid[-beyond : lines + beyond, -beyond : samples + beyond]
        on_target = np.linalg.solve(jacobian[index], np.stack([(i - y).ravel(), (j - x).ravel()]))
        deviations = np.hypot(*on_target).reshape(i.shape) * math.sqrt(8 * math.log(2)) / width
        weights = np.where(deviations <= 3, np.exp(-(deviations**2) / 2), 0.0)
        everything = weights.sum()
        weights = weights[beyond:-beyond, beyond:-beyond] * np.isfinite(source)
        if everything == 0:
            out[index] = holding[index]
        elif weights.sum() >= minimum_share * everything:
            out[index] = np.nansum(weights * source) / weights.sum()
    return out


def area_slow(
    source: FloatArray,
    line: FloatArray,
    sample: FloatArray,
    jacobian: FloatArray,
    minimum_share: float,
) -> FloatArray:
    """Mean of the source over the parallelogram that each target pixel covers.

    Parameters
    ----------
    source : array (lines, samples)
        Values, NaN for none.
    line, sample : array (rows, columns)
        Positions as in `nearest_slow`.
    jacobian : array (rows, columns, 2, 2)
        Derivatives of (line, sample) by target row and column.
    minimum_share : float
        Share of the area that must be valid.

    Returns
    -------
    array (rows, columns)
        NaN where there is no answer.
    """
    out = np.full(line.shape, np.nan)
    for index in np.ndindex(line.shape):
        y, x = line[index], sample[index]
        if not (-0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5):
            continue
        areas = covered_areas(source.shape, float(y), float(x), jacobian[index]) * np.isfinite(
            source
        )
        if areas.sum() >= minimum_share * abs(np.linalg.det(jacobian[index])):
            out[index] = np.nansum(areas * source) / areas.sum()
    return out


def mode_slow(
    source: AnyArray,
    line: FloatArray,
    sample: FloatArray,
    jacobian: FloatArray,
    minimum_share: float,
    fill_value: float,
) -> AnyArray:
    """Value that covers most of each target pixel; the smallest among equals.

    Parameters
    ----------
    source, line, sample, jacobian, minimum_share
        As in `area_slow`.
    fill_value : float
        For pixels without an answer.

    Returns
    -------
    array (rows, columns)
        Of the source's type.
    """
    out = np.full(line.shape, fill_value, dtype=source.dtype)
    for index in np.ndindex(line.shape):
        y, x = line[index], sample[index]
        if not (-0.5 <= y < source.shape[0] - 0.5 and -0.5 <= x < source.shape[1] - 0.5):
            continue
        areas = covered_areas(source.shape, float(y), float(x), jacobian[index]) * (
            source == source
        )
        whole = abs(np.linalg.det(jacobian[index]))
        if areas.sum() < minimum_share * whole:
            continue
        by_value = {value: areas[source == value].sum() for value in np.unique(source[areas > 0])}
        largest = max(by_value.values())
        out[index] = min(value for value, a in by_value.items() if a >= largest - 1e-6 * whole)
    return out


def covered_areas(
    shape: tuple[int, ...], line: float, sample: float, jacobian: FloatArray
) -> FloatArray:
    """Area of a target pixel's footprint on each source pixel: a polygon cut four times over.

    Parameters
    ----------
    shape : tuple
        Lines and samples of the source.
    line, sample : float
        Middle of the footprint.
    jacobian : array (2, 2)
        Derivatives of (line, sample) by target row and column: the footprint's sides.

    Returns
    -------
    array (lines, samples)
        Source pixels.
    """
    corners = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]]) @ jacobian.T
    footprint = [(line + dy, sample + dx) for dy, dx in corners.tolist()]
    areas = np.zeros(shape)
    reach_lines, reach_samples = 0.5 * np.abs(jacobian).sum(axis=1) + 0.5
    for i, j in np.ndindex(*shape):
        if abs(i - line) >= reach_lines or abs(j - sample) >= reach_samples:
            continue
        piece = footprint
        for axis, limit, sign in (
            (0, i - 0.5, 1),
            (0, i + 0.5, -1),
            (1, j - 0.5, 1),
            (1, j + 0.5, -1),
        ):
            piece = _cut(piece, axis, limit, sign)
        areas[i, j] = _polygon_area(piece)
    return areas


def _cut(polygon: list[Point], axis: int, limit: float, sign: int) -> list[Point]:
    """Part of a convex polygon where ``sign * (coordinate - limit)`` is not negative."""
    kept: list[Point] = []
    for here, after in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        inside, next_inside = (sign * (p[axis] - limit) for p in (here, after))
        if inside >= 0:
            kept.append(here)
        if inside * next_inside < 0:
            t = inside / (inside - next_inside)
            kept.append((here[0] + t * (after[0] - here[0]), here[1] + t * (after[1] - here[1])))
    return kept


def _polygon_area(polygon: list[Point]) -> float:
    """Area by the trapezoids under the sides."""
    sides = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return abs(sum((a[0] + b[0]) * (b[1] - a[1]) for a, b in sides)) / 2.0
