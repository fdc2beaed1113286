"""Bands of 60 m in the archive's NetCDF are read as the SAFE product has them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage

from icepair.geo.window import Window
from icepair.products.enlarged import restored, stored_window


def as_the_converter(source: np.ndarray) -> np.ndarray:
    """What the archive's converter makes of a 60 m band: a zoom of order 0."""
    return scipy.ndimage.zoom(source, 6, order=0)


@pytest.mark.parametrize("count", [1830, 100, 7])
def test_any_window_is_that_of_the_pixels_repeated(count: int) -> None:
    rng = np.random.default_rng(count)
    # One row of 60 m pixels, so that a tile of full width stays small.
    source = rng.permutation(count).astype(np.uint16)[None, :].repeat(4, axis=0)
    source = source + np.array([[0], [2000], [4000], [6000]], dtype=np.uint16)
    stored, expected = as_the_converter(source), np.kron(source, np.ones((6, 6), np.uint16))
    if count > 7:
        assert (stored != expected).mean() > 0.15
    shape = stored.shape
    starts = [0, 1, 5, 6, shape[1] // 2, shape[1] - 13, shape[1] - 1]
    for start in starts:
        for length in (1, 6, 12):
            window = Window(3, 22, start, min(start + length, shape[1]))
            part = stored_window(window, shape)
            found = restored(stored[part.slices], window, shape)
            np.testing.assert_array_equal(found, expected[window.slices])


def test_what_was_repeated_rightly_stays() -> None:
    source = np.random.default_rng(3).integers(0, 60_000, (50, 40)).astype(np.uint16)
    repeated = np.kron(source, np.ones((6, 6), np.uint16))
    window = Window(17, 283, 5, 240)
    part = stored_window(window, repeated.shape)
    found = restored(repeated[part.slices], window, repeated.shape)
    np.testing.assert_array_equal(found, repeated[window.slices])


def test_a_cut_out_of_other_size_is_left_alone() -> None:
    values = np.arange(700).reshape(20, 35)
    window = Window(2, 11, 3, 30)
    assert stored_window(window, values.shape) == window
    found = restored(values[window.slices], window, values.shape)
    np.testing.assert_array_equal(found, values[window.slices])
