"""The radar image and the targets of the alignment's benchmark, with the truth about both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
from scipy.interpolate import CubicSpline

from icepair._typing import AnyArray, FloatArray
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.geo.window import Window
from icepair.testing.geolocation import synthetic_swath

UTM = "EPSG:32632"
POLAR = "EPSG:3413"
SPACING_M = 40.0
_KNOT_SAMPLES = 25
_TRUTHS = 200_000


def radar_scene() -> Swath:
    """EW scene of 10,600 x 10,400 pixels at 79 N, ascending, with ground-to-slant steps."""
    return synthetic_swath(78.0, 33.0)


@dataclass(frozen=True)
class Scene:
    """A window of the radar image, a target that it covers, and what peers want to know."""

    swath: Swath
    window: Window
    grid: Grid

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples of the window."""
        return self.window.shape

    @cached_property
    def longitude_latitude(self) -> tuple[AnyArray, AnyArray]:
        """Rasters of float32 as the archive has them, exact before their rounding.

        Along a line places are smooth; from line to line they step with the ground range's records.
        """
        lines, samples = self.shape
        knots = np.append(np.arange(0.0, samples - 1, _KNOT_SAMPLES), samples - 1.0)
        line, sample = np.meshgrid(np.arange(float(lines)), knots, indexing="ij")
        places = self.swath.longitude_latitude(
            line + self.window.row_start, sample + self.window.column_start
        )
        onto = pyproj.Transformer.from_crs("EPSG:4326", POLAR, always_xy=True)
        plane = np.stack(onto.transform(*places), axis=-1)
        fine = CubicSpline(knots, plane, axis=1)(np.arange(float(samples)))
        longitude, latitude = onto.transform(fine[..., 0], fine[..., 1], direction="INVERSE")
        return longitude.astype(np.float32), latitude.astype(np.float32)

    @cached_property
    def control_points(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Line and sample (centres at whole numbers of the window), longitude, latitude.

        Of the 21 x 23 of a product those in the window and two rows around it: more make
        splines slow and polynomials wrong.
        """
        lines, samples = self.swath.shape
        line, sample = np.meshgrid(
            np.round(np.linspace(0, lines - 1, 21)),
            np.round(np.linspace(0, samples - 1, 23)),
            indexing="ij",
        )
        longitude, latitude = self.swath.longitude_latitude(line, sample)
        own = line - self.window.row_start, sample - self.window.column_start
        near = np.ones(line.shape, bool)
        for at, size, step in zip(own, self.shape, (lines / 20, samples / 22), strict=True):
            near &= (at > -2 * step) & (at < size + 2 * step)
        return own[0][near], own[1][near], longitude[near], latitude[near]

    @property
    def stride(self) -> int:
        """The truth is known of every so many rows and columns."""
        return max(1, round((self.grid.shape[0] * self.grid.shape[1] / _TRUTHS) ** 0.5))

    @cached_property
    def truth(self) -> tuple[FloatArray, FloatArray]:
        """Exact line and sample in the window."""
        rows, columns = (np.arange(0.0, size, self.stride) for size in self.grid.shape)
        places = self.grid.longitude_latitude(rows[:, None], columns)
        line, sample = self.swath.line_sample(*places)
        return line - self.window.row_start, sample - self.window.column_start


def scene_around(
    swath: Swath, image_shape: tuple[int, int], shape: tuple[int, int], spacing_m: float = 10.0
) -> Scene:
    """Scene whose window and target share the middle of the swath.

    Parameters
    ----------
    swath : Swath
        The radar image.
    image_shape : tuple
        Lines and samples of the window.
    shape : tuple
        Rows and columns of the target.
    spacing_m : float
        Of the target.
    """
    middle = [size // 2 for size in swath.shape]
    line0, sample0 = (max(0, at - size // 2) for at, size in zip(middle, image_shape, strict=True))
    window = Window(line0, line0 + image_shape[0], sample0, sample0 + image_shape[1])
    place = swath.longitude_latitude(*(np.array([float(at)]) for at in middle))
    easting, northing = pyproj.Transformer.from_crs("EPSG:4326", UTM, always_xy=True).transform(
        *place
    )
    left = round(easting[0] / spacing_m - shape[1] / 2) * spacing_m
    top = round(northing[0] / spacing_m + shape[0] / 2) * spacing_m
    return Scene(
        swath,
        window,
        Grid.from_crs(UTM, left=left, top=top, spacing_m=spacing_m, shape=shape),
    )
