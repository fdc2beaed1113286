"""Places of a pair in the radar's geometry as GDAL's ground control points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from icepair.write.cf import PLACES

if TYPE_CHECKING:
    import xarray as xr

    from icepair._typing import FloatArray

__all__ = ["plane_around", "tie_points"]

_PER_SIDE = 21
_POLEWARD = 84.0
"""Latitude from which zones are no longer used, degrees."""


def tie_points(variable: xr.DataArray) -> tuple[list[Any], str]:
    """Points spread evenly over a raster, corners included, and the plane in which they lie (WKT).

    In a plane, since programs draw a polynomial through the points, and through longitudes it would
    be tens of metres off.
    """
    from rasterio.control import GroundControlPoint

    rows, columns = (
        np.unique(np.linspace(0, size - 1, _PER_SIDE).round().astype(int))
        for size in variable.shape
    )
    longitude, latitude = (variable[name][rows, columns].values for name in PLACES)
    plane = plane_around(longitude, latitude)
    to_plane = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    easting, northing = to_plane.transform(longitude, latitude)
    # Counted from the outer corner of the first pixel.
    points = [
        GroundControlPoint(
            row=row + 0.5, col=column + 0.5, x=float(easting[i, j]), y=float(northing[i, j]), z=0.0
        )
        for i, row in enumerate(rows.tolist())
        for j, column in enumerate(columns.tolist())
    ]
    return points, plane.to_wkt()


def plane_around(longitude: FloatArray, latitude: FloatArray) -> pyproj.CRS:
    """UTM zone of the middle of some places; near a pole a stereographic plane."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    # As vectors, because longitudes average wrongly across 180 and at the poles.
    x, y = float(np.mean(np.cos(phi) * np.cos(lam))), float(np.mean(np.cos(phi) * np.sin(lam)))
    north = float(np.mean(latitude)) > 0
    if np.max(np.abs(latitude)) > _POLEWARD:
        return pyproj.CRS.from_epsg(3413 if north else 3031)
    zone = int((np.degrees(np.arctan2(y, x)) + 180.0) % 360.0 // 6.0) + 1
    return pyproj.CRS.from_epsg((32600 if north else 32700) + zone)
