"""Shares of ice in optical pixels: mixtures are unmixed, thin ice and ponds are ice as a whole."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from numpy.lib.stride_tricks import sliding_window_view as windows_of
from toy_ice import THICK, THIN, WATER, Toy, scene

from icepair.ice import sea_ice
from icepair.ice.methods import DEFAULTS, method_of
from icepair.ice.optical import _kernels
from icepair.ice.optical.classes import (
    BARE_OR_PONDED,
    OPEN_WATER,
    SNOW_COVERED,
    surface_classes,
)
from icepair.ice.optical.classes import (
    THIN as THIN_CLASS,
)
from icepair.ice.optical.modes import modes_of, scaled, separation

BANDS = ("B02", "B03", "B04", "B08")
SHAPE = (240, 260)


def optical(reflectance, noise=0.003, seed=5):
    """Pair's optical variables from reflectance by band, with sensor noise."""
    rng = np.random.default_rng(seed)
    return xr.Dataset(
        {
            f"s2_{band.lower()}": (
                ("y", "x"),
                (values + rng.normal(0, noise, values.shape)).astype(np.float32),
            )
            for band, values in reflectance.items()
        },
        coords={name: np.arange(SHAPE[k]) for k, name in enumerate(("y", "x"))},
    )


def blended(share, kind, bands=BANDS):
    """Spectra of pixels of which `share` is of a kind and the rest is water."""
    return {band: WATER[band] + share * (kind[band] - WATER[band]) for band in bands}


def shares_of(pair, method="spectral"):
    rule = method_of("s2", method)(pair)
    return rule.probability({name: pair[name].values for name in rule.variables}), rule


