"""What is ice: masks, concentration, features."""

from __future__ import annotations

from icepair.ice.concentration import Concentrations, concentrations, count_features
from icepair.ice.mask import sea_ice

__all__ = ["Concentrations", "concentrations", "count_features", "sea_ice"]
