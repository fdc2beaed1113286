"""Share of ice in every pixel from its spectrum and its neighbours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array, FloatArray
from icepair.conventions import reflectance_name
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.optical.bands import bands_of, brightness
from icepair.ice.optical.modes import Mode, modes_of, scaled, separation

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SpectralRule", "infrared_of", "spectral", "spectral_rule"]

_INFRARED = ("B08", "B8A", "B07")
_BLUE, _RED = "B02", "B04"
_WATER = {"B02": 0.10, "B03": 0.07, "B04": 0.05, "B07": 0.04, "B08": 0.035, "B8A": 0.035}
_SNOW = {"B02": 0.81, "B03": 0.80, "B04": 0.78, "B07": 0.74, "B08": 0.72, "B8A": 0.71}
_OTHER_WATER, _OTHER_SNOW = 0.06, 0.75
_USUAL_SPREAD, _LEAST_SPREAD = 0.008, 0.0015  # reflectance
_SHADOWED, _FAR_MORE = 1.5, 5.0
_DEEP_SHADOW, _SAME_COLOUR, _NEAR_MODE = 2.5, 0.12, 0.05
_BRIGHTEST_WATER = 0.17
_CLEAR, _CLEARER, _FURTHEST = 4.0, 8.0, 0.1
_LEAST_PIXELS, _LEAST_ICE = 250, 50
_FLAT_RANGE = 0.25
_EDGE = (0.02, 0.98)
_WITHOUT_WATER = 5.0
"""How much less likely, as a logarithm, mixtures with water are where there is none."""

# Weights of what makes a pixel a mixture, and of what makes the brightest ice of its neighbourhood
# the ice in it: see `_kernels.ice_shares`. Fitted to scenes with known shares of ice by the bands
# that tell mixtures apart.
_WEIGHTS = {
    "infrared and colour": (
        (4.8, -0.81, 1.38, -7.66, -6.81, -1.05, 7.88, -1.96, -2.66, 3.15),
        (-3.46, 8.74, 0.04, 6.69, -1.12, -3.38, -3.75, 0.66),
    ),
    "infrared": (
        (4.86, -0.85, 1.71, -7.76, -7.62, 0.0, 7.74, -2.04, -2.63, 2.86),
        (-3.79, 8.81, 0.4, 6.28, -1.08, -4.36, -3.83, 3.08),
    ),
    "colour": (
        (2.97, -0.01, 4.56, -1.39, 0.0, -10.03, 3.8, -1.85, -3.06, 0.0),
        (-0.6, 6.8, -0.54, 2.6, 0.0, -3.53, 0.0, 0.0),
    ),
    "brightness alone": (
        (5.35, -1.02, 6.93, -1.72, 0.0, 0.0, 4.12, -6.56, -2.7, 0.0),
        (-0.59, 5.15, -0.53, 1.94, 0.0, -1.1, 0.0, 0.0),
    ),
}


@dataclass(frozen=True)
class SpectralRule:
    """What one optical scene taught of water and ice."""

    method: str
    """``two classes``, ``all ice``, ``all water`` or ``no pixels``. Where one class shows, the
    usual level of the other is taken."""
    bands: tuple[str, ...]
    """Bands whose mean is the brightness."""
    told_by: str
    """What tells mixtures of ice and water from thin ice and ponds: ``infrared and colour``,
    ``infrared``, ``colour`` or ``brightness alone``."""
    water: Mapping[str, float]
    """Reflectance of water by band."""
    ice: Mapping[str, float]
    """Reflectance of the brightest ice by band."""
    water_brightness: float
    """Brightness of water."""
    ice_brightness: float
    """Brightness of the brightest ice."""
    water_spread: float
    """Standard deviation of the water's brightness."""
    ice_spread: float
    """Standard deviation of the brightest ice's brightness."""
    threshold: float
    """Brightness to which a pixel is water."""
    modes: tuple[float, ...]
    """Brightness of the scene's modes."""
    separability: float | None
    """Ashman's D of water and the mode above it; None where there is one class."""
    ambiguous: float | None = None
    """Mean of p (1 - p) over pixels of the sample."""
    edge_share: float | None = None
    """Share of the sample's pixels that are mixtures."""
    samples: int = 0
    """Pixels that the levels were estimated from."""

    def shares(self, arrays: Mapping[str, AnyArray]) -> Float32Array:
        """Expected share of ice from reflectances (rows, columns); NaN for no answer."""
        from icepair.ice.optical._kernels import ice_shares

        bright, bands, line, levels = self.seen(arrays)
        if self.method == "no pixels":
            return np.full(bright.shape, np.nan, dtype=np.float32)
        mixing, trust = _WEIGHTS[self.told_by]
        if self.method == "all ice":
            mixing = (mixing[0] - _WITHOUT_WATER, *mixing[1:])
        result: Float32Array = ice_shares(bright, bands, line, levels, mixing, trust)
        return result

    def seen(self, arrays: Mapping[str, AnyArray]) -> tuple[Any, ...]:
        """What `_kernels.ice_shares` and `_kernels.appearance` look at, in their order."""
        bright = brightness(arrays, self.bands)
        span = self.ice_brightness - self.water_brightness
        levels = (self.water_brightness, span, self.threshold)
        return bright, self._telling(arrays, bright), self._line_of_mixtures(), levels

    def shapes(self, arrays: Mapping[str, AnyArray]) -> tuple[Float32Array, Float32Array]:
        """Lack of infrared and blueness of pixels (rows, columns), 0 for snow mixed with water.

        Both for the excess brightness over water; NaN where no band tells them.
        """
        from icepair.ice.optical._kernels import spectral_shapes

        bright, (infrared, blue, red), line, levels = self.seen(arrays)
        dull, blueness = spectral_shapes(bright, infrared, blue, red, line, levels[0])
        return dull, blueness

    def _telling(
        self, arrays: Mapping[str, AnyArray], bright: Float32Array
    ) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Infrared, blue and red; brightness in place of a band that there is not."""
        infrared, blue, red = (
            arrays[reflectance_name(band)] if band and band in self.water else bright
            for band in (infrared_of(self.water), _BLUE, _RED)
        )
        return infrared, blue, red

    def _line_of_mixtures(self) -> tuple[float, float, float, float]:
        """See `_kernels.ice_shares`."""
        of_infrared = of_colour = (math.nan, math.nan)
        span = self.ice_brightness - self.water_brightness
        infrared = infrared_of(self.water)
        if infrared:
            gain = span / max(self.ice[infrared] - self.water[infrared], 0.02)
            of_infrared = self.water[infrared], gain
        if "colour" in self.told_by:
            of_water = self.water[_BLUE] - self.water[_RED]
            slope = (self.ice[_BLUE] - self.ice[_RED] - of_water) / span
            of_colour = of_water - slope * self.water_brightness, slope
        return *of_infrared, *of_colour


def spectral(pair: xr.Dataset) -> Rule:
    """Shares of ice by spectrum and neighbourhood, with levels learnt from the scene.

    Mixtures of water and ice lie on the line between the two in all bands and have unlike
    neighbours: they are unmixed. Thin ice and ponds lie off that line and have like neighbours:
    they are ice as a whole.

    Raises
    ------
    UsageError
        The pair holds no band in which ice differs from water.
    """
    from icepair.ice.optical._kernels import REACH

    rule = spectral_rule(pair)
    variables = tuple(map(reflectance_name, rule.water))
    return Rule(variables, REACH, rule.shares, asdict(rule))


def spectral_rule(pair: xr.Dataset) -> SpectralRule:
    """Rule that tells the share of ice in the optical scene of a pair; errors as `spectral`."""
    from icepair.ice.optical._kernels import range_of_nine

    bright_bands = bands_of(pair)
    bands = _used(pair, bright_bands)
    parts = patches(pair, map(reflectance_name, bands), 1)
    columns: dict[str, list[AnyArray]] = {band: [] for band in (*bands, "bright", "low", "high")}
    for part in parts:
        bright = brightness(part, bright_bands)
        low, high = range_of_nine(bright)
        more = {band: part[reflectance_name(band)] for band in bands}
        for name, values in (more | {"bright": bright, "low": low, "high": high}).items():
            columns[name].append(values)
    sample = thinned(columns, [*bands, "bright"])
    sample["rough"] = scaled(sample["high"]) - scaled(sample["low"])
    rule = fit_spectral_rule(sample, bright_bands, bands)
    return rule if rule.method == "no pixels" else _with_shares(rule, parts)


def fit_spectral_rule(
    sample: Mapping[str, AnyArray], bright_bands: tuple[str, ...], bands: Sequence[str]
) -> SpectralRule:
    """Rule for a scene from a sample of its pixels.

    Parameters
    ----------
    sample : mapping of str to array (samples,)
        Reflectance by band, ``bright`` (their brightness) and ``rough`` (range of `modes.scaled`
        brightness around each sample); finite.
    bright_bands, bands : sequence of str
        Bands that brightness is the mean of, and all that are looked at.

    Notes
    -----
    Water is the darkest mode of brightness where that lies below 0.17: open water under haze and
    glint does not reach further, and is darker than any ice beside it. A mode up to half as bright
    again with more than five times the pixels is water, and the darkest water in shadow; so is one
    up to two and a half times as bright whose bands are all brighter by one factor. Its spread
    comes from the darker half of its mode, to which mixtures with ice do not belong. A pixel is
    water to 4 spreads above water, or 8 where the valley beside the mode lies as far. The brightest
    ice is the top tenth of what is clear of water, or the brightest mode where that is brighter.
    """
    bright, flat = sample["bright"], sample["rough"] < _FLAT_RANGE
    usual = _usual(bright_bands, bands)
    if len(bright) < _LEAST_PIXELS:
        return usual
    modes = modes_of(bright, sample["rough"])
    usual = replace(usual, samples=len(bright), modes=tuple(mode.level for mode in modes))
    wet = bool(modes) and modes[0].level < _BRIGHTEST_WATER
    rule = _with_water(usual, *_water_of(modes, sample, bands), sample, flat) if wet else usual
    above = rule.water_brightness + max(6 * rule.water_spread, 0.05)
    frozen = flat & (bright > above)
    icy = int(frozen.sum()) >= _LEAST_ICE
    if icy:
        rule = _with_ice(rule, modes, sample, frozen)
    words = {(True, True): "two classes", (False, True): "all ice", (True, False): "all water"}
    apart = separation(modes[0], modes[1]) if wet and icy and len(modes) > 1 else None
    return replace(rule, method=words.get((wet, icy), "all ice"), separability=apart)


def _used(pair: xr.Dataset, bright_bands: tuple[str, ...]) -> list[str]:
    """Bands of brightness, blue, red and one of the near infrared, as far as the pair has them."""
    infrared = [band for band in _INFRARED if reflectance_name(band) in pair][:1]
    wanted = [*bright_bands, _BLUE, _RED, *infrared]
    return [band for band in dict.fromkeys(wanted) if reflectance_name(band) in pair]


def infrared_of(bands: Mapping[str, float] | Sequence[str]) -> str | None:
    """Band of the near infrared that is looked at; None where there is none."""
    return next((band for band in _INFRARED if band in bands), None)


def _told_by(bright_bands: tuple[str, ...], bands: Sequence[str]) -> str:
    kinds = []
    if infrared_of(bands) and infrared_of(bands) not in bright_bands:
        kinds.append("infrared")
    if _BLUE in bands and _RED in bands:
        kinds.append("colour")
    return " and ".join(kinds) or "brightness alone"


def _usual(bright_bands: tuple[str, ...], bands: Sequence[str]) -> SpectralRule:
    """Rule for a scene that taught nothing."""
    water = {band: _WATER.get(band, _OTHER_WATER) for band in bands}
    ice = {band: _SNOW.get(band, _OTHER_SNOW) for band in bands}
    level = _mean(water, bright_bands)
    return SpectralRule(
        method="no pixels", bands=bright_bands, told_by=_told_by(bright_bands, bands), water=water,
        ice=ice, water_brightness=level, ice_brightness=_mean(ice, bright_bands),
        water_spread=_USUAL_SPREAD, ice_spread=0.1, threshold=level + 2 * _CLEAR * _USUAL_SPREAD,
        modes=(), separability=None,
    )  # fmt: skip


def _mean(levels: Mapping[str, float], bands: Sequence[str]) -> float:
    return float(np.mean([levels[band] for band in bands]))


def _medians(sample: Mapping[str, AnyArray], bands: Sequence[str], chosen: BoolArray
             ) -> dict[str, float]:  # fmt: skip
    return {band: float(np.median(sample[band][chosen])) for band in bands}


def _water_of(
    modes: Sequence[Mode], sample: Mapping[str, AnyArray], bands: Sequence[str]
) -> tuple[Mode, float]:
    """Mode of lit water, and the brightness below which water lies in shadow.

    Shadow makes a mode of its own. Lit water is a mode hardly brighter that holds far more, or one
    of the same colour: shadow darkens all bands by one factor, ice whitens.
    """
    darkest = modes[0]
    near = [mode for mode in modes if mode.level < _SHADOWED * darkest.level]
    main = max(near, key=lambda mode: mode.weight)
    water = main if main.weight > _FAR_MORE * darkest.weight else darkest
    most = min(_DEEP_SHADOW * darkest.level, _BRIGHTEST_WATER)
    lit = [mode for mode in modes if water.level < mode.level < most]
    water = next((m for m in reversed(lit) if _alike(water, m, sample, bands)), water)
    number = modes.index(water)
    return water, modes[number - 1].ends if number else 0.0


def _alike(dark: Mode, lit: Mode, sample: Mapping[str, AnyArray], bands: Sequence[str]) -> bool:
    """Whether all bands of one mode are brighter than the other's by about one factor."""
    levels = []
    for mode in (dark, lit):
        near = np.abs(sample["bright"] / mode.level - 1.0) < _NEAR_MODE
        if len(bands) < 2 or not near.any():
            return False
        levels.append([float(np.median(sample[band][near])) for band in bands])
    factors = np.log(np.maximum(levels, _LEAST_SPREAD))
    return float(np.ptp(factors[1] - factors[0])) < _SAME_COLOUR


