"""Digital numbers of Sentinel-2 to reflectance."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array

__all__ = ["NO_DATA", "SATURATED", "is_saturated", "reflectance"]

NO_DATA = 0
"""Digital number of a pixel that was not imaged, whatever the offset."""
SATURATED = 65535
"""Digital number of a pixel that was too bright to measure."""

_ALL_NUMBERS = np.arange(65536, dtype=np.uint16)
"""Looking reflectance up among these takes a quarter of the time of working it out."""


def reflectance(
    digital_numbers: AnyArray, offset: float, quantification: float = 10_000.0
) -> Float32Array:
    """Reflectance of digital numbers, ``(DN + offset) / quantification``.

    Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD, section on reflectances.

    Parameters
    ----------
    digital_numbers : array
        uint16 as stored.
    offset : float
        0 before processing baseline 04.00, -1000 from it.
    quantification : float
        Divisor.

    Returns
    -------
    array
        float32. NaN where the digital number is 0 (not imaged) or 65535 (saturated); values below
        zero are valid (dark leads).
    """
    numbers = np.asarray(digital_numbers)
    if numbers.dtype == np.uint16 and numbers.size > _ALL_NUMBERS.size:
        values: Float32Array = _reflectance(_ALL_NUMBERS, offset, quantification)[numbers]
        return values
    return _reflectance(numbers, offset, quantification)


def _reflectance(numbers: AnyArray, offset: float, quantification: float) -> Float32Array:
    measured = (numbers != NO_DATA) & (numbers != SATURATED)
    values = (numbers.astype(np.float64) + offset) / quantification
    return np.where(measured, values, np.nan).astype(np.float32)


def is_saturated(digital_numbers: AnyArray) -> BoolArray:
    """Where a digital number says that the pixel was too bright to measure."""
    return np.asarray(np.asarray(digital_numbers) == SATURATED)
