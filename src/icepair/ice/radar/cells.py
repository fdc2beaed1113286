"""The radar's own resolution on a finer grid: cells of a few pixels, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array

__all__ = ["Cells"]

_COARSE_M, _CELL_M = 25.0, 20.0


@dataclass(frozen=True)
class Cells:
    """Squares of pixels that a decision is made for as a whole.

    Blocks that are handed over must begin at a multiple of `step`, so that cells are the same
    however a scene is cut.
    """

    step: int
    """Pixels of the grid along each side."""
    averages: bool
    """Whether a cell is the mean of its pixels; else its middle one, which the others repeat."""

    @classmethod
    def of_spacings(cls, radar_m: float, grid_m: float) -> Cells:
        """Cells of one radar pixel (EW, 40 m), or of 20 m where the radar's are finer (IW)."""
        if radar_m >= _COARSE_M:
            return cls(max(1, round(radar_m / grid_m)), averages=False)
        return cls(max(1, round(_CELL_M / grid_m)), averages=True)

    def thinned(self, arrays: Mapping[str, AnyArray]) -> dict[str, Float32Array]:
        """One value for each cell of arrays (rows, columns); NaN where none of it is known."""
        thin = self._mean if self.averages else self._middle
        return {name: thin(values) for name, values in arrays.items()}

    def spread(self, values: AnyArray, shape: tuple[int, ...]) -> AnyArray:
        """Values of cells, repeated over the pixels (rows, columns) that they were made of."""
        rows, columns = (np.arange(size) // self.step for size in shape)
        return values[np.ix_(rows, columns)]

    def _middle(self, values: AnyArray) -> Float32Array:
        rows, columns = (self._middles(size) for size in values.shape)
        return np.asarray(values[np.ix_(rows, columns)], dtype=np.float32)

    def _middles(self, size: int) -> AnyArray:
        # The last cell may be a part of one, without a middle.
        return np.minimum(np.arange(0, size, self.step) + self.step // 2, size - 1)

    def _mean(self, values: AnyArray) -> Float32Array:
        whole = tuple(-(-size // self.step) for size in values.shape)
        total, known = np.zeros(whole, np.float32), np.zeros(whole, np.float32)
        for r in range(self.step):
            for c in range(self.step):
                part = values[r :: self.step, c :: self.step]
                inside = np.isfinite(part)
                place = np.s_[: part.shape[0], : part.shape[1]]
                total[place] += np.where(inside, part, 0)
                known[place] += inside
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(total / known, dtype=np.float32)
