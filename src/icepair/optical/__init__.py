"""Sentinel-2 numbers to physics: reflectance, the sun's place, and cloud."""

from icepair.optical.reflectance import NO_DATA, SATURATED, is_saturated, reflectance

__all__ = ["NO_DATA", "SATURATED", "is_saturated", "reflectance"]
