"""Neighbourhoods of pixels on plain arrays; NaN is "no answer" and takes no part.

A pixel's result depends on its neighbours alone and not on where a block begins: running sums
would differ in their last digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from icepair._typing import AnyArray, Float32Array

__all__ = ["filled", "local_least", "local_mean", "local_most", "local_range"]


def filled(values: AnyArray) -> AnyArray:
    """Values, and the mean of the eight neighbours in their gaps; NaN where these have none."""
    mean = _means(values, 1, (1.0, 1.0, 1.0), everywhere=True)
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
    return _means(values, step, taps, everywhere=False)


def local_range(values: AnyArray, step: int, radius: int) -> tuple[AnyArray, AnyArray]:
    """Least and greatest of the neighbours that have an answer.

    Parameters
    ----------
    values : array of float (rows, columns)
        NaN takes no part.
    step : int
        Distance between neighbours, pixels.
    radius : int
        Neighbours on each side.

    Returns
    -------
    least, most : arrays (rows, columns)
        Plus and minus infinity where no neighbour has an answer.
    """
    from icepair.ice import _neighbour_kernels

    # Kernels are compiled anew for every layout.
    values = np.ascontiguousarray(values)
    least, most = np.empty_like(values), np.empty_like(values)
    _neighbour_kernels.local_extremes(values, step, radius, least, most)
    return least, most


def local_least(values: AnyArray, step: int, radius: int) -> AnyArray:
    """Least of the neighbours that have an answer; plus infinity where there is none."""
    return local_range(values, step, radius)[0]


def local_most(values: AnyArray, step: int, radius: int) -> AnyArray:
    """Greatest of the neighbours that have an answer; minus infinity where there is none."""
    return local_range(values, step, radius)[1]


def _means(values: AnyArray, step: int, taps: Sequence[float], *, everywhere: bool) -> Float32Array:
    from icepair.ice import _neighbour_kernels

    values = np.ascontiguousarray(values, dtype=np.float32)
    means = np.empty_like(values)
    weights = np.array(taps, dtype=np.float32)
    _neighbour_kernels.local_means(values, step, weights, everywhere, means)
    return means
