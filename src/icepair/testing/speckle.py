"""Speckle filters, one pixel at a time, written to be obviously right rather than fast."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from icepair._typing import AnyArray, FloatArray

__all__ = ["boxcar_slow", "gamma_map_slow", "median_slow", "refined_lee_slow", "speckled"]


def speckled(power: AnyArray, looks: float, seed: int) -> AnyArray:
    """Power times independent speckle, as float32.

    Parameters
    ----------
    power : array (lines, samples)
        What there is, linear power.
    looks : float
        Equivalent number of looks.
    seed : int
        Of the random numbers.
    """
    random = np.random.default_rng(seed)
    return np.asarray(power * random.gamma(looks, 1.0 / looks, np.shape(power)), dtype=np.float32)


def median_slow(image: AnyArray, size: int) -> FloatArray:
    """Median of the valid pixels of each window; NaN stays NaN."""
    return _by_window(image, size, lambda window, _: float(np.nanmedian(window)))


def boxcar_slow(image: AnyArray, size: int) -> FloatArray:
    """Mean of the valid pixels of each window; NaN stays NaN."""
    return _by_window(image, size, lambda window, _: float(np.nanmean(window)))


def gamma_map_slow(image: AnyArray, size: int, looks: float, floor: FloatArray) -> FloatArray:
    """Gamma-MAP (Lopes et al. 1990) of the power with its floor, by coefficients of variation.

    Between the two limits the quadratic is solved by numpy's general solver.
    """

    def estimate(window: FloatArray, index: tuple[int, int]) -> float:
        noise, centre = floor[index], window[size // 2, size // 2] + floor[index]
        mean = np.nanmean(window) + noise
        if mean <= 0.0:
            return float(mean - noise)
        variation = math.sqrt(_variance(window)) / mean
        speckle = 1.0 / math.sqrt(looks)
        if variation <= speckle:
            return float(mean - noise)
        if variation >= math.sqrt(2.0) * speckle:
            return float(centre - noise)
        alpha = (1.0 + speckle**2) / (variation**2 - speckle**2)
        roots = np.roots([alpha, -(alpha - looks - 1.0) * mean, -looks * mean * centre])
        if np.iscomplex(roots).any():
            return float(mean - noise)
        return float(roots.real.max() - noise)

    return _by_window(image, size, estimate)


def refined_lee_slow(image: AnyArray, looks: float, floor: FloatArray) -> FloatArray:
    """Refined Lee (1981) over 7 x 7 pixels, half windows by the line that bounds them."""

    def estimate(window: FloatArray, index: tuple[int, int]) -> float:
        centre, noise = window[3, 3], floor[index]
        mean, share = _lee(window[np.isfinite(window)], noise, looks)
        if share > 0.0:
            half = _half_of(window)
            if half is not None:
                mean, share = _lee(half[np.isfinite(half)], noise, looks)
        return float(mean + share * (centre - mean))

    return _by_window(image, 7, estimate)


def _lee(values: FloatArray, noise: float, looks: float) -> tuple[float, float]:
    """Mean, and the share of a deviation from it that is kept."""
    mean = float(values.mean())
    total = mean + noise
    variance = _variance(values)
    if total <= 0.0 or variance <= total**2 / looks:
        return mean, 0.0
    return mean, (variance - total**2 / looks) / (1.0 + 1.0 / looks) / variance


def _half_of(window: FloatArray) -> FloatArray | None:
    """The window with NaN beyond the edge, None where 3 x 3 pixels hold too little."""
    blocks = [[window[2 * a : 2 * a + 3, 2 * b : 2 * b + 3] for b in range(3)] for a in range(3)]
    if min(np.isfinite(block).sum() for row in blocks for block in row) < 5:
        return None
    means = np.array([[np.nanmean(block) for block in row] for row in blocks])
    # Towards which side each edge looks: right, down, up right, up left.
    looks_to = [(0, 1), (1, 0), (-1, 1), (-1, -1)]
    place = np.indices((3, 3)) - 1
    along = [np.sign(a * place[0] + b * place[1]) for a, b in looks_to]
    gradients = [abs(float((sign * means).sum())) for sign in along]
    edge = int(np.argmax(gradients))
    a, b = looks_to[edge]
    there = abs(means[1 + a, 1 + b] - means[1, 1])
    opposite = abs(means[1 - a, 1 - b] - means[1, 1])
    wide = np.indices((7, 7)) - 3
    side = a * wide[0] + b * wide[1]
    return np.where(side >= 0 if there < opposite else side <= 0, window, np.nan)


def _variance(values: FloatArray) -> float:
    """Of a sample, over what is valid."""
    valid = values[np.isfinite(values)]
    return float(valid.var(ddof=1)) if valid.size > 1 else 0.0


def _by_window(
    image: AnyArray, size: int, estimate: Callable[[FloatArray, tuple[int, int]], float]
) -> FloatArray:
    """An estimate for each valid pixel from its window, NaN beyond the image."""
    half = size // 2
    padded = np.pad(image.astype(np.float64), half, constant_values=np.nan)
    out = np.full(image.shape, np.nan)
    for row, column in np.ndindex(*image.shape):
        if not math.isnan(image[row, column]):
            window = padded[row : row + size, column : column + size]
            out[row, column] = estimate(window, (row, column))
    return out
