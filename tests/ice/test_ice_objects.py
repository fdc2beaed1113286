"""Counting objects row by row, against the labels of scipy and of a search of our own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from icepair.conventions import ICE, NO_ANSWER, WATER
from icepair.ice.concentration import count_features

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=24)


@settings(deadline=None, max_examples=300)
@given(arrays.arrays(np.uint8, SHAPES, elements=st.sampled_from([WATER, ICE, NO_ANSWER])))
def test_objects_are_those_of_scipy(mask):
    for value in (WATER, ICE):
        _, expected = ndimage.label(mask == value, structure=np.ones((3, 3)))
        assert count_features(mask, value) == expected


@pytest.mark.parametrize("turn", range(4))
def test_a_spiral_and_a_comb_are_one_object_each(turn):
    comb = np.zeros((41, 41), dtype=bool)
    comb[::2, ::2] = comb[-1] = True  # teeth a pixel apart meet in the last row alone
    comb[:, ::2] = True
    rows, columns = np.mgrid[-40:41, -40:41]
    spiral = np.sin(np.hypot(rows, columns) - np.arctan2(rows, columns)) > 0.3
    _, arms = ndimage.label(spiral, structure=np.ones((3, 3)))
    assert count_features(np.rot90(comb, turn)) == 1
    assert count_features(np.rot90(spiral, turn)) == arms


def test_diagonal_neighbours_are_one_object_and_gaps_part_them():
    assert count_features(np.eye(9, dtype=bool)) == 1
    assert count_features(np.eye(9, dtype=bool)[::2]) == 5
    assert count_features(np.zeros((5, 5), dtype=bool)) == 0
