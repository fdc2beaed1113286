"""Power balanced between sub-swaths: known truth, scenes without steps, and what stands out."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.radar.balance import PowerBalance, measure_step, power_balance

BORDERS = (310, 500, 705, 895)
NESZ = np.float32([3.2e-3, 1.6e-3, 1.3e-3, 1.1e-3, 1.0e-3])
"""Of the middle of each sub-swath of EW: -25 to -30 dB."""
SAMPLES, LINES, CHUNK = 1050, 2048, 128


def swath_of(samples: np.ndarray) -> np.ndarray:
    return np.searchsorted(BORDERS, samples, side="right") + 1


def scene(shares, *, level_db=-24.0, slope_db=-4.0, seed=1):
    """Ice with speckle of ten looks whose annotated noise is off by `shares` in each sub-swath."""
    rng = np.random.default_rng(seed)
    sample = np.arange(SAMPLES)
    subswath = np.tile(swath_of(sample), (LINES, 1))
    lobe = 1 + 0.8 * ((sample % 200) / 100 - 1) ** 2
    nesz = (NESZ[subswath - 1] * lobe).astype(np.float32)
    truth = 10 ** (0.1 * (level_db + slope_db * sample / SAMPLES)) * np.ones((LINES, 1))
    truth = truth * (1 + 0.3 * np.sin(np.arange(LINES) / 90))[:, np.newaxis]
    noise = nesz * (1 + np.asarray(shares)[subswath - 1])
    seen = (truth + noise) * rng.gamma(10, 0.1, truth.shape)
    return truth, (seen - nesz).astype(np.float32), nesz, subswath


def steps_of(power, nesz, subswath):
    found = []
    for start in range(0, LINES, CHUNK):
        for left, border in enumerate(BORDERS, start=1):
            part = np.s_[start : start + CHUNK, border - 72 : border + 72]
            found.append(measure_step(power[part], nesz[part], subswath[part], left))
    return found


def test_known_shares_of_noise_are_found():
    shares = (0.10, -0.05, 0.08, -0.06, 0.04)
    truth, power, nesz, subswath = scene(shares)
    balance = power_balance(steps_of(power, nesz, subswath), 5)
    corrected = balance.corrected(power, nesz, subswath)
    bias = [np.mean((corrected - truth)[subswath == n]) / NESZ[n - 1] for n in range(1, 6)]
    before = [np.mean((power - truth)[subswath == n]) / NESZ[n - 1] for n in range(1, 6)]
    assert balance.before_db > 0.3
    assert balance.after_db < 0.4 * balance.before_db
    # All that steps can tell is differences: what is left is one offset for the whole scene.
    assert np.std(np.array(bias) * NESZ) < 0.35 * np.std(np.array(before) * NESZ)


def test_a_scene_without_steps_is_left_alone():
    _, power, nesz, subswath = scene((0, 0, 0, 0, 0))
    balance = power_balance(steps_of(power, nesz, subswath), 5)
    assert np.abs(balance.shares).max() < 0.02
    assert balance.after_db < balance.before_db + 0.01


def test_an_ice_edge_along_a_border_does_not_decide():
    """Three quarters of the scene say that there is no step; the rest is a real one of 3 dB."""
    truth, power, nesz, subswath = scene((0, 0, 0, 0, 0))
    edge = np.s_[: LINES // 4, BORDERS[1] :]
    power[edge] += truth[edge].astype(np.float32)
    balance = power_balance(steps_of(power, nesz, subswath), 5)
    assert np.abs(balance.shares).max() < 0.04


def test_a_slope_across_a_border_is_no_step():
    sample = np.arange(200)
    power = np.tile(1e-3 * (1 + 0.004 * sample), (40, 1))
    subswath = np.tile(np.where(sample < 90, 2, 3), (40, 1))
    step = measure_step(power, np.full_like(power, 1e-3), subswath, 2)
    assert step.left == 2
    assert step.left_power == pytest.approx(1e-3 * (1 + 0.004 * 89.5))
    assert step.right_power == pytest.approx(step.left_power)
    assert step.error < 1e-12


def test_a_border_that_moves_and_gaps_are_allowed_for():
    sample = np.arange(200)
    subswath = np.where(sample < np.where(np.arange(40) < 15, 96, 90)[:, np.newaxis], 1, 2)
    power = np.where(subswath == 1, 2e-3, 3e-3)
    power[3, 50:60] = np.nan
    step = measure_step(power, np.full_like(power, 1e-3), subswath, 1)
    assert (step.left_power, step.right_power) == pytest.approx((2e-3, 3e-3))


@pytest.mark.parametrize("left", [2, 4])
def test_a_strip_without_both_sides_has_no_step(left):
    subswath = np.full((20, 60), 3)
    assert measure_step(np.ones((20, 60)), np.ones((20, 60)), subswath, left) is None


def test_without_steps_nothing_is_corrected():
    balance = power_balance([], 3)
    assert balance.shares == (0, 0, 0)
    power = np.float32([[1, 2]])
    np.testing.assert_array_equal(balance.corrected(power, power, np.array([[1, 3]])), power)


def test_correcting_leaves_what_is_not_known_alone():
    balance = PowerBalance((0.1, 0.2), 1.0, 0.5)
    power = np.float32([[1.0, 1.0, 1.0, np.nan]])
    nesz = np.float32([[0.5, np.nan, 0.5, 0.5]])
    corrected = balance.corrected(power, nesz, np.array([[2, 1, 0, 1]]))
    np.testing.assert_allclose(corrected, [[0.9, 1.0, 1.0, np.nan]], rtol=1e-6)
    assert corrected.dtype == np.float32
