"""From a pixel's share of ice to ice or water, with mixed pixels split at their middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array, FloatArray
from icepair.ice.neighbours import local_most, local_range

__all__ = [
    "Neighbourhood",
    "flattest",
    "ice_by_share",
    "roughness",
    "shares_at_edges",
    "sharpened",
]

_SURELY_ICE = np.float32(0.5)
_EDGE_SPAN = 0.45
_LEAST_BRIGHTEST = 0.1
"""Of the neighbours of an edge: thinner ice than that is not told from noise."""


@dataclass(frozen=True)
class Neighbourhood:
    """The pixels that a decision looks at."""

    step: int
    """Distance between neighbours, pixels of the grid: one pixel of the source."""
    taps: tuple[float, ...]
    """Weights of the smoothing along rows and along columns."""
    wide_taps: tuple[float, ...] = (1.0,)
    """Weights of a wider smoothing for what lies away from edges."""

    @property
    def radius(self) -> int:
        """Neighbours on each side."""
        return len(self.taps) // 2

    @property
    def edge_radius(self) -> int:
        """Neighbours on each side among which the two sides of a smoothed edge are found."""
        return self.radius + 1

    @property
    def reach(self) -> int:
        """Pixels of the grid around a block that its decisions need: smoothing, edges, plains."""
        sharpening = max(self.radius + 1, len(self.wide_taps) // 2)
        return self.step * (sharpening + 2 * self.edge_radius)


def roughness(values: AnyArray, around: Neighbourhood) -> AnyArray:
    """Range of the values around each pixel; NaN where the pixel has no answer."""
    radius = max(1, around.radius)
    least, most = local_range(values, around.step, radius)
    return np.where(np.isnan(values), np.nan, most - least)


def flattest(rough: FloatArray, share: float) -> BoolArray:
    """Which samples belong to the flattest `share`: those inside floes and open water."""
    return np.asarray(rough <= np.quantile(rough, share))


def sharpened(narrow: AnyArray, wide: AnyArray, around: Neighbourhood) -> AnyArray:
    """Wide mean of the share of ice, and the narrow one where neighbours differ much.

    Thin ice and water differ little and need the wide mean; the wide mean would round off floes
    and fill leads.
    """
    least, most = local_range(narrow, around.step, 1)
    return np.where(most - least > _EDGE_SPAN, narrow, wide)


def ice_by_share(
    share: AnyArray,
    threshold: float,
    around: Neighbourhood,
    *,
    middle: float = 0.5,
    plain_above: float | None = None,
) -> Float32Array:
    """Ice or water from the share of ice in every pixel.

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
    plain_above : float, optional
        Share clear of the water's spread, below `threshold`: a plain brighter than that, without
        water and without thick ice in it, is thin ice.

    Returns
    -------
    array of float32 (rows, columns)
        1 for ice, 0 for water, NaN for no answer.
    """
    from icepair.ice import _neighbour_kernels

    share = np.ascontiguousarray(share, dtype=np.float32)
    bar, between = np.float32(threshold), np.float32(middle)
    darkest, brightest = local_range(share, around.step, around.edge_radius)
    ice = np.empty_like(share)
    _neighbour_kernels.vote(share, darkest, brightest, bar, between, ice)
    if plain_above is None or plain_above >= threshold:
        return ice
    # The core of a plain has neither water nor thick ice among its neighbours; mixtures of the two
    # are narrow bands beside either. The plain is grown back by as much.
    above, core = np.float32(plain_above), np.empty_like(share)
    if _neighbour_kernels.find_plains(share, darkest, brightest, above, _SURELY_ICE, core):
        near_core = local_most(core, around.step, around.edge_radius)
        _neighbour_kernels.vote_on_plains(share, darkest, brightest, near_core, above, between, ice)
    return ice


def shares_at_edges(share: AnyArray, votes: Float32Array, around: Neighbourhood) -> Float32Array:
    """Votes, and the share of ice itself where ice and water meet.

    Parameters
    ----------
    share : array (rows, columns)
        0 for water, 1 for thick ice; a pixel on an edge is a mixture of water and the brightest of
        its neighbours.
    votes : array (rows, columns)
        1 for ice, 0 for water, NaN for no answer.
    around : Neighbourhood

    Returns
    -------
    array of float32 (rows, columns)
        0 to 1; it looks one neighbour further than the votes did.
    """
    least, most = local_range(votes, around.step, 1)
    brightest = np.clip(local_most(share, around.step, around.edge_radius), _LEAST_BRIGHTEST, 1)
    mixed = (least == 0) & (most == 1) & ~np.isnan(votes)
    return np.where(mixed, np.clip(share / brightest, 0, 1), votes).astype(np.float32)