def _with_water(
    rule: SpectralRule, mode: Mode, shadowed: float, sample: Mapping[str, AnyArray],
    flat: BoolArray,
) -> SpectralRule:  # fmt: skip
    bright: FloatArray = sample["bright"]
    darker = bright[(bright < mode.level) & (bright > max(mode.level - 0.08, shadowed))]
    spread = 1.4826 * float(np.median(mode.level - darker)) if darker.size > 20 else 0.004
    spread = max(spread, _LEAST_SPREAD)
    near = flat & (np.abs(bright - mode.level) < 3 * spread)
    water = _medians(sample, tuple(rule.water), near if near.any() else flat)
    level = _mean(water, rule.bands)
    clear = max(level + _CLEAR * spread, min(mode.ends, level + _CLEARER * spread))
    return replace(
        rule, water=water, water_brightness=level, water_spread=spread,
        threshold=min(clear, level + _FURTHEST),
    )  # fmt: skip


def _with_ice(
    rule: SpectralRule, modes: Sequence[Mode], sample: Mapping[str, AnyArray], frozen: BoolArray
) -> SpectralRule:
    bright: FloatArray = sample["bright"]
    # A few floes of snow among much thin ice or brash make a mode, but no tenth.
    top = max(float(np.quantile(bright[frozen], 0.9)), modes[-1].level if modes else 0.0)
    brightest = frozen & (np.abs(bright / top - 1.0) < 0.15)
    if not brightest.any():
        return rule
    ice = _medians(sample, tuple(rule.ice), brightest)
    spread = float(np.std(bright[brightest]))
    return replace(rule, ice=ice, ice_brightness=_mean(ice, rule.bands), ice_spread=spread)


def _with_shares(rule: SpectralRule, parts: Sequence[Mapping[str, AnyArray]]) -> SpectralRule:
    """Rule with what it makes of some of the sample, for the record."""
    some = [rule.shares(part) for part in parts[:: max(1, len(parts) // 8)]]
    share = np.concatenate([values[np.isfinite(values)] for values in some])
    if not share.size:
        return rule
    mixed = (share > _EDGE[0]) & (share < _EDGE[1])
    ambiguous = float((share * (1 - share)).mean(dtype=np.float64))
    return replace(rule, ambiguous=ambiguous, edge_share=float(mixed.mean()))
