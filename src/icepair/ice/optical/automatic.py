"""Ice or water from reflectance by levels learnt from the scene and one threshold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.conventions import reflectance_name
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.mixture import Mixture, fit_mixture
from icepair.ice.optical.bands import bands_of, brightness
from icepair.ice.optical.modes import modes_of, scaled, separation
from icepair.ice.share import Neighbourhood, flattest, ice_by_share, roughness

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["OpticalRule", "automatic", "fit_optical_rule", "optical_rule"]

_AROUND = Neighbourhood(1, (1.0,))
"""Reflectance needs no smoothing; edges are looked for among the eight neighbours."""

_COMPONENTS = 5
_FLAT_SHARE = 0.4
_LIFT = 0.05
_APART = 2.0
_WATER_LEVEL, _ICE_LEAST, _LEVEL_SIGMA = 0.06, 0.15, 0.03
_FIXED_THRESHOLD = 0.13
_LOWEST_THRESHOLD, _HIGHEST_THRESHOLD = 0.06, 0.25
_LEAST_CLASS = 0.002
_LEAST_SPREAD = 1e-4  # reflectance; one digital number
_THIN_LEAST_WEIGHT = 0.01


@dataclass(frozen=True)
class OpticalRule:
    """Where water ends and ice begins in one optical scene.

    Brightness is the mean reflectance of the bands: snow, bare ice, thin ice and ponds are
    brighter than water in the visible, whereas ponds are as dark as water in the infrared.
    """

    method: str
    """``two classes``, ``all ice``, ``all water`` (both by the fixed threshold) or
    ``no pixels``."""
    bands: tuple[str, ...]
    """Bands whose mean is the brightness."""
    water_brightness: float
    """Reflectance of water."""
    ice_brightness: float
    """Reflectance of thick ice."""
    threshold: float
    """Brightness above which a pixel away from edges is ice."""
    separability: float | None
    """Ashman's D of the two classes; None where there is one."""
    samples: int
    """Pixels that the levels were estimated from."""
    modes: tuple[float, ...] = ()
    """Brightness of the scene's modes (`icepair.ice.optical.modes`)."""
    two_modes: bool = False
    """Whether two modes exist at all: Ashman's D of the darkest and the next is above 2."""
    mode_separation: float | None = None
    """That D; None where there is one mode."""

    def classify(self, bright: AnyArray) -> Float32Array:
        """1 for ice, 0 for water of brightness (rows, columns); NaN for no answer."""
        span = self.ice_brightness - self.water_brightness
        share = (bright - np.float32(self.water_brightness)) / np.float32(span)
        limit = (self.threshold - self.water_brightness) / span
        return ice_by_share(share, limit, _AROUND)


def automatic(pair: xr.Dataset) -> Rule:
    """Levels of water and ice learnt from the scene's flat parts, and one threshold for it.

    Raises
    ------
    UsageError
        The pair holds no band in which ice differs from water.
    """
    rule = optical_rule(pair)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        return rule.classify(brightness(arrays, rule.bands))

    variables = tuple(map(reflectance_name, rule.bands))
    return Rule(variables, _AROUND.reach, probability, dataclasses.asdict(rule))


def optical_rule(pair: xr.Dataset) -> OpticalRule:
    """Rule that tells ice from water in the optical scene of a pair; errors as `automatic`."""
    bands = bands_of(pair)
    columns: dict[str, list[AnyArray]] = {"bright": [], "rough": []}
    for patch in patches(pair, map(reflectance_name, bands), _AROUND.reach):
        bright = brightness(patch, bands)
        columns["bright"].append(bright)
        columns["rough"].append(roughness(scaled(bright), _AROUND))
    sample = thinned(columns, ["bright"])
    return _tested(sample["bright"], sample["rough"], bands)


def _tested(bright: FloatArray, rough: FloatArray, bands: tuple[str, ...]) -> OpticalRule:
    """Rule for a scene: one class, with the fixed threshold, where there are no two modes."""
    modes = modes_of(bright, rough) if len(bright) else []
    apart = separation(modes[0], modes[1]) if len(modes) > 1 else None
    two = apart is not None and apart > _APART
    rule = fit_optical_rule(bright, rough, bands)
    if rule.method == "two classes" and not two:
        one = "all ice" if float(np.median(bright)) > _FIXED_THRESHOLD else "all water"
        rule = _fixed(one, bands, len(bright))
    levels = tuple(mode.level for mode in modes)
    return dataclasses.replace(rule, modes=levels, two_modes=two, mode_separation=apart)


