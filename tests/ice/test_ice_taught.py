"""A radar that an optical scene taught: lessons after drift, cloud, blocks, and where it holds."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import xarray as xr
from toy_ice import Toy, scene

from icepair import TaughtRadar, concentrations, load_taught_radar, sea_ice, teach_radar
from icepair.conventions import S2Flag
from icepair.errors import UsageError
from icepair.ice.taught.correction import fit_correction, logistic, odds
from icepair.ice.taught.displacement import Displacement, displacement_between, moved
from icepair.ice.taught.lagged import lagged_search
from icepair.ice.uncertainty import trust_of

DRIFT = (44, -30)
"""Pixels downwards and to the right that the ice of the toy moves between the looks."""


def _clouded(pair: xr.Dataset, columns: slice) -> xr.Dataset:
    flags = np.zeros_like(pair.s2_flags.values)
    flags[:, columns] = S2Flag.OPAQUE_CLOUD
    return pair.assign(s2_flags=(("y", "x"), flags))


@pytest.fixture(scope="module")
def made() -> tuple[xr.Dataset, np.ndarray]:
    """Pair whose optical ice moved and whose right half is under cloud; truth of the radar."""
    toy = Toy(shape=(480, 640), thin_share=0.3, water_hh=-11.0, water_hv=-24.0)
    pair, _ = scene(toy)
    # Of the toy's own bands, not of its parts, so that the truth is what light sees unmoved.
    ice = sea_ice(pair, s1_mask="above:HV:-24").s2_ice_probability.values
    for name in [str(name) for name in pair if str(name).startswith("s2_b")]:
        pair[name] = (("y", "x"), np.roll(pair[name].values, DRIFT, axis=(0, 1)))
    pair = _clouded(pair, np.s_[320:])
    pair.attrs |= {"s1_product": "S1B_EW_TOY", "s1_time": "2019-08-27T05:23:59.964Z"}
    return pair, ice


@pytest.fixture(scope="module")
def radar(made: tuple[xr.Dataset, np.ndarray]) -> TaughtRadar:
    return teach_radar(made[0])


def test_under_cloud_the_taught_radar_is_near_the_truth_where_the_untaught_is_not(made, radar):
    pair, truth = made
    cloud = np.s_[:, 330:]
    taught, untaught = (
        sea_ice(pair, s1_mask=method).s1_ice_probability.values[cloud].mean()
        for method in (radar, "network")
    )
    assert abs(taught - truth[cloud].mean()) < 0.02
    assert abs(untaught - truth[cloud].mean()) > 0.1


def test_lessons_follow_the_ice_and_tell_of_themselves(radar):
    told = radar.lessons
    assert told.by == "place"
    right, down = told.displacement_m
    assert (down, right) == pytest.approx((10 * DRIFT[0], 10 * DRIFT[1]), abs=50)
    assert told.correlation > 0.6
    assert told.rival < 0.5
    assert 0.0 < told.held_out_error < 0.05
    assert told.s1_product == "S1B_EW_TOY"
    assert "S1B_EW_TOY" in repr(radar)


def test_a_file_gives_the_same_radar_and_the_result_tells_of_it(made, radar, tmp_path):
    pair, _ = made
    radar.save(tmp_path / "radar.json")
    ice = sea_ice(pair, s1_mask=f"taught:{tmp_path / 'radar.json'}")
    xr.testing.assert_identical(
        ice.s1_ice_probability.drop_attrs(),
        sea_ice(pair, s1_mask=radar).s1_ice_probability.drop_attrs(),
    )
    rule = json.loads(ice.s1_ice.attrs["rule"])
    assert rule["taught"]["own_scene"] is True
    assert rule["outside"] == []
    trust = trust_of(ice.s1_ice.attrs)
    assert (trust.method, trust.held_out) == ("taught", radar.lessons.held_out_error)


def test_on_another_scene_the_stated_error_is_wider(made, radar):
    pair, _ = made
    own, other = (
        concentrations(sea_ice(each, s1_mask=radar)).s1_own_area_uncertainty
        for each in (pair, pair.assign_attrs(s1_product="S1B_EW_OTHER"))
    )
    assert radar.lessons.held_out_error < own < other


def test_blocks_of_dask_change_nothing(made, radar):
    pair, _ = made
    whole = sea_ice(pair, s1_mask=radar).s1_ice_probability
    parts = sea_ice(pair.chunk({"y": 150, "x": 203}), s1_mask=radar).s1_ice_probability
    np.testing.assert_allclose(parts.values, whole.values, atol=2e-6)
    lazily = teach_radar(pair.chunk({"y": 150, "x": 203}))
    np.testing.assert_allclose(lazily.second.linear, radar.second.linear, atol=1e-5)


def test_no_lesson_without_clear_sky(made):
    pair, _ = made
    with pytest.raises(UsageError, match="0 cells of the radar have an answer of both scenes"):
        teach_radar(_clouded(pair, np.s_[:]))


def test_where_no_drift_can_be_believed_the_clear_area_teaches_as_a_whole(made):
    pair, _ = made
    order = np.random.default_rng(3).permutation(96)
    for name in [str(name) for name in pair if str(name).startswith("s2_b")]:
        # The same ice in blocks that lie anywhere: nothing agrees with it but by chance.
        blocks = pair[name].values[:, :320].reshape(12, 40, 8, 40).swapaxes(1, 2)
        mixed = blocks.reshape(96, 40, 40)[order].reshape(12, 8, 40, 40).swapaxes(1, 2)
        both = np.tile(mixed.reshape(480, 320), (1, 2))
        pair = pair.assign({name: (("y", "x"), both)})
    radar = teach_radar(pair)
    assert radar.lessons.by == "area"
    assert radar.lessons.held_out_error >= 0.1
    ice = sea_ice(pair, s1_mask=radar).s1_ice_probability.values[:, :320].mean()
    assert ice == pytest.approx(radar.lessons.concentration, abs=0.03)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"angle": 6.0}, r"incidence angles 38.\d to 39.\d, 6.0 degrees beyond"),
        ({"time": "2020-02-01T00:00:00Z"}, "month 2, 6 months from month 8 it was taught in"),
        ({"time": ""}, "month unknown, taught in month 8"),
        ({"spacing": 80.0}, r"radar pixels of 80 m, 2 times the 40 m"),
        ({"drop": "s1_sigma0_hh"}, "polarisations HV, taught on HV, HH"),
        ({"drop": "s1_incidence_angle"}, "incidence angles unknown, taught on 32"),
    ],
)
def test_outside_its_range_it_is_an_error_that_names_which_and_by_how_much(
    made, radar, changes, message
):
    pair = made[0].copy()
    if "angle" in changes:
        pair["s1_incidence_angle"] = pair.s1_incidence_angle + changes["angle"]
    if "time" in changes:
        pair.attrs["s1_time"] = changes["time"]
    if "spacing" in changes:
        pair.attrs["s1_spacing_m"] = changes["spacing"]
    pair = pair.drop_vars(changes.get("drop", []))
    with pytest.raises(UsageError, match=f"does not hold for this pair: {message}"):
        sea_ice(pair, s1_mask=radar)


def test_forced_it_warns_and_the_result_remembers(made, radar, tmp_path):
    pair = made[0].assign_attrs(s1_time="2020-02-01T00:00:00Z")
    radar.save(tmp_path / "radar.json")
    with pytest.warns(UserWarning, match="outside its range of validity: month 2"):
        ice = sea_ice(pair, s1_mask=f"taught-anyway:{tmp_path / 'radar.json'}")
    (outside,) = json.loads(ice.s1_ice.attrs["rule"])["outside"]
    assert outside.startswith("month 2")


def test_hemispheres_are_told_apart(radar):
    north = dataclasses.replace(radar.validity, hemisphere="north")
    south = dataclasses.replace(radar.validity, hemisphere="south")
    assert north._of_hemisphere(south) == "hemisphere south, taught in the north"
    assert north._of_hemisphere(north) == ""


def test_one_that_corrects_another_network_is_refused(made, radar):
    other = dataclasses.replace(radar.lessons, network="0" * 64)
    with pytest.raises(UsageError, match="corrects another network"):
        sea_ice(made[0], s1_mask=dataclasses.replace(radar, lessons=other))


def test_the_optical_sensor_has_no_taught_method(made, radar, tmp_path):
    radar.save(tmp_path / "radar.json")
    assert load_taught_radar(tmp_path / "radar.json").validity == radar.validity
    with pytest.raises(UsageError, match="is a method of the radar"):
        sea_ice(made[0], s2_mask=f"taught:{tmp_path / 'radar.json'}")
    with pytest.raises(UsageError, match="names no file"):
        sea_ice(made[0], s1_mask="taught:")


def test_shifts_explain_as_much_as_a_plain_regression_says():
    rng = np.random.default_rng(7)
    taught = rng.random((13, 17))
    told = rng.random((2, 13, 17))
    taught[3:5, 2:9] = np.nan
    told[:, 9, 4:7] = np.nan
    search = lagged_search(told, taught, 4)
    for row, column in ((0, 0), (2, -3), (-4, 0), (-1, 3)):
        # What is moved by a shift lies on the told cells.
        y = np.full(taught.shape, np.nan)
        rows, columns = (np.arange(size) for size in taught.shape)
        inside = np.ix_(
            rows[(rows - row >= 0) & (rows - row < 13)],
            columns[(columns - column >= 0) & (columns - column < 17)],
        )
        y[inside] = taught[inside[0] - row, inside[1] - column]
        known = np.isfinite(y) & np.isfinite(told).all(axis=0)
        terms = told[:, known] - told[:, known].mean(axis=1, keepdims=True)
        heard = np.isfinite(told).all(axis=0)
        terms = terms / told[:, heard].std(axis=1)[:, None]
        off = y[known] - y[known].mean()
        slopes = terms @ off / known.sum()
        weights = np.linalg.solve(terms @ terms.T / known.sum() + 0.03 * np.eye(2), slopes)
        assert search.explained_at(row, column) == pytest.approx(
            weights @ slopes / off.var(), abs=1e-4
        )


def test_ice_that_shears_is_laid_on_itself():
    rng = np.random.default_rng(11)
    from scipy.ndimage import gaussian_filter

    large = gaussian_filter(rng.normal(size=(400, 420)), 4) > 0
    row, column = np.mgrid[:240, :260]
    # 80 m cells: 3.2 km down, and a shear of up to 640 m across the scene.
    source = (row + 60 - 40, (column + 60 + 8 * row / 240).astype(int))
    radar = large[60:300, 60:320].astype(np.float32)
    seen = large[source].astype(np.float32)
    seen[:, 130:] = np.nan
    noisy = radar + rng.normal(scale=0.7, size=radar.shape).astype(np.float32)
    found = displacement_between(noisy[None], seen, 80.0, 12_000.0)
    assert found.believed
    down, right = found.metres_at(120, 65)
    assert (down, right) == pytest.approx((3200, -320), abs=120)
    laid = moved(seen, found, 80.0)
    known = np.isfinite(laid)
    assert (laid[known] == radar[known]).mean() > 0.93


def test_what_is_moved_comes_from_where_it_is_looked_for():
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    laid = moved(values, Displacement.uniform(80.0, -80.0, 40.0), 80.0)
    assert np.isnan(laid[2]).all()
    assert np.isnan(laid[:, 0]).all()
    np.testing.assert_array_equal(laid[:2, 1:], values[1:, :3])


def test_a_correction_finds_what_made_its_lessons_and_keeps_their_mean():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(4000, 2)) * [3.0, 2.0] + [-20.0, -12.0]
    guess = rng.random(4000)
    true = logistic(0.5 + odds(guess) + 1.2 * (features[:, 0] + 20) / 3)
    rule = fit_correction(features, guess, true)
    share = rule.share(features, guess)
    assert share.mean() == pytest.approx(true.mean(), abs=1e-3)
    assert np.abs(share - true).mean() < 0.02
    assert rule.linear == pytest.approx([1.2, 0.0], abs=0.15)
