"""Everything that is counted of two sensors' probabilities, in one pass and part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, ByteArray, FloatArray
from icepair.ice.packed import NO_BYTE, STEPS
from icepair.ice.uncertainty import Evidence

__all__ = ["THRESHOLDS", "AreaTally", "Tally"]

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Probabilities above which a pixel counts as ice, to see how much hangs on it."""


@dataclass(frozen=True)
class AreaTally:
    """Pixels of one sensor over one area, by packed probability."""

    counts: AnyArray
    """Pixels by byte, (256,)."""
    edges: float
    """Share of neighbours on two sides of a border."""

    @property
    def pixels(self) -> int:
        """Those with an answer."""
        return int(self.counts[: STEPS + 1].sum())

    @property
    def concentration(self) -> float | None:
        """Mean of the probability."""
        return self._mean(_STEP) if self.pixels else None

    @property
    def evidence(self) -> Evidence:
        """How sure the concentration is."""
        by_votes = self.by_threshold()
        spread = by_votes[THRESHOLDS[0]] - by_votes[THRESHOLDS[-1]]
        return Evidence(self._mean(_STEP * (1 - _STEP)), self.edges, spread)

    def by_threshold(self) -> dict[float, float]:
        """Share of pixels above each of `THRESHOLDS`; empty without pixels."""
        if not self.pixels:
            return {}
        return {t: self._mean((t + 1e-9 < _STEP).astype(float)) for t in THRESHOLDS}

    def _mean(self, of_step: FloatArray) -> float:
        known = self.counts[: STEPS + 1]
        return float((known * of_step).sum() / known.sum())


_STEP: FloatArray = np.arange(STEPS + 1) / STEPS


class Tally:
    """Counts of as many parts of a pair as have been added.

    Borders between parts are not looked across: of parts of 512 pixels that is one in 500.
    """

    def __init__(self) -> None:
        self._joint = np.zeros((256, 256), dtype=np.int64)
        self._edges = np.zeros((2, 2), dtype=np.int64)

    def add(self, first: ByteArray, second: ByteArray) -> None:
        """Count a part: packed probabilities (rows, columns) of the radar, of the optical one."""
        from icepair.ice import _kernels

        _kernels.tally_bytes(first, second, self._joint, self._edges)

    @property
    def pixels(self) -> int:
        """All pixels, answered or not."""
        return int(self._joint.sum())

    @property
    def common_pixels(self) -> int:
        """Pixels with an answer of both."""
        return int(self._joint[:NO_BYTE, :NO_BYTE].sum())

    def area(self, sensor: int, *, common: bool) -> AreaTally:
        """Counts of sensor 0 (radar) or 1 (optical), over all its answers or the common ones."""
        joint = self._joint if sensor == 0 else self._joint.T
        different, compared = self._edges[sensor]
        counts = joint[:, :NO_BYTE] if common else joint
        return AreaTally(counts.sum(axis=1), float(different / max(1, compared)))

    def confusion(self) -> AnyArray:
        """Common pixels by class of the radar and of the optical sensor, water before ice."""
        known = self._joint[: STEPS + 1, : STEPS + 1]
        middle = STEPS // 2 + 1
        return np.add.reduceat(np.add.reduceat(known, [0, middle], axis=0), [0, middle], axis=1)
