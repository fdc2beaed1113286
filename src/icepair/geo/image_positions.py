"""Positions in a radar image: arrays of any shape, and how far beyond its edges answers reach."""

from __future__ import annotations

import numpy as np

from icepair._typing import BoolArray, FloatArray

__all__ = ["answer_margin", "flat", "is_near"]

_MARGIN_SHARE, _MARGIN_PIXELS = 0.03, 64.0


def answer_margin(count: int) -> float:
    """Pixels beyond an edge for which there are answers: 3 % of `count`, at least 64."""
    return max(_MARGIN_SHARE * count, _MARGIN_PIXELS)


def is_near(line: FloatArray, sample: FloatArray, shape: tuple[int, int]) -> BoolArray:
    """Whether positions are inside the image or its margin; False for NaN."""
    half = 0.5 * (shape[0] - 1), 0.5 * (shape[1] - 1)
    near: BoolArray = np.abs(line - half[0]) <= half[0] + answer_margin(shape[0])
    return near & (np.abs(sample - half[1]) <= half[1] + answer_margin(shape[1]))


def flat(*arrays: FloatArray) -> tuple[list[FloatArray], tuple[int, ...]]:
    """Arrays broadcast together, in float64 and one dimension, and the shape to go back to."""
    full = np.broadcast_arrays(*(np.asarray(array, dtype=np.float64) for array in arrays))
    return [np.ascontiguousarray(array).ravel() for array in full], full[0].shape
