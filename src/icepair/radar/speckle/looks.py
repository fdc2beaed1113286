"""How many looks an image has: from the image itself, or as its kind of product promises."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.errors import UsageError

__all__ = ["NOMINAL_LOOKS", "estimate_looks", "nominal_looks"]

NOMINAL_LOOKS: Mapping[tuple[str, str], float] = {
    ("SM", "GRDF"): 3.7,
    ("SM", "GRDH"): 29.7,
    ("SM", "GRDM"): 398.4,
    ("IW", "GRDH"): 4.4,
    ("IW", "GRDM"): 81.8,
    ("EW", "GRDH"): 2.7,
    ("EW", "GRDM"): 10.7,
}
"""Equivalent number of looks by mode and kind of product, mean over sub-swaths (*Sentinel-1
Product Definition*, S1-RS-MDA-52-7440, 2016)."""

_WINDOW = 15
_FEWEST_WINDOWS = 20
_STEPS = 512


def nominal_looks(mode: str, product_type: str) -> float:
    """Equivalent number of looks that a kind of GRD product is specified to have.

    Parameters
    ----------
    mode : str
        ``EW``, ``IW``, or a strip map's ``SM``, ``S1`` … ``S6``.
    product_type : str
        ``GRDF``, ``GRDH`` or ``GRDM``.

    Raises
    ------
    UsageError
        Nothing is specified for it.
    """
    key = ("SM" if mode[:1] == "S" else mode, product_type)
    if key not in NOMINAL_LOOKS:
        known = ", ".join(" ".join(pair) for pair in NOMINAL_LOOKS)
        raise UsageError(
            f"The number of looks of {mode} {product_type} products is not known, only those of "
            f"{known}; say it with the filter: 'refined-lee:7:LOOKS'."
        )
    return NOMINAL_LOOKS[key]


def estimate_looks(power: AnyArray, *, floor: AnyArray | float = 0.0) -> float:
    """Equivalent number of looks of an image, from its most uniform parts.

    ``mean² / variance`` in windows of 15 x 15 pixels that do not overlap; texture makes it smaller
    in some, but where there is none it gathers around the number of looks. The answer is the peak
    of its density, as in S. N. Anfinsen, A. P. Doulgeris and T. Eltoft (2009), *Estimation of the
    equivalent number of looks in polarimetric synthetic aperture radar imagery*, IEEE TGRS 47,
    3795-3809. The peak is taken over the logarithm, where a window's scatter is symmetric and does
    not shift it.

    Parameters
    ----------
    power : array (lines, samples)
        Linear power; windows with a NaN are left out.
    floor : array (lines, samples) or float
        Thermal noise that was removed, linear power: speckle goes by the power with it.

    Returns
    -------
    float
        Too small where texture is everywhere; too large, by a few percent, where speckle is
        correlated over pixels.

    Raises
    ------
    UsageError
        Fewer than 20 windows are valid.
    """
    image = np.asarray(power, dtype=np.float64)
    windows = _windows(image)
    variance = windows.var(axis=-1, ddof=1)
    noise = np.broadcast_to(np.asarray(floor, dtype=np.float64), image.shape)
    mean = windows.mean(axis=-1) + np.nan_to_num(_windows(noise)).mean(axis=-1)
    useful = (mean > 0.0) & (variance > 0.0)
    if np.count_nonzero(useful) < _FEWEST_WINDOWS:
        raise UsageError(
            f"The number of looks cannot be told from {image.shape[0]} x {image.shape[1]} pixels: "
            f"{np.count_nonzero(useful)} windows of {_WINDOW} x {_WINDOW} are free of nodata, and "
            f"{_FEWEST_WINDOWS} are needed. Give the number."
        )
    return math.exp(_peak(np.log(mean[useful] ** 2 / variance[useful])))


def _windows(image: FloatArray) -> FloatArray:
    """Pixels of whole windows, (windows, pixels)."""
    rows, columns = image.shape[0] // _WINDOW, image.shape[1] // _WINDOW
    whole = image[: rows * _WINDOW, : columns * _WINDOW]
    blocks = whole.reshape(rows, _WINDOW, columns, _WINDOW).swapaxes(1, 2)
    return blocks.reshape(rows * columns, _WINDOW * _WINDOW)


def _peak(values: FloatArray) -> float:
    """Where a Gaussian kernel density is highest.

    The kernel is as wide as is best (Silverman 1986, section 3.4) for the scatter of windows
    without texture.
    """
    scatter = math.sqrt(2.0 / (_WINDOW * _WINDOW - 1))
    width = 1.06 * scatter * values.size**-0.2
    steps = np.linspace(values.min(), values.max(), _STEPS)
    density = np.zeros(_STEPS)
    for part in np.array_split(values, 1 + values.size // 4096):
        density += np.exp(-0.5 * ((steps[:, None] - part) / width) ** 2).sum(axis=1)
    return float(steps[density.argmax()])
