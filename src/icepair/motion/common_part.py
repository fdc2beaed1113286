"""What two outlines have in common once they are laid on one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.motion.candidates import Candidates
from icepair.motion.outlines import Outlines

__all__ = ["CommonPart", "common_parts"]


@dataclass(frozen=True)
class CommonPart:
    """Of several pairs of floes, side by side."""

    place: FloatArray
    """(m, 2) centroid of the common part in the first scene, metres."""
    displacement: FloatArray
    """(m, 2) its way to the second, metres."""
    overlap: FloatArray
    """(m,) intersection over union, 0 to 1."""


def common_parts(
    candidates: Candidates, first: Outlines, second: Outlines, which: IntArray
) -> CommonPart:
    """Common parts of some of the candidates.

    A floe that one sensor sees grown together with a small neighbour has its centroid off. A turn
    would carry that into the displacement; the centroid of what both see is carried by it alone.
    """
    import shapely

    i, j, fit = candidates.first[which], candidates.second[which], candidates.fit[which]
    moved = _turned(first.points[i], fit[:, 0]) + fit[:, None, 1:3]
    one, other = _polygons(moved), _polygons(second.points[j])
    both = shapely.intersection(one, other)
    shared = shapely.area(both)
    overlap = shared / np.maximum(shapely.area(one) + shapely.area(other) - shared, 1e-9)
    centre = np.column_stack([f(shapely.centroid(both)) for f in (shapely.get_x, shapely.get_y)])
    centre = np.where(np.isfinite(centre), centre, 0.0)
    start = _turned((centre - fit[:, 1:3])[:, None], -fit[:, 0])[:, 0]
    place = first.place[i] + start
    return CommonPart(place, second.place[j] + centre - place, overlap)


def _turned(points: FloatArray, angle: FloatArray) -> FloatArray:
    """(m, k, 2) points turned counter-clockwise about the origin by (m,) angles, radians."""
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)


def _polygons(points: FloatArray) -> Any:
    """Polygons of outlines (m, k, 2); a rounded outline may cross itself at a thin neck."""
    import shapely

    polygons = shapely.polygons(points)
    crossed = ~shapely.is_valid(polygons)
    polygons[crossed] = shapely.buffer(polygons[crossed], 0.0)
    return polygons
