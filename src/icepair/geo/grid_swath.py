"""A radar image whose pixels lie on a grid already, seen as a swath."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from icepair._typing import FloatArray
from icepair.geo.grid import Grid
from icepair.geo.steps import NO_STEPS, SampleSteps
from icepair.geo.surface import Surface

__all__ = ["AngleNet", "GridSwath"]


@dataclass(frozen=True, eq=False)
class AngleNet:
    """Incidence angles at some pixels, from which those between are interpolated."""

    rows: FloatArray
    """Shape (n,), increasing, at least two."""
    columns: FloatArray
    """Shape (m,), increasing, at least two."""
    degrees: FloatArray = field(repr=False)
    """Shape (n, m), NaN where unknown."""

    @cached_property
    def _interpolator(self) -> Any:
        from scipy.interpolate import RegularGridInterpolator

        return RegularGridInterpolator(
            (self.rows, self.columns), self.degrees, bounds_error=False, fill_value=None
        )

    def at(self, row: FloatArray, column: FloatArray) -> FloatArray:
        """Degrees, bilinear between the pixels and beyond them; arrays broadcast."""
        return np.asarray(self._interpolator(tuple(np.broadcast_arrays(row, column))))


@dataclass(frozen=True, eq=False)
class GridSwath:
    """`Swath` whose lines and samples are rows and columns of a grid.

    Where the pixels lie was decided by whoever made the grid: nothing depends on the surface, and
    nothing is known of how well they were placed.
    """

    grid: Grid
    """Where the pixels lie."""
    surface: Surface
    """As asked for; the places do not depend on it."""
    angles: AngleNet | None = field(default=None, repr=False)
    """Incidence angles, where the scene has a band of them."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.grid.shape

    @property
    def method(self) -> str:
        """``grid``: the pixels were placed before."""
        return "grid"

    @property
    def residual_m(self) -> float | None:
        """None: there is nothing to compare the places with."""
        return None

    @property
    def steps(self) -> SampleSteps:
        """Nothing: a grid is smooth."""
        return NO_STEPS

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of rows and columns."""
        return self.grid.longitude_latitude(np.asarray(line), np.asarray(sample))

    def line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Row and column of places; NaN where the projection has no answer."""
        rows, columns = self.grid.rows_columns(*np.broadcast_arrays(longitude, latitude))
        known = np.isfinite(rows) & np.isfinite(columns)
        return np.where(known, rows, np.nan), np.where(known, columns, np.nan)

    smooth_line_sample = line_sample

    def add_steps(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """The sample itself."""
        return self.steps.added(line, smooth_sample)

    def incidence_angle(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Degrees from the scene's own band; NaN where it has none."""
        if self.angles is None:
            return np.full(np.broadcast(line, sample).shape, np.nan)
        return self.angles.at(line, sample)
