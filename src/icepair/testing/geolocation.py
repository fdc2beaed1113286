"""Slow, obvious geolocation for tests, and synthetic scenes on circular orbits.

Nothing here shares a formula with `icepair.geo.range_doppler`: the orbit is a polynomial through
positions alone, heights come from PROJ, and every equation is a root bracketed by Brent's method,
one pixel at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyproj
from scipy.interpolate import KroghInterpolator
from scipy.optimize import brentq

from icepair._typing import FloatArray
from icepair.geo.orbit import OrbitStates
from icepair.geo.range_doppler import GroundRangeRecords, RangeDopplerSwath
from icepair.geo.surface import Surface

__all__ = ["SlowRangeDoppler", "circular_orbit", "synthetic_records", "synthetic_swath"]

_LIGHT_M_S = 299_792_458.0
_EARTH_RATE = 7.2921159e-5  # rad/s
_EARTH_GM = 3.986004418e14  # m3/s2
_TO_GEODETIC = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
_TO_EARTH_CENTRED = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@dataclass(frozen=True, eq=False)
class SlowRangeDoppler:
    """One pixel at a time, by bracketed roots."""

    orbit: OrbitStates
    """The satellite's path; only the positions are used."""
    records: GroundRangeRecords
    """Ground range to slant range."""
    first_line_s: float
    """Time of line 0, seconds since the orbit's epoch."""
    line_interval_s: float
    """Seconds from line to line."""
    sample_spacing_m: float
    """Metres of ground range from sample to sample."""
    bistatic_reference_s: float | None = None
    """Two-way time without bistatic term; None: no term anywhere."""
    look_side: int = 1
    """1 right, -1 left."""

    def satellite(self, time_s: float) -> tuple[FloatArray, FloatArray]:
        """Position (m) and velocity (m/s), through the eight nearest positions."""
        times = self.orbit.times_s
        count = min(8, times.size)
        start = int(np.clip(np.searchsorted(times, time_s) - count // 2, 0, times.size - count))
        near = slice(start, start + count)
        path = KroghInterpolator(times[near] - time_s, self.orbit.positions[near])
        return np.asarray(path(0.0)), np.asarray(path.derivative(0.0))

    def place(
        self, time_s: float, slant_m: float, height: Surface | float
    ) -> tuple[float, float, float]:
        """Longitude, latitude, height of a time and range, on a surface or at a height (m)."""
        position, velocity = self.satellite(time_s)
        forward = velocity / np.linalg.norm(velocity)
        down = -position + forward * (forward @ position)
        down /= np.linalg.norm(down)
        right = np.cross(down, forward) * self.look_side

        def point(angle: float) -> tuple[float, float, float]:
            x, y, z = position + slant_m * (np.cos(angle) * down + np.sin(angle) * right)
            lon, lat, above = _TO_GEODETIC.transform(x, y, z)
            return float(lon), float(lat), float(above)

        def too_high(angle: float) -> float:
            lon, lat, above = point(angle)
            if isinstance(height, Surface):
                return above - float(height.height(np.array([lon]), np.array([lat]))[0])
            return above - height

        return point(float(brentq(too_high, np.radians(5.0), np.radians(60.0), xtol=1e-14)))

    def time_range(self, line: float, sample: float) -> tuple[float, float]:
        """Azimuth time (s) and slant range (m) of a pixel, by the nearest record."""
        line_s = self.first_line_s + line * self.line_interval_s
        slant_m = self._slant(line_s, sample)
        return line_s + self._late(slant_m), slant_m

    def longitude_latitude(
        self, line: float, sample: float, height: Surface | float
    ) -> tuple[float, float]:
        """Place of a pixel on a surface or at a height."""
        return self.place(*self.time_range(line, sample), height)[:2]

    def line_sample(self, longitude: float, latitude: float, height_m: float) -> FloatArray:
        """Line and sample of a place at a height."""
        target = np.array(_TO_EARTH_CENTRED.transform(longitude, latitude, height_m))

        def ahead(time_s: float) -> float:
            position, velocity = self.satellite(time_s)
            return float(velocity @ (target - position))

        begin, end = self.orbit.times_s[0], self.orbit.times_s[-1]
        time_s = float(brentq(ahead, begin, end, xtol=1e-13, rtol=1e-14))
        slant_m = float(np.linalg.norm(target - self.satellite(time_s)[0]))
        line_s = time_s - self._late(slant_m)
        sample = brentq(lambda s: self._slant(line_s, s) - slant_m, -2e3, 4e4, xtol=1e-10)
        return np.array([(line_s - self.first_line_s) / self.line_interval_s, float(sample)])

    def _slant(self, line_s: float, sample: float) -> float:
        record = int(np.abs(self.records.times_s - line_s).argmin())
        ground_m = sample * self.sample_spacing_m - self.records.ground_range_start_m[record]
        return float(np.polyval(self.records.ground_to_slant[record][::-1], ground_m))

    def _late(self, slant_m: float) -> float:
        if self.bistatic_reference_s is None:
            return 0.0
        return 0.5 * (2.0 * slant_m / _LIGHT_M_S - self.bistatic_reference_s)


def circular_orbit(
    argument_of_latitude: float,
    node_longitude: float,
    *,
    duration_s: float = 64.0,
    inclination: float = 98.18,
) -> OrbitStates:
    """State vectors every 10 s of a circular orbit like Sentinel-1's, in the Earth-fixed frame.

    Parameters
    ----------
    argument_of_latitude
        Degrees from the ascending node at the epoch: 90 is the northernmost point, 60 ascending
        to it, 120 descending from it, 270 the southernmost.
    node_longitude
        Degrees; where the ascending node's meridian stands at the epoch.
    duration_s
        The scene's; states reach 60 s beyond it on both sides.
    inclination
        Degrees; nearer to 90 than Sentinel-1's puts a pole into the scene.
    """
    radius, tilt = 7.071e6, np.radians(inclination)
    rate = np.sqrt(_EARTH_GM / radius**3)
    times = np.arange(-60.0, duration_s + 60.1, 10.0)
    u = np.radians(argument_of_latitude) + rate * times
    node = np.radians(node_longitude) - _EARTH_RATE * times
    first = np.stack([np.cos(node), np.sin(node), np.zeros_like(node)], axis=1)
    second = np.stack(
        [
            -np.sin(node) * np.cos(tilt),
            np.cos(node) * np.cos(tilt),
            np.full_like(node, np.sin(tilt)),
        ],
        axis=1,
    )
    positions = radius * (np.cos(u)[:, None] * first + np.sin(u)[:, None] * second)
    inertial = radius * rate * (-np.sin(u)[:, None] * first + np.cos(u)[:, None] * second)
    turning = np.stack([-positions[:, 1], positions[:, 0], np.zeros_like(node)], axis=1)
    epoch = np.datetime64("2024-03-01T12:00:00.000000", "us")
    return OrbitStates(times, positions, inertial - _EARTH_RATE * turning, epoch)


def synthetic_records(
    orbit: OrbitStates, *, near_range_m: float, width_m: float, duration_s: float, side: int = 1
) -> GroundRangeRecords:
    """Records 1 s apart whose ground range is the distance along the ellipsoid from near range."""
    times = np.arange(-0.64, duration_s + 1.0, 1.0)
    empty = GroundRangeRecords(
        np.zeros(1), np.zeros(1), np.zeros(1), np.ones((1, 2)), np.ones((1, 2))
    )
    solver = SlowRangeDoppler(orbit, empty, 0.0, 1.0, 1.0, look_side=side)
    slants = near_range_m + np.linspace(-0.02, 0.95, 33) * width_m
    geod = pyproj.Geod(ellps="WGS84")
    forward, backward = [], []
    for time in times:
        places = [solver.place(time, float(slant), 0.0)[:2] for slant in slants]
        origin = solver.place(time, near_range_m, 0.0)[:2]
        lon, lat = np.array(places).T
        distance = np.array(geod.inv(lon * 0 + origin[0], lat * 0 + origin[1], lon, lat)[2])
        ground = np.copysign(distance, slants - near_range_m)
        forward.append(_powers(ground, slants))
        backward.append(_powers(slants - near_range_m, ground))
    zeros = np.zeros(times.size)
    return GroundRangeRecords(
        times, zeros + near_range_m, zeros, np.array(backward), np.array(forward)
    )


def _powers(argument: FloatArray, value: FloatArray) -> FloatArray:
    fit = np.polynomial.Polynomial.fit(argument, value, 8)
    return np.asarray(fit.convert().coef)


def synthetic_swath(
    argument_of_latitude: float,
    node_longitude: float,
    *,
    surface: str = "ellipsoid",
    mode: str = "EW",
    shape: tuple[int, int] | None = None,
    side: int = 1,
    inclination: float = 98.18,
    is_stepped: bool = True,
) -> RangeDopplerSwath:
    """Scene on a circular orbit with the proportions of an EW (40 m) or IW (10 m) product.

    Without `is_stepped` a single ground-to-slant record, that of mid scene, holds throughout.
    """
    spacing_m, near_m, default = {
        "EW": (40.0, 7.45e5, (10_600, 10_400)),
        "IW": (10.0, 8.0e5, (16_700, 25_200)),
    }[mode]
    lines, samples = default if shape is None else shape
    interval_s = spacing_m / 6_660.0
    duration_s = lines * interval_s
    orbit = circular_orbit(
        argument_of_latitude, node_longitude, duration_s=duration_s, inclination=inclination
    )
    records = synthetic_records(
        orbit,
        near_range_m=near_m,
        width_m=samples * spacing_m,
        duration_s=duration_s,
        side=side,
    )
    if not is_stepped:
        middle = slice(len(records.times_s) // 2, len(records.times_s) // 2 + 1)
        records = GroundRangeRecords(
            *(getattr(records, column.name)[middle] for column in fields(GroundRangeRecords))
        )
    return RangeDopplerSwath.from_annotation(
        orbit,
        records,
        first_line_time=orbit.epoch,
        line_interval_s=interval_s,
        sample_spacing_m=spacing_m,
        shape=(lines, samples),
        surface=Surface.parse(surface),
        bistatic_reference_s=2.0 * (near_m + 0.25 * samples * spacing_m) / _LIGHT_M_S,
        look_side=side,
    )
