"""Ranges of longitude and latitude that hold a target, over 180 degrees and the poles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icepair.geo.footprint import Footprint
from icepair.geo.target import Target

__all__ = ["Box", "box_around"]

_METRES_PER_DEGREE = 111_000.0
"""Of latitude; a little less than there are, so that the margin is never too small."""
_MARGIN_M = 5_000.0
"""What the outline's chords and the densified edges of the box may cut off, and much more."""


@dataclass(frozen=True)
class Box:
    """Degrees; ``east`` is above ``west``, and either may lie beyond 180."""

    west: float
    south: float
    east: float
    north: float


def box_around(target: Target, margin_m: float = 0.0) -> Box:
    """Box that holds all pixels of a target and what is `margin_m` around them.

    The full circle where the target holds a pole or comes near it.
    """
    outline = Footprint.of_grid(target)
    known = np.isfinite(outline.longitude) & np.isfinite(outline.latitude)
    longitude = np.unwrap(outline.longitude[known], period=360.0)
    latitude = outline.latitude[known]
    margin = (margin_m + _MARGIN_M) / _METRES_PER_DEGREE
    south, north = float(latitude.min()) - margin, float(latitude.max()) + margin
    closing = (longitude[0] - longitude[-1] + 180.0) % 360.0 - 180.0
    if abs(longitude[-1] + closing - longitude[0]) > 180.0:  # the ring goes around a pole
        south, north = (south, 90.0) if latitude.mean() > 0 else (-90.0, north)
    south, north = max(south, -90.0), min(north, 90.0)
    widened = margin / max(math.cos(math.radians(max(abs(south), abs(north)))), 1e-9)
    west, east = float(longitude.min()) - widened, float(longitude.max()) + widened
    if east - west >= 360.0:
        return Box(-180.0, south, 180.0, north)
    turns = 360.0 * math.floor((west + 180.0) / 360.0)
    return Box(west - turns, south, east - turns, north)
