"""Speckle filters against slow references, scipy and what statistics promise."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from icepair._typing import AnyArray
from icepair.errors import UsageError
from icepair.radar.speckle import speckle_filter
from icepair.radar.speckle.filtering import half_windows
from icepair.radar.speckle.median.windows import median_over_windows
from icepair.radar.speckle.methods import SPECKLE_METHODS, margin, speckle_method
from icepair.testing.speckle import (
    boxcar_slow,
    gamma_map_slow,
    median_slow,
    refined_lee_slow,
    speckled,
)

LOOKS = 4.4
ALL = ["median:3", "median:5", "median:7", "boxcar:5", "refined-lee:7:4.4", "gamma-map:7:4.4"]


def scenery(lines: int, samples: int) -> AnyArray:
    """A slanting edge, a square and bright points."""
    power = np.where(np.add.outer(np.arange(lines), 0.7 * np.arange(samples)) > lines, 1.0, 0.1)
    power[lines // 2 :, samples // 2 :] = 0.4
    power[4:7, 9:12] = 5.0
    return power


def with_holes(image: AnyArray, seed: int) -> AnyArray:
    """Nodata as a block, as a border, as specks, and around a lonely pixel."""
    holed = image.copy()
    holed[np.random.default_rng(seed).random(image.shape) < 0.03] = np.nan
    holed[20:24, 5:10] = np.nan
    holed[-9:, :12] = np.nan
    holed[-3, 4] = 0.2
    return holed


@pytest.fixture(scope="module", params=[0.0, 0.3], ids=["no floor", "strong floor"])
def noisy(request: pytest.FixtureRequest) -> tuple[AnyArray, AnyArray]:
    """An image from which its thermal noise was taken, and that noise."""
    floor = np.full((48, 56), request.param)
    floor *= np.linspace(0.8, 1.2, 56)
    image = speckled(scenery(48, 56) + floor, LOOKS, seed=5) - floor
    return with_holes(image.astype(np.float32), seed=6), floor


# ---- each filter is what its formula says


@pytest.mark.parametrize("size", [3, 5, 7])
def test_median_is_the_median_of_valid_pixels(noisy, size: int) -> None:
    image, _ = noisy
    expected = median_slow(image, size).astype(np.float32)
    np.testing.assert_array_equal(speckle_filter(image, "median", size=size), expected)


@pytest.mark.parametrize("size", [3, 7])
def test_boxcar_is_the_mean_of_valid_pixels(noisy, size: int) -> None:
    image, _ = noisy
    found = speckle_filter(image, "boxcar", size=size)
    np.testing.assert_allclose(found, boxcar_slow(image, size), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_gamma_map_solves_its_equation(noisy, size: int) -> None:
    image, floor = noisy
    found = speckle_filter(image, "gamma-map", size=size, looks=LOOKS, floor=floor)
    expected = gamma_map_slow(image, size, LOOKS, floor)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2e-7)


def test_refined_lee_equals_the_reference(noisy) -> None:
    image, floor = noisy
    found = speckle_filter(image, "refined-lee", looks=LOOKS, floor=floor)
    np.testing.assert_allclose(found, refined_lee_slow(image, LOOKS, floor), rtol=1e-6, atol=2e-7)


def test_half_windows_are_28_pixels_in_opposite_pairs() -> None:
    halves = half_windows()
    assert halves.shape == (8, 28, 2)
    for one, other in zip(halves[::2], halves[1::2], strict=True):
        mirrored = {(6 - row, 6 - column) for row, column in one.tolist()}
        assert mirrored == {(row, column) for row, column in other.tolist()}


# ---- the median


def test_comparators_find_the_median_of_all_zeros_and_ones() -> None:
    """With sorted columns there are 6**5 inputs; right on these is right on all (0-1 principle)."""
    ones = np.array(list(itertools.product(range(6), repeat=5)))
    rows = np.random.default_rng(1).permuted(np.arange(5)[:, None].repeat(ones.size, 1), axis=0)
    image = (rows >= 5 - ones.ravel()).astype(np.float32)
    middles = median_over_windows(image, 5)[2, 2::5]
    np.testing.assert_array_equal(middles, ones.sum(axis=1) > 12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [3, 5, 7])
def test_median_equals_scipy_where_the_window_is_inside(size: int, dtype: type) -> None:
    image = np.random.default_rng(2).normal(0.01, 1.0, (150, 170)).astype(dtype)
    image[image > 1.0] = 1.0  # ties
    inside = np.s_[size // 2 : -(size // 2), size // 2 : -(size // 2)]
    found = median_over_windows(image, size)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[inside], ndimage.median_filter(image, size)[inside])


def test_median_of_a_mirrored_image_equals_all_of_scipy() -> None:
    image = np.random.default_rng(3).gamma(4.0, size=(70, 80)).astype(np.float32)
    mirrored = median_over_windows(np.pad(image, 2, mode="symmetric"), 5)[2:-2, 2:-2]
    np.testing.assert_array_equal(mirrored, ndimage.median_filter(image, 5, mode="reflect"))


# ---- what holds for all of them


@pytest.mark.parametrize("method", ALL)
def test_nodata_neither_spreads_nor_is_filled(noisy, method: str) -> None:
    image, floor = noisy
    found = speckle_filter(image, method, floor=floor)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(found), np.isnan(image))
    assert found[-3, 4] == pytest.approx(0.2)  # alone among nodata


@pytest.mark.parametrize("method", ALL)
def test_constant_power_stays_bit_for_bit(method: str) -> None:
    image = with_holes(np.full((40, 40), 0.0371, np.float32), seed=1)
    np.testing.assert_array_equal(speckle_filter(image, method), image)
    np.testing.assert_array_equal(speckle_filter(-image, method), -image)


@pytest.mark.parametrize("method", ALL)
@given(
    first=st.integers(0, 30), lines=st.integers(1, 40), left=st.integers(0, 40),
    samples=st.integers(1, 30), threads=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_no_bit_depends_on_the_cut(
    method: str, first: int, lines: int, left: int, samples: int, threads: int
) -> None:
    image = with_holes(speckled(scenery(75, 70), LOOKS, seed=3), seed=4)
    whole = speckle_filter(image, method)
    reach = margin(method)
    above, before = min(first, reach), min(left, reach)
    part = image[first - above : first + lines + reach, left - before : left + samples + reach]
    found = speckle_filter(part, method, threads=threads)
    wanted = whole[first : first + lines, left : left + samples]
    inside = found[above : above + wanted.shape[0], before : before + wanted.shape[1]]
    np.testing.assert_array_equal(inside, wanted)


@pytest.mark.parametrize("method", ALL)
def test_images_of_any_extent(method: str) -> None:
    assert speckle_filter(np.zeros((0, 5)), method).shape == (0, 5)
    assert speckle_filter(np.zeros((5, 0)), method).shape == (5, 0)
    assert speckle_filter(np.full((1, 1), 3.0), method).tolist() == [[3.0]]
    assert np.isnan(speckle_filter(np.full((9, 9), np.nan), method)).all()
    assert speckle_filter(np.asfortranarray(scenery(12, 20)), method).shape == (12, 20)


# ---- negative power


@pytest.mark.parametrize("method", ["refined-lee", "gamma-map"])
def test_where_total_power_is_not_positive_the_mean_is_the_answer(method: str) -> None:
    image = np.random.default_rng(8).normal(-0.02, 0.001, (30, 30)).astype(np.float32)
    found = speckle_filter(image, method, size=7, looks=LOOKS)
    np.testing.assert_array_equal(found, speckle_filter(image, "boxcar:7"))


@pytest.mark.parametrize("method", ["refined-lee", "gamma-map"])
def test_the_floor_tells_noise_from_signal(method: str) -> None:
    """Weak power under strong noise: without the floor its scatter passes for signal."""
    floor = 0.01
    image = speckled(np.full((200, 200), 0.001 + floor), 10.7, seed=2) - np.float32(floor)
    assert (image < 0.0).mean() > 0.3
    ignorant = speckle_filter(image, method, looks=10.7)
    informed = speckle_filter(image, method, looks=10.7, floor=floor)
    assert informed.std() < 0.5 * ignorant.std()
    assert informed.mean() == pytest.approx(0.001, abs=0.0002)
    nowhere_known = np.full(image.shape, np.nan)
    np.testing.assert_array_equal(
        speckle_filter(image, method, looks=10.7, floor=nowhere_known), ignorant
    )


# ---- statistics, on speckle whose mean is known


@pytest.mark.parametrize(
    ("method", "bias", "gain"),
    [
        ("median:5", -0.070, 15.4),  # of a skewed distribution the median is below the mean
        ("boxcar:5", 0.0, 25.0),
        ("refined-lee:7:4.4", -0.002, 18.9),
        ("gamma-map:7:4.4", -0.015, 26.9),  # most probable, not mean
    ],
)
def test_mean_and_looks_of_a_uniform_surface(method: str, bias: float, gain: float) -> None:
    image = speckled(np.full((400, 400), 0.02), LOOKS, seed=1)
    found = speckle_filter(image, method)[10:-10, 10:-10].astype(np.float64)
    assert found.mean() / 0.02 - 1.0 == pytest.approx(bias, abs=0.003)
    assert found.mean() ** 2 / found.var() / LOOKS == pytest.approx(gain, rel=0.08)


@pytest.mark.parametrize(
    ("method", "kept", "worst_rms"),
    [("median:5", 0.25, 0.33), ("refined-lee:7:4.4", 0.8, 0.25), ("gamma-map:7:4.4", 0.9, 0.5)],
)
def test_edges_stay_sharper_than_boxcar_leaves_them(
    method: str, kept: float, worst_rms: float
) -> None:
    """A step of 6 dB: its share between two pixels, and the error in three either side."""
    truth = np.full((1500, 60), 0.02)
    truth[:, 30:] = 0.08
    image = speckled(truth, LOOKS, seed=2)

    def step_and_error(by: str) -> tuple[float, float]:
        found = speckle_filter(image, by)
        profile = found.mean(axis=0)
        near = np.s_[:, 27:33]
        relative = found[near] / truth[near] - 1.0
        return float(profile[30] - profile[29]) / 0.06, float(np.sqrt(np.mean(relative**2)))

    step, error = step_and_error(method)
    blurred_step, blurred_error = step_and_error(f"boxcar:{speckle_method(method).size}")
    assert step > kept > blurred_step
    assert error < worst_rms < blurred_error


# ---- spelling


def test_spellings() -> None:
    assert [str(speckle_method(name)) for name in SPECKLE_METHODS] == [
        "median:5", "boxcar:5", "refined-lee:7", "gamma-map:7",
    ]  # fmt: skip
    chosen = speckle_method(" Gamma-MAP:5:10.70 ")
    assert (chosen.name, chosen.size, chosen.looks, chosen.margin) == ("gamma-map", 5, 10.7, 2)
    assert speckle_method(str(chosen)) == chosen
    assert speckle_method("median", size=9) == speckle_method("median:9")
    assert margin("refined-lee") == 3


@pytest.mark.parametrize(
    ("spelled", "arguments", "says"),
    [
        ("medain:5", {}, "no speckle filter 'medain:5'; did you mean 'median'"),
        ("lee", {}, "no speckle filter 'lee'"),
        ("median:five", {}, "not NAME, NAME:SIZE or NAME:SIZE:LOOKS"),
        ("median:4", {}, "odd number of pixels wide, 3 to 51, .* not 4"),
        ("boxcar:1", {}, "not 1"),
        ("refined-lee:5", {}, "7 x 7 pixels, not 5"),
        ("median:5:4", {}, "'median' does not ask for a number of looks"),
        ("gamma-map:7:0", {}, "positive number, not 0.0"),
        ("gamma-map", {"looks": math.nan}, "positive number, not nan"),
        ("median:5", {"size": 7}, "give each once"),
    ],
)
def test_what_makes_no_sense_is_refused(spelled: str, arguments: dict, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        speckle_method(spelled, **arguments)


def test_one_image_at_a_time() -> None:
    with pytest.raises(UsageError, match="not 3 dimensions; give each polarisation"):
        speckle_filter(np.zeros((2, 5, 5)), "median")


def test_nothing_warns_about_nodata(noisy) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ALL:
            speckle_filter(noisy[0], method)
