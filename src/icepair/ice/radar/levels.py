"""What is known beforehand of the backscatter of sea ice and of open water."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.ice.mixture import Mixture

__all__ = [
    "REFERENCE_ANGLE",
    "Expected",
    "decibels",
    "expected",
    "is_cross",
    "prior_slopes",
    "water_components",
]

REFERENCE_ANGLE = 30.0
"""Incidence angle at which levels are stated, degrees."""


@dataclass(frozen=True)
class Expected:
    """A class in one polarisation, as C-band measurements have it."""

    level: float
    """dB at 30 degrees."""
    sigma: float
    """How far scenes differ, dB."""
    slope: float
    """dB per degree of incidence angle."""


_USUAL = {  # by whether it is cross-polarised and whether it is ice
    (False, False): Expected(-18.0, 4.5, -0.5),
    (False, True): Expected(-11.5, 3.0, -0.22),
    (True, False): Expected(-29.5, 1.8, 0.0),
    (True, True): Expected(-21.0, 3.0, -0.1),
}
# Co- less cross-polarised level on the raised scale, dB: centre and spread. Wind-roughened water
# shines in HH alone, ice in both.
_ICE_RATIO, _WATER_RATIO = (8.5, 2.0), (11.0, 3.5)

_CROSS_FLOOR, _CO_FLOOR = 5e-4, 2.5e-4
_USUAL_GAP_DB = 1.0
_FULL_EVIDENCE = 0.05
# Noise evens out what little cross-polarised water varies; thin ice is a step above it.
_COUNTED_WEIGHT, _USUAL_SPAN_DB, _SPAN_COST, _MOST_SPAN_COST = 0.02, 2.0, 2.0, 4.0
_LEAST_CLASS = 0.003


def is_cross(polarisation: str) -> bool:
    """Whether the radar received the other polarisation than it sent."""
    return polarisation[0] != polarisation[1]


def expected(polarisation: str, angle: float, *, ice: bool) -> Expected:
    """Ice or water in a polarisation, its level at an incidence angle in degrees."""
    known = _USUAL[is_cross(polarisation), ice]
    level = known.level + known.slope * (angle - REFERENCE_ANGLE)
    return dataclasses.replace(known, level=level)


def prior_slopes(polarisations: tuple[str, ...]) -> FloatArray:
    """Slope of a class that is not yet named, dB per degree, (polarisations,)."""
    return np.array([-0.05 if is_cross(name) else -0.35 for name in polarisations])


def decibels(power: AnyArray, polarisation: str) -> FloatArray:
    """Linear power on a raised scale in dB: 10 log10 of power plus a floor.

    The floor (-33 dB cross-polarised, -36 dB co-polarised) keeps power that noise removal left
    below zero finite, and the noise of dark water from stretching over many decibels.
    """
    floor = _CROSS_FLOOR if is_cross(polarisation) else _CO_FLOOR
    return 10.0 * np.log10(np.maximum(np.asarray(power, dtype=np.float64) + floor, floor / 4))


def _log_prior(
    means: FloatArray, polarisations: tuple[str, ...], angle: float, *, ice: bool
) -> FloatArray:
    """How well levels (components, polarisations) agree with one class; (components,)."""
    total = np.zeros(len(means))
    for column, name in enumerate(polarisations):
        known = expected(name, angle, ice=ice)
        level = float(decibels(np.asarray(10 ** (known.level / 10)), name))
        total += _log_normal(means[:, column], level, known.sigma)
    if [is_cross(name) for name in polarisations] == [True, False]:
        centre, sigma = _ICE_RATIO if ice else _WATER_RATIO
        total += _log_normal(means[:, 1] - means[:, 0], centre, sigma)
    return total


def _log_normal(values: FloatArray, centre: float, sigma: float) -> FloatArray:
    # Cut at four deviations: a scene far from both classes is decided by the other evidence.
    return np.asarray(-0.5 * np.minimum(((values - centre) / sigma) ** 2, 16.0) - np.log(sigma))


def _penalty_of_span(mixture: Mixture) -> FloatArray:
    """Evidence against water made of the components up to each: its cross-polarised span."""
    level = mixture.means[:, 0]
    counted = mixture.weights > _COUNTED_WEIGHT
    darkest = level[counted.argmax()]
    span = np.maximum.accumulate(np.where(counted, level - darkest, 0.0))
    return np.asarray(np.clip(_SPAN_COST * (span - _USUAL_SPAN_DB), 0.0, _MOST_SPAN_COST))


def water_components(mixture: Mixture, polarisations: tuple[str, ...], angle: float) -> int:
    """Number of components, from the darkest of the first polarisation, that are water.

    `angle` is the incidence angle, degrees, that the mixture's means are stated at. Every split
    of the ordered components is weighed by how well the levels on both sides agree with what is
    known of water and ice, and by the gap that it falls into: neighbours within a decibel seldom
    are ice and water. All of them may be one class.
    """
    count = len(mixture.weights)
    as_water = _log_prior(mixture.means, polarisations, angle, ice=False)
    as_ice = _log_prior(mixture.means, polarisations, angle, ice=True)
    evidence = np.minimum(1.0, mixture.weights / _FULL_EVIDENCE)
    gain = np.concatenate([[0.0], np.cumsum(evidence * (as_water - as_ice))])
    gaps = np.abs(np.diff(mixture.means, axis=0)).max(axis=1)
    gain[1:count] += np.clip(gaps - _USUAL_GAP_DB, -2.5, 2.5)
    if is_cross(polarisations[0]):
        gain[1:count] -= _penalty_of_span(mixture)[:-1]
    below = np.cumsum(mixture.weights)[:-1]
    gain[1:count][np.minimum(below, 1 - below) < _LEAST_CLASS] = -np.inf
    return int(gain.argmax())
