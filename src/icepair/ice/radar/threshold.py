"""Ice or water by one fixed backscatter: nothing is learnt, nothing adapts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import sigma0_name
from icepair.ice.methods import Rule
from icepair.ice.neighbours import local_mean
from icepair.ice.radar.levels import REFERENCE_ANGLE, expected, is_cross
from icepair.ice.radar.looks import RadarLooks
from icepair.radar.incidence import SEA_ICE_SLOPES, IncidenceLaw

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["threshold", "water_below"]


def water_below(polarisation: str) -> float:
    """Backscatter at 30 degrees below which a pixel is water, dB.

    Half way, in decibels, between what is usual for open water and for thick ice
    (`icepair.ice.radar.levels`): -25.25 in HV and VH, -14.75 in HH and VV.
    """
    water, ice = (expected(polarisation, REFERENCE_ANGLE, ice=is_ice) for is_ice in (False, True))
    return 0.5 * (water.level + ice.level)


def threshold(pair: xr.Dataset) -> Rule:
    """Water where backscatter, brought to 30 degrees, is below a fixed value, ice elsewhere.

    The idea of the Norwegian Meteorological Institute's tutorial (one polarisation, HV where there
    is one, steadied by its neighbours and cut at one value), on calibrated sigma nought. Wind and
    wet ice move the levels by more than the value is clear of either: it is there to compare with.

    Raises
    ------
    UsageError
        The pair holds no backscatter.

    Notes
    -----
    The slopes over the incidence angle are those of sea ice, -0.16 dB per degree in
    cross-polarisation and -0.24 in the other (Mäkynen and Karvonen 2017, IEEE TGRS 55(11),
    10.1109/TGRS.2017.2721981); where the angle is not known it is taken for 30 degrees.
    """
    looks = RadarLooks.of(pair)
    around, name = looks.around, looks.polarisations[0]
    law = IncidenceLaw("slope", SEA_ICE_SLOPES["HV" if is_cross(name) else "HH"])
    limit_db = water_below(name)
    limit = np.float32(10 ** (limit_db / 10))

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        power = local_mean(arrays[sigma0_name(name)], around.step, around.taps)
        angle = looks.incidence(arrays)
        if angle is not None:
            at = np.nan_to_num(angle, nan=REFERENCE_ANGLE)
            power = power * law.gain(at, REFERENCE_ANGLE).astype(np.float32)
        ice = (power >= limit).astype(np.float32)
        return np.where(np.isnan(power), np.float32(np.nan), ice)

    record = {
        "method": "fixed threshold",
        "polarisations": (name,),
        "threshold_db": limit_db,
        "slope_db_per_degree": law.value,
        "reference_angle": REFERENCE_ANGLE,
    }
    reach = around.step * around.radius
    unused = [sigma0_name(other) for other in looks.polarisations[1:]]
    variables = tuple(variable for variable in looks.variables if variable not in unused)
    return Rule(variables, reach, probability, record)
