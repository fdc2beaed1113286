"""Inner loop of calibration: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def sigma_nought(amplitude, noise, table, out):
    """Fill in ``(amplitude^2 - noise) / table^2``; NaN where amplitude or table is not positive.

    Arrays of one dimension and size.
    """
    for n in range(out.size):
        # Squares of uint16 wrap in 16 bits and lose digits in float32.
        number, scale = np.float64(amplitude[n]), np.float64(table[n])
        if number > 0.0 and scale > 0.0:
            out[n] = (number * number - noise[n]) / (scale * scale)
        else:
            out[n] = np.nan
