"""Resampling, one pixel at a time, written to be obviously right rather than fast."""

from __future__ import annotations

import math

import numpy as np

from icepair._typing import AnyArray, FloatArray

__all__ = ["bilinear_slow", "nearest_slow"]


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
