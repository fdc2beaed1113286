"""Polygons in degrees that reach into a box, in the box's turn and cut at its edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, IntArray
from icepair.land.box import Box

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["cut", "polygons_in", "reaching"]

_TURNS = (-360.0, 0.0, 360.0)


def reaching(
    low: AnyArray, high: AnyArray, box: Box, unit: float = 1.0
) -> Iterator[tuple[float, IntArray]]:
    """Which shapes reach into a box, for every full turn by which some of them do.

    Parameters
    ----------
    low, high : array (m, 2)
        Least and greatest longitude and latitude of each shape, in `unit`.
    box : Box
        Degrees.
    unit : float
        Degrees.

    Yields
    ------
    turn : float
        Degrees to add to longitudes.
    index : array of int64
        Of the shapes.
    """
    near = (low[:, 1] <= box.north / unit) & (high[:, 1] >= box.south / unit)
    for turn in _TURNS:
        reaches = near & (low[:, 0] <= (box.east - turn) / unit)
        reaches &= high[:, 0] >= (box.west - turn) / unit
        if reaches.any():
            yield turn, np.flatnonzero(reaches)


def cut(polygons: Sequence[Polygon] | AnyArray, box: Box) -> list[Polygon]:
    """Parts of polygons inside a box."""
    import shapely

    return polygons_in(shapely.clip_by_rect(polygons, box.west, box.south, box.east, box.north))


def polygons_in(geometries: Sequence[BaseGeometry] | AnyArray) -> list[Polygon]:
    """Polygons among geometries and their parts, none of them empty."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(np.asarray(geometries, dtype=object)))
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
