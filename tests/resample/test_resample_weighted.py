"""Weighted methods against slow references at the same positions, with holes and edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.geo.window import Window
from icepair.resample.methods import METHODS, MINIMUM_SHARE, gaussian_method
from icepair.resample.to_grid import to_grid
from icepair.testing.resampling import (
    convolved_slow,
    cubic_kernel,
    gaussian_slow,
    lanczos_kernel,
)

SHAPE = (17, 21)
WHOLE = Window.whole(SHAPE)
CONVOLUTIONS = {"cubic": cubic_kernel, "lanczos": lanczos_kernel}


def scene(seed: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source with holes, and positions of which some are whole, some outside and some NaN."""
    rng = np.random.default_rng(seed)
    source = rng.gamma(4.0, 0.01, SHAPE).astype(dtype)
    source[rng.random(SHAPE) < 0.04] = np.nan
    line = rng.uniform(-1, SHAPE[0], (20, 20))
    sample = rng.uniform(-1, SHAPE[1], (20, 20))
    line[:4] = np.round(line[:4])
    sample[:, :4] = np.round(sample[:, :4])
    line[rng.random(line.shape) < 0.03] = np.nan
    return source, line, sample


def resampled(method, source, line, sample, jacobian=None):
    return to_grid(
        source,
        line,
        sample,
        window=WHOLE,
        method=method,
        fill_value=np.nan,
        jacobian=jacobian,
    )


def assert_agrees(result: np.ndarray, expected: np.ndarray, rtol: float) -> None:
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_allclose(result, expected, rtol=rtol, atol=rtol * 1e-3)
    assert 0.3 < np.isfinite(result).mean() < 0.98


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-9), (np.float32, 1e-6)])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_a_convolution_is_the_slow_one(name, dtype, rtol, seed):
    source, line, sample = scene(seed, dtype)
    expected = convolved_slow(source, line, sample, CONVOLUTIONS[name], MINIMUM_SHARE)
    assert_agrees(resampled(METHODS[name], source, line, sample), expected, rtol)


@pytest.mark.parametrize("width", [0.7, 2.5, 4.0])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=2, deadline=None)
def test_a_gaussian_is_the_slow_one_on_skewed_maps(width, seed):
    source, line, sample = scene(seed)
    turned = np.array([[0.9, 0.4], [-0.3, 1.2]])
    jacobian = np.broadcast_to(turned, (*line.shape, 2, 2))
    expected = gaussian_slow(source, line, sample, jacobian, width, MINIMUM_SHARE)
    method = gaussian_method(width, "gaussian@1")
    assert_agrees(resampled(method, source, line, sample, jacobian), expected, 1e-9)


def test_a_gaussian_has_half_its_height_at_half_its_width():
    source = np.zeros(SHAPE)
    source[8, 10] = 1.0
    sample = np.array([[8.0, 10.0, 12.0]])
    jacobian = np.broadcast_to(np.eye(2), (*sample.shape, 2, 2))
    method = gaussian_method(4.0, "gaussian@4")
    response = resampled(method, source, np.full_like(sample, 8.0), sample, jacobian)
    np.testing.assert_allclose(response / response[0, 1], [[0.5, 1.0, 0.5]], rtol=1e-12)


def test_a_gaussian_too_narrow_to_reach_a_pixel_takes_the_one_that_holds_it():
    source = np.arange(SHAPE[0] * SHAPE[1], dtype=np.float64).reshape(SHAPE)
    place = np.array([[3.4]]), np.array([[6.4]])
    method = gaussian_method(0.1, "gaussian@1")
    assert resampled(method, source, *place, np.eye(2)[None, None]) == source[3, 6]
    source[3, 6] = np.nan
    assert np.isnan(resampled(method, source, *place, np.eye(2)[None, None]))


@pytest.mark.parametrize(("name", "degree"), [("cubic", 2), ("lanczos", 0)])
def test_polynomials_are_reproduced_up_to_the_degree_of_the_method(name, degree):
    i, j = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    rng = np.random.default_rng(4)
    line, sample = rng.uniform(3, 12, (9, 9)), rng.uniform(3, 16, (9, 9))
    source = 2.0 + 0.3 * i**degree - 0.2 * j**degree
    expected = 2.0 + 0.3 * line**degree - 0.2 * sample**degree
    np.testing.assert_allclose(resampled(METHODS[name], source, line, sample), expected, rtol=1e-12)
