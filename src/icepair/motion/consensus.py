"""How far to believe each candidate: its own fit, its rivals, and what neighbours do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.motion.candidates import Candidates
from icepair.motion.outlines import Outlines

__all__ = ["WEIGHTS", "Weights", "believed", "mutual_best"]

_NEIGHBOURS = 10
_TAU_M = 200.0
"""Metres by which neighbours' ways differ at no distance: each floe has a way of its own."""
_GRADIENT = 0.1
"""Metres per metre by which they differ with distance."""
_LEAST, _MOST = -15.0, 15.0
"""Bounds of what neighbours may add: they are not independent of one another."""


@dataclass(frozen=True)
class Weights:
    """Coefficients of three logistic regressions; `benchmarks/calibrate_matches.py` makes them."""

    shape: tuple[float, ...]
    """Of 1 and the columns of `shape_features`."""
    together: tuple[float, ...]
    """Of 1, the shape's log odds and the neighbours' support."""
    final: tuple[float, ...]
    """Of 1, the same with support by better candidates, and the lead on the best rival."""


WEIGHTS = Weights(
    shape=(-2.905, -9.461, 0.259, -2.555, 2.35, 4.813),
    together=(-1.817, 0.875, 0.644),
    final=(-2.74, 0.64, 0.432, 0.462),
)


def shape_features(candidates: Candidates, first: Outlines, edge_m: float) -> FloatArray:
    """(c, 5) numbers that tell true from false pairs by their outlines alone.

    Logarithms of the mean misfit and of its 90 % by the floe's radius, the even offset of the
    edges by a pixel, logarithm of the radius by a pixel, and how unlike the signatures are.
    """
    fit = candidates.fit
    radius = np.sqrt(first.area[candidates.first] / np.pi)
    return np.column_stack([
        np.log(fit[:, 4] + 1e-3) + 3.0,
        np.log(fit[:, 5] + 1e-3) + 2.0,
        np.minimum(np.abs(fit[:, 3]) / edge_m, 4.0),
        np.log(radius / edge_m) - 2.0,
        np.log(candidates.likeness + 1e-3) + 2.5,
    ])  # fmt: skip


def linear(features: FloatArray, weights: tuple[float, ...]) -> FloatArray:
    """Log odds."""
    return np.asarray(weights[0] + features @ np.array(weights[1:]))


def neighbour_support(
    candidates: Candidates, first: Outlines, chance: FloatArray, farthest_m: float
) -> FloatArray:
    """(c,) log of how much likelier the neighbours' candidates make each, within bounds."""
    from icepair.motion import _kernels

    support = np.empty(chance.size)
    start = np.searchsorted(candidates.first, np.arange(len(first) + 1))
    _kernels.support(
        start, first.place, _neighbours(first.place, start), candidates.displacement, chance,
        np.pi * farthest_m**2, _TAU_M, _GRADIENT, support,
    )  # fmt: skip
    return np.clip(support, _LEAST, _MOST)


def shared(candidates: Candidates, log_odds: FloatArray) -> FloatArray:
    """(c,) probabilities, those of one floe adding up to no more than 1."""
    chance = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))
    for of in (candidates.first, candidates.second):
        total = np.bincount(of, chance, minlength=int(of.max()) + 1)[of]
        chance = chance / np.maximum(total, 1.0)
    return chance


def lead(candidates: Candidates, log_odds: FloatArray) -> FloatArray:
    """(c,) log odds beyond those of the best rival for either floe, -6 to 6."""
    best = np.full(log_odds.size, -np.inf)
    for of in (candidates.first, candidates.second):
        order = np.lexsort((-log_odds, of))
        begins = np.searchsorted(of[order], of[order])
        is_top = begins == np.arange(order.size)
        top = log_odds[order[begins]]
        follows = np.minimum(begins + 1, order.size - 1)
        has_next = of[order][follows] == of[order]
        after = np.where(has_next, log_odds[order[follows]], -np.inf)
        after = np.where(follows == begins, -np.inf, after)
        best[order] = np.maximum(best[order], np.where(is_top, after, top))
    return np.asarray(np.clip(log_odds - best, -6.0, 6.0))


def believed(
    candidates: Candidates,
    first: Outlines,
    farthest_m: float,
    edge_m: float,
    weights: Weights = WEIGHTS,
) -> FloatArray:
    """(c,) probability that each candidate is the same floe."""
    shape = linear(shape_features(candidates, first, edge_m), weights.shape)
    support = neighbour_support(candidates, first, shared(candidates, shape), farthest_m)
    together = linear(np.column_stack([shape, support]), weights.together)
    support = neighbour_support(candidates, first, shared(candidates, together), farthest_m)
    features = np.column_stack([shape, support, lead(candidates, together)])
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(linear(features, weights.final), -30, 30))))


def mutual_best(candidates: Candidates, belief: FloatArray) -> BoolArray:
    """(c,) whether a candidate is the best of both its floes."""
    best = np.ones(belief.size, dtype=bool)
    for of in (candidates.first, candidates.second):
        order = np.lexsort((-belief, of))
        begins = np.searchsorted(of[order], of[order])
        best[order] &= begins == np.arange(order.size)
    return best


def _neighbours(place: FloatArray, start: IntArray) -> IntArray:
    """(n, k) nearest floes that have candidates; -1 where there are fewer."""
    from scipy.spatial import cKDTree

    having = np.flatnonzero(np.diff(start) > 0)
    _, found = cKDTree(place[having]).query(place, k=_NEIGHBOURS + 1)
    padded = np.append(having, -1)
    near: IntArray = padded[np.minimum(found, having.size)]
    own = near == np.arange(len(place))[:, None]
    return np.where(own, -1, near)
