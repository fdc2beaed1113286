"""How far from the truth an aligned image is, told by images whose values say where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, FloatArray

NOWHERE = math.nan


@dataclass(frozen=True)
class Accuracy:
    """Of one way to align; NaN where not measured."""

    same: float = NOWHERE
    """Share of target pixels with the same source pixel as the exact nearest."""
    rms_m: float = NOWHERE
    """Distance from the true position to what was taken, metres."""
    answered: float = 1.0
    """Share of the target with an answer where there is one."""


def numbered(shape: tuple[int, int]) -> AnyArray:
    """Image whose pixels are counted from 1."""
    return np.arange(1, shape[0] * shape[1] + 1, dtype=np.int32).reshape(shape)


def ramps(shape: tuple[int, int]) -> tuple[AnyArray, AnyArray]:
    """Images of the line and of the sample, from 1."""
    line, sample = np.mgrid[1.0 : shape[0] + 1, 1.0 : shape[1] + 1].astype(np.float32)
    return line, sample


def accuracy_of_numbers(
    found: AnyArray,
    truth: tuple[FloatArray, FloatArray],
    shape: tuple[int, int],
    spacing_m: float,
) -> Accuracy:
    """Of nearest neighbours of `numbered`, where the truth is known and inside the image.

    Parameters
    ----------
    found : array
        Aligned numbers; 0 or NaN is "no answer".
    truth : (array, array)
        Exact line and sample of these pixels.
    shape : tuple
        Lines and samples of the image.
    spacing_m : float
        Of the image.
    """
    line, sample = (np.floor(position + 0.5) for position in truth)
    inside = (line >= 0) & (line < shape[0]) & (sample >= 0) & (sample < shape[1])
    numbers = np.nan_to_num(np.asarray(found, np.float64)).astype(np.int64)
    has = inside & (numbers > 0)
    own_line, own_sample = np.divmod(numbers - 1, shape[1])
    same = has & (own_line == line) & (own_sample == sample)
    away = np.hypot(own_line - truth[0], own_sample - truth[1])[has]
    count = np.count_nonzero(inside)
    return Accuracy(same.sum() / count, _rms(away) * spacing_m, has.sum() / count)


def accuracy_of_ramps(
    found: tuple[AnyArray, AnyArray],
    truth: tuple[FloatArray, FloatArray],
    shape: tuple[int, int],
    spacing_m: float,
) -> Accuracy:
    """Of weighted means of `ramps`, three pixels and more inside the image."""
    inside = np.ones(truth[0].shape, bool)
    for position, size in zip(truth, shape, strict=True):
        inside &= (position >= 3) & (position <= size - 4)
    has = inside & (np.nan_to_num(found[0]) > 0)
    away = np.hypot(*(a - 1.0 - t for a, t in zip(found, truth, strict=True)))[has]
    return Accuracy(NOWHERE, _rms(away) * spacing_m, has.sum() / np.count_nonzero(inside))


def _rms(distance: FloatArray) -> float:
    return float(np.sqrt(np.mean(distance**2))) if distance.size else NOWHERE
