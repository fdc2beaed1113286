"""Numbers at the edges of an image where nothing was imaged."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.geo.window import Window
from icepair.products.unimaged import unimaged
from icepair.radar.border import DEEPEST, border_depth, has_border_noise
from icepair.testing.border import unimaged_border

SHAPE = (300, 900)
NOISE = np.float32(3000.0)


def image(seed=4, *, looks=4.4, signal=0.0):
    """Digital numbers of calm water: nothing but thermal noise."""
    rng = np.random.default_rng(seed)
    power = (NOISE + signal) * rng.gamma(looks, 1 / looks, SHAPE)
    return np.rint(np.sqrt(power)).astype(np.uint16)


def with_border(amplitude, seed=5):
    """Low numbers over 120 to 180 samples at the left, 60 at the right, 40 lines at the bottom."""
    rng = np.random.default_rng(seed)
    line, sample = np.mgrid[: SHAPE[0], : SHAPE[1]]
    border = (sample < 120 + line / 5) | (sample >= SHAPE[1] - 60) | (line >= SHAPE[0] - 40)
    return np.where(border, rng.integers(0, 20, SHAPE), amplitude).astype(np.uint16), border


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2.36", True), ("2.84", True), ("2.90", False), ("3.52", False), ("", False), ("x.y", False)],
)
def test_border_noise_ended_with_ipf_290(version, expected):
    assert has_border_noise(version) is expected


def test_border_numbers_are_found_and_little_more():
    amplitude, border = with_border(image())
    found = unimaged_border(amplitude, np.full(SHAPE, NOISE))
    assert found[border].all()
    beyond = found & ~border
    assert beyond[: SHAPE[0] - 70].sum(axis=1).max() <= 50
    assert found[100, 400:600].sum() == 0


def test_an_image_without_border_loses_nothing():
    amplitude = image()
    found = unimaged_border(amplitude, np.full(SHAPE, NOISE))
    np.testing.assert_array_equal(found, amplitude == 0)


def test_zeros_before_the_image_are_no_reason_to_take_more():
    amplitude = image()
    amplitude[:, :37] = 0
    assert (border_depth(amplitude, np.full(SHAPE, NOISE)) == 37).all()


def test_the_reach_is_bounded():
    row = np.full((1, 5000), 3, dtype=np.uint16)
    assert border_depth(row, np.full(row.shape, NOISE)).tolist() == [DEEPEST]


def test_without_noise_only_zeros_are_border():
    amplitude, _ = with_border(image())
    found = unimaged_border(amplitude, np.zeros(SHAPE))
    np.testing.assert_array_equal(found, amplitude == 0)


@pytest.mark.parametrize(
    "window",
    [
        Window(0, 300, 0, 900),
        Window(20, 200, 100, 150),
        Window(250, 300, 300, 900),
        Window(90, 91, 5, 6),
    ],
)
def test_a_window_is_judged_as_the_whole_is(window):
    amplitude, _ = with_border(image())
    whole = unimaged_border(amplitude, np.full(SHAPE, NOISE))
    found = unimaged(
        lambda part: amplitude[part.slices],
        lambda part: np.full(part.shape, NOISE),
        window,
        SHAPE,
    )
    np.testing.assert_array_equal(found | (amplitude == 0)[window.slices], whole[window.slices])
