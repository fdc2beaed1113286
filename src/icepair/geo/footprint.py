"""Outlines of rasters on the globe: do two of them meet, how far are they apart, which pixels.

Polygons are compared in an azimuthal equal-area plane centred between the two, where neither 180
degrees nor a pole cuts anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyproj

from icepair._typing import BoolArray, FloatArray
from icepair.errors import InputError
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.geo.window import Window

__all__ = ["Footprint", "distance_apart_km", "overlap_windows", "overlaps", "window_of"]

PlaceMap = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""Two coordinates in, two out: a way between positions in a raster and places in degrees."""

_PER_SIDE = 64
_NODES = 65
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, eq=False)
class Footprint:
    """The outer edge of a raster on the ground: a closed ring, last point equal to the first."""

    longitude: FloatArray
    """Shape (n,), degrees."""
    latitude: FloatArray
    """Shape (n,), degrees."""

    @classmethod
    def of(cls, to_place: PlaceMap, window: Window) -> Footprint:
        """Outline of a window of any raster.

        Parameters
        ----------
        to_place
            From (row, column), whole numbers at pixel centres, to (longitude, latitude).
        window
            Its outer edge is half a pixel beyond the centres of its outer pixels.

        Raises
        ------
        InputError
            Part of the edge has no place.
        """
        rows, columns = _edge(window)
        longitude, latitude = to_place(rows, columns)
        if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
            raise InputError(
                f"Part of the edge of the window {window.as_list()} has no place on the globe; "
                "the product's geolocation does not cover it."
            )
        return cls(longitude, latitude)

    @classmethod
    def of_swath(cls, swath: Swath, window: Window | None = None) -> Footprint:
        """Outline of a radar image, or of a window of it."""
        return cls.of(swath.longitude_latitude, window or Window.whole(swath.shape))

    @classmethod
    def of_grid(cls, grid: Grid, window: Window | None = None) -> Footprint:
        """Outline of a grid, or of a window of it."""
        return cls.of(grid.longitude_latitude, window or Window.whole(grid.shape))

    def in_plane(self, plane: pyproj.Transformer) -> FloatArray:
        """Ring in the plane, shape (n, 2), metres; not finite at the plane's antipode."""
        return np.stack(plane.transform(self.longitude, self.latitude), axis=-1)


def overlaps(one: Footprint, other: Footprint) -> bool:
    """Whether two footprints share ground."""
    return distance_apart_km(one, other) == 0.0


def distance_apart_km(one: Footprint, other: Footprint) -> float:
    """Shortest distance over the ground between two footprints, kilometres; 0 where they meet.

    Between edges it is a distance of nodes on the rings, each at most a 64th of a side from where
    the exact one would be; whether they meet is exact in the plane.
    """
    plane = _plane(one, other)
    rings = one.in_plane(plane), other.in_plane(plane)
    if all(np.isfinite(ring).all() for ring in rings) and _rings_meet(*rings):
        return 0.0
    a, b = np.meshgrid(np.arange(one.longitude.size), np.arange(other.longitude.size))
    _, _, metres = _GEOD.inv(
        one.longitude[a].ravel(),
        one.latitude[a].ravel(),
        other.longitude[b].ravel(),
        other.latitude[b].ravel(),
    )
    return float(np.min(metres)) / 1000.0


def window_of(
    to_place: PlaceMap,
    from_place: PlaceMap,
    window: Window,
    shape: tuple[int, int],
    *,
    margin_pixels: int = 2,
) -> Window:
    """Bounding window in one raster of the places that a window of another covers.

    Parameters
    ----------
    to_place
        From (row, column) of the raster that `window` belongs to, to degrees.
    from_place
        From degrees to (row, column) of the other; NaN where it has no answer.
    window
        What is to be covered, evaluated on a net of 65 x 65 places out to its edges.
    shape
        Rows and columns of the other raster; the result stays inside.
    margin_pixels
        Added on every side. The net's cells add a quarter of their extent by themselves, which
        covers what curves between nodes and edges that no node hits.

    Returns
    -------
    Window
        Possibly empty.
    """
    rows = np.linspace(window.row_start - 0.5, window.row_stop - 0.5, _NODES)
    columns = np.linspace(window.column_start - 0.5, window.column_stop - 0.5, _NODES)
    place = to_place(*np.meshgrid(rows, columns, indexing="ij"))
    row, column = from_place(*place)
    slack = 0.25 * _largest_step(row), 0.25 * _largest_step(column)
    near = (row >= -0.5 - slack[0]) & (row <= shape[0] - 0.5 + slack[0])
    near &= (column >= -0.5 - slack[1]) & (column <= shape[1] - 0.5 + slack[1])
    if not near.any():
        return Window(0, 0, 0, 0)
    # A node outside whose neighbour is inside bounds the edge between them.
    kept = _grown(near) & np.isfinite(row) & np.isfinite(column)
    grow = math.ceil(slack[0]) + margin_pixels, math.ceil(slack[1]) + margin_pixels
    found = Window(
        math.floor(row[kept].min()) - grow[0],
        math.ceil(row[kept].max()) + grow[0] + 1,
        math.floor(column[kept].min()) - grow[1],
        math.ceil(column[kept].max()) + grow[1] + 1,
    )
    return found.intersection(Window.whole(shape))


