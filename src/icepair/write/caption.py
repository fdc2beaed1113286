"""What pictures say about a pair in words, and where its outlines lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from icepair.geo.footprint import Footprint

__all__ = ["Caption", "Outlines"]


@dataclass(frozen=True)
class Caption:
    """Who saw what, when, and how much of it was ice."""

    s1_product: str
    """Name of the radar product."""
    s2_product: str
    """Name of the optical product."""
    s1_time: datetime
    """When the radar looked, UTC."""
    s2_time: datetime
    """When the optical sensor looked, UTC."""
    s1_concentration: float | None = None
    """Share of ice that the radar saw, 0-1; None where there is no answer."""
    s2_concentration: float | None = None
    """Share of ice that the optical sensor saw, 0-1."""

    @property
    def hours(self) -> float:
        """Optical less radar time."""
        return (self.s2_time - self.s1_time).total_seconds() / 3600.0

    @property
    def gap(self) -> str:
        """The time between the looks in words: "Sentinel-2 7.2 h after Sentinel-1"."""
        hours = abs(self.hours)
        length = f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min"
        return f"Sentinel-2 {length} {'after' if self.hours >= 0 else 'before'} Sentinel-1"


@dataclass(frozen=True)
class Outlines:
    """Outlines of both scenes and of the windows that were read."""

    s1: Footprint
    """The radar scene."""
    s2: Footprint
    """The optical scene."""
    s1_window: Footprint
    """What was read of the radar scene."""
    s2_window: Footprint
    """What was read of the optical scene."""
