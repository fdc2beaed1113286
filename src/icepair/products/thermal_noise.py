"""What a radar product knows of its thermal noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from icepair._typing import Float32Array, IntArray
from icepair.geo.window import Window
from icepair.products.container import Container
from icepair.products.rasters import announce_pixels, missing_as_nan, read_pixels, read_raster

__all__ = ["LEAST_NOISE", "NoiseStatus", "noise_status", "status_notes", "usable_noise"]

NoiseStatus = Literal["table", "removed", "absent", "zero"]
"""Table at hand; already removed by the processor; no table in the file; table of zeros."""

LEAST_NOISE = 1e-6
"""DN squared. Real noise is above 10; the converter leaves +-3e-13 where there is none."""
_SMALL_IMAGE = 100_000
"""Pixels up to which a noise table is read whole to see whether it is empty."""
_NOISE_NOTES: dict[NoiseStatus, str] = {
    "absent": "The file has no noise table for {}: thermal noise stays in.",
    "zero": "The noise table for {} holds nothing of use (zeros only, as in very early products, "
    "or powers without their factor): thermal noise cannot be removed.",
    "removed": "The processor has already removed thermal noise; it is left as it is.",
}
_REMOVED: NoiseStatus = "removed"


def usable_noise(container: Container, name: str, window: Window) -> Float32Array:
    """Noise table with everything that is no positive power put to 0, float32."""
    table = missing_as_nan(container, name, read_raster(container, name, window))
    return np.where(table > LEAST_NOISE, table, 0.0).astype(np.float32)


def noise_status(
    container: Container,
    polarisations: tuple[str, ...],
    shape: tuple[int, int],
    *,
    removed: bool,
) -> tuple[dict[str, NoiseStatus], tuple[str, ...]]:
    """What is known of thermal noise by polarisation, and notes where it is not a plain table."""
    if removed:
        status = dict.fromkeys(polarisations, _REMOVED)
        return status, status_notes(status)
    tables = [name for p in polarisations if (name := _variable(p)) in container.names]
    announce_pixels(container, tables, *_looked_at(shape))
    status = {name: _status(container, _variable(name), shape) for name in polarisations}
    return status, status_notes(status)


def status_notes(status: Mapping[str, NoiseStatus]) -> tuple[str, ...]:
    """Notes where thermal noise is not a plain table, from what is known by polarisation."""
    notes = (_NOISE_NOTES[known].format(name) for name, known in status.items() if known != "table")
    return tuple(dict.fromkeys(notes))


def _variable(polarisation: str) -> str:
    return f"noiseCorrectionMatrix_{polarisation}"


def _looked_at(shape: tuple[int, int]) -> tuple[IntArray, IntArray]:
    """Lines and samples well inside: tables are rightly zero where sub-swaths start late."""
    lines = shape[0] // 3 + np.arange(3) * (shape[0] // 6)
    samples = shape[1] // 5 + np.arange(3) * (3 * shape[1] // 10)
    return np.repeat(lines, 3), np.tile(samples, 3)


def _status(container: Container, name: str, shape: tuple[int, int]) -> NoiseStatus:
    if name not in container.names:
        return "absent"
    if (read_pixels(container, name, *_looked_at(shape)) > LEAST_NOISE).any():
        return "table"
    whole = shape[0] * shape[1] <= _SMALL_IMAGE
    if whole and usable_noise(container, name, Window.whole(shape)).any():
        return "table"
    return "zero"