def overlap_windows(
    grid: Grid, swath: Swath, window: Window | None = None
) -> tuple[Window, Window]:
    """Windows of the grid and of the radar image that bound what they share.

    Parameters
    ----------
    grid, swath
        The two rasters.
    window
        Part of the grid that is asked for; None: all of it.

    Returns
    -------
    grid_window, swath_window : Window
        Both empty where nothing is shared; slightly too large otherwise.
    """
    asked = window or Window.whole(grid.shape)
    whole = Window.whole(swath.shape)
    covered = window_of(swath.longitude_latitude, grid.rows_columns, whole, grid.shape)
    covered = covered.intersection(asked)
    if covered.is_empty:
        return Window(0, 0, 0, 0), Window(0, 0, 0, 0)
    seen = window_of(grid.longitude_latitude, swath.line_sample, covered, swath.shape)
    return (Window(0, 0, 0, 0), seen) if seen.is_empty else (covered, seen)


def _edge(window: Window) -> tuple[FloatArray, FloatArray]:
    """Rows and columns along the outer edge of a window, closed."""
    t = np.linspace(0.0, 1.0, _PER_SIDE + 1)[:-1]
    u = np.concatenate([0.0 * t, t, 0.0 * t + 1.0, 1.0 - t, [0.0]])
    v = np.concatenate([t, 0.0 * t + 1.0, 1.0 - t, 0.0 * t, [0.0]])
    rows, columns = window.shape
    return window.row_start - 0.5 + u * rows, window.column_start - 0.5 + v * columns


def _plane(one: Footprint, other: Footprint) -> pyproj.Transformer:
    """Way from degrees into an equal-area plane centred between the footprints."""
    lam = np.radians(np.concatenate([one.longitude, other.longitude]))
    phi = np.radians(np.concatenate([one.latitude, other.latitude]))
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    longitude = math.degrees(math.atan2(y.mean(), x.mean()))
    latitude = math.degrees(math.atan2(z.mean(), math.hypot(x.mean(), y.mean())))
    crs = f"+proj=laea +lat_0={latitude:.6f} +lon_0={longitude:.6f} +datum=WGS84 +units=m"
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _rings_meet(one: FloatArray, other: FloatArray) -> bool:
    inside = _contains(other, one[:1]) | _contains(one, other[:1])
    return bool(inside.any()) or _edges_cross(one, other)


def _contains(ring: FloatArray, points: FloatArray) -> BoolArray:
    """Whether points (n, 2) are inside a ring, by counting crossings of a ray."""
    a, b = ring[:-1], ring[1:]
    x, y = points[:, :1], points[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    at = a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    return np.asarray(np.sum(spans & (x < at), axis=1) % 2 == 1)


def _edges_cross(one: FloatArray, other: FloatArray) -> bool:
    a, b = one[:-1, np.newaxis], one[1:, np.newaxis]
    c, d = other[np.newaxis, :-1], other[np.newaxis, 1:]
    splits_other = _turn(a, b, c) * _turn(a, b, d) <= 0.0
    splits_one = _turn(c, d, a) * _turn(c, d, b) <= 0.0
    return bool(np.any(splits_other & splits_one))


def _turn(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Twice the signed area of triangles a, b, c."""
    return np.asarray(
        (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
        - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    )


def _largest_step(values: FloatArray) -> float:
    """Largest finite difference between neighbours on the net, 0 where there is none."""
    steps = [np.abs(np.diff(values, axis=axis)).ravel() for axis in (0, 1)]
    joined = np.concatenate(steps)
    return float(np.max(joined, where=np.isfinite(joined), initial=0.0))


def _grown(mask: BoolArray) -> BoolArray:
    """Mask with all eight neighbours of its members."""
    padded = np.pad(mask, 1)
    rows, columns = mask.shape
    shifts = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return np.asarray(np.logical_or.reduce(shifts))
