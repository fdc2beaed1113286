"""Where the sun stands in the sky."""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = ["sun_angles"]

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_angles(time: datetime, longitude: float, latitude: float) -> tuple[float, float]:
    """Zenith and azimuth angle of the sun, degrees, to 0.1 without refraction.

    Low-precision formulas of the Astronomical Almanac, section C5.

    Parameters
    ----------
    time : datetime
        UTC; without a zone it is taken for UTC.
    longitude, latitude : float
        Degrees east and north.

    Returns
    -------
    zenith, azimuth : float
        Azimuth clockwise from north, 0 to 360.
    """
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    days = (aware - _J2000).total_seconds() / 86_400.0
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = math.radians(
        280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)
    )
    tilt = math.radians(23.439 - 4e-7 * days)
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    hour = math.radians(280.46061837 + 360.98564736629 * days + longitude) - ascension
    lat = math.radians(latitude)
    up = math.sin(lat) * math.sin(declination)
    up += math.cos(lat) * math.cos(declination) * math.cos(hour)
    north = math.sin(declination) * math.cos(lat)
    north -= math.cos(declination) * math.cos(hour) * math.sin(lat)
    east = -math.cos(declination) * math.sin(hour)
    zenith = math.degrees(math.acos(max(-1.0, min(1.0, up))))
    return zenith, math.degrees(math.atan2(east, north)) % 360.0
