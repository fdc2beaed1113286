"""Backscatter brought to one incidence angle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icepair.errors import UsageError
from icepair.radar.incidence import SEA_ICE_SLOPES, IncidenceLaw, estimated_slope, normalised

ANGLE = np.linspace(19.0, 47.0, 400) * np.ones((200, 1))


def test_a_slope_in_decibels_is_taken_out():
    power = 10 ** (0.1 * (-12.0 - 0.24 * (ANGLE - 35.0)))
    flat = normalised(power, ANGLE, IncidenceLaw("slope", SEA_ICE_SLOPES["HH"]), 35.0)
    assert flat.dtype == np.float32
    np.testing.assert_allclose(flat, 10**-1.2, rtol=1e-6)


def test_a_power_of_the_cosine_is_taken_out():
    power = 0.05 * np.cos(np.radians(ANGLE)) ** 2
    flat = normalised(power, ANGLE, IncidenceLaw("cosine", 2.0), 30.0)
    np.testing.assert_allclose(flat, 0.05 * math.cos(math.radians(30)) ** 2, rtol=1e-6)


@given(st.floats(-0.6, 0.1), st.sampled_from(["slope", "cosine"]), st.floats(20, 46))
def test_at_the_reference_angle_nothing_changes_and_signs_stay(value, kind, angle):
    power = np.array([-0.001, 0.0, 0.02, np.nan])
    law = IncidenceLaw(kind, value)
    same = normalised(power, np.full(4, angle), law, angle)
    np.testing.assert_allclose(same, power, rtol=1e-6)
    other = normalised(power, np.full(4, angle), law, 33.0)
    np.testing.assert_array_equal(np.sign(other), np.sign(power))


def test_the_slope_of_a_scene_is_found_despite_speckle_and_a_band_of_other_ice():
    rng = np.random.default_rng(2)
    power = 10 ** (0.1 * (-22.0 - 0.16 * (ANGLE - 35.0)))
    power[:, 150:190] *= 4
    noisy = power * rng.gamma(10, 0.1, power.shape) + rng.normal(0, 2e-3, power.shape)
    noisy[:5] = np.nan
    assert (noisy < 0).any()
    assert estimated_slope(noisy, ANGLE) == pytest.approx(-0.16, abs=0.015)


def test_a_scene_without_power_has_no_slope():
    assert math.isnan(estimated_slope(np.full_like(ANGLE, -1e-3), ANGLE))
    assert math.isnan(estimated_slope(np.full_like(ANGLE, np.nan), ANGLE))


def test_nonsense_is_refused():
    with pytest.raises(UsageError, match="finite number, not nan"):
        IncidenceLaw("slope", math.nan)
    with pytest.raises(UsageError, match="between 0 and 90 degrees, not 95"):
        normalised(ANGLE, ANGLE, IncidenceLaw("slope", -0.2), 95.0)
