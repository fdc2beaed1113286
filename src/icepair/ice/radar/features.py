"""What the radar's network is told of a cell and of the scene it lies in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.ice.neighbours import local_least, local_mean, local_most
from icepair.ice.radar.automatic import RadarRule
from icepair.ice.radar.levels import REFERENCE_ANGLE, decibels, is_cross, prior_slopes

__all__ = ["REACH", "Look", "local_features", "look", "scene_features"]

REACH = 8
"""Cells on each side that a cell's features look at, one to fill gaps from among them."""

NARROW, WIDE = (1.0, 2.0, 1.0), (1.0, 2.0, 2.0, 2.0, 1.0)
"""Weights along rows and columns of the two means that steady the speckle."""
_BROAD, _FLAT = (1.0,) * 11, (1.0,) * 5
_NEAR, _FAR = 2, 5
_LEAST_CONTRAST, _LEAST_POWER = 0.1, 1e-5
_USUAL_DB = {True: -24.0, False: -14.0}
_USUAL_RATIO_DB = 9.0
_SHARES = (-0.15, 0.1, 0.25, 0.4, 0.6, 0.8, 1.2)
_LEVELS = (0.03, 0.25, 0.5, 0.75, 0.97)
_DARK, _FEW = 0.12, 50


@dataclass(frozen=True)
class Look:
    """One polarisation of some cells, beside the levels of water and thick ice."""

    share: Float32Array
    """Share of thick ice that the power amounts to, not steadied (rows, columns)."""
    narrow: Float32Array
    """Its mean over three cells each way."""
    wide: Float32Array
    """Its mean over five."""
    level: Float32Array
    """Wide mean of the power at 30 degrees, dB less the usual one of ice and water."""
    contrast: AnyArray
    """Of thick ice against water at the angle, dB."""


def look(rule: RadarRule, index: int, power: AnyArray, incidence: AnyArray | None) -> Look:
    """One polarisation of cells, by the levels that were learnt of the scene.

    Parameters
    ----------
    rule : RadarRule
        Levels of the scene.
    index : int
        Which of the rule's polarisations.
    power : array (rows, columns)
        Linear, one value for each cell; NaN for none.
    incidence : array (rows, columns) or None
        Degrees.
    """
    name = rule.polarisations[index]
    angle = (
        rule.reference_angle
        if incidence is None
        else np.nan_to_num(incidence, nan=rule.reference_angle)
    )
    off = np.float32(1) * (angle - rule.reference_angle)
    water = rule.water_power[index] * 10 ** (rule.water_slope[index] * off / 10)
    ice = rule.ice_power[index] * 10 ** (rule.ice_slope[index] * off / 10)
    least = _LEAST_CONTRAST * abs(rule.ice_power[index] - rule.water_power[index]) + _LEAST_POWER
    rise = np.where(np.abs(ice - water) < least, least, ice - water)
    share = np.asarray((power - water) / rise, np.float32)
    slope = prior_slopes((name,))[0]
    level = decibels(local_mean(power, 1, WIDE), name) - slope * (angle - REFERENCE_ANGLE)
    contrast = 10 * np.log10(np.maximum(ice / np.maximum(water, _LEAST_POWER), 1e-2))
    return Look(
        share=share,
        narrow=local_mean(share, 1, NARROW),
        wide=local_mean(share, 1, WIDE),
        level=np.asarray(level - _USUAL_DB[is_cross(name)], np.float32),
        contrast=np.clip(contrast, -5, 20),
    )


def local_features(looks: tuple[Look, ...]) -> Float32Array:
    """What is told of each cell, (rows, columns, features); NaN where it is not known."""
    columns = [each for one in looks for each in _of_one(one)]
    if len(looks) == 2:
        cross, co = looks
        columns.append(_bent(cross.narrow) - _bent(co.narrow))
        columns.append((co.level + _USUAL_DB[False] - cross.level - _USUAL_DB[True]
                        - _USUAL_RATIO_DB) / 4)  # fmt: skip
    return np.stack(columns, axis=-1).astype(np.float32)


def _of_one(one: Look) -> list[AnyArray]:
    mean = local_mean(one.share, 1, _FLAT)
    square = local_mean(one.share * one.share, 1, _FLAT)
    texture = np.sqrt(np.maximum(square - mean * mean, 1e-8))
    return [
        _bent(one.narrow),
        _bent(one.wide),
        _bent(local_mean(one.share, 1, _BROAD)),
        np.log(texture + 0.02),
        _bent(local_least(one.narrow, 1, _NEAR)),
        _bent(local_most(one.narrow, 1, _NEAR)),
        _bent(local_least(one.wide, 1, _FAR)),
        _bent(local_most(one.wide, 1, _FAR)),
        one.level / 5,
        one.contrast / 5 + 0 * one.narrow,
    ]


def _bent(share: AnyArray) -> AnyArray:
    """Share on a scale on which what is far from both levels counts less."""
    return np.asarray(np.sign(share) * np.log1p(2 * np.abs(share)))


def scene_features(
    rule: RadarRule, samples: Mapping[str, tuple[AnyArray, AnyArray]], *, averages: bool
) -> Float32Array:
    """What is told of the scene, (features,).

    Parameters
    ----------
    rule : RadarRule
        Levels that were learnt of it.
    samples : mapping of polarisation to (wide share, level)
        Cells from all over the scene, finite.
    averages : bool
        Whether a cell is the mean of several radar pixels.
    """
    told: list[float] = []
    for water, ice in zip(rule.water_power, rule.ice_power, strict=True):
        over_water = ice / max(water, _LEAST_POWER)
        told.append(10 * np.log10(max(ice, _LEAST_POWER)))
        told.append(10 * np.log10(max(over_water, _LEAST_POWER)) if water > 0 else 20.0)
    for name in rule.polarisations:
        told += _of_samples(*samples[name])
    told += [
        -1.0 if rule.threshold is None else rule.threshold,
        min(rule.separability or 0.0, 8.0) / 2,
        {"all ice": 3.0, "all water": -3.0}.get(rule.method, 0.0),
        rule.reference_angle / 5 - 6,
        2.0 * averages,
        2.0 * ("VV" in rule.polarisations),
        *(2 * weight for weight in rule.weights),
    ]
    return np.array(told, np.float32)


def _of_samples(share: FloatArray, level: FloatArray) -> list[float]:
    below = np.array([(share < limit).mean() for limit in _SHARES])
    odds = np.log((below + 0.003) / (1 - below + 0.003))
    dark = share[share < _DARK]
    spread = float(dark.std()) if dark.size > _FEW else 0.02
    return [*(odds / 2), *(np.quantile(level, _LEVELS) / 5), np.log(spread + 0.01)]
