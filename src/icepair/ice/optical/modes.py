"""Modes of a scene's brightness, and whether there are two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, FloatArray

__all__ = ["Mode", "modes_of", "scaled", "separation"]

_LIFT = 0.05
_BINS, _LOW, _HIGH = 256, -4.6, 0.5
_SMOOTHING = (0.027, 0.065, 0.121, 0.176, 0.222, 0.176, 0.121, 0.065, 0.027)
_FLAT = 0.15
_LEAST_WEIGHT = 0.0015
_SHALLOW = 0.75


@dataclass(frozen=True)
class Mode:
    """One hill of the histogram."""

    level: float
    """Brightness at its top."""
    spread: float
    """Standard deviation on the scale of `scaled`, from half the hill's width."""
    ends: float
    """Brightness of the valley above it."""
    weight: float
    """Share of the sample."""
    dip: float
    """Height of the valley beneath it over the lower of the two tops beside the valley; 0 for the
    darkest mode."""


def scaled(bright: AnyArray) -> FloatArray:
    """Brightness on the scale of log(brightness + 0.05), on which water and snow vary alike."""
    lifted = np.maximum(np.asarray(bright, dtype=np.float64) + _LIFT, _LIFT / 5)
    return np.asarray(np.log(lifted))


def modes_of(bright: FloatArray, rough: FloatArray) -> list[Mode]:
    """Modes of a scene's brightness, darkest first.

    Parameters
    ----------
    bright : array (samples,)
        Brightness, finite.
    rough : array (samples,)
        Range of `scaled` brightness around each sample. Pixels with unlike neighbours are mixtures
        and count for little.

    Returns
    -------
    list of Mode
        Hills of the smoothed histogram that hold 0.15 % of the weight and are parted by a valley
        lower than three quarters of the lower top (after the excess mass of Müller and Sawitzki,
        1991: a mode is what rises above its surroundings).
    """
    weights = 1.0 / (1.0 + (rough / _FLAT) ** 2)
    counts, edges = np.histogram(scaled(bright), _BINS, (_LOW, _HIGH), weights=weights)
    density = np.convolve(counts / max(counts.sum(), 1e-9), _SMOOTHING, "same")
    centres = 0.5 * (edges[1:] + edges[:-1])
    hills = _parted(_hills(density), density)
    return [
        Mode(
            level=math.exp(centres[top]) - _LIFT,
            spread=_half_width(density, centres, top),
            ends=math.exp(centres[last]) - _LIFT,
            weight=float(density[first : last + 1].sum()),
            dip=_dip(density, hills[number - 1][1], top) if number else 0.0,
        )
        for number, (first, top, last) in enumerate(hills)
    ]


def separation(lower: Mode, upper: Mode) -> float:
    """Ashman's D of two modes: above 2 they are apart (Ashman, Bird and Zepf, 1994)."""
    low, high = scaled(np.array([lower.level, upper.level]))
    return float(high - low) / math.sqrt(0.5 * (lower.spread**2 + upper.spread**2))


def _hills(density: FloatArray) -> list[tuple[int, int, int]]:
    """First bin, top and last bin of every hill that weighs enough."""
    inner = density[1:-1]
    tops = np.flatnonzero((inner > density[:-2]) & (inner >= density[2:])) + 1
    hills = []
    for top in tops:
        first = last = int(top)
        while first > 0 and density[first - 1] < density[first]:
            first -= 1
        while last < _BINS - 1 and density[last + 1] < density[last]:
            last += 1
        if density[first : last + 1].sum() >= _LEAST_WEIGHT:
            hills.append((first, int(top), last))
    return hills


def _parted(hills: list[tuple[int, int, int]], density: FloatArray) -> list[tuple[int, int, int]]:
    """Hills joined where the valley between two is shallow."""
    parted: list[tuple[int, int, int]] = []
    for first, top, last in hills:
        if parted and _dip(density, parted[-1][1], top) > _SHALLOW:
            before = parted.pop()
            higher = top if density[top] > density[before[1]] else before[1]
            parted.append((before[0], higher, last))
        else:
            parted.append((first, top, last))
    return parted


def _dip(density: FloatArray, lower: int, upper: int) -> float:
    valley = density[lower : upper + 1].min()
    return float(valley / min(density[lower], density[upper]))


def _half_width(density: FloatArray, centres: FloatArray, top: int) -> float:
    """Standard deviation of a normal hill that is as wide on its darker side at half height.

    The darker side, because mixtures of water and ice lie on the brighter side of water.
    """
    below = top
    while below > 0 and density[below] > 0.5 * density[top]:
        below -= 1
    width = float(centres[top] - centres[below]) / 1.1774
    return max(width, float(centres[1] - centres[0]))
