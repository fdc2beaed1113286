"""The ground that both scenes show, inside what was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pyproj

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.errors import NoOverlapError
from icepair.geo.footprint import Footprint, distance_apart_km
from icepair.geo.grid import Grid
from icepair.geo.image_positions import answer_margin
from icepair.geo.swath import Swath
from icepair.geo.swath_grid import ground_spacings_m
from icepair.geo.target import Target
from icepair.geo.window import Window
from icepair.pair.search import smallest_window

__all__ = ["BoundingBox", "Overlap"]

BoundingBox = tuple[float, float, float, float]
"""West, south, east, north, degrees; west above east crosses 180."""

_LEAST_EARTH_RADIUS_M = 6.33e6
"""Of curvature: the meridian's at the equator."""
_ROUNDING = 1e-3
"""Pixels by which two ways to the same position may differ."""
_SLACK = 0.1
"""Share of its spread over a cell's corners by which a position may exceed it inside the cell."""


class Holds(Protocol):
    """Which part of a raster may hold valid pixels."""

    def holds(self, row: FloatArray, column: FloatArray) -> BoolArray:
        """Whether positions may be valid pixels."""
        ...

    def may_hold(
        self,
        row_least: FloatArray,
        row_greatest: FloatArray,
        column_least: FloatArray,
        column_greatest: FloatArray,
    ) -> BoolArray:
        """Whether boxes of positions may contain valid pixels."""
        ...


@dataclass(frozen=True)
class Overlap:
    """Both scenes, and the limits within which their common ground is wanted."""

    swath: Swath
    """Geolocation of the radar scene."""
    optical: Grid
    """Pixels of the optical scene."""
    bbox: BoundingBox | None = None
    """Degrees."""
    s1_window: Window | None = None
    """Limit in lines and samples."""
    s2_window: Window | None = None
    """Limit in rows and columns."""
    s1_holds: Holds | None = None
    """Where the radar product may hold valid pixels; None: everywhere."""
    s2_holds: Holds | None = None
    """Where the optical product may."""

    @property
    def _sources(self) -> tuple[tuple[Window, Holds | None], ...]:
        """Of the optical, then of the radar scene: what may be read, and where pixels are valid."""
        return (
            (self.s2_window or Window.whole(self.optical.shape), self.s2_holds),
            (self.s1_window or Window.whole(self.swath.shape), self.s1_holds),
        )

    def seen(self, longitude: FloatArray, latitude: FloatArray) -> BoolArray:
        """Whether places are in both scenes, the windows and the box."""
        seen: BoolArray = np.isfinite(longitude + latitude)
        if self.bbox is not None:
            seen &= _in_box(longitude, latitude, self.bbox)
        inverses = self.optical.rows_columns, self.swath.line_sample
        for inverse, (window, holds) in zip(inverses, self._sources, strict=True):
            row, column = inverse(longitude[seen], latitude[seen])
            seen[seen] = _is_held(row, column, window, holds)
        return seen

    def window_in(self, target: Target) -> Window:
        """Smallest window of a raster around all pixels whose centres are seen.

        Raises
        ------
        NoOverlapError
            Nothing is seen; says how far apart the scenes are, or which limit leaves nothing.
        """

        def look(rows: IntArray, columns: IntArray) -> tuple[BoolArray, BoolArray]:
            places = target.longitude_latitude(rows.astype(np.float64), columns.astype(np.float64))
            return self._look(*places)

        window = smallest_window(target.shape, look)
        if window is None:
            raise NoOverlapError(self._why_nothing_is_seen())
        return window

    def _look(self, longitude: FloatArray, latitude: FloatArray) -> tuple[BoolArray, BoolArray]:
        """Which probes of cells (n, 5) are seen, and which cells may hold a place that is."""
        seen: BoolArray = np.isfinite(longitude + latitude)
        possible: BoolArray = np.asarray(seen.any(axis=1))
        radius_m = _radius_m(longitude, latitude)
        if self.bbox is not None:
            seen &= _in_box(longitude, latitude, self.bbox)
            possible &= _near_box(longitude, latitude, radius_m, self.bbox)
        optical, radar = self._sources
        for inverse, (window, holds), jump, beyond_m in (
            (self.optical.rows_columns, optical, 0.0, math.inf),
            (self.swath.line_sample, radar, self.swath.steps.largest, self._no_answer_m),
        ):
            row, column = np.full(seen.shape, np.nan), np.full(seen.shape, np.nan)
            row[possible], column[possible] = inverse(longitude[possible], latitude[possible])
            seen &= _is_held(row, column, window, holds)
            possible &= _may_hold(row, column, jump, window, holds) | (
                # A corner without an answer lies far outside the image; a large cell may reach it.
                ~np.isfinite(row + column).all(axis=1) & (2.0 * radius_m >= beyond_m)
            )
        return seen, possible

    @cached_property
    def _no_answer_m(self) -> float:
        """Least distance from the radar image of a place without an answer."""
        spacing_m = min(ground_spacings_m(self.swath))
        return spacing_m * answer_margin(min(self.swath.shape)) / 1.5

    def _why_nothing_is_seen(self) -> str:
        apart_km = distance_apart_km(
            Footprint.of_swath(self.swath), Footprint.of_grid(self.optical)
        )
        if apart_km > 0:
            return (
                f"The two scenes do not overlap: their footprints are {apart_km:.0f} km apart. "
                "Check that both products show the same area."
            )
        limits = {
            "--bbox": self.bbox,
            "--s1-window": self.s1_window,
            "--s2-window": self.s2_window,
        }
        given = [option for option, value in limits.items() if value is not None]
        if given:
            return (
                "The two scenes overlap, but not inside what was asked for with "
                f"{' and '.join(given)}; leave it out to see the whole overlap with 'icepair plan'."
            )
        return (
            "The footprints of the two scenes overlap, but there one of them holds only nodata, or "
            "the grid asked for lies elsewhere; check both products and --grid."
        )


