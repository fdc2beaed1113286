"""How far from its true place a pixel of the pair may be, term by term, in metres."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair.geo.geoid import undulation
from icepair.geo.ground_range import steps_rms_m
from icepair.geo.range_doppler import RangeDopplerSwath
from icepair.geo.swath import Swath

__all__ = ["DRIFT_M_S", "ErrorBudget", "error_budget"]

DRIFT_M_S = 0.3
"""Usual speed of drifting ice: median of 0.26-0.38 m/s over buoys of 2018-2022 (Rabault et al.
2023, Scientific Data 10:251)."""

_GEOID_M = 0.7
"""EGM96 over the sea, 0.5 m, with tide and sea level, 0.5 m (rms)."""

_RECORD_STEPS_M = 4.4
"""What control points do not show of the steps between ground-to-slant records: distance from
range-Doppler places on a real EW product, far from mountains, rms (concepts/where-a-radar-pixel-
lies)."""

_S1_LOCATION_M = 3.4
"""Ground-range products of Sentinel-1 against corner reflectors, rms of both directions (Schubert
et al. 2017, Remote Sensing 9:607, rounded up)."""

_S2_LOCATION_M = 12.0 / math.sqrt(5.99)
"""12 m in 95 % of the cases where the geometric refinement was not applied, as often over sea
(Sentinel-2 data quality reports), as one standard deviation of each of two directions."""


@dataclass(frozen=True)
class ErrorBudget:
    """Terms of the relative position of the two scenes; one standard deviation each."""

    terms_m: Mapping[str, float]
    """Metres by name."""
    drift_m: float
    """How far ice usually moves between the two times; not an error of the geometry."""

    @property
    def total_m(self) -> float:
        """Root of the sum of squares of the terms, metres; without the drift."""
        return math.sqrt(sum(term**2 for term in self.terms_m.values()))


def error_budget(
    swath: Swath,
    *,
    s1_spacing_m: float,
    target_spacing_m: float,
    map_bound_pixels: float,
    method: str,
    time_difference_s: float,
) -> ErrorBudget:
    """Expected errors of position of a pair over open sea.

    Parameters
    ----------
    swath : Swath
        Geolocation of the radar scene.
    s1_spacing_m, target_spacing_m : float
        Pixels of the radar and of the target, metres.
    map_bound_pixels : float
        Largest interpolation error of the map, radar pixels.
    method : str
        Resampling method; the nearest pixel's centre lies up to half a pixel away.
    time_difference_s : float
        Between the two looks, of either sign.

    Returns
    -------
    ErrorBudget
        Over land nothing here holds: places are not corrected for terrain.
    """
    terms = {
        "geolocation": swath.residual_m or 0.0,
        "ground_to_slant": _ground_to_slant_m(swath),
        "map": map_bound_pixels * s1_spacing_m,
        "s1_location": _S1_LOCATION_M,
        "s2_location": _S2_LOCATION_M,
    }
    if method == "nearest":
        terms["resampling"] = s1_spacing_m / math.sqrt(6.0)
    else:
        terms["resampling"] = target_spacing_m / math.sqrt(12.0)
    terms["sea_surface"] = _sea_surface_m(swath)
    return ErrorBudget(terms, DRIFT_M_S * abs(time_difference_s))


def _ground_to_slant_m(swath: Swath) -> float:
    """Whether pixels follow the nearest record or something between two is not established."""
    if isinstance(swath, RangeDopplerSwath):
        return steps_rms_m(swath.records, swath.sample_spacing_m, swath.shape[1])
    return _RECORD_STEPS_M


def _sea_surface_m(swath: Swath) -> float:
    """Displacement by what is not known of the sea's height, in mid scene.

    On the ellipsoid that is all of the geoid's height; a height given in metres is believed.
    """
    lines, samples = swath.shape
    middle = np.array([(lines - 1) / 2]), np.array([(samples - 1) / 2])
    height_m = {
        "geoid": _GEOID_M,
        "ellipsoid": abs(float(undulation(*swath.longitude_latitude(*middle))[0])),
    }.get(swath.surface.name, 0.0)
    return height_m / math.tan(math.radians(float(swath.incidence_angle(*middle)[0])))
