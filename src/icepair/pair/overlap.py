"""The ground that both scenes show, inside what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from icepair._typing import BoolArray, FloatArray
from icepair.errors import NoOverlapError
from icepair.geo.footprint import Footprint, distance_apart_km
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.geo.target import Target
from icepair.geo.window import Window

__all__ = ["BoundingBox", "Overlap"]

BoundingBox = tuple[float, float, float, float]
"""West, south, east, north, degrees; west above east crosses 180."""

Holds = Callable[[FloatArray, FloatArray], BoolArray]
"""Whether a raster may hold valid pixels at (rows, columns)."""

_LATTICE = 200
"""Places per side at which the overlap is looked for in each round."""


def _everywhere(row: FloatArray, column: FloatArray) -> BoolArray:
    return np.ones(np.broadcast(row, column).shape, dtype=bool)


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
    s1_holds: Holds = _everywhere
    """Where the radar product may hold valid pixels."""
    s2_holds: Holds = _everywhere
    """Where the optical product may."""

    def seen(self, longitude: FloatArray, latitude: FloatArray) -> BoolArray:
        """Whether places are in both scenes, the windows and the box."""
        row, column = self.optical.rows_columns(longitude, latitude)
        seen = _in_window(self.s2_window or Window.whole(self.optical.shape), row, column)
        seen &= self.s2_holds(row, column)
        if self.bbox is not None:
            seen &= _in_box(longitude, latitude, self.bbox)
        line, sample = self.swath.line_sample(longitude[seen], latitude[seen])
        radar = _in_window(self.s1_window or Window.whole(self.swath.shape), line, sample)
        seen[seen] = radar & self.s1_holds(line, sample)
        return seen

    def window_in(self, grid: Target) -> Window:
        """Window of a raster around all places that are seen, found by ever closer lattices.

        Each round looks at a lattice of the window left by the last one and keeps what lies
        within one step of a hit, so that nothing is lost that is wider than a step of the first.

        Raises
        ------
        NoOverlapError
            Nothing is seen; says how far apart the scenes are, or which limit leaves nothing.
        """
        window = Window.whole(grid.shape)
        while True:
            row_step, column_step = (max(1, -(-size // _LATTICE)) for size in window.shape)
            rows = _lattice(window.row_start, window.row_stop, row_step)
            columns = _lattice(window.column_start, window.column_stop, column_step)
            hits = self.seen(*grid.longitude_latitude(rows[:, None], columns[None, :]))
            if not hits.any():
                raise NoOverlapError(self._why_nothing_is_seen())
            hit_rows, hit_columns = rows[hits.any(axis=1)], columns[hits.any(axis=0)]
            closer = Window(
                int(hit_rows[0]) - row_step + 1,
                int(hit_rows[-1]) + row_step,
                int(hit_columns[0]) - column_step + 1,
                int(hit_columns[-1]) + column_step,
            ).intersection(window)
            if closer == window:
                return closer
            window = closer

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


def _in_window(window: Window, row: FloatArray, column: FloatArray) -> BoolArray:
    """Whether positions fall on pixels of a window; False for NaN."""
    return (
        (row >= window.row_start - 0.5)
        & (row < window.row_stop - 0.5)
        & (column >= window.column_start - 0.5)
        & (column < window.column_stop - 0.5)
    )


def _in_box(longitude: FloatArray, latitude: FloatArray, bbox: BoundingBox) -> BoolArray:
    west, south, east, north = bbox
    width = 360.0 if east - west == 360.0 else (east - west) % 360.0
    return (np.mod(longitude - west, 360.0) <= width) & (latitude >= south) & (latitude <= north)


def _lattice(start: int, stop: int, step: int) -> FloatArray:
    """Every `step`-th index from `start`, and the last one before `stop`."""
    return np.unique(np.append(np.arange(start, stop, step), stop - 1)).astype(np.float64)
