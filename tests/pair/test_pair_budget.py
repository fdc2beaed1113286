"""Terms of the position error, against the numbers they stand for."""

from __future__ import annotations

import math

import pytest

from icepair.geo.grid import Grid
from icepair.geo.surface import Surface
from icepair.pair.budget import ErrorBudget, error_budget
from icepair.testing.swath import FlatSwath

GREENLAND_SEA = Grid.from_crs(
    "EPSG:3413", left=620e3, top=-1500e3, spacing_m=40.0, shape=(201, 201)
)


def budget(surface: str, method: str = "nearest") -> ErrorBudget:
    return error_budget(
        FlatSwath(GREENLAND_SEA, surface=Surface(surface)),
        s1_spacing_m=40.0,
        target_spacing_m=10.0,
        map_bound_pixels=1e-3,
        method=method,
        time_difference_s=-3600.0,
    )


def test_the_ellipsoid_costs_the_whole_height_of_the_sea():
    longitude, latitude = GREENLAND_SEA.longitude_latitude(100.0, 100.0)
    height_m = float(Surface("geoid").height(longitude, latitude))
    assert 30 < height_m < 60
    expected = height_m / math.tan(math.radians(32.5))
    assert budget("ellipsoid").terms_m["sea_surface"] == pytest.approx(expected)
    assert budget("geoid").terms_m["sea_surface"] == pytest.approx(1.1, abs=0.1)
    assert budget("46").terms_m["sea_surface"] == 0.0


def test_the_nearest_pixels_centre_lies_within_half_a_pixel():
    assert budget("geoid").terms_m["resampling"] == pytest.approx(40 / math.sqrt(6))
    assert budget("geoid", "bilinear").terms_m["resampling"] < 3


def test_the_total_is_the_root_of_the_sum_of_squares_and_leaves_the_drift_out():
    result = budget("geoid")
    assert result.total_m == pytest.approx(math.hypot(*result.terms_m.values()))
    assert result.drift_m == pytest.approx(1080.0)
