"""Where the sun stands in the sky."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from icepair._typing import FloatArray, FloatLike

__all__ = ["sun_angles", "sun_position"]


def sun_angles(time: datetime, longitude: float, latitude: float) -> tuple[float, float]:
    """`sun_position` of one place; a time without a zone is taken for UTC."""
    utc = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    zenith, azimuth = sun_position(np.datetime64(utc, "us"), longitude, latitude)
    return float(zenith), float(azimuth)


def sun_position(
    time: np.datetime64, longitude: FloatLike, latitude: FloatLike
) -> tuple[FloatArray, FloatArray]:
    """Zenith and azimuth angle of the sun, degrees, to about 0.1 without refraction.

    Low-precision formulas of the Astronomical Almanac, section C5.

    Parameters
    ----------
    time : datetime64
        UTC.
    longitude, latitude : float or array
        Degrees east and north.

    Returns
    -------
    zenith, azimuth : array
        Azimuth clockwise from north, 0 to 360.
    """
    days = (time - np.datetime64("2000-01-01T12:00:00")) / np.timedelta64(86_400_000_000, "us")
    mean = np.deg2rad((280.460 + 0.9856474 * days) % 360.0)
    anomaly = np.deg2rad((357.528 + 0.9856003 * days) % 360.0)
    ecliptic = mean + np.deg2rad(1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    tilt = np.deg2rad(23.439 - 4e-7 * days)
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal = np.deg2rad((280.46061837 + 360.98564736629 * days) % 360.0)
    hour = sidereal + np.deg2rad(longitude) - right_ascension
    lat = np.deg2rad(latitude)
    height = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour)
    azimuth = np.arctan2(
        -np.cos(declination) * np.sin(hour),
        np.sin(declination) * np.cos(lat) - np.cos(declination) * np.cos(hour) * np.sin(lat),
    )
    return np.rad2deg(np.arccos(height)), np.rad2deg(azimuth) % 360.0
