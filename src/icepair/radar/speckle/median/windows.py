"""The median filter on an array."""

from __future__ import annotations

from icepair._typing import AnyArray
from icepair.radar.speckle.bands import Kernel, filter_bands

__all__ = ["median_kernel", "median_over_windows"]


def median_over_windows(values: AnyArray, size: int, *, threads: int = 1) -> AnyArray:
    """Median of the valid pixels of a square window around each pixel.

    Parameters
    ----------
    values : array of float32 or float64 (lines, samples)
        NaN is nodata.
    size : int
        Side of the window, pixels; odd. 3 and 5 are the fast ones.
    threads : int
        Bands of lines that are filtered at once.

    Returns
    -------
    array (lines, samples)
        Of the same type; NaN exactly where `values` is. Beyond the array nothing is valid; the
        median of an even number of values is the mean of the two in the middle.
    """
    return filter_bands(values, size // 2, median_kernel(size), threads)


def median_kernel(size: int) -> Kernel:
    """Kernel for windows of `size` x `size` pixels."""
    from icepair.radar.speckle.median import _kernels

    if size == 3:
        return lambda padded, _, out: _kernels.median_3(padded, out)
    if size == 5:
        return lambda padded, _, out: _kernels.median_5(padded, out)
    return lambda padded, _, out: _kernels.median_any(padded, size, out)
