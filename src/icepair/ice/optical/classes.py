"""Kinds of ice by their spectrum: snow-covered, bare or ponded, thin, and open water."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, ByteArray
from icepair.conventions import NO_ANSWER
from icepair.ice.optical.bands import brightness
from icepair.ice.optical.spectral import SpectralRule, spectral_rule

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["BARE_OR_PONDED", "OPEN_WATER", "SNOW_COVERED", "THIN", "surface_classes"]

OPEN_WATER, THIN, BARE_OR_PONDED, SNOW_COVERED = 0, 1, 2, 3
_SNOW_FROM, _THIN_BELOW = 0.75, 0.4
_DULL_SNOW = 0.2
_PONDED_DULL, _PONDED_BLUE = 0.5, 0.25


def surface_classes(pair: xr.Dataset) -> xr.DataArray:
    """Class of every optical pixel of an aligned pair that is in memory.

    Parameters
    ----------
    pair : Dataset
        As for `icepair.ice.sea_ice`.

    Returns
    -------
    DataArray of uint8 (y, x)
        `OPEN_WATER` where less than half of the pixel is ice; `BARE_OR_PONDED` where its infrared
        is half of snow's at that brightness or its blue stands out; `SNOW_COVERED` where it is
        three quarters as bright as the brightest ice, and no duller in the infrared; `THIN` below
        four tenths; the rest is bare. `conventions.NO_ANSWER` where there is none.

    Raises
    ------
    UsageError
        The pair holds no band in which ice differs from water.

    Notes
    -----
    Snow is bright to 900 nm, bare ice falls off in the infrared, ponds are blue and dark there,
    thin ice is dark in all bands (Grenfell and Perovich, 1984; Rösel et al., 2012; Istomina et
    al., 2015; Wright and Polashenski, 2018). Classes are relative to the brightest ice of the
    scene: a scene of thin ice alone is taken for snow.
    """
    import xarray as xr

    from icepair.conventions import reflectance_name
    from icepair.ice.answered import known_only, with_flags

    rule = spectral_rule(pair)
    names = list(map(reflectance_name, rule.water))
    some = pair[with_flags(pair, names)].transpose("y", "x")
    arrays = known_only({str(name): values.values for name, values in some.data_vars.items()})
    classes = _classes(rule, arrays)
    attributes = {
        "long_name": "surface class seen by Sentinel-2",
        "flag_values": np.arange(4, dtype=np.uint8),
        "flag_meanings": "open_water thin_ice bare_or_ponded_ice snow_covered_ice",
        "_FillValue": np.uint8(NO_ANSWER),
    }
    return xr.DataArray(classes, coords=some.coords, dims=("y", "x"), attrs=attributes)


def _classes(rule: SpectralRule, arrays: Mapping[str, AnyArray]) -> ByteArray:
    share = rule.shares(arrays)
    dull, blue = map(np.nan_to_num, rule.shapes(arrays))
    excess = brightness(arrays, rule.bands) - np.float32(rule.water_brightness)
    bold = excess / np.float32(rule.ice_brightness - rule.water_brightness)
    classes = np.full(share.shape, BARE_OR_PONDED, dtype=np.uint8)
    classes[bold < _THIN_BELOW] = THIN
    classes[(bold >= _SNOW_FROM) & (dull < _DULL_SNOW)] = SNOW_COVERED
    classes[(dull > _PONDED_DULL) | (blue > _PONDED_BLUE)] = BARE_OR_PONDED
    classes[share < 0.5] = OPEN_WATER
    classes[np.isnan(share)] = NO_ANSWER
    return classes
