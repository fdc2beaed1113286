"""The levels of water and ice in a radar scene, learnt from its flat parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.ice.mixture import Mixture, fit_mixture
from icepair.ice.radar.levels import prior_slopes, water_components
from icepair.ice.share import flattest

__all__ = ["COMPONENTS", "Learnt", "learn_classes"]

COMPONENTS = 8
"""Normal components; more than there are classes, neighbours then share a class."""

_FLAT_SHARE = 0.3
_SCALE_ENDS = (0.001, 0.999)
_DARKER_DB = 2.0
_LITTLE_WATER = 0.25


@dataclass(frozen=True)
class Learnt:
    """Components of some flat samples, split into water and ice."""

    flat: BoolArray
    """Which samples they were fitted to, (samples,)."""
    mixture: Mixture
    member: IntArray
    """Component of every sample, (samples,)."""
    is_ice: BoolArray
    """Which components are ice, (components,)."""
    water_level: float
    """Mean of the flat samples of water in the first polarisation, dB; NaN without any."""

    @property
    def shows_both(self) -> bool:
        """Whether there are flat samples of water and of ice."""
        inside = self.is_ice[self.member[self.flat]]
        return bool(inside.any() and not inside.all())

    @property
    def water_share(self) -> float:
        """Share of all samples, flat or not, that fall to water."""
        return float((~self.is_ice[self.member]).mean())

    def share_kept(self) -> FloatArray:
        """Share of each component's samples that are flat, by that of water's main component.

        It is low for a component that is nothing but mixed pixels of two others.
        """
        of_all = np.bincount(self.member, minlength=COMPONENTS)
        of_flat = np.bincount(self.member[self.flat], minlength=COMPONENTS)
        share = of_flat / np.maximum(of_all, 1)
        main = np.where(self.is_ice, 0, of_all).argmax()
        return np.asarray(share / max(share[main], 1e-6))


def learn_classes(
    levels: FloatArray,
    off_angle: FloatArray,
    rough: FloatArray,
    names: tuple[str, ...],
    angle: float,
) -> Learnt:
    """Classes of the flattest samples of a scene.

    Parameters
    ----------
    levels : array (samples, polarisations)
        On the raised scale, dB.
    off_angle : array (samples,)
        Incidence angle less `angle`, degrees.
    rough : array (samples,)
        Range of the first polarisation around each sample, dB.
    names : tuple of str
        Polarisations, cross-polarised first.
    angle : float
        Incidence angle that means are stated at, degrees.

    Notes
    -----
    Normal components with slopes of their own are fitted to the flattest samples and split once
    into water and ice by what the field knows of both (`radar_levels`). Where that finds little
    water or only one class, it is done again with flat samples of every brightness, which count
    where the first miss a class, or miss water that is darker than what they call water: that was
    thin ice.
    """
    flat = flattest(rough, _FLAT_SHARE)
    usual = _learn(levels, off_angle, flat, names, angle)
    if usual.shows_both and usual.water_share > _LITTLE_WATER:
        return usual
    flat = _flattest_of_quarters(rough, levels[:, 0])
    spread_out = _learn(levels, off_angle, flat, names, angle)
    if not (spread_out.shows_both and usual.shows_both):
        return spread_out if spread_out.shows_both else usual
    darker = spread_out.water_level < usual.water_level - _DARKER_DB
    return spread_out if darker else usual


def _flattest_of_quarters(rough: FloatArray, level: FloatArray) -> BoolArray:
    """Flattest samples of every quarter of the scale from dark to bright.

    Where one class covers nearly everything, the other is nowhere among the flattest of all.
    """
    low, high = np.quantile(level, _SCALE_ENDS)
    quarter = np.digitize(level, np.linspace(low, high, 5)[1:4])
    flat = np.zeros(len(rough), dtype=bool)
    for inside in (quarter == each for each in np.unique(quarter)):
        flat[inside] = flattest(rough[inside], _FLAT_SHARE)
    return flat


def _learn(
    levels: FloatArray,
    off_angle: FloatArray,
    flat: BoolArray,
    names: tuple[str, ...],
    angle: float,
) -> Learnt:
    mixture = fit_mixture(
        levels[flat], off_angle[flat], components=COMPONENTS, prior_slopes=prior_slopes(names)
    )
    is_ice = np.arange(COMPONENTS) >= water_components(mixture, names, angle)
    member = mixture.log_densities(levels, off_angle).argmax(axis=1)
    water = levels[flat & ~is_ice[member], 0]
    return Learnt(flat, mixture, member, is_ice, float(water.mean()) if water.size else np.nan)
