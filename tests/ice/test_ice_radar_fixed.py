"""The radar's fixed threshold."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from toy_ice import Toy, scene

from icepair.errors import UsageError
from icepair.ice import concentrations, sea_ice
from icepair.ice.radar.threshold import threshold, water_below

SHAPE = (60, 80)


def _even(name: str, decibels: float, angle: float | None = None) -> xr.Dataset:
    data = {f"s1_sigma0_{name}": (("y", "x"), np.full(SHAPE, 10 ** (decibels / 10), np.float32))}
    if angle is not None:
        data["s1_incidence_angle"] = (("y", "x"), np.full(SHAPE, angle, np.float32))
    coords = {"y": -10.0 * np.arange(SHAPE[0]), "x": 10.0 * np.arange(SHAPE[1])}
    return xr.Dataset(data, coords=coords, attrs={"s1_spacing_m": 40.0})


def _probability(pair: xr.Dataset) -> np.ndarray:
    rule = threshold(pair)
    return rule.probability({name: pair[name].values for name in rule.variables})


@pytest.mark.parametrize(("name", "limit"), [("hv", -25.25), ("hh", -14.75), ("vh", -25.25)])
def test_value_lies_half_way_between_the_usual_levels(name, limit):
    assert water_below(name.upper()) == pytest.approx(limit)
    assert (_probability(_even(name, limit - 0.05)) == 0).all()
    assert (_probability(_even(name, limit + 0.05)) == 1).all()


@pytest.mark.parametrize(("name", "limit", "slope"), [("hv", -25.25, -0.16), ("vv", -14.75, -0.24)])
@pytest.mark.parametrize("angle", [20.0, 45.0])
def test_it_falls_with_the_angle_as_sea_ice_does(name, limit, slope, angle):
    there = limit + slope * (angle - 30.0)
    assert (_probability(_even(name, there - 0.05, angle)) == 0).all()
    assert (_probability(_even(name, there + 0.05, angle)) == 1).all()


def test_cross_polarisation_is_asked_where_there_is_one():
    both = xr.merge([_even("hv", -20.0), _even("hh", -20.0)]).assign_attrs(s1_spacing_m=40.0)
    assert threshold(both).record["polarisations"] == ("HV",)
    assert (_probability(both) == 1).all()


def test_pixels_without_an_answer_have_none_and_take_no_part():
    pair = _even("hv", -20.0)
    pair["s1_sigma0_hv"][10:20, 30:50] = np.nan
    found = _probability(pair)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(pair["s1_sigma0_hv"].values))
    assert np.nanmin(found) == 1


def test_it_is_chosen_by_name_and_leaves_its_record():
    pair, truth = scene(Toy(shape=(300, 330), concentration=0.5))
    ice = sea_ice(pair, s1_mask="threshold")
    record = json.loads(ice["s1_ice"].attrs["rule"])
    assert ice["s1_ice"].attrs["method"] == "threshold"
    assert (record["method"], record["threshold_db"]) == ("fixed threshold", -25.25)
    found = concentrations(ice)
    assert found.s1 == pytest.approx(truth, abs=0.06)
    # One polarisation was looked at, and a threshold states no separability.
    assert found.s1_uncertainty > concentrations(sea_ice(pair)).s1_uncertainty


def test_it_is_the_same_by_blocks():
    pair = scene(Toy(shape=(200, 230), nodata=True))[0]
    lazy = sea_ice(pair.chunk({"y": 64, "x": 50}), s1_mask="threshold")
    xr.testing.assert_identical(lazy["s1_ice"].compute(), sea_ice(pair, s1_mask="threshold").s1_ice)


def test_a_pair_without_backscatter_is_refused():
    with pytest.raises(UsageError, match="holds no backscatter"):
        threshold(_even("hv", -20.0).rename(s1_sigma0_hv="s2_b03"))
