"""A radar image without a radar: a `Swath` whose answers follow from a projection alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.geo.grid import Grid
from icepair.geo.steps import SampleSteps
from icepair.geo.surface import Surface

__all__ = ["FlatSwath"]


@dataclass(frozen=True)
class FlatSwath:
    """Lines and samples are the rows and columns of a grid."""

    grid: Grid
    """The image."""
    step_samples: float = 0.0
    """Jump of the sample from the middle line on, as between ground-to-slant records."""
    surface: Surface = Surface("ellipsoid")  # noqa: RUF009 - Surface is frozen itself
    method: str = "range-doppler"
    residual_m: float | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples."""
        return self.grid.shape

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of image positions, degrees."""
        return self.grid.longitude_latitude(line, sample - self._step(line))

    def line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Image position of places."""
        line, smooth = self.smooth_line_sample(longitude, latitude)
        return line, self.add_steps(line, smooth)

    def smooth_line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Image position without the jump."""
        return self.grid.rows_columns(longitude, latitude)

    @property
    def steps(self) -> SampleSteps:
        """The jump as two records."""
        # A border belongs to the record before it, the middle line to the jump.
        border = np.nextafter(self.shape[0] / 2, -np.inf)
        table = np.array([[0.0, 0.0], [self.step_samples, self.step_samples]])
        return SampleSteps(np.array([border]), table, -1e6, 2e6)

    def add_steps(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """Sample with the jump."""
        return smooth_sample + self._step(line)

    def incidence_angle(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Incidence from 20 degrees at the first sample to 45 at the last."""
        share = np.asarray(sample, dtype=np.float64) / (self.shape[1] - 1)
        return 20.0 + 25.0 * share + 0.0 * np.asarray(line)

    def _step(self, line: FloatArray) -> FloatArray:
        return np.where(np.asarray(line) >= self.shape[0] / 2, self.step_samples, 0.0)
