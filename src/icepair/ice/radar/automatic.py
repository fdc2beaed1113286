"""Ice or water from backscatter by levels learnt from the scene and one threshold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array, FloatArray, IntArray
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.mixture import Mixture
from icepair.ice.radar.cut import MIDDLE, clear_of_mixtures, half_of_dark
from icepair.ice.radar.learning import COMPONENTS, Learnt, learn_classes
from icepair.ice.radar.levels import (
    REFERENCE_ANGLE,
    decibels,
    expected,
    is_cross,
)
from icepair.ice.radar.looks import RadarLooks, smoothed
from icepair.ice.share import (
    Neighbourhood,
    ice_by_share,
    roughness,
    shares_at_edges,
    sharpened,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RadarRule", "automatic", "fit_radar_rule", "radar_rule", "rule_of_parts"]

_LEAST_SPREAD = 1e-6
_THIN_LEAST_WEIGHT = 0.03
_THIN_KEPT = 0.75
_THIN_BELOW_LINE_WEIGHT = 0.004
_THIN_BELOW_LINE_DB = 0.9
_THIN_CROSS_SHARE = 0.5
_PLAIN_LEAST, _PLAIN_SIGMAS = 0.15, 5.0


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
    """Linear power of water at the reference angle, one for each polarisation."""
    ice_power: tuple[float, ...]
    """Linear power of thick ice at the reference angle."""
    water_slope: tuple[float, ...]
    """Change of water's power with incidence angle, dB per degree."""
    ice_slope: tuple[float, ...]
    """Change of ice's power with incidence angle, dB per degree."""
    weights: tuple[float, ...]
    """Weight of each polarisation; they sum to 1."""
    threshold: float | None
    """Share of ice above which a pixel away from edges is ice; None for a scene of one class."""
    plain_above: float | None
    """Share clear of the water's spread: a wide plain above it is thin ice; None for one class."""
    separability: float | None
    """Ashman's D of the two classes' shares: below 2 they overlap; None for one class."""
    reference_angle: float
    """Incidence angle that powers are stated at, the scene's mean, degrees."""
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
        share: Float32Array = self._shares([powers], incidence)[0]
        return share

    def _shares(
        self, looks: Sequence[Mapping[str, AnyArray]], incidence: AnyArray | None
    ) -> Float32Array:
        """`share` of several looks at the same pixels, (looks, …)."""
        from icepair.ice.radar import _kernels

        shape = next(iter(looks[0].values())).shape
        angle = np.full(shape, np.nan, np.float32) if incidence is None else incidence
        powers = tuple(tuple(_in_rows(look[name]) for name in self.polarisations) for look in looks)
        shares = np.empty((len(looks), *shape), dtype=np.float32)
        in_rows = shares.reshape(len(looks), *powers[0][0].shape)
        reference = np.float32(self.reference_angle)
        _kernels.shares_of_power(powers, _in_rows(angle), reference, self._laws(), in_rows)
        return shares

    def _laws(self) -> tuple[tuple[np.float32, ...], ...]:
        """See `_kernels.shares_of_power`."""
        # Weighted by contrast, so that a polarisation is silent at angles where it has none.
        worth = [weight / (ice - water) ** 2 for weight, ice, water in zip(
            self.weights, self.ice_power, self.water_power, strict=True)]  # fmt: skip
        rates = [[slope * np.log(10) / 10 for slope in slopes]
                 for slopes in (self.water_slope, self.ice_slope)]  # fmt: skip
        laws = zip(self.water_power, self.ice_power, *rates, worth, strict=True)
        return tuple(tuple(map(np.float32, law)) for law in laws)

    def classify(
        self,
        powers: Mapping[str, AnyArray],
        incidence: AnyArray | None,
        around: Neighbourhood,
    ) -> Float32Array:
        """1 for ice, 0 for water of unsmoothed power; parameters as for `share`."""
        return self._votes(self._steadied(powers, incidence, around), around)

    def probability(
        self,
        powers: Mapping[str, AnyArray],
        incidence: AnyArray | None,
        around: Neighbourhood,
    ) -> Float32Array:
        """The same, and shares of ice from 0 to 1 in the mixed pixels between both."""
        steadied = self._steadied(powers, incidence, around)
        votes = self._votes(steadied, around)
        return votes if self.threshold is None else shares_at_edges(steadied[0], votes, around)

    def _steadied(
        self, powers: Mapping[str, AnyArray], incidence: AnyArray | None, around: Neighbourhood
    ) -> Float32Array:
        """Shares by the narrow and the wide mean, (2, rows, columns)."""
        looks = [smoothed(powers, around.step, taps) for taps in (around.taps, around.wide_taps)]
        return self._shares(looks, incidence)

    def _votes(self, steadied: Float32Array, around: Neighbourhood) -> Float32Array:
        sharp, steady = steadied
        if self.threshold is None:
            level = np.where(np.isnan(sharp), np.nan, 1.0 if self.method == "all ice" else 0.0)
            return ice_by_share(level, 0.5, around)
        return ice_by_share(
            sharpened(sharp, steady, around),
            self.threshold,
            around,
            middle=MIDDLE,
            plain_above=self.plain_above,
        )


