"""Compiled loops beside the formulas that they follow, in numpy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from icepair.ice.mixture import Mixture
from icepair.ice.neighbours import filled
from icepair.ice.radar import _kernels
from icepair.ice.radar.automatic import RadarRule

RULE = RadarRule(
    method="two classes", polarisations=("HV", "HH"), water_power=(0.001, 0.015),
    ice_power=(0.008, 0.07), water_slope=(-0.05, -0.5), ice_slope=(-0.1, -0.22),
    weights=(0.7, 0.3), threshold=0.4, plain_above=0.15, separability=4.0, reference_angle=33.0,
    samples=1000,
)  # fmt: skip


def _share(rule, powers, angle):
    """By the rule's own words, in double precision."""
    off = np.nan_to_num(angle - rule.reference_angle)
    above = whole = 0.0
    for k, name in enumerate(rule.polarisations):
        water, ice = rule.water_power[k], rule.ice_power[k]
        low = water * 10 ** (rule.water_slope[k] * off / 10)
        contrast = ice * 10 ** (rule.ice_slope[k] * off / 10) - low
        gain = contrast * rule.weights[k] / (ice - water) ** 2
        above = above + gain * (powers[name] - low)
        whole = whole + gain * contrast
    return above / np.maximum(whole, 1e-3)


@pytest.mark.parametrize("names", [("HV", "HH"), ("HH",)])
def test_share_is_the_formula(names):
    rng = np.random.default_rng(3)
    rule = RULE
    if len(names) == 1:
        parts = {
            f: getattr(RULE, f)[1:]
            for f in ("water_power", "ice_power", "water_slope", "ice_slope")
        }
        rule = dataclasses.replace(RULE, polarisations=names, weights=(1.0,), **parts)
    powers = {name: rng.gamma(4, 0.01, (20, 31)).astype(np.float32) for name in names}
    powers[names[0]][3, 4] = np.nan
    angle = rng.uniform(20, 46, (20, 31)).astype(np.float32)
    angle[5, 6] = np.nan
    found = rule.share(powers, angle)
    np.testing.assert_allclose(found, _share(rule, powers, angle), rtol=2e-5, atol=2e-6)
    flat = rule.share({name: values[7] for name, values in powers.items()}, angle[7])
    np.testing.assert_array_equal(flat, found[7])
    still = rule.share(powers, None)
    np.testing.assert_allclose(still, _share(rule, powers, np.float64(33.0)), rtol=2e-5, atol=2e-6)


def test_gaps_are_filled_with_the_mean_of_eight():
    values = np.arange(30, dtype=np.float32).reshape(5, 6)
    values[1, 1] = values[3:, 3:] = np.nan
    found = filled(values)
    around = np.delete(values[:3, :3].ravel(), 4)
    assert found[1, 1] == pytest.approx(around.mean())
    assert found[3, 3] == pytest.approx(np.nanmean(values[2:5, 2:5]))
    assert np.isnan(found[4, 5])
    known = ~np.isnan(values)
    np.testing.assert_array_equal(found[known], values[known])


def test_log_densities_are_those_of_normal_components():
    rng = np.random.default_rng(7)
    fit = Mixture(np.array([0.3, 0.7]), rng.normal(size=(2, 2)), rng.normal(size=(2, 2)),
                  rng.uniform(0.5, 2, (2, 2)))  # fmt: skip
    features, off = rng.normal(size=(50, 2)), rng.uniform(-5, 5, 50)
    centre = fit.means + fit.slopes * off[:, None, None]
    z = (features[:, None] - centre) / fit.sigmas
    expected = np.log(fit.weights) - np.log(fit.sigmas).sum(axis=1) - 0.5 * (z**2).sum(axis=2)
    np.testing.assert_allclose(fit.log_densities(features, off), expected, rtol=1e-10)


def test_the_exponential_is_that_of_the_library() -> None:
    for x in np.linspace(-7, 7, 1401):
        assert _kernels._exponential(x) == pytest.approx(np.exp(x), rel=2e-8)
