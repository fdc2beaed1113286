"""Change: pairs of one area as a series, what became of the ice, and what of it is significant."""

from __future__ import annotations

from icepair.ice.change.classes import CLASSES
from icepair.ice.change.measure import concentration_series, ice_change

__all__ = ["CLASSES", "concentration_series", "ice_change"]
