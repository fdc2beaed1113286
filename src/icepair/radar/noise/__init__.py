"""Thermal noise of a radar image from its annotation."""

from __future__ import annotations

from icepair.radar.noise.evaluate import NoiseScale, ThermalNoise, Timing, thermal_noise
from icepair.radar.noise.records import AzimuthVector, NoiseAnnotation, RangeVector, SwathBounds

__all__ = [
    "AzimuthVector",
    "NoiseAnnotation",
    "NoiseScale",
    "RangeVector",
    "SwathBounds",
    "ThermalNoise",
    "Timing",
    "thermal_noise",
]
