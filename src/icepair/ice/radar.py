"""Ice or water from the radar's backscatter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, FloatArray, IntArray
from icepair.ice._kernels import local_mean
from icepair.ice.mixture import Mixture, fit_mixture
from icepair.ice.radar_levels import (
    REFERENCE_ANGLE,
    decibels,
    expected,
    is_cross,
    prior_slopes,
    water_components,
)
from icepair.ice.share import Neighbourhood, flattest, ice_by_share

__all__ = ["RadarRule", "fit_radar_rule", "radar_neighbourhood", "smoothed"]

_COMPONENTS = 4
_FLAT_SHARE = 0.4
_MIDDLE = 0.44
"""A little below the half: ice varies more than water, and its dark side must not be lost."""
_NO_THIN = 0.38
_THIN_BELOW = 0.6
_THIN_LEAST_WEIGHT = 0.03
_THIN_KEPT = 0.4


@dataclass(frozen=True)
class RadarRule:
    """Where water ends and ice begins in one radar scene.

    A pixel's power amounts to a share of ice: 0 at the level of water, 1 at that of thick ice,
    averaged over the polarisations by how well each tells the two apart.
    """

    method: str
    """``two classes``, ``all ice``, ``all water`` or ``no pixels``."""
    polarisations: tuple[str, ...]
    """Polarisations used, cross-polarised first."""
    water_power: tuple[float, ...]
    """Linear power of water at 30 degrees, one for each polarisation."""
    ice_power: tuple[float, ...]
    """Linear power of thick ice at 30 degrees."""
    water_slope: tuple[float, ...]
    """Change of water's power with incidence angle, dB per degree."""
    ice_slope: tuple[float, ...]
    """Change of ice's power with incidence angle, dB per degree."""
    weights: tuple[float, ...]
    """Weight of each polarisation; they sum to 1."""
    threshold: float | None
    """Share of ice above which a pixel away from edges is ice; None for a scene of one class."""
    separability: float | None
    """Ashman's D of the two classes' shares: below 2 they overlap; None for one class."""
    samples: int
    """Pixels that the levels were estimated from."""

    def share(self, powers: Mapping[str, AnyArray], incidence: AnyArray | None) -> Float32Array:
        """Share of ice that smoothed power amounts to (not cut at 0 and 1).

        Parameters
        ----------
        powers : mapping of polarisation to array (rows, columns)
            Linear power; NaN for no answer.
        incidence : array (rows, columns) or None
            Degrees; None, or NaN, stands for the reference angle.
        """
        total = np.zeros_like(next(iter(powers.values())), dtype=np.float32)
        for index, name in enumerate(self.polarisations):
            water = at_angle(self.water_power[index], self.water_slope[index], incidence)
            ice = at_angle(self.ice_power[index], self.ice_slope[index], incidence)
            total += self.weights[index] * ((powers[name] - water) / (ice - water))
        return total

    def classify(
        self,
        powers: Mapping[str, AnyArray],
        incidence: AnyArray | None,
        around: Neighbourhood,
    ) -> ByteArray:
        """Ice mask of unsmoothed power; parameters as for `share`."""
        if self.threshold is None:
            total = sum(powers[name] for name in self.polarisations)
            level = np.where(np.isnan(total), np.nan, 1.0 if self.method == "all ice" else 0.0)
            return ice_by_share(level, 0.5, around)
        share = self.share(smoothed(powers, around), incidence)
        return ice_by_share(share, self.threshold, around, middle=_MIDDLE)


def radar_neighbourhood(radar_spacing_m: float, grid_spacing_m: float) -> Neighbourhood:
    """Neighbours that steady the speckle: about 100 m for EW, 40 m for IW.

    Neighbours are as far apart as the radar's own pixels, which repeat on a finer grid.
    """
    step = max(1, round(radar_spacing_m / grid_spacing_m))
    taps = (
        (1.0, 2.0, 1.0) if max(radar_spacing_m, grid_spacing_m) >= 25 else (1.0, 2.0, 2.0, 2.0, 1.0)
    )
    return Neighbourhood(step, taps)


def smoothed(powers: Mapping[str, AnyArray], around: Neighbourhood) -> dict[str, Float32Array]:
    """Every polarisation averaged over the neighbourhood, in linear power."""
    return {name: local_mean(power, around.step, around.taps) for name, power in powers.items()}


def at_angle(power: float, slope: float, incidence: AnyArray | None) -> AnyArray:
    """Power at an incidence angle (degrees) of a class with a slope in dB per degree."""
    if incidence is None:
        return np.asarray(power, dtype=np.float32)
    off = np.nan_to_num(incidence - np.float32(REFERENCE_ANGLE))
    return np.asarray(power * np.exp(off * np.float32(slope * np.log(10) / 10)), dtype=np.float32)


