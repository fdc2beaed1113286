"""Rectangles of smooth noise, each with the range vectors that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.radar.noise.records import AzimuthVector, NoiseAnnotation, SwathBounds

__all__ = ["Extent", "LocatedVector", "NoiseBlock", "noise_blocks"]

_GAP = 10
"""Lines, or samples, between blocks that belong to the nearer block. Wider gaps were not imaged."""
_REACH = 320.0
"""Samples beyond its last node that a profile is continued; then it stays level. Nodes are 40 apart
and up to eight at the end of a line are zero, in IW."""
_FALL = 0.5
"""Of its neighbour, below which the last node before zeros is no noise but a part of them; over the
40 samples between nodes noise changes by a fifth at the most."""


@dataclass(frozen=True)
class Extent:
    """Whole lines and samples, ends included."""

    first_line: int
    last_line: int
    first_sample: int
    last_sample: int

    def overlap(self, other: Extent, *, along: str) -> bool:
        """Whether two share a line (``along="line"``) or a sample."""
        (first, last), (other_first, other_last) = self.ends(along), other.ends(along)
        return first <= other_last and other_first <= last

    def ends(self, along: str) -> tuple[int, int]:
        """First and last line or sample."""
        if along == "line":
            return self.first_line, self.last_line
        return self.first_sample, self.last_sample


@dataclass(frozen=True, eq=False)
class LocatedVector:
    """A range vector on the line where it belongs."""

    line: float
    sample: FloatArray
    power: FloatArray

    def within(self, extent: Extent) -> LocatedVector:
        """Its nodes inside the samples of `extent` that say something."""
        first, last = extent.ends("sample")
        own = np.flatnonzero(
            (self.sample >= first) & (self.sample <= last) & (self.power > 0.0)
        ).tolist()
        for end, inner in ((-1, -2), (0, 1)):
            while len(own) > 1 and self.power[own[end]] < _FALL * self.power[own[inner]]:
                own.pop(end)
        return LocatedVector(self.line, self.sample[own], self.power[own])

    def profile(self, samples: IntArray) -> FloatArray:
        """Power at samples: straight lines between nodes, the last of them continued beyond."""
        power = np.interp(samples, self.sample, self.power)
        if self.sample.size > 1:
            for end, inner in ((0, 1), (-1, -2)):
                step = self.sample[end] - self.sample[inner]
                away = np.clip((samples - self.sample[end]) * np.sign(step), 0.0, _REACH)
                rise = (self.power[end] - self.power[inner]) / abs(step)
                power += np.maximum(rise * away, -0.5 * self.power[end])
        return np.asarray(power)


@dataclass(frozen=True, eq=False)
class NoiseBlock:
    """Rectangle in which noise is smooth along samples and has one factor along lines."""

    swath: str
    extent: Extent
    """As stated, in whole pixels."""
    reach: Extent
    """Extent with its share of the gaps around it."""
    vectors: tuple[LocatedVector, ...]
    """At least one, by line, with the sub-swath's own nodes only."""
    factor_line: FloatArray
    factor: FloatArray

    def between(self, lines: IntArray) -> tuple[IntArray, FloatArray]:
        """Vector before each line, and share of the one after it."""
        return _between(np.array([vector.line for vector in self.vectors]), lines)

    def factors(self, lines: IntArray) -> FloatArray:
        """Azimuth noise at lines."""
        below, share = _between(self.factor_line, lines)
        above = np.minimum(below + 1, self.factor.size - 1)
        return np.asarray(self.factor[below] + share * (self.factor[above] - self.factor[below]))


def _between(at: FloatArray, lines: IntArray) -> tuple[IntArray, FloatArray]:
    """Position before each line, and share of the one after it.

    Beyond the positions the line through the last two goes on, as the processor's description has
    it, but for no more than the largest step between positions; then it stays level.
    """
    if at.size == 1:
        return np.zeros(lines.shape, dtype=np.int64), np.zeros(lines.shape)
    reach = np.diff(at).max()
    within = np.clip(lines, at[0] - reach, at[-1] + reach)
    below = np.clip(np.searchsorted(at, within, side="right") - 1, 0, at.size - 2)
    return below.astype(np.int64), (within - at[below]) / (at[below + 1] - at[below])


