"""Floes and leads: labelled objects, what they measure, and how their sizes are distributed."""

from __future__ import annotations

from icepair.ice.floes.objects import Floes, floes

__all__ = ["Floes", "floes"]
