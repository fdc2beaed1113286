"""Default masks on toy scenes with known truth."""

from __future__ import annotations

import json

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from toy_ice import Toy, scene

from icepair.conventions import S2Flag, attributes_of
from icepair.errors import UsageError
from icepair.ice import answered, concentrations, count_features, sea_ice
from icepair.ice import mask as mask_module
from icepair.ice.methods import DEFAULTS
from icepair.ice.share import Neighbourhood, ice_by_share

SIZE = (420, 520)
CASES = {
    "usual": {},
    "little ice": {"concentration": 0.1, "field": "smooth"},
    "much ice": {"concentration": 0.93, "field": "smooth"},
    "little water": {"concentration": 0.92, "ice_texture_db": 0.2},
    "little water, thin ice": {
        "concentration": 0.95, "thin_share": 0.15, "thin_hv": -25.0, "incidence": 42.0,
        "ice_hv": -18.5, "water_hv": -32.0, "water_hh": -16.0,
    },
    "no ice": {"concentration": 0.0},
    "no water": {"concentration": 1.0},
    "no ice, storm": {"concentration": 0.0, "water_hh": -9.0, "water_hv": -26.5},
    "no water, wet": {"concentration": 1.0, "ice_hv": -23.0, "pond_share": 0.3},
    "small floes": {"smallest_m": 60, "largest_m": 1500, "concentration": 0.5},
    "thin ice": {"thin_share": 0.3, "concentration": 0.6},
    "ponds": {"pond_share": 0.3},
    "wind, steep": {"incidence": 21.0, "water_hh": -12.0},
    "wind as bright as ice": {"water_hh": -10.0, "water_hv": -28.0},
    "flat, calm": {"incidence": 45.0, "water_hh": -21.0},
    "much noise": {"noise_db": -25.0},
    "little contrast": {"ice_hv": -23.5, "water_hv": -29.0},
    "wide swath": {"slope_deg": 8.0},
    "cross only": {"polarisations": ("HV",)},
    "co only": {"polarisations": ("HH",), "incidence": 38.0},
    "IW": {"polarisations": ("VV", "VH"), "radar_m": 10.0, "looks": 4.4, "incidence": 38.0},
    "haze": {"haze": 0.05},
    "green alone": {"bands": ("B03",), "thin_share": 0.2},
    "infrared alone": {"bands": ("B08",)},
    "nodata": {"nodata": True},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_both_concentrations_are_within_three_hundredths(name):
    pair, truth = scene(Toy(**{"shape": SIZE, "seed": 31} | CASES[name]))
    found = concentrations(sea_ice(pair))
    assert found.s1 == pytest.approx(truth, abs=0.03)
    assert found.s2 == pytest.approx(truth, abs=0.02)


WINDY = {"water_hh": -13.0, "water_hv": -29.0, "noise_db": -28.0, "concentration": 0.5}
THIN_CASES = {
    "as bright as water in HH": {"incidence": 34.0},
    "darker than water in HH": {"incidence": 24.0},
    "in small patches": {"incidence": 34.0, "field": "smooth"},
    "on the line of mixtures": {"incidence": 41.0, "field": "smooth", "water_hh": -17.0},
}


@pytest.mark.parametrize("name", THIN_CASES)
def test_thin_ice_that_cross_polarisation_shows_is_ice(name):
    toy = Toy(**{"shape": SIZE, "seed": 52, "thin_share": 0.2} | WINDY | THIN_CASES[name])
    pair, truth = scene(toy)
    assert concentrations(sea_ice(pair)).s1 == pytest.approx(truth, abs=0.03)


def test_a_dim_plain_is_ice_and_a_dim_rim_is_not():
    share = np.zeros((40, 60), np.float32)
    share[10:30, 10:30] = 0.3
    share[8:32, 38:54] = 0.3
    share[10:30, 40:52] = 1.0
    around = Neighbourhood(step=1, taps=(1.0, 2.0, 1.0))
    expected = np.zeros(share.shape, np.uint8)
    expected[10:30, 40:52] = 1
    np.testing.assert_array_equal(ice_by_share(share, 0.42, around), expected)
    expected[10:30, 10:30] = 1
    np.testing.assert_array_equal(ice_by_share(share, 0.42, around, plain_above=0.15), expected)


@pytest.fixture(scope="module")
def pair():
    return scene(Toy(shape=(300, 330), nodata=True, thin_share=0.2))[0]


def test_dataset_has_names_types_and_attributes_of_the_table(pair):
    result = sea_ice(pair)
    probabilities = {"s1_ice_probability", "s2_ice_probability"}
    assert set(result) - set(pair) == {"s1_ice", "s2_ice", "valid"} | probabilities
    xr.testing.assert_identical(result[list(pair)], pair)
    for name in ("s1_ice", "s2_ice", "valid", *sorted(probabilities)):
        assert result[name].dtype == (np.float32 if name in probabilities else np.uint8)
        assert result[name].dims == ("y", "x")
        attributes = dict(result[name].attrs)
        rule = attributes.pop("rule", "{}")
        assert json.loads(rule) is not None
        assert attributes.pop("method", DEFAULTS["s1"]) in set(DEFAULTS.values())
        assert xr.Dataset(attrs=attributes).identical(xr.Dataset(attrs=attributes_of(name)))
    known = np.isfinite(pair["s1_sigma0_hh"].values)
    np.testing.assert_array_equal(result["s1_ice"].values != 255, known)
    np.testing.assert_array_equal(
        result["valid"].values, known & np.isfinite(pair["s2_b03"].values)
    )


def test_a_method_that_does_not_exist_is_refused_with_those_that_do(pair):
    with pytest.raises(UsageError, match="radar has no mask method 'otsu'; take one"):
        sea_ice(pair, s1_mask="otsu")
    with pytest.raises(UsageError, match="optical sensor has no mask method 'mixtur'"):
        sea_ice(pair, s2_mask="mixtur")


@pytest.mark.parametrize("chunk", [(300, 330), (64, 100), (7, 330), (150, 9)])
def test_masks_do_not_depend_on_chunks(pair, chunk):
    lazy = sea_ice(pair.chunk({"y": chunk[0], "x": chunk[1]}))
    assert isinstance(lazy["s1_ice"].data, da.Array)
    xr.testing.assert_identical(lazy.compute(), sea_ice(pair))


def test_masks_do_not_depend_on_strips(pair, monkeypatch):
    whole = sea_ice(pair)
    monkeypatch.setattr(mask_module, "_STRIP_PIXELS", 330 * 40)
    xr.testing.assert_identical(sea_ice(pair), whole)


def test_rules_learnt_from_patches_serve_the_whole(monkeypatch):
    monkeypatch.setattr(answered, "_WHOLE_BELOW", 10_000)
    monkeypatch.setattr(answered, "_PATCH", 32)
    pair, truth = scene(Toy(shape=(700, 800), field="smooth", concentration=0.4))
    found = concentrations(sea_ice(pair))
    assert found.s1 == pytest.approx(truth, abs=0.03)
    assert found.s2 == pytest.approx(truth, abs=0.02)


def test_opaque_cloud_has_no_answer_and_cirrus_keeps_it(pair):
    flags = pair["s2_flags"].copy(deep=True)
    flags[:50] |= np.uint8(S2Flag.OPAQUE_CLOUD)
    flags[60:90] |= np.uint8(S2Flag.CIRRUS)
    result = sea_ice(pair.assign(s2_flags=flags))["s2_ice"].values
    assert (result[:50] == 255).all()
    assert (result[60:90] != 255).all()


def test_no_common_pixel_gives_no_number(pair):
    s1 = pair["s1_sigma0_hh"].copy(deep=True)
    s1[:, 120:] = np.nan
    blind = pair["s2_b03"].copy(deep=True)
    blind[:, :120] = np.nan
    found = concentrations(sea_ice(pair.assign(s1_sigma0_hh=s1, s2_b03=blind)))
    assert (found.s1, found.s2, found.valid_fraction) == (None, None, 0.0)
    assert found.s1_own_area is not None
    assert found.s1_valid_fraction == pytest.approx(40 / 330)


def test_a_scene_without_answers_is_all_unanswered(pair):
    nothing = pair.assign(
        {name: pair[name] * np.float32(np.nan) for name in pair if "sigma0" in str(name)}
    )
    result = sea_ice(nothing)
    assert (result["s1_ice"].values == 255).all()
    assert json.loads(result["s1_ice"].attrs["rule"])["method"] == "no pixels"
    assert concentrations(result).s1_own_area is None


def test_concentrations_are_the_means_of_the_probability(pair):
    result = sea_ice(pair)
    s1, s2, valid = (
        result[name].values for name in ("s1_ice_probability", "s2_ice_probability", "valid")
    )
    found = concentrations(result)
    assert found.s1 == pytest.approx(s1[valid == 1].mean(dtype=float), abs=1e-4)
    assert found.s2 == pytest.approx(s2[valid == 1].mean(dtype=float), abs=1e-4)
    assert found.s1_own_area == pytest.approx(np.nanmean(s1.astype(float)), abs=1e-4)
    assert found.s2_own_area == pytest.approx(np.nanmean(s2.astype(float)), abs=1e-4)
    assert found.valid_fraction == valid.mean()
    in_parts = concentrations(result.chunk({"y": 100, "x": 90}))
    assert (in_parts.s1, in_parts.s2) == (found.s1, found.s2)
    assert in_parts.agreement == found.agreement
    assert in_parts.s1_uncertainty == pytest.approx(found.s1_uncertainty, rel=0.02)


def test_missing_channels_are_named(pair):
    with pytest.raises(UsageError, match=r"holds no backscatter.*s1_sigma0_hh"):
        sea_ice(pair.drop_vars(["s1_sigma0_hh", "s1_sigma0_hv"]))
    dark = pair.drop_vars(["s2_b02", "s2_b03", "s2_b04", "s2_b08"]).assign(s2_b11=pair["s2_b03"])
    with pytest.raises(UsageError, match=r"no band in which ice is brighter.*--bands B03"):
        sea_ice(dark)


def test_features_are_eight_connected():
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]], bool)
    assert count_features(mask) == 3
    assert ndimage.label(mask)[1] == 4


def test_same_scene_same_masks(pair):
    xr.testing.assert_identical(sea_ice(pair), sea_ice(pair.copy(deep=True)))


def test_scene_without_any_noise_is_split_exactly():
    rows, columns = 200, 200
    ice = np.zeros((rows, columns), bool)
    ice[40:160, 20:120] = True
    pair = xr.Dataset(
        {
            "s1_sigma0_hh": (("y", "x"), np.where(ice, 0.08, 0.012).astype(np.float32)),
            "s2_b03": (("y", "x"), np.where(ice, 0.7, 0.06).astype(np.float32)),
        },
        coords={"y": -10.0 * np.arange(rows), "x": 10.0 * np.arange(columns)},
        attrs={"s1_spacing_m": (40.0, 40.0)},
    )
    result = sea_ice(pair)
    np.testing.assert_array_equal(result["s2_ice"].values, ice)
    assert concentrations(result).s1 == pytest.approx(ice.mean(), abs=0.01)
