"""Range-Doppler geometry as a processor uses it: orbit, slant range, place, and back.

Written apart from `icepair.geo.range_doppler`, so that each can be held against the other. The
surface is the ellipsoid with both axes raised by the height (good to 1e-5 of the height).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.polynomial import chebyshev
from numpy.polynomial.polynomial import polyder, polyval

from icepair._typing import AnyArray, FloatArray
from icepair.geo.surface import Surface

__all__ = [
    "SPEED_OF_LIGHT",
    "Orbit",
    "RadarGeometry",
    "Records",
    "from_ecef",
    "place_to_the_right",
    "to_ecef",
]

SPEED_OF_LIGHT = 299_792_458.0
_A, _B = 6_378_137.0, 6_356_752.314245
_PATH_DEGREE = 11


@functools.cache
def _ecef() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def to_ecef(longitude: FloatArray, latitude: FloatArray, height: FloatArray) -> FloatArray:
    """Earth-centred places (..., 3) in metres."""
    return np.stack(_ecef().transform(longitude, latitude, height), axis=-1)


def from_ecef(places: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Longitude, latitude (degrees) and height (metres) of Earth-centred places."""
    longitude, latitude, height = _ecef().transform(
        places[..., 0], places[..., 1], places[..., 2], direction="INVERSE"
    )
    return np.asarray(longitude), np.asarray(latitude), np.asarray(height)


