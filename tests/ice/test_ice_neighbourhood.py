"""Neighbourhoods and shares against slow loops."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.ice.mixture import fit_mixture
from icepair.ice.neighbours import local_least, local_mean, local_most
from icepair.ice.share import (
    Neighbourhood,
    flattest,
    ice_by_share,
    roughness,
    shares_at_edges,
)


def _neighbours(values, row, column, step, radius):
    for i in range(-radius, radius + 1):
        for j in range(-radius, radius + 1):
            r, c = row + i * step, column + j * step
            if 0 <= r < values.shape[0] and 0 <= c < values.shape[1]:
                yield i, j, values[r, c]


@pytest.fixture
def gappy():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(17, 23)).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = np.nan
    return values


@pytest.mark.parametrize(("step", "taps"), [(1, (1, 1, 1)), (4, (1, 2, 1)), (2, (1, 2, 3, 2, 1))])
def test_local_mean_is_the_loop(gappy, step, taps):
    radius = len(taps) // 2
    expected = np.full(gappy.shape, np.nan)
    for row, column in np.argwhere(np.isfinite(gappy)):
        parts = [
            (taps[i + radius] * taps[j + radius], value)
            for i, j, value in _neighbours(gappy, row, column, step, radius)
            if np.isfinite(value)
        ]
        expected[row, column] = sum(w * v for w, v in parts) / sum(w for w, _ in parts)
    np.testing.assert_allclose(local_mean(gappy, step, taps), expected, atol=1e-6)


@pytest.mark.parametrize(("step", "radius"), [(1, 1), (4, 1), (2, 2)])
def test_local_extremes_are_the_loop(gappy, step, radius):
    least, most = np.full(gappy.shape, np.inf), np.full(gappy.shape, -np.inf)
    for row, column in np.ndindex(gappy.shape):
        for _, _, value in _neighbours(gappy, row, column, step, radius):
            if np.isfinite(value):
                least[row, column] = min(least[row, column], value)
                most[row, column] = max(most[row, column], value)
    np.testing.assert_array_equal(local_least(gappy, step, radius), least)
    np.testing.assert_array_equal(local_most(gappy, step, radius), most)


def test_roughness_is_nan_where_there_is_no_answer(gappy):
    rough = roughness(gappy, Neighbourhood(1, (1.0, 1.0, 1.0)))
    np.testing.assert_array_equal(np.isnan(rough), np.isnan(gappy))
    assert flattest(rough[np.isfinite(rough)], 0.25).mean() == pytest.approx(0.25, abs=0.01)


def test_edge_is_split_at_its_middle_and_thin_ice_stays():
    around = Neighbourhood(1, (1.0,))
    #         water     mixed thick  thick  thin  thin  mixed water  unknown
    share = [0.0, 0.0, 0.4, 1.0, 1.0, 0.25, 0.25, 0.20, 0.0, np.nan]
    mask = ice_by_share(np.array([share, share, share]), 0.12, around)
    np.testing.assert_array_equal(mask, [[0, 0, 0, 1, 1, 1, 1, 1, 0, np.nan]] * 3)
    naive = np.array(share) > 0.12
    assert naive[2], "a low threshold alone would widen the floe"


def test_pixels_between_ice_and_water_are_their_share():
    around = Neighbourhood(1, (1.0,))
    #        water  mixed  thick          thin  mixed   water
    share = [0.0, 0.0, 0.4, 1.1, 1.0, 1.0, 0.25, 0.2, 0.05, 0.0, np.nan]
    share = np.float32([share, share, share])
    votes = ice_by_share(share, 0.12, around)
    given = shares_at_edges(share, votes, around)
    np.testing.assert_allclose(
        given, [[0, 0, 0.4, 1, 1, 1, 1, 0.8, 0.25, 0, np.nan]] * 3, atol=1e-6
    )


def test_mixture_finds_levels_and_slopes():
    rng = np.random.default_rng(5)
    off = rng.uniform(-8, 8, 6000)
    bright = rng.random(6000) < 0.3
    values = np.where(bright, -11 - 0.2 * off, -20 - 0.7 * off) + rng.normal(0, 0.5, 6000)
    fit = fit_mixture(values[:, None], off, components=2, prior_slopes=np.array([-0.35]))
    np.testing.assert_allclose(fit.means[:, 0], [-20, -11], atol=0.1)
    np.testing.assert_allclose(fit.slopes[:, 0], [-0.7, -0.2], atol=0.03)
    np.testing.assert_allclose(fit.sigmas[:, 0], 0.5, atol=0.05)
    np.testing.assert_allclose(fit.weights, [0.7, 0.3], atol=0.02)


def test_mixture_keeps_the_expected_slope_where_the_angle_is_constant():
    values = np.random.default_rng(6).normal(-20, 1, (2000, 1))
    fit = fit_mixture(values, np.full(2000, 3.0), components=2, prior_slopes=np.array([-0.35]))
    np.testing.assert_allclose(fit.slopes, -0.35, atol=1e-6)
