"""What the steps at a scene's borders between sub-swaths say of its thermal noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from icepair._typing import ByteArray, Float32Array
from icepair.geo.window import Window
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.radar.balance import BorderStep, PowerBalance, measure_step, power_balance

__all__ = ["balance_of_scene", "read_balanced"]

_LINES = 256
"""Lines over which a step is averaged."""
_SAMPLES = 72
"""Samples on either side of a border that are read."""


def balance_of_scene(scene: Sentinel1Scene, polarisation: str) -> PowerBalance:
    """Balance of power between the sub-swaths of a scene, and its steps before and after.

    Reads strips along the borders only, some 5 % of a scene.

    Parameters
    ----------
    scene
        With a map of sub-swaths and thermal noise.
    polarisation
        ``HV`` or ``VH``: in co-polarisation noise is too small a part to matter.

    Raises
    ------
    UsageError
        The scene lacks the polarisation.
    DamagedFileError
        The numbers cannot be read.
    """
    strips = list(_strips(scene))
    steps = [step for strip in strips if (step := _step(scene, polarisation, *strip)) is not None]
    highest = max((left + 1 for _, left in strips), default=0)
    return power_balance(steps, max(highest, len(scene.subswaths)))


def read_balanced(
    scene: Sentinel1Scene, polarisation: str, window: Window, balance: PowerBalance
) -> tuple[Float32Array, ByteArray]:
    """Sigma nought of a window, thermal noise and what was left of it removed, and its flags.

    As `Sentinel1Scene.read_sigma_nought`, with what that raises.
    """
    power, flags = scene.read_sigma_nought(polarisation, window)
    nesz = scene.read_nesz(polarisation, window)
    return balance.corrected(power, nesz, scene.read_subswath(window)), flags


def _strips(scene: Sentinel1Scene) -> Iterator[tuple[Window, int]]:
    """Windows over borders, each with the sub-swath on its left."""
    lines, samples = scene.shape
    for start in range(0, lines, _LINES):
        stop = min(start + _LINES, lines)
        middle = (start + stop) // 2
        row = scene.read_subswath(Window(middle, middle + 1, 0, samples))[0].astype(np.int64)
        for border in np.flatnonzero((row[:-1] > 0) & (np.diff(row) == 1)).tolist():
            first, last = max(0, border + 1 - _SAMPLES), min(samples, border + 1 + _SAMPLES)
            yield Window(start, stop, first, last), int(row[border])


def _step(scene: Sentinel1Scene, polarisation: str, window: Window, left: int) -> BorderStep | None:
    power, _ = scene.read_sigma_nought(polarisation, window)
    nesz = scene.read_nesz(polarisation, window)
    return measure_step(power, nesz, scene.read_subswath(window), left)
