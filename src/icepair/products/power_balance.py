"""What the steps at a scene's borders between sub-swaths say of its thermal noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from icepair._typing import ByteArray, Float32Array
from icepair.geo.window import Window
from icepair.products.container import Selection
from icepair.products.rasters import raster_selection
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.radar.balance import BorderStep, PowerBalance, measure_step, power_balance

__all__ = ["balance_of_scene", "balance_selections", "read_balanced"]

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
    strips = _strips(scene, polarisation)
    steps = [step for strip in strips if (step := _step(scene, polarisation, *strip)) is not None]
    highest = max((step.left + 1 for step in steps), default=0)
    return power_balance(steps, max(highest, len(scene.subswaths)))


def balance_selections(scene: Sentinel1Scene, polarisation: str) -> list[Selection]:
    """What `balance_of_scene` will read: the strips, and the tables of the whole scene.

    Without reading anything where the product lists its sub-swaths' borders; else a line of the map
    of sub-swaths for each 256 lines. Raises as `balance_of_scene`.
    """
    tables = scene.plan_tables([polarisation], Window.whole(scene.shape))
    return [selection for table in tables for selection in table.selections] + [
        raster_selection(scene.container, name, window)
        for window, _ in _strips(scene, polarisation)
        for name in (f"Amplitude_{polarisation}", "swathList")
    ]


def read_balanced(
    scene: Sentinel1Scene, polarisation: str, window: Window, balance: PowerBalance
) -> tuple[Float32Array, ByteArray]:
    """Sigma nought of a window, thermal noise and what was left of it removed, and its flags.

    As `Sentinel1Scene.read_sigma_nought`, with what that raises.
    """
    power, flags = scene.read_sigma_nought(polarisation, window)
    nesz = scene.read_nesz(polarisation, window)
    return balance.corrected(power, nesz, scene.read_subswath(window)), flags


def _strips(scene: Sentinel1Scene, polarisation: str) -> Iterator[tuple[Window, int]]:
    """Windows over borders, each with the first sample on its right."""
    lines, samples = scene.shape
    for start in range(0, lines, _LINES):
        stop = min(start + _LINES, lines)
        for border in _borders(scene, polarisation, (start + stop) // 2):
            first, last = max(0, border - _SAMPLES), min(samples, border + _SAMPLES)
            yield Window(start, stop, first, last), border


def _borders(scene: Sentinel1Scene, polarisation: str, line: int) -> list[int]:
    """First samples of sub-swaths that begin where another ends, along a line."""
    blocks = scene.noise_blocks(polarisation)
    if blocks is not None:
        across = [block for block in blocks if block.row_start <= line < block.row_stop]
        ends = {block.column_stop for block in across}
        return sorted(block.column_start for block in across if block.column_start in ends)
    row = scene.read_subswath(Window(line, line + 1, 0, scene.shape[1]))[0].astype(np.int64)
    return [int(last) + 1 for last in np.flatnonzero((row[:-1] > 0) & (np.diff(row) == 1))]


def _step(
    scene: Sentinel1Scene, polarisation: str, window: Window, border: int
) -> BorderStep | None:
    subswath = scene.read_subswath(window)
    middle = subswath[subswath.shape[0] // 2]
    left, right = (int(middle[border - window.column_start - before]) for before in (1, 0))
    if not 0 < left == right - 1:
        return None
    power, _ = scene.read_sigma_nought(polarisation, window)
    return measure_step(power, scene.read_nesz(polarisation, window), subswath, left)
