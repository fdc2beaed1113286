"""The radar's own lines and samples as the raster that a pair is brought onto."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj

from icepair._typing import FloatArray
from icepair.geo.swath import Swath
from icepair.geo.window import Window

__all__ = ["SwathGrid", "ground_spacings_m"]


@dataclass(frozen=True, eq=False)
class SwathGrid:
    """A window of a radar image: rows are lines, columns are samples, in the radar's order.

    There is no projection: a pixel's place comes from the geolocation. Pixels are of nearly equal
    area, since samples are evenly spaced on the ground: within 2 % over a whole EW scene.
    """

    swath: Swath
    """Geolocation of the whole image."""
    window: Window
    """Lines and samples of the target, counted in the whole image."""
    spacings_m: tuple[float, float]
    """From line to line and from sample to sample on the ground, metres."""

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples."""
        return self.window.shape

    @property
    def spacing_m(self) -> float:
        """Side of the square that has a pixel's area, metres."""
        return math.sqrt(self.spacings_m[0] * self.spacings_m[1])

    def longitude_latitude(
        self, rows: FloatArray, columns: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of (fractional) pixel centres on the swath's surface.

        Parameters
        ----------
        rows, columns : array
            Counted in the window, broadcast together; whole numbers are centres.

        Returns
        -------
        longitude, latitude : array
            Degrees on WGS 84; NaN far outside the image.
        """
        return self.swath.longitude_latitude(
            rows + self.window.row_start, columns + self.window.column_start
        )

    def cut(self, window: Window) -> SwathGrid:
        """Part of this raster: a window counted in it."""
        top, left = self.window.row_start, self.window.column_start
        return SwathGrid(
            self.swath,
            Window(
                top + window.row_start,
                top + window.row_stop,
                left + window.column_start,
                left + window.column_stop,
            ),
            self.spacings_m,
        )


def ground_spacings_m(swath: Swath) -> tuple[float, float]:
    """Metres between lines and between samples in mid scene."""
    line, sample = (count / 2 for count in swath.shape)
    longitude, latitude = swath.longitude_latitude(
        np.array([line, line + 1, line]), np.array([sample, sample, sample + 1])
    )
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(
        longitude[[0, 0]], latitude[[0, 0]], longitude[1:], latitude[1:]
    )
    return float(metres[0]), float(metres[1])