def _is_held(row: FloatArray, column: FloatArray, window: Window, holds: Holds | None) -> BoolArray:
    """Whether positions fall on pixels of a window that may be valid; False for NaN."""
    inside: BoolArray = (
        (row >= window.row_start - 0.5)
        & (row < window.row_stop - 0.5)
        & (column >= window.column_start - 0.5)
        & (column < window.column_stop - 0.5)
    )
    return inside if holds is None else inside & holds.holds(row, column)


def _may_hold(
    row: FloatArray, column: FloatArray, jump: float, window: Window, holds: Holds | None
) -> BoolArray:
    """Whether cells with probes (n, 5) may hold such a position; False where a probe has none.

    Columns may jump inside a cell, by `jump` where one record gives way to the next.
    """
    (top, bottom), (left, right) = _range_of(row, 0.0), _range_of(column, 2.0 * jump)
    meets: BoolArray = (
        (bottom >= window.row_start - 0.5)
        & (top < window.row_stop - 0.5)
        & (right >= window.column_start - 0.5)
        & (left < window.column_stop - 0.5)
    )
    if holds is not None:
        meets[meets] = holds.may_hold(top[meets], bottom[meets], left[meets], right[meets])
    return meets


def _range_of(position: FloatArray, jump: float) -> tuple[FloatArray, FloatArray]:
    """Least and greatest position inside cells with probes (n, 5); NaN where a probe is."""
    least, greatest = position.min(axis=1), position.max(axis=1)
    slack = _SLACK * (greatest - least) + jump + _ROUNDING
    return least - slack, greatest + slack


def _radius_m(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Way from the middle of cells with probes (n, 5) to their farthest corner, metres."""
    middle_lon, middle_lat = (
        np.broadcast_to(each[:, 4:], (len(each), 4)) for each in (longitude, latitude)
    )
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(
        middle_lon, middle_lat, longitude[:, :4], latitude[:, :4]
    )
    radius_m: FloatArray = np.asarray(metres).max(axis=1)
    return np.where(np.isfinite(radius_m), radius_m, np.inf)


def _in_box(longitude: FloatArray, latitude: FloatArray, bbox: BoundingBox) -> BoolArray:
    west, south, east, north = bbox
    width = 360.0 if east - west == 360.0 else (east - west) % 360.0
    return (np.mod(longitude - west, 360.0) <= width) & (latitude >= south) & (latitude <= north)


def _near_box(
    longitude: FloatArray, latitude: FloatArray, radius_m: FloatArray, bbox: BoundingBox
) -> BoolArray:
    """Whether cells with probes (n, 5) may reach into a box; True where in doubt."""
    west, south, east, north = bbox
    up = 1.1 * np.degrees(radius_m / _LEAST_EARTH_RADIUS_M)
    middle = latitude[:, 4]
    # A way of one degree spans more and more degrees of longitude towards a pole.
    poleward = np.minimum(np.abs(middle) + up, 90.0)
    aside = up / np.maximum(np.cos(np.radians(poleward)), 1e-9)
    width = 360.0 if east - west == 360.0 else (east - west) % 360.0
    from_west = np.mod(longitude[:, 4] - west, 360.0)
    near = (from_west <= width + aside) | (from_west >= 360.0 - aside) | (poleward >= 90.0)
    return ~((middle + up < south) | (middle - up > north) | ~near)