def automatic(pair: xr.Dataset) -> Rule:
    """Levels of water and ice learnt from the scene's flat parts, and one threshold for it.

    Raises
    ------
    UsageError
        The pair holds no backscatter.
    """
    looks, rule = RadarLooks.of(pair), radar_rule(pair)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        return rule.probability(looks.powers(arrays), looks.incidence(arrays), looks.around)

    reach = looks.around.reach + looks.around.step
    return Rule(looks.variables, reach, probability, dataclasses.asdict(rule))


def radar_rule(pair: xr.Dataset) -> RadarRule:
    """Rule that tells ice from water in the radar scene of a pair; errors as `automatic`."""
    looks = RadarLooks.of(pair)
    parts = patches(pair, looks.variables, looks.around.reach)
    powers, angles = (
        [looks.powers(part) for part in parts],
        [looks.incidence(part) for part in parts],
    )
    return rule_of_parts(powers, angles, looks.around)


def rule_of_parts(
    powers: Sequence[Mapping[str, AnyArray]],
    angles: Sequence[AnyArray | None],
    around: Neighbourhood,
) -> RadarRule:
    """Rule for a scene from some parts of it.

    Parameters
    ----------
    powers : sequence of mapping of polarisation to array (rows, columns)
        Linear power, not steadied, NaN for no answer; the cross-polarised first.
    angles : sequence of array (rows, columns) or None
        Incidence angles, degrees.
    around : Neighbourhood
        By which power is steadied.
    """
    names = list(powers[0])
    columns: dict[str, list[AnyArray]] = {name: [] for name in (*names, "angle", "rough")}
    for power, angle in zip(powers, angles, strict=True):
        steadied = smoothed(power, around.step, around.wide_taps)
        first = steadied[names[0]]
        columns["angle"].append(np.full(first.shape, np.nan) if angle is None else angle)
        columns["rough"].append(roughness(decibels(first, names[0]), around))
        for name, values in steadied.items():
            columns[name].append(values)
    sample = thinned(columns, [*names, "rough"])
    return fit_radar_rule({name: sample[name] for name in names}, sample["angle"], sample["rough"])


def _in_rows(values: AnyArray) -> Float32Array:
    """Float32 (rows, columns) in one layout, for which kernels are compiled once."""
    return np.ascontiguousarray(np.atleast_2d(values), dtype=np.float32)


