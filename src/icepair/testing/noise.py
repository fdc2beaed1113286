"""Thermal noise from annotation, one pixel at a time, written to be obviously right."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence

from icepair.radar.noise import AzimuthVector, NoiseAnnotation, RangeVector

__all__ = ["noise_slow"]

_GAP = 10
_REACH = 320
_FALL = 0.5


def noise_slow(
    annotation: NoiseAnnotation, shape: tuple[int, int], line: int, sample: int
) -> float:
    """Noise power at one pixel, from azimuth vectors with whole bounds and right line numbers.

    Parameters
    ----------
    annotation
        With at least one azimuth vector.
    shape
        Lines and samples of the image.
    line, sample
        The pixel.

    Returns
    -------
    float
        Squared digital numbers; 0 outside every block.
    """
    block = next((b for b in annotation.azimuth_vectors if _holds(b, line, sample)), None)
    if block is None:
        return 0.0
    nodes = [n for v in annotation.range_vectors if (n := _own(v, block, annotation, shape))]
    inside = [n for n in nodes if n[2] is block]
    if not inside:
        middle = (block.bounds.first_line + block.bounds.last_line) / 2
        inside = [min(nodes, key=lambda n: abs(n[0] - middle))] if nodes else []
    if not inside:
        return 0.0
    at = [n[0] for n in inside]
    along = _continued(at, [_along_samples(n[1], sample) for n in inside], line)
    return along * _continued(block.line.tolist(), block.factor.tolist(), line)


def _holds(block: AzimuthVector, line: float, sample: float) -> bool:
    b = block.bounds
    return b.first_line <= line <= b.last_line and b.first_sample <= sample <= b.last_sample


def _own(
    vector: RangeVector, block: AzimuthVector, annotation: NoiseAnnotation, shape: tuple[int, int]
) -> tuple[float, list[tuple[float, float]], AzimuthVector] | None:
    """Line, the sub-swath's positive nodes there, and the block that the vector lies in."""
    for home in annotation.azimuth_vectors:
        b = home.bounds
        first = -math.inf if b.first_line <= _GAP else b.first_line
        last = math.inf if b.last_line >= shape[0] - 1 - _GAP else b.last_line
        if b.swath == block.bounds.swath and first <= vector.line <= last:
            pairs = zip(vector.sample.tolist(), vector.power.tolist(), strict=True)
            nodes = [(s, p) for s, p in pairs if b.first_sample <= s <= b.last_sample and p > 0]
            while len(nodes) > 1 and nodes[-1][1] < _FALL * nodes[-2][1]:
                nodes = nodes[:-1]
            while len(nodes) > 1 and nodes[0][1] < _FALL * nodes[1][1]:
                nodes = nodes[1:]
            return (float(vector.line), nodes, home) if nodes else None
    return None


def _along_samples(nodes: Sequence[tuple[float, float]], sample: float) -> float:
    """Straight lines between nodes; the last of them goes on for 320 samples."""
    if len(nodes) == 1:
        return nodes[0][1]
    for (end, power), (inner, inner_power) in ((nodes[0], nodes[1]), (nodes[-1], nodes[-2])):
        away = abs(sample - end)
        if (sample - end) * (end - inner) > 0:
            rise = (power - inner_power) / abs(end - inner)
            return max(power + rise * min(away, _REACH), power / 2)
    for (left, low), (right, high) in itertools.pairwise(nodes):
        if left <= sample <= right:
            return low + (high - low) * (sample - left) / (right - left)
    raise AssertionError("a sample lies before, between or after nodes")


def _continued(at: Sequence[float], values: Sequence[float], line: float) -> float:
    """Straight lines; beyond the ends the last one goes on for the largest step of `at`."""
    if len(at) == 1:
        return values[0]
    reach = max(b - a for a, b in itertools.pairwise(at))
    line = min(max(line, at[0] - reach), at[-1] + reach)
    i = min(max(bisect.bisect_right(at, line) - 1, 0), len(at) - 2)
    return values[i] + (values[i + 1] - values[i]) * (line - at[i]) / (at[i + 1] - at[i])
