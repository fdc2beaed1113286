"""Where the shadow of cloud falls: the height that makes the ground under it darkest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icepair._typing import BoolArray, Float32Array

__all__ = ["Shadow", "shadow_of"]

_HEIGHTS_M = np.arange(100.0, 4001.0, 50.0)
"""Tops of cloud over polar seas."""
_LOWEST_SUN_DEG = 84.0
"""Below it shadows leave the scene."""
_DARKENED = 0.8
"""Ground in a shadow against ground out of it; a weaker match is chance."""
_FEWEST = 200
"""Pixels of ground from which a shadow is believed."""


@dataclass(frozen=True)
class Shadow:
    """What was found of cloud's shadow."""

    mask: BoolArray
    """In the shadow and not under cloud."""
    height_m: float | None
    """Of the cloud above the ground; None where no shadow was found."""


def shadow_of(
    cloud: BoolArray, brightness: Float32Array, spacing_m: float, zenith: float, azimuth: float
) -> Shadow:
    """Shadow of cloud, all of one height, on ground that it darkens.

    Every height throws the outline of the cloud to another place; the right one has the darkest
    ground (Zhu and Woodcock, 2012, match the same way, cloud by cloud). No shadow is told where
    none stands out, as under scattered light or over open water.

    Parameters
    ----------
    cloud : array
        (rows, columns), row 0 in the north.
    brightness : array
        Reflectance, same shape; NaN where there is none.
    spacing_m : float
        Side of a pixel.
    zenith, azimuth : float
        Of the sun, degrees; azimuth clockwise from the direction of decreasing rows.

    Returns
    -------
    Shadow
    """
    nothing = Shadow(np.zeros_like(cloud), None)
    clear = ~cloud & np.isfinite(brightness)
    if not cloud.any() or not clear.any() or zenith > _LOWEST_SUN_DEG:
        return nothing
    best, most = None, 0.0
    for height in _HEIGHTS_M:
        rows, columns = _throw(height, spacing_m, zenith, azimuth)
        if max(abs(rows), abs(columns)) >= min(cloud.shape):
            break
        inside = _moved(cloud, rows, columns) & clear
        outside = clear & ~inside
        if min(np.count_nonzero(inside), np.count_nonzero(outside)) < _FEWEST:
            continue
        # Part of a shadow is as dark as all of it: what counts is the light that is missing.
        lit = _DARKENED * float(brightness[outside].mean())
        missing = float((lit - brightness[inside]).sum())
        if missing > most:
            best, most = height, missing
    if best is None:
        return nothing
    return Shadow(_moved(cloud, *_throw(best, spacing_m, zenith, azimuth)) & ~cloud, float(best))


def _throw(height: float, spacing_m: float, zenith: float, azimuth: float) -> tuple[int, int]:
    """Rows and columns from a cloud to its shadow."""
    reach = height * math.tan(math.radians(zenith)) / spacing_m
    towards = math.radians(azimuth)
    return round(reach * math.cos(towards)), round(-reach * math.sin(towards))


def _moved(mask: BoolArray, rows: int, columns: int) -> BoolArray:
    moved = np.zeros_like(mask)
    height, width = mask.shape
    moved[max(rows, 0) : height + min(rows, 0), max(columns, 0) : width + min(columns, 0)] = mask[
        max(-rows, 0) : height + min(-rows, 0), max(-columns, 0) : width + min(-columns, 0)
    ]
    return moved
