"""Steps of the sample between ground-to-slant records, as arrays that kernels can take."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icepair._typing import FloatArray

__all__ = ["NO_STEPS", "SampleSteps"]


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


NO_STEPS = SampleSteps(np.empty(0), np.empty((1, 0)), 0.0, 1.0)
"""The smooth sample is the sample."""
