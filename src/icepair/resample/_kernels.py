"""Inner loops of resampling: plain arrays in, plain arrays out.

Positions are float64, zero-based, whole numbers at the centres of source pixels; NaN means that the
target pixel has no source. A source pixel owns the half-open square of half a pixel around its
centre, so the image's footprint ends exactly at its outer edge.
"""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit


@jit
def nearest(source, line, sample, out):
    """Value of the source pixel that holds each position; `out` is left alone elsewhere.

    Ties go to the higher index.
    """
    lines, samples = source.shape
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            # The comparison is false for NaN too.
            if -0.5 <= y < lines - 0.5 and -0.5 <= x < samples - 0.5:
                out[r, c] = source[math.floor(y + 0.5), math.floor(x + 0.5)]


@jit
def bilinear(source, line, sample, minimum_share, out):
    """Bilinear mean of the valid ones among four neighbours; `out` is left alone elsewhere.

    Weights are renormalised over the neighbours that are inside and not NaN; where these hold less
    than `minimum_share` of the weight there is no answer.
    """
    lines, samples = source.shape
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            y, x = line[r, c], sample[r, c]
            if not (-0.5 <= y < lines - 0.5 and -0.5 <= x < samples - 0.5):
                continue
            i0, j0 = math.floor(y), math.floor(x)
            v, u = y - i0, x - j0
            total = 0.0
            share = 0.0
            for di in range(2):
                i = i0 + di
                wi = v if di else 1.0 - v
                if wi == 0.0 or i < 0 or i >= lines:
                    continue
                for dj in range(2):
                    j = j0 + dj
                    weight = wi * (u if dj else 1.0 - u)
                    if weight == 0.0 or j < 0 or j >= samples:
                        continue
                    value = source[i, j]
                    if not np.isnan(value):
                        total += weight * value
                        share += weight
            if share >= minimum_share:
                # A share of exactly 1 keeps whole-pixel positions bit for bit.
                out[r, c] = total if share == 1.0 else total / share
