"""How likely a pixel is under opaque cloud, from reflectance at the top of the atmosphere.

Snow and ice are dark in the short-wave infrared (B11, 1.61 um), the darker the coarser the grain
(Dozier, 1989), and drops of water are not: the test of Crane and Anderson (1984), in Sen2Cor and
Fmask as the snow index (B03 - B11) / (B03 + B11). The index alone calls haze over dark water cloud
and needs a brightness beside it; here one line in the plane of B03 and B11 does for both.
At 1.375 um (B10) water vapour hides the ground, and only what is above it shines (Gao et al.,
1993). Docs: docs/concepts/clouds.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icepair._typing import AnyArray, Float32Array

__all__ = ["CIRRUS_FROM", "cloud_probability"]

_SNOW_AT_DARK = 0.045
"""B11 that clear ground has at most where B03 is 0: glint and haze over water."""
_SNOW_SLOPE = 0.16
"""What B11 of clear snow rises by with B03, at most: the finer the grain (Dozier, 1989) and the
lower the sun, the more. A real tile of snow has up to 0.132 at 0.6, which 0.13 called cloud."""
_WIDTH = 0.012
"""Spread of that limit, as the scale of a logistic curve."""
_DIMMEST = 0.16
"""B03 that opaque cloud has at least; below it bright B11 is bare ground."""
_OPAQUE_IN_B10 = 0.08
"""B10 of cloud that hides the ground, also of ice crystals: chosen far above what clear snow of the
real tile has, 0.008."""
_WIDTH_IN_B10 = 0.01
CIRRUS_FROM = 0.015
"""B10 from which thin cirrus is told: above Fmask's 0.01, which snow under dry air comes near."""


def cloud_probability(reflectance: Mapping[str, Float32Array]) -> Float32Array:
    """Probability of opaque cloud.

    Parameters
    ----------
    reflectance : mapping
        Arrays of one shape by band: ``B03`` and ``B11``, and ``B10`` where the product has it.

    Returns
    -------
    array
        float32, 0 to 1; NaN where a band has no value.
    """
    green, infrared = reflectance["B03"], reflectance["B11"]
    excess = infrared - (_SNOW_AT_DARK + _SNOW_SLOPE * green.clip(min=0.0))
    water = _logistic(excess / _WIDTH) * _logistic((green - _DIMMEST) / _WIDTH)
    if "B10" not in reflectance:
        return water
    crystals = _logistic((reflectance["B10"] - _OPAQUE_IN_B10) / _WIDTH_IN_B10)
    return np.asarray(1.0 - (1.0 - water) * (1.0 - crystals), dtype=np.float32)


def _logistic(values: AnyArray) -> Float32Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)), dtype=np.float32)
