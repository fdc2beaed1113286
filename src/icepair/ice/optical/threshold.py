"""Ice or water by one fixed reflectance: nothing is learnt, nothing adapts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import reflectance_name
from icepair.ice.methods import Rule
from icepair.ice.optical.bands import bands_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WATER_BELOW", "threshold"]

WATER_BELOW = 0.25
"""Reflectance below which a pixel is water."""
_BAND = "B03"


def threshold(pair: xr.Dataset) -> Rule:
    """Water where the reflectance of B03 is below 0.25, ice elsewhere.

    The idea of the Norwegian Meteorological Institute's tutorial (digital numbers of band 3 below
    2500), on calibrated reflectance, with the pixels withheld that have no answer and no holes
    filled. Without B03 the best band that there is takes its place.

    Raises
    ------
    UsageError
        The pair holds no band in which ice differs from water.
    """
    found = bands_of(pair)
    band = _BAND if reflectance_name(_BAND) in pair else found[0]
    name = reflectance_name(band)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        values = arrays[name]
        ice = (values >= np.float32(WATER_BELOW)).astype(np.float32)
        return np.where(np.isnan(values), np.float32(np.nan), ice)

    record = {"method": "fixed threshold", "bands": (band,), "threshold": WATER_BELOW}
    return Rule((name,), 0, probability, record)
