"""Resampling against slow references; edges, nodata and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.resample.methods import (
    METHODS,
    MINIMUM_SHARE,
    Method,
    gaussian_method,
    method_named,
    spelled_method,
)
from icepair.resample.source_map import ShiftMap
from icepair.resample.to_grid import source_window, to_grid
from icepair.testing.resampling import bilinear_slow, nearest_slow

RNG = np.random.default_rng(20221130)
SHAPE = (23, 31)
WHOLE = Window.whole(SHAPE)
INTERPOLATING = ["nearest", "bilinear", "cubic", "lanczos"]
NAMES = [*INTERPOLATING, "area", "mode", "gaussian"]
ALL = {**METHODS, "gaussian": gaussian_method(2.5, "gaussian@25")}


def scattered_positions(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    line = RNG.uniform(-2, SHAPE[0] + 1, (count, count))
    sample = RNG.uniform(-2, SHAPE[1] + 1, (count, count))
    line[RNG.random(line.shape) < 0.05] = np.nan
    return line, sample


def squares(shape: tuple[int, ...], size: float = 1.0) -> np.ndarray:
    """Jacobian of a map whose target pixels are `size` source pixels high and wide."""
    return np.broadcast_to(size * np.eye(2), (*shape, 2, 2))


def resampled(name: str, source: np.ndarray, line, sample, fill: float) -> np.ndarray:
    return to_grid(
        source,
        line,
        sample,
        window=WHOLE,
        method=ALL[name],
        fill_value=fill,
        jacobian=squares(line.shape),
    )


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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bilinear_in_float32_is_the_slow_bilinear_to_a_millionth(dtype):
    rng = np.random.default_rng(11)
    source = rng.gamma(4.0, 20.0, SHAPE).astype(dtype)
    if dtype == np.float32:
        source[rng.random(SHAPE) < 0.1] = np.nan
    line, sample = scattered_positions()
    expected = bilinear_slow(source.astype(np.float64), line, sample, MINIMUM_SHARE)
    result = resampled("bilinear", source, line, sample, np.nan)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_bilinear_in_float32_rounds_to_the_nearest_pixel_of_the_image_alone():
    source = np.arange(12, dtype=np.float32).reshape(3, 4)
    place = np.array([[np.nextafter(2.5, 0.0), 1.0]]), np.array([[1.0, np.nextafter(3.5, 0.0)]])
    result = to_grid(
        source,
        *place,
        window=Window.whole(source.shape),
        method=METHODS["bilinear"],
        fill_value=np.nan,
    )
    np.testing.assert_array_equal(result, [[9.0, 7.0]])


@pytest.mark.parametrize("name", [*INTERPOLATING, "area", "mode"])
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


@pytest.mark.parametrize("name", NAMES)
def test_the_footprint_ends_half_a_pixel_beyond_the_outer_centres(name):
    source = np.full(SHAPE, 7.0, dtype=np.float32)
    eps = 1e-9
    line = np.array([[-0.5, -0.5 - eps, SHAPE[0] - 0.5 - eps, SHAPE[0] - 0.5]])
    result = resampled(name, source, line, np.full_like(line, 3.0), np.nan)
    np.testing.assert_array_equal(result, [[7.0, np.nan, 7.0, np.nan]])


@pytest.mark.parametrize("name", [*INTERPOLATING[1:], "area", "mode", "gaussian"])
def test_no_valid_pixel_bleeds_over_a_nodata_edge_by_more_than_half_a_pixel(name):
    source = np.full(SHAPE, 5.0)
    source[:, 5:] = np.nan
    sample = np.linspace(3, 6, 301)[None, :]
    result = resampled(name, source, np.full_like(sample, 9.0), sample, np.nan)
    valid = np.isfinite(result)
    assert sample[valid].max() == pytest.approx(4.5, abs=0.011)
    np.testing.assert_array_equal(result[valid], 5.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_constant_fields_stay_constant_over_holes_and_edges(name, dtype):
    source = np.full(SHAPE, 7.3).astype(dtype)
    if dtype in (np.float32, np.float64):
        source[RNG.random(SHAPE) < 0.2] = np.nan
    result = resampled(name, source, *scattered_positions(), fill=0)
    answered = result[np.isfinite(result) & (result != 0)]
    np.testing.assert_array_equal(answered, np.array(7.3).astype(dtype))
    assert 0.5 < answered.size / result.size < 1.0


@pytest.mark.parametrize("name", NAMES)
def test_types_are_kept_where_values_are(name):
    kept = name in ("nearest", "mode")
    for given, averaged in (("u1", "f4"), ("u2", "f4"), ("i4", "f8"), ("f4", "f4"), ("f8", "f8")):
        result = resampled(name, np.ones(SHAPE, given), np.ones((2, 2)), np.ones((2, 2)), 0)
        assert result.dtype == np.dtype(given if kept else averaged)


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("nearest", Window(4, 11, 7, 17)),
        ("bilinear", Window(4, 11, 7, 17)),
        ("cubic", Window(3, 12, 6, 18)),
        ("lanczos", Window(2, 13, 5, 19)),
        ("area", Window(3, 12, 6, 18)),
        ("mode", Window(3, 12, 6, 18)),
        ("gaussian", Window(0, 15, 3, 21)),
    ],
)
def test_reading_only_the_needed_window_changes_no_bit(name, window):
    source = RNG.normal(size=SHAPE).astype(np.float32)
    source[RNG.random(SHAPE) < 0.1] = np.nan
    line = np.linspace(4.2, 9.7, 40)[:, None] + np.zeros((1, 50))
    sample = np.linspace(7.3, 15.1, 50)[None, :] + np.zeros((40, 1))
    jacobian = squares(line.shape)
    method: Method = ALL[name]
    own_pixels = ShiftMap(line.shape, 0, 0)
    margin = method.margin_for(own_pixels, slice(0, 40), slice(0, 50))
    assert source_window(line, sample, margin, WHOLE) == window
    part = to_grid(
        source[window.slices],
        line,
        sample,
        window=window,
        method=method,
        fill_value=np.nan,
        jacobian=jacobian,
    )
    np.testing.assert_array_equal(part, resampled(name, source, line, sample, np.nan))


def test_no_window_where_nothing_is_near():
    line = np.full((3, 3), 40.0)
    assert source_window(line, line, 0, WHOLE) is None
    assert source_window(line * np.nan, line, 0, WHOLE) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "cubik",
            r"'cubik'; did you mean 'cubic'\? Choose one of nearest, bilinear, cubic, lanczos",
        ),
        ("mode", r"'mode'; .*hoose one of nearest"),
        ("gaussian", r"gaussian@METRES, where METRES is the full width"),
        ("gaussian@0", r"gaussian@METRES"),
        ("gaussian@-3", r"gaussian@METRES"),
    ],
)
def test_what_is_no_method_for_values_is_refused(name, message):
    with pytest.raises(UsageError, match=message):
        method_named(name, 10.0)


def test_names_are_spelled_in_one_way():
    assert spelled_method(" Gaussian@80.5") == "gaussian@80.5"
    assert method_named("Lanczos", 40.0) is METHODS["lanczos"]


def test_the_width_of_a_gaussian_is_in_metres():
    near, wide = method_named("gaussian@80", 40.0), method_named("gaussian@80", 10.0)
    assert near.name == wide.name == "gaussian@80"
    assert wide.reach == pytest.approx(4 * near.reach)
