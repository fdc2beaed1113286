"""Inner loops over the pixels of a block: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def looked_up(source, index, nothing, out):
    """Fill in ``source[index]``, or `nothing` where the index is below 0; one dimension each."""
    for n in range(index.size):
        m = index[n]
        out[n] = source[np.uint64(m)] if m >= 0 else nothing


@jit
def flag_holes(values, without_value, hole, flags):
    """Add the flag `hole` where a value is NaN and none of the flags `without_value` says why."""
    for n in range(flags.size):
        if np.isnan(values[n]) and (flags[n] & without_value) == 0:
            flags[n] |= hole


@jit
def withhold(flags, without_value, values):
    """Write NaN over values that have one of the flags `without_value`."""
    for n in range(flags.size):
        if (flags[n] & without_value) != 0:
            values[n] = np.nan
