"""A sun-synchronous orbit that looks at a given place, as Earth-fixed state vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray, FloatLike
from icepair.simulate.geometry import Orbit, from_ecef, place_to_the_right

__all__ = ["CircularOrbit", "orbit_over", "slant_range_at"]

_GM, _J2, _A_EARTH = 3.986004418e14, 1.08262668e-3, 6_378_137.0
_SPIN = 7.292115e-5  # of the Earth, radians per second
_RADIUS = 7_071_000.0  # 693 km above the equator
_INCLINATION_DEG = 98.18
_STATE_STEP_S = 10.0
_LAST_LATITUDE = 89.98


def slant_range_at(incidence_deg: float, latitude: float) -> float:
    """Slant range in metres at which the sphere of the local radius is seen at an incidence."""
    sine = np.sin(np.deg2rad(latitude))
    radius = _A_EARTH * (1.0 - sine * sine / 298.257223563)
    incidence = np.deg2rad(incidence_deg)
    look = np.arcsin(radius / _RADIUS * np.sin(incidence))
    return float(radius * np.sin(incidence - look) / np.sin(look))


@dataclass(frozen=True)
class CircularOrbit:
    """Circular Kepler orbit with the secular terms of J2 (Vallado 2013, section 9.6)."""

    argument_deg: float
    """Argument of latitude at time 0, degrees from the ascending node."""
    node_deg: float
    """Earth-fixed longitude of the ascending node at time 0, degrees."""
    inclination_deg: float
    """Inclination, degrees."""

    def states(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Earth-fixed positions (n, 3) in metres and velocities in metres per second."""
        return _states(self.argument_deg, self.node_deg, self.inclination_deg, times_s)

    def sampled(self, start_s: float, stop_s: float) -> Orbit:
        """State vectors every 10 s from a minute before `start_s` to a minute after `stop_s`."""
        count = int(np.ceil((stop_s - start_s + 120.0) / _STATE_STEP_S)) + 1
        times = start_s - 60.0 + _STATE_STEP_S * np.arange(float(count))
        return Orbit(times, *self.states(times))


def _states(
    argument_deg: FloatLike, node_deg: float, inclination_deg: float, times_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    tilt = np.deg2rad(inclination_deg)
    motion = np.sqrt(_GM / _RADIUS**3)
    factor = 1.5 * _J2 * (_A_EARTH / _RADIUS) ** 2 * motion
    rate = motion + factor * (3.0 - 4.0 * np.sin(tilt) ** 2)
    drift = -factor * np.cos(tilt) - _SPIN
    u = np.deg2rad(argument_deg) + rate * times_s
    node = np.deg2rad(node_deg) + drift * times_s
    cu, su, cn, sn = np.cos(u), np.sin(u), np.cos(node), np.sin(node)
    ci, si = np.cos(tilt), np.sin(tilt)
    position = np.stack([cu * cn - su * ci * sn, cu * sn + su * ci * cn, su * si], -1)
    along = np.stack([-su * cn - cu * ci * sn, -su * sn + cu * ci * cn, cu * si], -1)
    around = np.stack([-position[..., 1], position[..., 0], np.zeros_like(su)], -1)
    return _RADIUS * position, _RADIUS * (rate * along + drift * around)


def _seen(
    arguments: FloatArray, inclination_deg: float, slant_range: float
) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes seen to the right from arguments of latitude, node at 0."""
    states = _states(arguments, 0.0, inclination_deg, np.zeros(arguments.shape))
    ranges = np.full(arguments.shape, slant_range)
    longitude, latitude, _ = from_ecef(place_to_the_right(*states, ranges, 0.0))
    return longitude, latitude


def orbit_over(
    longitude: float, latitude: float, slant_range: float, *, ascending: bool
) -> CircularOrbit:
    """Orbit from which a place is seen to the right, at a slant range, at time 0.

    The inclination is Sentinel-1's 98.18 degrees wherever that orbit can see the place (to about
    85 north and 79 south); nearer to the poles it is turned just as far as needed, because the
    geometry there is worth testing even if no satellite flies it. The poles themselves are met to
    2 km.
    """
    wanted = float(np.clip(latitude, -_LAST_LATITUDE, _LAST_LATITUDE))
    centre = 0.0 if ascending else 180.0
    # Near the poles passes turn over: what counts as rising or sinking is the whole turn.
    half_turn = 95.0 if abs(wanted) > 85.0 else 89.0
    step = 0.02 if abs(wanted) > 89.0 else 0.5
    for inclination in [_INCLINATION_DEG, *np.arange(97.5, 74.0, -step)]:
        low, high = centre - half_turn, centre + half_turn
        for count in (721, 41, 41, 41, 41, 41, 41):
            arguments = np.linspace(low, high, count)
            longitudes, latitudes = _seen(arguments, inclination, slant_range)
            miss = latitudes - wanted
            crossings = np.flatnonzero(miss[1:] * miss[:-1] <= 0.0)
            if crossings.size == 0:
                break
            first = crossings[0]
            low, high = arguments[first], arguments[first + 1]
        else:
            return CircularOrbit(low, longitude - float(longitudes[first]), float(inclination))
    raise AssertionError((longitude, latitude, slant_range))