def fit_radar_rule(
    powers: Mapping[str, FloatArray], incidence: FloatArray | None, rough: FloatArray
) -> RadarRule:
    """Rule for a scene from a sample of its smoothed pixels.

    Parameters
    ----------
    powers : mapping of polarisation to array (samples,)
        Smoothed linear power, finite; negative values are noise about zero.
    incidence : array (samples,) or None
        Incidence angle, degrees.
    rough : array (samples,)
        Range of the first cross-polarised (else any) channel in dB around each sample: levels
        are learnt from the flattest, so that mixed pixels are not taken for a class of their own.

    Notes
    -----
    Four normal components in dB, with slopes by component, are fitted to the flattest samples
    and split once into water and ice by what the field knows of both (`radar_levels`). A scene
    whose components all look like one class gets no threshold.
    """
    names = tuple(sorted(powers, key=lambda name: (not is_cross(name), name)))
    if len(rough) < 50 * _COMPONENTS:
        return _one_class("no pixels", names, len(rough))
    linear = np.stack([powers[name] for name in names], axis=1).astype(np.float64)
    levels = np.stack([decibels(linear[:, i], name) for i, name in enumerate(names)], axis=1)
    off_angle = (
        np.zeros(len(linear)) if incidence is None else np.nan_to_num(incidence - REFERENCE_ANGLE)
    )
    flat = flattest(rough, _FLAT_SHARE)
    mixture = fit_mixture(
        levels[flat], off_angle[flat], components=_COMPONENTS, prior_slopes=prior_slopes(names)
    )
    water = water_components(mixture, names)
    member = mixture.log_densities(levels, off_angle).argmax(axis=1)
    is_ice = np.arange(_COMPONENTS) >= water
    if is_ice[member[flat]].all() or not is_ice[member[flat]].any():
        return _one_class("all ice" if water < _COMPONENTS else "all water", names, len(linear))
    kept = _share_kept(member, flat)
    return _two_classes(names, linear[flat], off_angle[flat], mixture, member[flat], is_ice, kept)


def _share_kept(member: IntArray, flat: BoolArray) -> FloatArray:
    """Share of each component's samples that are flat; low for mixtures of two others."""
    of_all = np.bincount(member, minlength=_COMPONENTS)
    share = np.bincount(member[flat], minlength=_COMPONENTS) / np.maximum(of_all, 1)
    return np.asarray(share / share.max())


def _one_class(method: str, names: tuple[str, ...], samples: int) -> RadarRule:
    water = [expected(name, ice=False) for name in names]
    thick = [expected(name, ice=True) for name in names]
    return RadarRule(
        method=method,
        polarisations=names,
        water_power=tuple(10 ** (each.level / 10) for each in water),
        ice_power=tuple(10 ** (each.level / 10) for each in thick),
        water_slope=tuple(each.slope for each in water),
        ice_slope=tuple(each.slope for each in thick),
        weights=(1 / len(names),) * len(names),
        threshold=None,
        separability=None,
        samples=samples,
    )


def _class_level(
    linear: FloatArray,
    off_angle: FloatArray,
    mixture: Mixture,
    chosen: BoolArray,
    inside: BoolArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean power at the reference angle, its deviation, and slope of some components."""
    weight = mixture.weights[chosen]
    slope = (weight[:, None] * mixture.slopes[chosen]).sum(axis=0) / weight.sum()
    level = linear[inside] * 10 ** (-slope * off_angle[inside, None] / 10)
    return level.mean(axis=0), level.std(axis=0), slope


def _two_classes(
    names: tuple[str, ...],
    linear: FloatArray,
    off_angle: FloatArray,
    mixture: Mixture,
    member: IntArray,
    is_ice: BoolArray,
    kept: FloatArray,
) -> RadarRule:
    inside = is_ice[member]
    water, water_sigma, water_slope = _class_level(linear, off_angle, mixture, ~is_ice, ~inside)
    ice, ice_sigma, ice_slope = _class_level(linear, off_angle, mixture, is_ice, inside)
    worth = (ice - water) ** 2 / (water_sigma**2 + ice_sigma**2)
    weights = worth / worth.sum()
    slope = np.where(inside[:, None], ice_slope, water_slope)
    level = linear * 10 ** (-slope * off_angle[:, None] / 10)
    share = ((level - water) / (ice - water)) @ weights
    spread = np.sqrt(0.5 * (share[inside].var() + share[~inside].var()))
    believed = is_ice & (mixture.weights > _THIN_LEAST_WEIGHT) & (kept > _THIN_KEPT)
    return RadarRule(
        method="two classes",
        polarisations=names,
        water_power=tuple(map(float, water)),
        ice_power=tuple(map(float, ice)),
        water_slope=tuple(map(float, water_slope)),
        ice_slope=tuple(map(float, ice_slope)),
        weights=tuple(map(float, weights)),
        threshold=_threshold(share, member, believed, float(share[~inside].std())),
        separability=float(1 / spread),
        samples=len(linear),
    )


def _threshold(
    share: FloatArray, member: IntArray, believed: BoolArray, water_sigma: float
) -> float:
    """Half of the darkest kind of ice; without a dark kind, clear of the water's own spread."""
    medians = [float(np.median(share[member == k])) for k in np.flatnonzero(believed)
               if (member == k).any()]  # fmt: skip
    lowest = min(medians, default=1.0)
    if lowest < _THIN_BELOW:
        return lowest / 2
    return float(np.clip(4 * water_sigma, _NO_THIN, _MIDDLE))
