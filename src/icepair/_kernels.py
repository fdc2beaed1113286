"""Inner loops over the bytes of files: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def unshuffle_four(planes, words):
    """Fill uint32 (words,) with the bytes of four planes, uint8 (4, words), the lowest first."""
    one, two, three = np.uint32(8), np.uint32(16), np.uint32(24)
    for i in range(words.size):
        low = np.uint32(planes[0, i]) | (np.uint32(planes[1, i]) << one)
        high = (np.uint32(planes[2, i]) << two) | (np.uint32(planes[3, i]) << three)
        words[i] = low | high
