"""Where floes touch: necks that are narrow beside what they join."""

from __future__ import annotations

from icepair.ice.floes.necks.cut import Necks, separated

__all__ = ["Necks", "separated"]
