"""From a pixel's share of ice to ice or water, with mixed pixels split at their middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, FloatArray
from icepair.conventions import ICE, NO_ANSWER, WATER
from icepair.ice._kernels import local_least, local_most

__all__ = ["Neighbourhood", "flattest", "ice_by_share", "roughness"]


@dataclass(frozen=True)
class Neighbourhood:
    """The pixels that a decision looks at."""

    step: int
    """Distance between neighbours, pixels of the grid: one pixel of the source."""
    taps: tuple[float, ...]
    """Weights of the smoothing along rows and along columns."""

    @property
    def radius(self) -> int:
        """Neighbours on each side."""
        return len(self.taps) // 2

    @property
    def reach(self) -> int:
        """Pixels of the grid around a block that its decisions need: smoothing, then edges."""
        return 2 * self.step * max(1, self.radius)


def roughness(values: AnyArray, around: Neighbourhood) -> AnyArray:
    """Range of the values around each pixel; NaN where the pixel has no answer."""
    radius = max(1, around.radius)
    span = local_most(values, around.step, radius) - local_least(values, around.step, radius)
    return np.where(np.isnan(values), np.nan, span)


def flattest(rough: FloatArray, share: float) -> BoolArray:
    """Which samples belong to the flattest `share`: those inside floes and open water."""
    return np.asarray(rough <= np.quantile(rough, share))


def ice_by_share(
    share: AnyArray, threshold: float, around: Neighbourhood, *, middle: float = 0.5
) -> ByteArray:
    """Ice mask from the share of ice in every pixel.

    Away from edges a pixel is ice above `threshold`, which may be low so that thin ice counts.
    Where water is among the neighbours, a pixel of that brightness rather is a mixture of the
    water and the brightest neighbour, and is ice when it lies above their middle; a low threshold
    alone would widen every floe.

    Parameters
    ----------
    share : array (rows, columns)
        0 for water, 1 for thick ice; NaN for no answer.
    threshold : float
        Below it is water in any case.
    around : Neighbourhood
    middle : float
        Where between water and the brightest neighbour an edge is drawn.

    Returns
    -------
    array of uint8 (rows, columns)
        `conventions.WATER`, `ICE`, `NO_ANSWER`.
    """
    radius = max(1, around.radius)
    beside_water = local_least(share, around.step, radius) < threshold
    brightest = np.minimum(local_most(share, around.step, radius), 1.0)
    bar = np.where(beside_water, np.maximum(threshold, middle * brightest), threshold)
    mask = np.where(share > bar, ICE, WATER).astype(np.uint8)
    mask[np.isnan(share)] = NO_ANSWER
    return mask
