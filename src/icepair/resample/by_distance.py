"""The tutorial's way: the source pixel whose annotated place is nearest, within a radius."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.geo.target import Target
from icepair.geo.window import Window
from icepair.resample.source_map import window_around

__all__ = ["DistanceMap", "map_by_distance"]

_SPHERE_RADIUS_M = 6370997.0
"""Radius of the sphere on which pyresample measures its distances."""


@dataclass(frozen=True)
class DistanceMap:
    """Whole-pixel source positions of all target pixels, found with a search tree."""

    target_shape: tuple[int, int]
    line: FloatArray = field(repr=False)
    """Line (rows, columns), counted in the whole product; NaN where nothing is near."""
    sample: FloatArray = field(repr=False)
    """Sample, likewise."""
    bound: float = 0.0

    def positions(self, rows: slice, columns: slice) -> tuple[FloatArray, FloatArray]:
        """Source position of a block; see `SourceMap.positions`."""
        return self.line[rows, columns], self.sample[rows, columns]

    def window(self, source_shape: tuple[int, int], margin: int) -> Window | None:
        """Part of the source that is needed; see `SourceMap.window`."""
        return window_around(self.line, self.sample, source_shape, margin)


def map_by_distance(
    longitude: AnyArray, latitude: AnyArray, window: Window, grid: Target, radius_m: float = 50.0
) -> DistanceMap:
    """Nearest source pixel by the product's rasters of places.

    Parameters
    ----------
    longitude, latitude : array (window.shape)
        Degrees, as the product has them.
    window : Window
        Where these lie in the whole product.
    grid : Target
        Target.
    radius_m : float
        Distance beyond which a target pixel stays empty.

    Returns
    -------
    DistanceMap
        Positions are whole numbers.

    Notes
    -----
    The arithmetic of ``pyresample.kd_tree.resample_nearest``: chords between points of a sphere.
    It spreads the image by up to the radius over its edges; it exists to be compared with.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(_on_sphere(longitude.ravel(), latitude.ravel()))
    rows, columns = grid.shape
    line = np.full(grid.shape, np.nan)
    sample = np.full(grid.shape, np.nan)
    strip = max(1, 2_000_000 // max(columns, 1))
    for start in range(0, rows, strip):
        index = np.arange(start, min(start + strip, rows), dtype=np.float64)
        places = grid.longitude_latitude(
            index[:, None], np.arange(columns, dtype=np.float64)[None, :]
        )
        query = _on_sphere(*(place.ravel() for place in places))
        distance, found = tree.query(query, distance_upper_bound=radius_m, workers=-1)
        near = np.isfinite(distance)
        lines, samples = np.divmod(np.where(near, found, 0), window.shape[1])
        block = (slice(start, start + index.size), slice(None))
        line[block] = np.where(near, lines + window.row_start, np.nan).reshape(-1, columns)
        sample[block] = np.where(near, samples + window.column_start, np.nan).reshape(-1, columns)
    return DistanceMap(grid.shape, line, sample)


def _on_sphere(longitude: AnyArray, latitude: AnyArray) -> FloatArray:
    """Earth-centred metres (n, 3) of places on the sphere; far away where not finite."""
    lon, lat = np.radians(longitude.astype(np.float64)), np.radians(latitude.astype(np.float64))
    points = _SPHERE_RADIUS_M * np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1
    )
    return np.where(np.isfinite(points), points, 1e12)
