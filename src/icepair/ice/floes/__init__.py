"""Floes and leads: labelled objects, what they measure, and how their sizes are distributed."""

from __future__ import annotations

from icepair.ice.floes.objects import Floes, floes
from icepair.ice.floes.sizes import PowerLaw, SizeDistribution, size_distribution

__all__ = ["Floes", "PowerLaw", "SizeDistribution", "floes", "size_distribution"]