def floe_with_soft_edge():
    """A round floe whose edge goes from ice to water over four pixels."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.clip((80 - np.hypot(y - 120, x - 130)) / 4 + 0.5, 0, 1)


def brash():
    """Water with grains of ice smaller than the pixel beside one whole floe."""
    share = np.random.default_rng(3).beta(0.6, 1.5, SHAPE)
    share[:, :60] = 1.0
    share[:, 200:] = 0.0
    return share


@pytest.mark.parametrize("share", [floe_with_soft_edge(), brash()], ids=["edge", "brash"])
def test_mixed_pixels_are_shares(share):
    found, _ = shares_of(optical(blended(share, THICK)))
    assert found.mean() == pytest.approx(share.mean(), abs=0.015)
    votes, _ = shares_of(optical(blended(share, THICK)), "threshold")
    mixed = (share > 0.05) & (share < 0.95)
    assert np.abs(found - share)[mixed].mean() < 0.6 * np.abs(votes - share)[mixed].mean()


def test_thin_ice_as_dark_as_a_mixture_is_ice():
    thin = {band: np.full(SHAPE, THIN[band]) for band in BANDS}
    for band, values in thin.items():
        values[:, :80] = WATER[band]
        values[:, 180:] = THICK[band]
    found, rule = shares_of(optical(thin))
    assert rule.record["method"] == "two classes"
    assert found[:, 90:170].mean() > 0.95
    assert found[:, :75].mean() == 0.0
    assert found[:, 190:].mean() > 0.99


def test_classes_are_those_of_the_spectra():
    pond = {"B02": 0.45, "B03": 0.38, "B04": 0.24, "B08": 0.08}
    kinds = ((WATER, OPEN_WATER), (THIN, THIN_CLASS), (pond, BARE_OR_PONDED), (THICK, SNOW_COVERED))
    bands = {band: np.empty(SHAPE) for band in BANDS}
    truth = np.empty(SHAPE, np.uint8)
    for number, (kind, name) in enumerate(kinds):
        part = slice(65 * number, 65 * (number + 1))
        truth[:, part] = name
        for band in BANDS:
            bands[band][:, part] = kind[band]
    found = surface_classes(optical(bands))
    assert (found.values == truth).mean() > 0.95
    assert found.attrs["flag_meanings"].split()[SNOW_COVERED] == "snow_covered_ice"


@pytest.mark.parametrize(
    ("kind", "words", "expected"), [(WATER, "all water", 0.0), (THICK, "all ice", 1.0)]
)
def test_one_class_is_said(kind, words, expected):
    flat = {band: np.full(SHAPE, kind[band]) for band in BANDS}
    found, rule = shares_of(optical(flat))
    assert rule.record["method"] == words
    assert rule.record["separability"] is None
    assert found.mean() == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        (BANDS, "infrared and colour"),
        (("B03", "B08"), "infrared"),
        (("B02", "B04"), "colour"),
        (("B03",), "brightness alone"),
        (("B08",), "brightness alone"),
    ],
)
def test_fewer_bands_work_and_are_named(bands, words):
    share = floe_with_soft_edge()
    found, rule = shares_of(optical(blended(share, THICK, bands)))
    assert rule.record["told_by"] == words
    assert found.mean() == pytest.approx(share.mean(), abs=0.02)


def test_record_is_json_with_what_uncertainty_needs():
    pair, _ = scene(Toy(shape=SHAPE, thin_share=0.2))
    result = sea_ice(pair)
    assert result["s2_ice"].attrs["method"] == DEFAULTS["s2"] == "spectral"
    record = json.loads(result["s2_ice"].attrs["rule"])
    share = result["s2_ice_probability"].values
    assert record["ambiguous"] == pytest.approx((share * (1 - share)).mean(), rel=1e-3)
    assert record["edge_share"] == pytest.approx(((share > 0.02) & (share < 0.98)).mean(), rel=1e-3)
    for name in ("water_spread", "ice_spread", "separability"):
        assert record[name] > 0


def test_missing_pixels_have_no_answer_and_do_not_touch_others():
    share = floe_with_soft_edge()
    pair = optical(blended(share, THICK))
    whole, _ = shares_of(pair)
    rule = method_of("s2", "spectral")(pair)
    arrays = {name: pair[name].values.copy() for name in rule.variables}
    for values in arrays.values():
        values[100:110, 60:70] = np.nan
    holed = rule.probability(arrays)
    assert np.isnan(holed[100:110, 60:70]).all()
    far = np.ones(SHAPE, bool)
    far[96:114, 56:74] = False
    np.testing.assert_array_equal(holed[far], whole[far])


def test_fixed_threshold_is_the_tutorial_s():
    values = np.full(SHAPE, 0.2499)
    values[:, 100:] = 0.25
    values[5, 5] = np.nan
    found, rule = shares_of(optical({"B03": values}, noise=0.0), "threshold")
    assert rule.record["threshold"] == 0.25
    assert np.isnan(found[5, 5])
    assert (found[:, 100:] == 1).all()
    assert np.nanmax(found[:, :100]) == 0


def hills(rng, *levels):
    return np.concatenate([rng.normal(level, 0.1 * level, 6000) for level in levels])


def test_modes_are_found_where_they_are_and_only_there():
    rng = np.random.default_rng(1)
    calm = np.zeros(18000)
    three = modes_of(hills(rng, 0.06, 0.2, 0.75), calm)
    assert [mode.level for mode in three] == pytest.approx([0.06, 0.2, 0.75], rel=0.1)
    assert separation(three[0], three[1]) > 2
    assert len(modes_of(hills(rng, 0.7, 0.7, 0.7), calm)) == 1
    assert all(mode.dip < 0.75 for mode in three)


def test_a_scene_without_two_modes_is_not_split():
    smear = np.random.default_rng(2).uniform(0.05, 0.5, SHAPE)
    row = np.sort(smear.ravel()).reshape(SHAPE)
    _, rule = shares_of(optical(dict.fromkeys(BANDS, row)), "automatic")
    assert rule.record["two_modes"] is False
    assert rule.record["method"] in ("all ice", "all water")
    pair, _ = scene(Toy(shape=SHAPE))
    _, rule = shares_of(pair, "automatic")
    assert rule.record["two_modes"] is True
    assert rule.record["mode_separation"] > 2


def test_scale_of_brightness_is_monotonic_and_finite():
    bright = np.linspace(-0.2, 1.5, 200)
    assert np.isfinite(scaled(bright)).all()
    assert (np.diff(scaled(bright)) >= 0).all()


def test_shares_of_a_part_are_those_of_the_whole():
    pair, _ = scene(Toy(shape=SHAPE, thin_share=0.2, pond_share=0.2))
    rule = method_of("s2", "spectral")(pair)
    arrays = {name: pair[name].values for name in rule.variables}
    whole = rule.probability(arrays)
    first, reach = 37, rule.reach
    part = {name: values[first:120, first:120] for name, values in arrays.items()}
    inner = slice(first + reach, 120 - reach)
    found = rule.probability(part)[reach:-reach, reach:-reach]
    np.testing.assert_array_equal(found, whole[inner, inner])


def test_neighbourhoods_are_those_of_plain_windows():
    rng = np.random.default_rng(8)
    bright = rng.uniform(0.02, 0.9, (40, 50)).astype(np.float32)
    bright[:, :20] = 0.6 + 0.1 * bright[:, :20]
    bright[rng.random(bright.shape) < 0.03] = np.nan
    water, limit = np.float32(0.05), np.float32(0.12)
    extremes = _kernels.range_of_nine(bright)
    nine = windows_of(np.pad(bright, 1, constant_values=np.nan), (3, 3))
    np.testing.assert_array_equal(extremes[0], np.nan_to_num(np.nanmin(nine, (2, 3)), nan=np.inf))
    np.testing.assert_array_equal(extremes[1], np.nan_to_num(np.nanmax(nine, (2, 3)), nan=-np.inf))
    settled = (np.ptp(extremes, 0) < 0.35 * (bright - water)) & (bright > limit)
    calm, level, wet, top = _kernels._along_rows(bright, extremes, water, limit)
    for found, values in (
        (calm, settled),
        (level / 2**20, np.where(settled, bright - water, 0)),
        (wet, bright <= limit),
    ):
        row = windows_of(np.pad(values, ((0, 0), (3, 3))), 7, axis=1)
        np.testing.assert_allclose(found, row.sum(-1, dtype=np.float64), atol=1e-5)
    row = windows_of(
        np.pad(np.fmax(bright, limit), ((0, 0), (3, 3)), constant_values=limit), 7, axis=1
    )
    np.testing.assert_array_equal(top, row.max(-1))


@pytest.mark.parametrize(
    ("haze", "light", "rows"), [(0.06, 0.68, 30), (0.0, 0.5, 160)], ids=["thin", "wide and deep"]
)
def test_water_in_the_shadow_of_cloud_is_not_taken_for_the_water(haze, light, rows):
    pair, truth = scene(Toy(shape=(400, 500), concentration=0.3, haze=haze, seed=21))
    shadow = np.zeros((400, 500), bool)
    shadow[150 : 150 + rows, 100:330] = True
    bands = [name for name in pair if "s2_b" in str(name)]
    dark = pair.assign({name: pair[name].where(~shadow, light * pair[name]) for name in bands})
    found = sea_ice(dark).s2_ice_probability.values
    assert float(np.nanmean(found)) == pytest.approx(truth, abs=0.03)