def noise_blocks(
    annotation: NoiseAnnotation,
    vectors: Sequence[LocatedVector],
    bounds: Iterable[SwathBounds],
    shape: tuple[int, int],
) -> tuple[NoiseBlock, ...]:
    """Blocks of an image; those of which the annotation knows no noise at all are left out.

    Parameters
    ----------
    annotation
        For its azimuth vectors.
    vectors
        Range vectors by line, each line once.
    bounds
        Of the sub-swaths; taken for those without azimuth vectors.
    shape
        Lines and samples of the image.
    """
    pieces = list(annotation.azimuth_vectors)
    named = {piece.bounds.swath for piece in pieces}
    pieces += [_without_scalloping(item) for item in bounds if item.swath not in named]
    if not pieces:
        whole = SwathBounds("", 0, shape[0] - 1, 0, shape[1] - 1)
        pieces = [_without_scalloping(whole)]
    inside = [(p, e) for p in pieces if (e := _extent(p.bounds, shape)) is not None]
    extents = [extent for _, extent in inside]
    blocks = []
    for piece, extent in inside:
        swath = piece.bounds.swath
        same = [other for item, other in inside if item.bounds.swath == swath]
        own = _vectors_of(extent, same, vectors, shape)
        if own:
            reach = _with_gaps(extent, extents, shape)
            blocks.append(NoiseBlock(swath, extent, reach, own, piece.line, piece.factor))
    return tuple(blocks)


def _without_scalloping(bounds: SwathBounds) -> AzimuthVector:
    return AzimuthVector(bounds, np.array([bounds.first_line]), np.ones(1))


def _extent(bounds: SwathBounds, shape: tuple[int, int]) -> Extent | None:
    """Whole pixels of the image; None where none is left."""
    lines = max(round(bounds.first_line), 0), min(round(bounds.last_line), shape[0] - 1)
    samples = max(round(bounds.first_sample), 0), min(round(bounds.last_sample), shape[1] - 1)
    empty = lines[0] > lines[1] or samples[0] > samples[1]
    return None if empty else Extent(*lines, *samples)


def _vectors_of(
    extent: Extent,
    same_swath: Sequence[Extent],
    vectors: Sequence[LocatedVector],
    shape: tuple[int, int],
) -> tuple[LocatedVector, ...]:
    """Vectors on the block's lines; where there is none, that nearest to its middle.

    The border between two sub-swaths moves along track, so what is a vector's own is asked of the
    sub-swath's block on the vector's line, not of the block that the vector is used for.
    """
    usable = []
    for vector in vectors:
        home = min(same_swath, key=lambda item: _distance(vector.line, item, shape))
        own = vector.within(home)
        if own.sample.size and _distance(vector.line, home, shape) <= _GAP:
            usable.append((own, home))
    within = tuple(own for own, home in usable if home == extent)
    if within or not usable:
        return within
    middle = 0.5 * (extent.first_line + extent.last_line)
    return (min((own for own, _ in usable), key=lambda own: abs(own.line - middle)),)


def _distance(line: float, extent: Extent, shape: tuple[int, int]) -> float:
    """Lines from a line to an extent, which goes on beyond the image where it ends with it."""
    first = -np.inf if extent.first_line <= _GAP else extent.first_line
    last = np.inf if extent.last_line >= shape[0] - 1 - _GAP else extent.last_line
    return max(first - line, line - last, 0.0)


def _with_gaps(extent: Extent, others: Sequence[Extent], shape: tuple[int, int]) -> Extent:
    """Extent with half of each narrow gap towards other blocks, all of it towards an edge."""
    lines = _widened(
        extent, [e for e in others if e.overlap(extent, along="sample")], "line", shape[0]
    )
    samples = _widened(
        extent, [e for e in others if e.overlap(extent, along="line")], "sample", shape[1]
    )
    return Extent(*lines, *samples)


def _widened(extent: Extent, others: Sequence[Extent], along: str, length: int) -> tuple[int, int]:
    first, last = extent.ends(along)
    before = [end for e in others if (end := e.ends(along)[1]) < first]
    after = [start for e in others if (start := e.ends(along)[0]) > last]
    gap_before = first - 1 - max(before) if before else first
    gap_after = min(after) - last - 1 if after else length - 1 - last
    if gap_before <= _GAP:
        first -= gap_before // 2 if before else gap_before
    if gap_after <= _GAP:
        last += (gap_after + 1) // 2 if after else gap_after
    return first, last
