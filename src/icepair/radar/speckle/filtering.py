"""A speckle filter on an image."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.errors import UsageError
from icepair.radar.speckle.bands import Kernel, filter_bands
from icepair.radar.speckle.looks import estimate_looks
from icepair.radar.speckle.median.windows import median_kernel
from icepair.radar.speckle.methods import SpeckleMethod, speckle_method

__all__ = ["half_windows", "speckle_filter"]


def speckle_filter(
    power: AnyArray,
    method: str | SpeckleMethod,
    *,
    size: int | None = None,
    looks: float | None = None,
    floor: AnyArray | float = 0.0,
    threads: int = 1,
) -> Float32Array:
    """Linear power with less speckle.

    ========== ====================================================== ==========================
    filter     result                                                 negative power
    ========== ====================================================== ==========================
    median     median of the window                                   a value like others
    boxcar     mean of the window                                     a value like others
    refined-   mean + k (power − mean), k = Var(signal) / Var(power), a value like others; the
    lee        Var(signal) = (Var(power) − total² / looks) / (1 + 1 / mean where total <= 0
               looks); over half of the window next to an edge
    gamma-map  root of a quadratic between mean and power             the mean where total <= 0
               (Lopes et al. 1990)                                    or there is no root
    ========== ====================================================== ==========================

    Speckle multiplies all the power that arrived, thermal noise with it: ``total`` is the
    window's mean plus `floor`.

    Parameters
    ----------
    power : array (lines, samples)
        Linear power, never decibels. NaN is nodata; negative power, usual after thermal noise was
        removed, is not.
    method : str or SpeckleMethod
        As `speckle_method` takes it: ``median:5``, ``boxcar:5``, ``refined-lee:7``,
        ``gamma-map:7:10.7``.
    size : int, optional
        Side of the window, odd. None: as spelled, or usual for the filter.
    looks : float, optional
        Equivalent number of looks, for refined Lee and Gamma-MAP. None: as spelled, or
        `estimate_looks` of this very image; give it where an image comes in parts.
    floor : array (lines, samples) or float
        Thermal noise that was removed, linear power; only refined Lee and Gamma-MAP look at it.
        NaN counts as 0. Without it noise passes for signal where it is stronger than the signal,
        and is filtered less.
    threads : int
        Bands of lines that are filtered at once; no bit of the result depends on it.

    Returns
    -------
    array of float32 (lines, samples)
        NaN exactly where `power` is NaN. Beyond the image nothing is valid, and all statistics
        are over what is valid, however few: a pixel alone among nodata keeps its power.

    Raises
    ------
    UsageError
        The filter does not exist or does not go with its arguments, or looks are to be estimated
        and the image has too few pixels for that.

    Notes
    -----
    Refined Lee: J.-S. Lee (1981), *Refined filtering of image noise using local statistics*,
    Computer Graphics and Image Processing 15, 380-389, in the form for multiplicative noise of
    Lee, Grunes and de Grandi (1999), *Polarimetric SAR speckle filtering and its implication for
    classification*, IEEE TGRS 37, 2363-2373. As in 1981, half windows are used only where the
    whole one varies more than speckle does. Where one of the nine 3 x 3 means of the window holds
    fewer than five valid pixels no edge is looked for.

    Gamma-MAP: A. Lopes, E. Nezry, R. Touzi and H. Laur (1990), *Maximum a posteriori speckle
    filtering and first order texture models in SAR images*, IGARSS '90, 2409-2412; the same
    (1993), *Structure detection and statistical adaptive speckle filtering in SAR images*,
    International Journal of Remote Sensing 14, 1735-1758.
    """
    chosen = speckle_method(method, size=size, looks=looks)
    image = _image(power)
    noise = np.broadcast_to(np.asarray(floor, np.float64), image.shape)
    if chosen.needs_looks and chosen.looks is None:
        chosen = speckle_method(chosen, looks=estimate_looks(image, floor=noise))
    return filter_bands(image, chosen.margin, _kernel(chosen, noise), threads)


def half_windows() -> AnyArray:
    """Rows and columns of the eight half windows of refined Lee.

    Returns
    -------
    array of int64 (8, 28, 2)
        Left, right, upper, lower, upper right, lower left, upper left, lower right; each with the
        row, column or diagonal through the middle.
    """
    row, column = np.indices((7, 7))
    halves = (
        column <= 3, column >= 3, row <= 3, row >= 3,
        column >= row, column <= row, column + row <= 6, column + row >= 6,
    )  # fmt: skip
    return np.array([np.argwhere(half) for half in halves])


def _image(power: AnyArray) -> Float32Array:
    image = np.asarray(power, dtype=np.float32)
    if image.ndim != 2:
        raise UsageError(
            f"A speckle filter takes one image of lines and samples, not {image.ndim} dimensions; "
            "give each polarisation by itself."
        )
    return image


def _kernel(method: SpeckleMethod, floor: FloatArray) -> Kernel:
    from icepair.radar.speckle import _kernels

    size, looks = method.size, method.looks
    if method.name == "median":
        return median_kernel(size)
    if method.name == "boxcar":
        return lambda padded, _, out: _kernels.boxcar(padded, size, out)
    if method.name == "gamma-map":
        return lambda padded, rows, out: _kernels.gamma_map(
            padded, size, looks, _band(floor, rows), out
        )
    halves = half_windows()
    return lambda padded, rows, out: _kernels.refined_lee(
        padded, looks, _band(floor, rows), halves, out
    )


def _band(floor: FloatArray, rows: slice) -> FloatArray:
    return np.ascontiguousarray(np.nan_to_num(floor[rows]))
