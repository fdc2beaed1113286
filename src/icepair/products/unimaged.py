"""Which pixels of a window were not imaged though they have numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.geo.window import Window
from icepair.radar.border import AHEAD, DEEPEST, border_depth

__all__ = ["unimaged"]

Read = Callable[[Window], AnyArray]
Turn = Callable[[AnyArray], AnyArray]


def unimaged(amplitude: Read, noise: Read, window: Window, shape: tuple[int, int]) -> BoolArray:
    """Border numbers within a window of an image, from its edges inwards.

    Parameters
    ----------
    amplitude, noise
        Read digital numbers and thermal noise power of a window.
    window
        Part of the image. Where it is near an edge everything up to the edge is read.
    shape
        Lines and samples of the image.

    Returns
    -------
    array of bool
        Shape of `window`. Pixels of 0 inside the image are not marked.
    """
    mask = np.zeros(window.shape, dtype=np.bool_)
    for strip, away, turned in _strips(window, shape):
        depth = border_depth(turned(amplitude(strip)), turned(noise(strip)))
        target = turned(mask)
        target |= away + np.arange(target.shape[1]) < depth[:, np.newaxis]
    return mask


def _strips(window: Window, shape: tuple[int, int]) -> Iterator[tuple[Window, int, Turn]]:
    """Each edge near a window: what to read, how far away the window is, how to turn arrays."""
    top, bottom = window.row_start, window.row_stop
    left, right = window.column_start, window.column_stop
    lines, samples = shape
    if left < DEEPEST:
        yield Window(top, bottom, 0, min(right + AHEAD, samples)), left, _as_it_is
    if samples - right < DEEPEST:
        strip = Window(top, bottom, max(left - AHEAD, 0), samples)
        yield strip, samples - right, _mirrored
    if top < DEEPEST:
        yield Window(0, min(bottom + AHEAD, lines), left, right), top, _upright
    if lines - bottom < DEEPEST:
        strip = Window(max(top - AHEAD, 0), lines, left, right)
        yield strip, lines - bottom, _upturned


def _as_it_is(values: AnyArray) -> AnyArray:
    return values


def _mirrored(values: AnyArray) -> AnyArray:
    return values[:, ::-1]


def _upright(values: AnyArray) -> AnyArray:
    return values.T


def _upturned(values: AnyArray) -> AnyArray:
    return values[::-1].T
