"""Border numbers of whole images, which the product marks window by window."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.radar.border import border_depth

__all__ = ["unimaged_border"]


def unimaged_border(amplitude: AnyArray, noise: AnyArray) -> BoolArray:
    """Which pixels of an image with border numbers were not imaged.

    From each edge inwards along lines and samples, as far as `border_depth` says; and pixels of 0.

    Parameters
    ----------
    amplitude : array (lines, samples)
        Digital numbers of a whole image, of the co-polarisation where there is one.
    noise : array (lines, samples)
        Thermal noise power; where it is 0 nothing but zeros is taken for border.

    Returns
    -------
    array of bool
        Shape of `amplitude`.
    """
    mask: BoolArray = np.asarray(amplitude) == 0
    for axis in (0, 1):
        numbers, table, target = (
            np.moveaxis(np.asarray(values), axis, 1) for values in (amplitude, noise, mask)
        )
        for way in (slice(None), slice(None, None, -1)):
            depth = border_depth(numbers[:, way], table[:, way])
            target[:, way] |= np.arange(target.shape[1]) < depth[:, np.newaxis]
    return mask
