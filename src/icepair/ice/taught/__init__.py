"""A radar classifier that is taught by the optical scene of its own pair."""

from __future__ import annotations

from icepair.ice.taught.file import load_taught_radar
from icepair.ice.taught.radar import TaughtRadar
from icepair.ice.taught.teach import teach_radar

__all__ = ["TaughtRadar", "load_taught_radar", "teach_radar"]