def fit_optical_rule(bright: FloatArray, rough: FloatArray, bands: tuple[str, ...]) -> OpticalRule:
    """Rule for a scene from a sample of its pixels.

    Parameters
    ----------
    bright : array (samples,)
        Brightness, finite.
    rough : array (samples,)
        Range of `scaled` brightness around each sample, as for `radar.fit_radar_rule`.
    bands : tuple of str
        For the record.

    Notes
    -----
    Normal components of log(brightness + 0.05) are split into water (reflectance about 0.06) and
    ice (0.15 and above). The threshold lies half way from water to the darkest kind of ice, kept
    between 0.06 and 0.25. Where only one class shows, a fixed 0.13 still finds its exceptions.
    """
    if len(bright) < 50 * _COMPONENTS:
        return _fixed("no pixels", bands, len(bright))
    flat = bright[flattest(rough, _FLAT_SHARE)].astype(np.float64)
    features, still = scaled(flat)[:, None], np.zeros(len(flat))
    mixture = fit_mixture(features, still, components=_COMPONENTS, prior_slopes=np.zeros(1))
    water = _water_components(mixture)
    member = mixture.log_densities(features, still).argmax(axis=1)
    inside = member >= water
    if inside.all() or not inside.any():
        return _fixed("all ice" if water < _COMPONENTS else "all water", bands, len(bright))
    kinds = [float(np.median(flat[member == k])) for k in range(water, _COMPONENTS)
             if (member == k).mean() > _THIN_LEAST_WEIGHT]  # fmt: skip
    return _two_classes(flat, inside, kinds, bands)


def _fixed(method: str, bands: tuple[str, ...], samples: int) -> OpticalRule:
    return OpticalRule(method, bands, _WATER_LEVEL, 0.7, _FIXED_THRESHOLD, None, samples)


def _two_classes(
    flat: FloatArray, inside: AnyArray, kinds: list[float], bands: tuple[str, ...]
) -> OpticalRule:
    water, spread = float(np.median(flat[~inside])), float(flat[~inside].std())
    thick = float(np.quantile(flat[inside], 0.75))
    darkest = min(kinds, default=thick)
    clear = np.clip(water + 4 * spread, _LOWEST_THRESHOLD, _HIGHEST_THRESHOLD)
    threshold = np.clip(0.5 * (water + darkest), clear, _HIGHEST_THRESHOLD)
    both = np.sqrt(0.5 * (flat[inside].var() + flat[~inside].var())) + _LEAST_SPREAD
    return OpticalRule(
        method="two classes",
        bands=bands,
        water_brightness=water,
        ice_brightness=thick,
        threshold=float(min(threshold, 0.5 * (water + thick))),
        separability=float((flat[inside].mean() - flat[~inside].mean()) / both),
        samples=len(flat),
    )


def _water_components(mixture: Mixture) -> int:
    """Number of components, from the darkest, that are water."""
    count = len(mixture.weights)
    level = np.exp(mixture.means[:, 0]) - _LIFT
    as_water = -0.5 * np.minimum(((level - _WATER_LEVEL) / _LEVEL_SIGMA) ** 2, 16.0)
    as_ice = -0.5 * np.minimum((np.minimum(level - _ICE_LEAST, 0.0) / _LEVEL_SIGMA) ** 2, 16.0)
    evidence = np.minimum(1.0, mixture.weights / 0.02)
    gain = np.concatenate([[0.0], np.cumsum(evidence * (as_water - as_ice))])
    gain[1:count] += np.clip(3 * (np.diff(mixture.means[:, 0]) - 0.2), -1.0, 1.5)
    below = np.cumsum(mixture.weights)[:-1]
    gain[1:count][np.minimum(below, 1 - below) < _LEAST_CLASS] = -np.inf
    return int(gain.argmax())
