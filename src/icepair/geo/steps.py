"""Steps of the sample between ground-to-slant records, as arrays that kernels can take."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icepair._typing import FloatArray, IntArray

__all__ = ["NO_STEPS", "SampleSteps"]

_TURNS = 6
"""Steps change by a hundredth of a sample from sample to sample at most: two digits a turn."""


@dataclass(frozen=True, eq=False)
class SampleSteps:
    """What every record adds to the smooth sample, linear between the columns of a table."""

    borders: FloatArray = field(repr=False)
    """Shape (k - 1,), increasing: the line above which a record gives way to the next."""
    table: FloatArray = field(repr=False)
    """Shape (k, m): sample by each record minus smooth sample; m is 0 where nothing is added."""
    first_sample: float
    """Smooth sample of the table's first column."""
    spacing_samples: float
    """Smooth samples from column to column."""

    def added(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """Sample from the smooth one; arrays broadcast; NaN outside the table."""
        from icepair.geo import _kernels
        from icepair.geo.image_positions import flat

        (lines, samples), shape = flat(line, smooth_sample)
        if self.table.shape[1] == 0:
            return samples.reshape(shape)
        sample: FloatArray = _kernels.add_steps(
            lines, samples, self.borders, self.table, self.first_sample, self.spacing_samples
        )
        return sample.reshape(shape)

    @property
    def largest(self) -> float:
        """Farthest that the sample jumps from one record to the next."""
        if self.table.shape[1] == 0 or len(self.table) < 2:
            return 0.0
        return float(np.fmax.reduce(np.abs(np.diff(self.table, axis=0)), axis=None, initial=0.0))

    def records(self, line: FloatArray) -> IntArray:
        """Number of the record that holds at each line."""
        return np.asarray(np.searchsorted(self.borders, line))

    def held(self, line: FloatArray, sample: FloatArray, record: int) -> FloatArray:
        """Sample at which a line has the slant range that `sample` has by a given record.

        With it the places of one record go on beyond its borders: a geolocation takes (line, held
        sample) to where (line, sample) would lie if the record were that of the line.

        Parameters
        ----------
        line, sample : array
            Fractional, broadcast together.
        record : int
            As `records` counts.

        Returns
        -------
        array
            `sample` itself, bit for bit, on the record's own lines; NaN outside the table.
        """
        lines, samples = np.broadcast_arrays(
            np.asarray(line, dtype=np.float64), np.asarray(sample, dtype=np.float64)
        )
        own = self.records(lines) == record
        if self.table.shape[1] == 0 or own.all():
            return samples
        columns = self.first_sample + self.spacing_samples * np.arange(self.table.shape[1])
        smooth = samples
        for _ in range(_TURNS):
            smooth = samples - np.interp(smooth, columns, self.table[record])
        return np.where(own, samples, self.added(lines, smooth))


NO_STEPS = SampleSteps(np.empty(0), np.empty((1, 0)), 0.0, 1.0)
"""The smooth sample is the sample."""
