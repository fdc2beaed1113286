"""Neighbourhoods of pixels on plain arrays; NaN is "no answer" and takes no part.

Every function adds or compares shifted views, so that a pixel's result depends on its neighbours
alone and not on where a block begins (running sums would differ in their last digits).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from icepair._typing import AnyArray, Float32Array


def _neighbours(
    values: AnyArray, step: int, radius: int, axis: int, fill: float
) -> Iterator[AnyArray]:
    """Views of `values` moved by ``-radius`` … ``radius`` times `step` pixels along `axis`."""
    reach = step * radius
    width = [(0, 0), (0, 0)]
    width[axis] = (reach, reach)
    padded = np.pad(values, width, constant_values=fill)
    length = values.shape[axis]
    for index in range(2 * radius + 1):
        part = slice(index * step, index * step + length)
        yield padded[part] if axis == 0 else padded[:, part]


def _weighted_sum(values: AnyArray, step: int, taps: Sequence[float]) -> AnyArray:
    for axis in (0, 1):
        total = np.zeros_like(values)
        for tap, moved in zip(
            taps, _neighbours(values, step, len(taps) // 2, axis, 0), strict=True
        ):
            total += np.float32(tap) * moved
        values = total
    return values


def _mean_of_known(values: AnyArray, step: int, taps: Sequence[float]) -> AnyArray:
    """Weighted mean of the neighbours that have an answer; 0 where none has."""
    known = np.isfinite(values)
    total = _weighted_sum(np.where(known, values, 0).astype(np.float32), step, taps)
    total /= np.maximum(_weighted_sum(known.astype(np.float32), step, taps), 1e-6)
    return total


def filled(values: AnyArray) -> AnyArray:
    """Values, and the mean of the eight neighbours in their gaps; NaN where these have none."""
    taps = (1.0, 1.0, 1.0)
    near = local_most(np.isfinite(values).astype(np.float32), 1, 1) > 0
    mean = np.where(near, _mean_of_known(values, 1, taps), np.float32(np.nan))
    return np.where(np.isnan(values), mean, values)


def local_mean(values: AnyArray, step: int, taps: Sequence[float]) -> Float32Array:
    """Weighted mean of the neighbours that have an answer.

    Parameters
    ----------
    values : array (rows, columns)
        NaN takes no part.
    step : int
        Distance between neighbours, pixels.
    taps : sequence of float
        Weights along rows and along columns, an odd number of them.

    Returns
    -------
    array of float32 (rows, columns)
        NaN where the pixel itself has none.
    """
    total = _mean_of_known(values, step, taps)
    total[~np.isfinite(values)] = np.nan
    return total


def _local_extreme(
    values: AnyArray, step: int, radius: int, combine: np.ufunc, fill: float
) -> AnyArray:
    values = np.where(np.isnan(values), fill, values)
    for axis in (0, 1):
        views = _neighbours(values, step, radius, axis, fill)
        result = next(views).copy()
        for moved in views:
            combine(result, moved, out=result)
        values = result
    return values


def local_least(values: AnyArray, step: int, radius: int) -> AnyArray:
    """Least of the neighbours that have an answer; plus infinity where there is none."""
    return _local_extreme(values, step, radius, np.minimum, np.inf)


def local_most(values: AnyArray, step: int, radius: int) -> AnyArray:
    """Greatest of the neighbours that have an answer; minus infinity where there is none."""
    return _local_extreme(values, step, radius, np.maximum, -np.inf)
