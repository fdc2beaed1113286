"""Sentinel-1 numbers to physics: calibration, decibels, incidence angle, speckle."""

from __future__ import annotations

from icepair.radar.calibration import (
    incidence_from_tables,
    noise_equivalent,
    sigma_nought,
    to_decibel,
)

__all__ = ["incidence_from_tables", "noise_equivalent", "sigma_nought", "to_decibel"]
