"""Terms of the position error, against the numbers they stand for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from icepair.geo.grid import Grid
from icepair.geo.surface import Surface
from icepair.pair.budget import ErrorBudget, error_budget
from icepair.pair.plan import plan
from icepair.products.open import open_scene
from icepair.testing.swath import FlatSwath

GREENLAND_SEA = Grid.from_crs(
    "EPSG:3413", left=620e3, top=-1500e3, spacing_m=40.0, shape=(201, 201)
)


def budget(surface: str, picked: tuple[float, ...] = (40.0,), **known: Any) -> ErrorBudget:
    return error_budget(
        FlatSwath(GREENLAND_SEA, surface=Surface(surface)),
        map_error_m=0.04,
        picked_spacings_m=picked,
        time_difference_s=-3600.0,
        **known,
    )


def test_the_ellipsoid_costs_the_whole_height_of_the_sea():
    longitude, latitude = GREENLAND_SEA.longitude_latitude(100.0, 100.0)
    height_m = float(Surface("geoid").height(longitude, latitude))
    assert 30 < height_m < 60
    expected = height_m / math.tan(math.radians(32.5))
    assert budget("ellipsoid").terms_m["geoid"] == pytest.approx(expected)
    half_a_metre = 0.5 / math.tan(math.radians(32.5))
    assert budget("geoid").terms_m["geoid"] == pytest.approx(half_a_metre)
    assert budget("46").terms_m["geoid"] == 0.0


@pytest.mark.parametrize(("surface", "height_m"), [("geoid", 0.5), ("ellipsoid", 0.5), ("46", 0)])
def test_the_sea_departs_from_any_surface_but_a_height_that_is_told(surface, height_m):
    expected = height_m / math.tan(math.radians(32.5))
    assert budget(surface).terms_m["sea_level"] == pytest.approx(expected)


def test_a_better_orbit_costs_less_and_one_that_is_not_named_the_most():
    qualities = ("precise", "restituted", "predicted", "file", "onboard", "unknown")
    terms = [budget("geoid", orbit_quality=name).terms_m["orbit"] for name in qualities]
    assert terms == sorted(terms)
    assert (terms[0], terms[3], terms[5]) == (0.05, 0.35, 2.43)
    assert budget("geoid").terms_m["orbit"] == 2.43


def test_an_optical_scene_counts_as_refined_only_if_it_says_so():
    # 95 % of a circular normal distribution lie within 2.448 deviations.
    assert budget("geoid", is_refined=True).terms_m["s2_location"] == pytest.approx(3.27, abs=0.01)
    for unknown in (False, None):
        term = budget("geoid", is_refined=unknown).terms_m["s2_location"]
        assert term == pytest.approx(4.90, abs=0.01)


def test_drift_is_the_usual_one_unless_told():
    assert budget("geoid").drift_source == (
        "0.3 m/s, median of drifting buoys 2018-2022, Rabault et al. 2023"
    )
    told = budget("geoid", drift_m_s=0.05)
    assert (told.drift_m, told.drift_source) == (pytest.approx(180.0), "0.05 m/s, as told")
    assert told.terms_m == budget("geoid").terms_m


def test_a_picked_pixels_centre_lies_within_half_a_pixel():
    rng = np.random.default_rng(6)
    off = {side: rng.uniform(-side / 2, side / 2, (2, 200_000)) for side in (40.0, 10.0)}
    for picked in ((40.0,), (40.0, 10.0)):
        apart = sum(off[side] for side in picked)
        expected = math.sqrt(np.mean(np.sum(apart**2, axis=0)))
        assert budget("geoid", picked).terms_m["resampling"] == pytest.approx(expected, rel=0.01)
    assert budget("geoid", ()).terms_m["resampling"] == 0.0


@pytest.mark.parametrize(("options", "picked"), [
    ({}, (40.0,)), ({"grid": "s1"}, (10.0,)), ({"grid": "EPSG:3413@40"}, (40.0, 10.0)),
    ({"grid": "EPSG:3413@40", "method": "area"}, ()),
])  # fmt: skip
def test_what_a_target_has_of_its_source_is_not_resampled(toy_pair, options, picked):
    scenes = open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))
    made = plan(*scenes, surface="ellipsoid", **options)
    terms = made.budget.terms_m
    assert terms["resampling"] == pytest.approx(math.sqrt(sum(p**2 for p in picked) / 6), rel=0.01)
    assert 0.0 < terms["map"] <= math.hypot(0.041, 0.01)


def test_the_total_is_the_root_of_the_sum_of_squares_and_leaves_the_drift_out():
    result = budget("geoid")
    assert result.total_m == pytest.approx(math.hypot(*result.terms_m.values()))
    assert result.drift_m == pytest.approx(1080.0)
