"""Probabilities of ice in bytes, as files and whole tiles hold them."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, ByteArray, Float32Array
from icepair.conventions import ICE, NO_ANSWER, WATER

__all__ = ["NO_BYTE", "STEPS", "mask_of_bytes", "packed", "unpacked"]

STEPS = 250
"""Byte of probability 1; a byte is a step of 0.004."""
NO_BYTE = 255
"""No answer."""
_HALF = STEPS // 2


def packed(probability: AnyArray) -> ByteArray:
    """Bytes of probabilities, to the nearest 0.004; what is above a half stays above it.

    Parameters
    ----------
    probability : array of float (rows, columns)
        0 to 1; NaN is no answer.
    """
    from icepair.ice import _kernels

    steps = np.empty(probability.shape, dtype=np.uint8)
    _kernels.pack_probability(probability, steps)
    return steps


def unpacked(steps: ByteArray) -> Float32Array:
    """Probabilities of bytes; NaN for no answer."""
    table = np.arange(256, dtype=np.float32) / np.float32(STEPS)
    table[NO_BYTE] = np.nan
    values: Float32Array = table[steps]
    return values


def mask_of_bytes(steps: ByteArray) -> ByteArray:
    """`ICE` above a half, `WATER` to it, `NO_ANSWER`: the mask of `icepair.ice.mask.ice_mask`."""
    table = np.full(256, WATER, dtype=np.uint8)
    table[_HALF + 1 :] = ICE
    table[NO_BYTE] = NO_ANSWER
    mask: ByteArray = table[steps]
    return mask
