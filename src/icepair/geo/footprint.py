"""The outline of a raster on the globe, and how two of them lie to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from icepair._typing import FloatArray
from icepair.geo.swath import Swath
from icepair.geo.target import Target
from icepair.geo.window import Window

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["Footprint", "distance_apart_km", "local_plane"]

_POINTS_PER_SIDE = 64


@dataclass(frozen=True, eq=False)
class Footprint:
    """A closed ring around the outer edges of a raster's pixels.

    Where an edge leaves the Earth, as corners of grids of a hemisphere do, the ring cuts across.
    """

    longitude: FloatArray = field(repr=False)
    """Degrees, shape (n,); the first point is not repeated."""
    latitude: FloatArray = field(repr=False)
    """Degrees, shape (n,)."""

    @classmethod
    def of_grid(cls, grid: Target, window: Window | None = None) -> Footprint:
        """Outline of a grid, or of a window of it."""
        rows, columns = _ring(window or Window.whole(grid.shape))
        return cls._of_places(*grid.longitude_latitude(rows, columns))

    @classmethod
    def of_swath(cls, swath: Swath, window: Window | None = None) -> Footprint:
        """Outline of a radar image on its surface, or of a window of it."""
        lines, samples = _ring(window or Window.whole(swath.shape))
        return cls._of_places(*swath.longitude_latitude(lines, samples))

    @classmethod
    def _of_places(cls, longitude: FloatArray, latitude: FloatArray) -> Footprint:
        is_place = np.isfinite(longitude) & np.isfinite(latitude)
        return cls(longitude[is_place], latitude[is_place])

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the ring, right over 180 degrees and the pole."""
        return _middle(self.longitude, self.latitude)

    def polygon(self, plane: pyproj.CRS) -> Polygon:
        """Polygon in the coordinates of a plane, metres."""
        from shapely import Polygon

        ring = np.column_stack(self.in_plane(plane))
        return Polygon(ring) if len(ring) > 2 else Polygon()

    def in_plane(self, plane: pyproj.CRS) -> tuple[FloatArray, FloatArray]:
        """Eastings and northings of the ring in a plane, metres."""
        to_plane = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
        easting, northing = to_plane.transform(self.longitude, self.latitude)
        return np.asarray(easting), np.asarray(northing)


def local_plane(*footprints: Footprint) -> pyproj.CRS:
    """Azimuthal equal-area plane around footprints, in which they are simple polygons.

    Neither 180 degrees nor a pole is special in it.
    """
    longitude, latitude = _middle(
        np.concatenate([footprint.longitude for footprint in footprints]),
        np.concatenate([footprint.latitude for footprint in footprints]),
    )
    return pyproj.CRS.from_dict(
        {"proj": "laea", "lon_0": longitude, "lat_0": latitude, "datum": "WGS84"}
    )


def distance_apart_km(first: Footprint, second: Footprint) -> float:
    """Shortest way over the ground between two footprints, kilometres; 0 where they overlap.

    Exact to a few per mille for footprints a few hundred kilometres apart; farther away the
    plane stretches distances by some per cent.
    """
    plane = local_plane(first, second)
    return float(first.polygon(plane).distance(second.polygon(plane))) / 1000.0


def _ring(window: Window) -> tuple[FloatArray, FloatArray]:
    """Positions once around a window's outer edge, half a pixel outside the outer centres."""
    share = np.arange(_POINTS_PER_SIDE) / _POINTS_PER_SIDE
    zero, one = np.zeros_like(share), np.ones_like(share)
    down = np.concatenate([zero, share, one, 1 - share])
    right = np.concatenate([share, one, 1 - share, zero])
    rows, columns = window.shape
    return (
        window.row_start - 0.5 + down * rows,
        window.column_start - 0.5 + right * columns,
    )


def _middle(longitude: FloatArray, latitude: FloatArray) -> tuple[float, float]:
    if longitude.size == 0:
        return 0.0, 0.0
    lon, lat = np.radians(longitude), np.radians(latitude)
    x, y, z = (
        float(np.mean(part))
        for part in (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    )
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))
