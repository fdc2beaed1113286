"""What an opened product is: metadata in memory, numbers behind a container."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from icepair.products.container import Container

__all__ = ["Scene"]


@dataclass(frozen=True)
class Scene:
    """What is common to the scenes of both sensors."""

    product: str
    """Product name without suffix."""
    address: str
    """Path or address as the user gave it."""
    time: datetime
    """The product's own ``time`` (UTC): start of acquisition (S1) or of the datatake (S2)."""
    platform: str
    """``S1A`` … ``S1D``, ``S2A`` …."""
    sensor: Literal["S1", "S2"]
    """Radar or optical."""
    shape: tuple[int, int]
    """Lines and samples (S1), rows and columns (S2) of the whole raster."""
    container: Container = field(repr=False, compare=False)
    """Where the numbers lie."""
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    """What was odd about the file and what was done about it, for people."""
