"""Resampling against slow references; edges, nodata and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.resample.methods import MINIMUM_SHARE, method_named
from icepair.resample.to_grid import source_window, to_grid
from icepair.testing.resampling import bilinear_slow, nearest_slow

RNG = np.random.default_rng(20221130)
SHAPE = (23, 31)
WHOLE = Window.whole(SHAPE)


def scattered_positions(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    line = RNG.uniform(-2, SHAPE[0] + 1, (count, count))
    sample = RNG.uniform(-2, SHAPE[1] + 1, (count, count))
    line[RNG.random(line.shape) < 0.05] = np.nan
    return line, sample


def resampled(name: str, source: np.ndarray, line, sample, fill: float) -> np.ndarray:
    return to_grid(source, line, sample, window=WHOLE, method=method_named(name), fill_value=fill)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nearest_is_the_slow_nearest(dtype):
    source = RNG.integers(1, 200, SHAPE).astype(dtype)
    line, sample = scattered_positions()
    expected = nearest_slow(source, line, sample, 0)
    np.testing.assert_array_equal(resampled("nearest", source, line, sample, 0), expected)
    assert (expected == 0).any()
    assert (expected > 0).any()


def test_bilinear_is_the_slow_bilinear_with_holes():
    source = RNG.normal(size=SHAPE).astype(np.float64)
    source[RNG.random(SHAPE) < 0.2] = np.nan
    line, sample = scattered_positions()
    expected = bilinear_slow(source, line, sample, MINIMUM_SHARE)
    result = resampled("bilinear", source, line, sample, np.nan)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["nearest", "bilinear"])
@pytest.mark.parametrize("shift", [(0, 0), (3, -4)])
def test_whole_pixel_shifts_are_exact(name, shift):
    source = RNG.normal(size=SHAPE).astype(np.float32)
    source[5, 6] = np.nan
    line, sample = np.meshgrid(*(np.arange(n, dtype=float) for n in SHAPE), indexing="ij")
    result = resampled(name, source, line + shift[0], sample + shift[1], np.nan)
    inside = np.full(SHAPE, np.nan, dtype=np.float32)
    dy, dx = shift
    inside[: SHAPE[0] - dy, -dx:] = source[dy:, : SHAPE[1] + dx]
    np.testing.assert_array_equal(result, inside)


@pytest.mark.parametrize("name", ["nearest", "bilinear"])
def test_the_footprint_ends_half_a_pixel_beyond_the_outer_centres(name):
    source = np.full(SHAPE, 7.0, dtype=np.float32)
    eps = 1e-9
    line = np.array([[-0.5, -0.5 - eps, SHAPE[0] - 0.5 - eps, SHAPE[0] - 0.5]])
    result = resampled(name, source, line, np.full_like(line, 3.0), np.nan)
    np.testing.assert_array_equal(result, [[7.0, np.nan, 7.0, np.nan]])


def test_no_valid_pixel_bleeds_over_a_nodata_edge_by_more_than_half_a_pixel():
    source = np.full((1, 10), 5.0)
    source[0, 5:] = np.nan
    sample = np.linspace(3, 6, 301)[None, :]
    result = to_grid(
        source,
        np.zeros_like(sample),
        sample,
        window=Window.whole(source.shape),
        method=method_named("bilinear"),
        fill_value=np.nan,
    )
    valid = np.isfinite(result)
    assert sample[valid].max() == pytest.approx(4.5, abs=0.011)
    np.testing.assert_array_equal(result[valid], 5.0)


@pytest.mark.parametrize("name", ["nearest", "bilinear"])
def test_reading_only_the_needed_window_changes_no_bit(name):
    source = RNG.normal(size=SHAPE).astype(np.float32)
    line = np.linspace(4.2, 9.7, 40)[:, None] + np.zeros((1, 50))
    sample = np.linspace(7.3, 15.1, 50)[None, :] + np.zeros((40, 1))
    method = method_named(name)
    window = source_window(line, sample, method.margin, WHOLE)
    assert window == Window(4, 11, 7, 17)
    part = to_grid(
        source[window.slices], line, sample, window=window, method=method, fill_value=np.nan
    )
    np.testing.assert_array_equal(part, resampled(name, source, line, sample, np.nan))


def test_no_window_where_nothing_is_near():
    line = np.full((3, 3), 40.0)
    assert source_window(line, line, 0, WHOLE) is None
    assert source_window(line * np.nan, line, 0, WHOLE) is None


def test_an_unknown_method_names_the_known_ones():
    with pytest.raises(UsageError, match=r"'cubik'.*nearest, bilinear"):
        method_named("cubik")