def fit_radar_rule(
    powers: Mapping[str, AnyArray], incidence: FloatArray | None, rough: FloatArray
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
    Classes are learnt from the flattest samples (`radar_learning`); a scene of one class gets no
    threshold.
    """
    names = tuple(sorted(powers, key=lambda name: (not is_cross(name), name)))
    if len(rough) < 50 * COMPONENTS:
        return _one_class("no pixels", names, REFERENCE_ANGLE, len(rough))
    linear = np.stack([powers[name] for name in names], axis=1).astype(np.float64)
    levels = np.stack([decibels(linear[:, i], name) for i, name in enumerate(names)], axis=1)
    angle = _mean_angle(incidence)
    off_angle = np.zeros(len(linear)) if incidence is None else np.nan_to_num(incidence - angle)
    learnt = learn_classes(levels, off_angle, rough, names, angle)
    if not learnt.shows_both:
        method = "all ice" if learnt.is_ice[-1] else "all water"
        return _one_class(method, names, angle, len(linear))
    flat = learnt.flat
    rule, threshold, shows_thin = _two_classes(names, linear[flat], off_angle[flat], learnt)
    rule = dataclasses.replace(rule, reference_angle=angle)
    if not shows_thin:
        threshold = clear_of_mixtures(threshold, rule.share(powers, incidence), flat)
    return dataclasses.replace(rule, threshold=threshold)


def _mean_angle(incidence: FloatArray | None) -> float:
    known = np.array([]) if incidence is None else incidence[np.isfinite(incidence)]
    return float(known.mean()) if known.size else REFERENCE_ANGLE


def _one_class(method: str, names: tuple[str, ...], angle: float, samples: int) -> RadarRule:
    water = [expected(name, angle, ice=False) for name in names]
    thick = [expected(name, angle, ice=True) for name in names]
    return RadarRule(
        method=method,
        polarisations=names,
        water_power=tuple(10 ** (each.level / 10) for each in water),
        ice_power=tuple(10 ** (each.level / 10) for each in thick),
        water_slope=tuple(each.slope for each in water),
        ice_slope=tuple(each.slope for each in thick),
        weights=(1 / len(names),) * len(names),
        threshold=None,
        plain_above=None,
        separability=None,
        reference_angle=angle,
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
    learnt: Learnt,
) -> tuple[RadarRule, float, bool]:
    """Rule without its threshold, half of the dark ice, and whether thin ice shows its colour."""
    mixture, is_ice, kept = learnt.mixture, learnt.is_ice, learnt.share_kept()
    member = learnt.member[learnt.flat]
    inside = is_ice[member]
    water, water_sigma, water_slope = _class_level(linear, off_angle, mixture, ~is_ice, ~inside)
    ice, ice_sigma, ice_slope = _class_level(linear, off_angle, mixture, is_ice, inside)
    slope = np.where(inside[:, None], ice_slope, water_slope)
    level = linear * 10 ** (-slope * off_angle[:, None] / 10)
    shares = (level - water) / (ice - water)
    thin = _below_mixtures(level, shares, water, ice, mixture, member, is_ice)
    worth = (ice - water) ** 2 / (water_sigma**2 + ice_sigma**2 + _LEAST_SPREAD**2)
    if thin.any():
        worth = _worth_for_thin(shares, ~inside, thin[member])
    weights = worth / worth.sum()
    share = shares @ weights
    spread = np.sqrt(0.5 * (share[inside].var() + share[~inside].var())) + _LEAST_SPREAD
    believed = is_ice & (mixture.weights > _THIN_LEAST_WEIGHT) & (kept > _THIN_KEPT) | thin
    sigma = float(share[~inside].std())
    threshold = half_of_dark([share[member == k] for k in np.flatnonzero(believed)], sigma)
    rule = RadarRule(
        method="two classes",
        polarisations=names,
        water_power=tuple(map(float, water)),
        ice_power=tuple(map(float, ice)),
        water_slope=tuple(map(float, water_slope)),
        ice_slope=tuple(map(float, ice_slope)),
        weights=tuple(map(float, weights)),
        threshold=None,
        plain_above=max(_PLAIN_LEAST, _PLAIN_SIGMAS * sigma),
        separability=float(1 / spread),
        reference_angle=REFERENCE_ANGLE,
        samples=len(linear),
    )
    return rule, threshold, bool(thin.any())


def _below_mixtures(
    level: FloatArray,
    shares: FloatArray,
    water: FloatArray,
    ice: FloatArray,
    mixture: Mixture,
    member: IntArray,
    is_ice: BoolArray,
) -> BoolArray:
    """Components that are too dark, co-polarised, to be a mixture of water and thick ice.

    A mixture lies on the line between the two; of thin ice, which shines in cross-polarisation
    like a mixture, the co-polarised power lies below that line.
    """
    thin = np.zeros(COMPONENTS, dtype=bool)
    if level.shape[1] < 2:
        return thin
    line = water[1] + np.clip(shares[:, 0], 0.0, 1.0) * (ice[1] - water[1])
    below = 10 * np.log10(line / np.maximum(level[:, 1], _LEAST_SPREAD))
    for k in np.flatnonzero(is_ice & (mixture.weights > _THIN_BELOW_LINE_WEIGHT)):
        inside = member == k
        cross = _median(shares[inside, 0])
        thin[k] = 0.05 < cross < _THIN_CROSS_SHARE and _median(below[inside]) > _THIN_BELOW_LINE_DB
    return thin


def _worth_for_thin(shares: FloatArray, water: BoolArray, thin: BoolArray) -> FloatArray:
    """How well each polarisation tells thin ice from water."""
    rise = np.median(shares[thin], axis=0) - shares[water].mean(axis=0)
    spread = shares[water].var(axis=0) + shares[thin].var(axis=0) + _LEAST_SPREAD**2
    return np.asarray(np.maximum(rise, 0.0) / spread)


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else np.inf
