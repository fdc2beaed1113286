"""How far from its true place a pixel of the pair may be, term by term, in metres."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.geo.geoid import undulation
from icepair.geo.grid_swath import GridSwath
from icepair.geo.ground_range import steps_rms_m
from icepair.geo.range_doppler import RangeDopplerSwath
from icepair.geo.swath import Swath
from icepair.products.scene import OrbitQuality

__all__ = ["DRIFT_M_S", "DRIFT_SOURCE", "ErrorBudget", "error_budget"]

DRIFT_M_S = 0.3
"""Usual speed of drifting ice: median of 0.26-0.38 m/s over buoys of 2018-2022 (Rabault et al.
2023, Scientific Data 10:251)."""

DRIFT_SOURCE = "median of drifting buoys 2018-2022, Rabault et al. 2023"
"""Where the usual speed comes from."""

_GEOID_M = 0.5
"""EGM96 over the sea, rms."""

_SEA_LEVEL_M = 0.5
"""Tide, air pressure and currents against the geoid, rms."""

_RECORD_STEPS_M = 4.4
"""What control points do not show of the steps between ground-to-slant records: distance from
range-Doppler places on a real EW product, far from mountains, rms (concepts/where-a-radar-pixel-
lies)."""

_S1_LOCATION_M = 3.4
"""Ground-range products of Sentinel-1 against corner reflectors, rms of both directions (Schubert
et al. 2017, Remote Sensing 9:607, rounded up)."""

_CIRCLE_95 = math.sqrt(5.99)
"""Radius that holds 95 % of a circular normal distribution, over its deviation in one direction."""

_S2_LOCATION_M = {True: 8.0 / _CIRCLE_95, False: 12.0 / _CIRCLE_95}
"""With and without geometric refinement: 8 m in 95 % of the cases (ESA, 22 March 2021, on the
refinement's start) and 12 m (Sentinel-2 data quality reports). Over sea there is seldom anything
to refine by."""

_ORBIT_M: Mapping[OrbitQuality, float] = {
    "precise": 0.05,
    "restituted": 0.10,
    "predicted": 0.35,
    "file": 0.35,
    "onboard": 2.43,
    "unknown": 2.43,
}
"""Rms by the origin of the states: required of precise (three-dimensional; Peter et al. 2017, doi
10.1016/j.asr.2017.05.034) and of restituted orbits (in two dimensions; ESA, 13 April 2021),
measured on predicted ones in their second revolution and on the on-board receiver's (ESA, 9
September 2022). Of a file whose kind is not stated the worst is taken."""


@dataclass(frozen=True)
class ErrorBudget:
    """Terms of the relative position of the two scenes; one standard deviation each."""

    terms_m: Mapping[str, float]
    """Metres by name."""
    drift_m: float
    """How far ice usually moves between the two times; not an error of the geometry."""
    drift_source: str
    """Speed that was taken, and where it comes from."""

    @property
    def total_m(self) -> float:
        """Root of the sum of squares of the terms, metres; without the drift."""
        return math.sqrt(sum(term**2 for term in self.terms_m.values()))


def error_budget(
    swath: Swath,
    *,
    map_error_m: float,
    picked_spacings_m: Sequence[float],
    time_difference_s: float,
    orbit_quality: OrbitQuality = "unknown",
    is_refined: bool | None = None,
    drift_m_s: float | None = None,
) -> ErrorBudget:
    """Expected errors of position of a pair over open sea.

    Parameters
    ----------
    swath : Swath
        Geolocation of the radar scene; of a `GridSwath` the terms of placing pixels on the sea are
        left out.
    map_error_m : float
        Largest interpolation error of the maps of both scenes.
    picked_spacings_m : sequence of float
        Sides of the pixels of each scene whose nearest pixel is picked: its centre lies up to half
        a pixel away. Neither pixels that are kept as they are nor means are displaced: weights
        balance about the middle of the target pixel.
    time_difference_s : float
        Between the two looks, of either sign.
    orbit_quality : str
        Where the radar's orbit comes from.
    is_refined : bool, optional
        Whether the optical scene's geometry was refined; None, not said, counts as not.
    drift_m_s : float, optional
        Speed of the ice where it is known better than `DRIFT_M_S`.

    Returns
    -------
    ErrorBudget
        Over land nothing here holds: places are not corrected for terrain.
    """
    terms = {
        "geolocation": swath.residual_m or 0.0,
        "orbit": _ORBIT_M[orbit_quality],
        "map": map_error_m,
        "s1_location": _S1_LOCATION_M,
        "s2_location": _S2_LOCATION_M[bool(is_refined)],
        "resampling": math.sqrt(sum(side**2 / 6.0 for side in picked_spacings_m)),
    }
    if not isinstance(swath, GridSwath):
        terms |= _terms_of_placing(swath)
    source = DRIFT_SOURCE if drift_m_s is None else "as told"
    speed_m_s = DRIFT_M_S if drift_m_s is None else drift_m_s
    return ErrorBudget(terms, speed_m_s * abs(time_difference_s), f"{speed_m_s:g} m/s, {source}")


def _terms_of_placing(swath: Swath) -> dict[str, float]:
    """What placing pixels on the sea adds; whoever made a grid has done it, well or not."""
    tangent = _tangent_of_incidence(swath)
    return {
        "ground_to_slant": _ground_to_slant_m(swath),
        "geoid": _geoid_m(swath) / tangent,
        "sea_level": (_SEA_LEVEL_M if _follows_the_sea(swath) else 0.0) / tangent,
    }


def _ground_to_slant_m(swath: Swath) -> float:
    """Whether pixels follow the nearest record or something between two is not established."""
    if isinstance(swath, RangeDopplerSwath):
        return steps_rms_m(swath.records, swath.sample_spacing_m, swath.shape[1])
    return _RECORD_STEPS_M


def _middle(swath: Swath) -> tuple[FloatArray, FloatArray]:
    lines, samples = swath.shape
    return np.array([(lines - 1) / 2]), np.array([(samples - 1) / 2])


def _tangent_of_incidence(swath: Swath) -> float:
    """Height over the way on the ground by which it displaces a pixel, in mid scene."""
    return math.tan(math.radians(float(swath.incidence_angle(*_middle(swath))[0])))


def _geoid_m(swath: Swath) -> float:
    """What is not known of the geoid; on the ellipsoid all of it. Metres given are believed."""
    if swath.surface.name == "ellipsoid":
        return abs(float(undulation(*swath.longitude_latitude(*_middle(swath)))[0]))
    return _GEOID_M if swath.surface.name == "geoid" else 0.0


def _follows_the_sea(swath: Swath) -> bool:
    """Whether the surface is one from which the sea departs: any but a height in metres."""
    return swath.surface.name in ("geoid", "ellipsoid")
