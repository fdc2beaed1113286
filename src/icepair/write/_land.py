"""Outlines of land for maps, without anything to download.

Natural Earth's land polygons at 1 : 50 million (version 4.1, public domain), outer rings only, in
steps of 1/182 degree, which is finer than the drawing they come from. Ice shelves are not land
there.
"""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import pyproj

from icepair._typing import FloatArray, IntArray

__all__ = ["land_polygons"]

_STEPS_PER_DEGREE = 32767 / 180
_EARTH_RADIUS_M = 6.37e6  # in an azimuthal equal-area plane this is 60 degrees from the centre


def land_polygons(project: pyproj.Proj) -> list[FloatArray]:
    """Land less than 60 degrees from the centre of a projection.

    Parameters
    ----------
    project : pyproj.Proj
        Azimuthal and equal-area. Farther away a ring around the antipode would turn inside out.

    Returns
    -------
    list of array, shape (n, 2)
        Eastings and northings of outer rings, metres.
    """
    longitude, latitude, starts = _land()
    points = np.column_stack(project(longitude, latitude))
    near = np.hypot(*points.T) < _EARTH_RADIUS_M
    rings = zip(np.split(points, starts), np.split(near, starts), strict=True)
    return [ring[np.isfinite(ring).all(axis=1)] for ring, close in rings if close.any()]


@functools.cache
def _land() -> tuple[FloatArray, FloatArray, IntArray]:
    """Degrees along all rings, one after another, and where each but the first starts."""
    file = resources.files("icepair.write") / "land_50m.npz"
    with file.open("rb") as stream, np.load(stream) as archive:
        starts = np.cumsum(archive["points_in_each"], dtype=np.int64)[:-1]
        longitude = archive["longitude"] / _STEPS_PER_DEGREE
        latitude = np.clip(archive["latitude"] / _STEPS_PER_DEGREE, -90.0, 90.0)
    return longitude, latitude, starts