@dataclass(frozen=True)
class Orbit:
    """State vectors in the Earth-fixed frame, and one smooth path through all of them.

    The path is a Chebyshev polynomial fitted to positions and velocities together. A cubic between
    two states 10 s apart keeps positions to 0.2 mm, but its velocity turns the beam by 8 mm.
    """

    times_s: FloatArray
    """Seconds since the first line, (n,)."""
    positions: FloatArray
    """Metres, (n, 3)."""
    velocities: FloatArray
    """Metres per second, (n, 3)."""

    @functools.cached_property
    def _path(self) -> tuple[FloatArray, float, float]:
        """Coefficients, middle and half-length of the path's time."""
        middle = 0.5 * (self.times_s[0] + self.times_s[-1])
        half = 0.5 * (self.times_s[-1] - self.times_s[0])
        unit = (self.times_s - middle) / half
        degree = min(_PATH_DEGREE, 2 * self.times_s.size - 1)
        basis = np.eye(degree + 1)
        values = chebyshev.chebval(unit, basis).T
        slopes = chebyshev.chebval(unit, chebyshev.chebder(basis)).T
        system = np.concatenate([values, slopes])
        target = np.concatenate([self.positions, self.velocities * half])
        coefficients = np.linalg.lstsq(system, target, rcond=None)[0]
        return coefficients, float(middle), float(half)

    def at(self, times_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Position, velocity and acceleration at times, each (..., 3)."""
        coefficients, middle, half = self._path
        unit = (np.asarray(times_s) - middle) / half
        position, velocity, acceleration = (
            np.asarray(
                np.moveaxis(chebyshev.chebval(unit, chebyshev.chebder(coefficients, order)), 0, -1)
                / half**order,
                dtype=np.float64,
            )
            for order in range(3)
        )
        return position, velocity, acceleration


@dataclass(frozen=True)
class Records:
    """Ground-to-slant records; a line takes the nearest in time."""

    times_s: FloatArray
    """Seconds since the first line, (k,)."""
    slant_range_start_m: FloatArray
    """Origin of the slant-range polynomial, (k,)."""
    ground_range_start_m: FloatArray
    """Origin of the ground-range polynomial, (k,)."""
    slant_to_ground: FloatArray
    """Coefficients, lowest power first, (k, m)."""
    ground_to_slant: FloatArray
    """Coefficients, lowest power first, (k, m)."""

    def nearest(self, times_s: FloatArray) -> AnyArray:
        """Number of the record that holds at each time."""
        middles = 0.5 * (self.times_s[1:] + self.times_s[:-1])
        return np.searchsorted(middles, times_s)

    def slant_range(self, record: AnyArray, ground_range: FloatArray) -> FloatArray:
        """Slant range in metres from ground range in metres."""
        return self._by_record(self._slant_range, record, ground_range)

    def ground_range(self, record: AnyArray, slant_range: FloatArray) -> FloatArray:
        """Exact inverse of `slant_range`: the annotated polynomial, then Newton."""
        return self._by_record(self._ground_range, record, slant_range)

    @staticmethod
    def _by_record(
        evaluate: Callable[[int, FloatArray], FloatArray], record: AnyArray, values: FloatArray
    ) -> FloatArray:
        record, values = np.broadcast_arrays(record, values)
        result = np.empty(values.shape)
        for number in np.unique(record):
            chosen = record == number
            result[chosen] = evaluate(int(number), values[chosen])
        return result

    def _slant_range(self, record: int, ground_range: FloatArray) -> FloatArray:
        offset = ground_range - self.ground_range_start_m[record]
        return np.asarray(polyval(offset, self.ground_to_slant[record]))

    def _ground_range(self, record: int, slant_range: FloatArray) -> FloatArray:
        coefficients = self.ground_to_slant[record]
        offset = slant_range - self.slant_range_start_m[record]
        ground = polyval(offset, self.slant_to_ground[record]) - self.ground_range_start_m[record]
        for _ in range(2):
            miss = polyval(ground, coefficients) - slant_range
            ground = ground - miss / polyval(ground, polyder(coefficients))
        return np.asarray(ground + self.ground_range_start_m[record])


def place_to_the_right(
    satellite: FloatArray,
    velocity: FloatArray,
    slant_range: FloatArray,
    height: FloatArray | float,
) -> FloatArray:
    """Earth-centred places (..., 3) at zero Doppler, at a height above the ellipsoid.

    Newton's method for the look angle in the plane across the track.
    """
    forward = velocity / np.linalg.norm(velocity, axis=-1, keepdims=True)
    down = -satellite + (satellite * forward).sum(-1, keepdims=True) * forward
    down /= np.linalg.norm(down, axis=-1, keepdims=True)
    right = np.cross(down, forward)
    axes = np.stack(np.broadcast_arrays(_A + height, _A + height, _B + height), axis=-1)
    reach = np.asarray(slant_range)[..., None]
    look = np.full(reach.shape, 0.55)
    for _ in range(8):
        place = satellite + reach * (np.cos(look) * down + np.sin(look) * right)
        turn = reach * (np.cos(look) * right - np.sin(look) * down)
        miss = np.square(place / axes).sum(-1, keepdims=True) - 1.0
        slope = 2.0 * (place * turn / np.square(axes)).sum(-1, keepdims=True)
        look = look - miss / slope
    return np.asarray(satellite + reach * (np.cos(look) * down + np.sin(look) * right))


@dataclass(frozen=True)
class RadarGeometry:
    """Between line and sample of an image and places on the globe."""

    orbit: Orbit
    """Where the satellite is."""
    records: Records
    """Between ground and slant range."""
    line_interval_s: float
    """Seconds from line to line."""
    spacing_m: float
    """Ground range from sample to sample, metres."""
    reference_time_s: float
    """Two-way slant-range time at which line time and azimuth time agree (bistatic term)."""

    def slant_range(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Slant range of pixels, metres, by the record nearest in time to the line."""
        line, sample = np.broadcast_arrays(line, sample)
        record = self.records.nearest(line * self.line_interval_s)
        return self.records.slant_range(record, sample * self.spacing_m)

    def azimuth_time(self, line: FloatArray, slant_range: FloatArray) -> FloatArray:
        """Zero-Doppler time of pixels, seconds since the first line."""
        return (
            line * self.line_interval_s + slant_range / SPEED_OF_LIGHT - 0.5 * self.reference_time_s
        )

    def place(
        self, azimuth_time_s: FloatArray, slant_range: FloatArray, height: FloatArray | float
    ) -> FloatArray:
        """Earth-centred places at a height above the ellipsoid, to the right of the track."""
        satellite, velocity, _ = self.orbit.at(azimuth_time_s)
        return place_to_the_right(satellite, velocity, slant_range, height)

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray, surface: Surface
    ) -> tuple[FloatArray, FloatArray]:
        """Places of pixels on a surface, degrees."""
        return self.on_surface(line, self.slant_range(line, sample), surface)

    def on_surface(
        self, line: FloatArray, slant_range: FloatArray, surface: Surface
    ) -> tuple[FloatArray, FloatArray]:
        """Places on a surface from line and slant range; smooth, without the records' steps."""
        time = self.azimuth_time(line, slant_range)
        longitude, latitude, _ = from_ecef(self.place(time, slant_range, 0.0))
        for _ in range(3):
            height = surface.height(longitude, latitude)
            longitude, latitude, _ = from_ecef(self.place(time, slant_range, height))
        return longitude, latitude

    def line_slant_range(self, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Fractional line and slant range (metres) of Earth-centred places."""
        time = np.full(places.shape[:-1], self.orbit.times_s.mean())
        for _ in range(8):
            satellite, velocity, acceleration = self.orbit.at(time)
            sight = places - satellite
            doppler = (sight * velocity).sum(-1)
            slope = (sight * acceleration).sum(-1) - np.square(velocity).sum(-1)
            time = time - doppler / slope
        slant_range = np.linalg.norm(places - self.orbit.at(time)[0], axis=-1)
        line_time = time - slant_range / SPEED_OF_LIGHT + 0.5 * self.reference_time_s
        return line_time / self.line_interval_s, slant_range

    def sample(self, line: FloatArray, slant_range: FloatArray) -> FloatArray:
        """Fractional sample by the record nearest in time to the line."""
        line, slant_range = np.broadcast_arrays(line, slant_range)
        record = self.records.nearest(line * self.line_interval_s)
        return self.records.ground_range(record, slant_range) / self.spacing_m

    def incidence_elevation(
        self, places: FloatArray, times_s: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Incidence and elevation angle as annotated, degrees.

        Both are counted from the directions to the Earth's centre, of the place and of the
        satellite: so it is in real annotation, to 1e-7 degrees. From the ellipsoid's normal the
        incidence would differ by up to 0.1 degrees.
        """
        satellite, _, _ = self.orbit.at(times_s)
        sight, up, zenith = (
            vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
            for vectors in (satellite - places, places, satellite)
        )
        incidence = np.rad2deg(np.arccos((sight * up).sum(-1)))
        return incidence, np.rad2deg(np.arccos((sight * zenith).sum(-1)))
