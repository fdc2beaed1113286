"""Which floes could be the same: near enough, alike in size and shape, and laid on one another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.motion.outlines import BINS, Outlines

__all__ = ["Candidates", "candidates_of"]

_AREA = 0.35
"""Log of the ratio of areas beyond which floes differ, besides what edges make of it."""
_SLENDER = 0.35
"""Likewise of the ratio of axes."""
_KEPT = 6
"""Candidates of a floe that are registered: the most alike by signature."""
_OTHER_TURN = 3.0
"""A second turn is tried where its signatures differ less than this many times the best's."""
_PART = 400_000
"""Pairs whose signatures are compared at once: 20 MB."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of floes that were registered, in the order of the first."""

    first: IntArray
    """(c,) places in the first outlines."""
    second: IntArray
    """(c,) places in the second outlines."""
    likeness: FloatArray
    """(c,) distance of their signatures, less where more alike."""
    fit: FloatArray
    """(c, 11) as `icepair.motion._kernels.register` fills it."""
    displacement: FloatArray
    """(c, 2) way of the first's centroid, metres."""


def candidates_of(
    first: Outlines, second: Outlines, farthest_m: float, edge_m: float
) -> Candidates:
    """Floes of the second that a floe of the first may have become.

    Parameters
    ----------
    first, second : Outlines
    farthest_m : float
        How far ice can have come, metres.
    edge_m : float
        How far an edge may be off, metres: the coarser pixel.
    """
    pairs = _alike(first, second, farthest_m, edge_m)
    pairs, turns, likeness = _most_alike(first, second, pairs)
    fit = _registered(first, second, pairs, turns, edge_m)
    displacement = second.place[pairs[:, 1]] + fit[:, 1:3] - first.place[pairs[:, 0]]
    return Candidates(pairs[:, 0], pairs[:, 1], likeness, fit, displacement)


def _alike(first: Outlines, second: Outlines, farthest_m: float, edge_m: float) -> IntArray:
    """(p, 2) pairs within reach whose areas and axes are alike."""
    from scipy.spatial import cKDTree

    near: Any = cKDTree(second.place).query_ball_point(first.place, farthest_m)
    counts = np.array([len(found) for found in near], dtype=np.int64)
    i = np.repeat(np.arange(len(first)), counts)
    j = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    # An edge that is off by `edge_m` all around changes the area by this share.
    slack = 4.0 * edge_m / np.sqrt(np.minimum(first.area[i], second.area[j]))
    area = np.abs(np.log(first.area[i] / second.area[j]))
    slender = np.abs(first.slenderness[i] - second.slenderness[j])
    alike = (area < _AREA + slack) & (slender < _SLENDER + slack)
    return np.column_stack([i[alike], j[alike]])


def _most_alike(
    first: Outlines, second: Outlines, pairs: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Pairs, their turns (p, 2) in radians and distances, of the best few of each floe."""
    from icepair.motion import _kernels

    turns = np.empty((len(pairs), 2), dtype=np.int64)
    distances = np.empty((len(pairs), 2))
    for start in range(0, len(pairs), _PART):
        part = slice(start, start + _PART)
        _kernels.screen(
            first.signature, second.signature, pairs[part], turns[part], distances[part]
        )
    unlikeness = distances[:, 0] + np.log(first.area[pairs[:, 0]] / second.area[pairs[:, 1]]) ** 2
    kept = _best(pairs[:, 0], unlikeness) | _best(pairs[:, 1], unlikeness)
    pairs, turns, distances = pairs[kept], turns[kept], distances[kept]
    only = distances[:, 1] > _OTHER_TURN * distances[:, 0]
    turns[only, 1] = turns[only, 0]
    angles = turns * (2 * np.pi / BINS)
    return pairs, np.asarray(angles, np.float64), np.asarray(unlikeness[kept], np.float64)


def _best(of: IntArray, unlikeness: FloatArray) -> BoolArray:
    """(p,) bool, whether a pair is among the best few of its floe."""
    order = np.lexsort((unlikeness, of))
    ranked = of[order]
    begins = np.searchsorted(ranked, ranked)
    rank = np.arange(order.size) - begins
    best = np.empty(order.size, dtype=bool)
    best[order] = rank < _KEPT
    return best


def _registered(
    first: Outlines, second: Outlines, pairs: IntArray, turns: FloatArray, edge_m: float
) -> FloatArray:
    """(p, 11) registrations, on all cores: the kernel releases the interpreter."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    from icepair.motion import _kernels

    fit = np.empty((len(pairs), 11))
    cores = os.cpu_count() or 1
    cuts = np.linspace(0, len(pairs), 4 * cores + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(cuts) if b > a]

    def run(part: slice) -> None:
        _kernels.register_all(
            first.points, second.points, pairs[part], turns[part], 0.1 * edge_m, fit[part]
        )

    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(run, parts))
    return fit
