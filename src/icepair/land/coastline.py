"""What every source of land can do, whatever it is read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from icepair.land.box import Box

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["DEGREES", "Coastline", "Shores"]

DEGREES = "EPSG:4326"
"""Coordinate system of longitude and latitude."""


@dataclass(frozen=True)
class Shores:
    """Land near a target; polygons that do not overlap."""

    polygons: list[Polygon] = field(repr=False)
    """Edges are straight in the coordinate system."""
    crs: str = DEGREES
    """Anything that pyproj understands; easting or longitude comes first."""


@runtime_checkable
class Coastline(Protocol):
    """Where land is."""

    @property
    def source(self) -> str:
        """What it is and where it comes from, for the record of a result."""
        ...

    @property
    def error_m(self) -> float | None:
        """Median distance between this coast and the real one; None where not known."""
        ...

    @property
    def shelves_are_land(self) -> bool:
        """Whether ice shelves are known to be land in it."""
        ...

    def shores(self, box: Box) -> Shores:
        """Land inside a box, cut at its edges or outside them.

        Longitudes in degrees are in the box's own turn.
        """
        ...
