"""How Sentinel-1 products are named."""

from __future__ import annotations

import re

__all__ = ["GRD_MODES", "SENTINEL1_NAME"]

SENTINEL1_NAME = re.compile(
    r"(?P<unit>S1[A-Z])_(?P<mode>EW|IW|EN|WV|S[1-6])_(?P<type>[A-Z]{3}[A-Z_])_"
    r"\dS[SD][HV]_(?P<start>\d{8}T\d{6})_(?P<stop>\d{8}T\d{6})"
    r"_\d{6}_[0-9A-F]{6}_[0-9A-F]{4}(?:_COG)?"
)
"""Product name; ``type`` is ``GRDM`` and so on."""

GRD_MODES = ("EW", "IW", "SM", "S1", "S2", "S3", "S4", "S5", "S6")
"""Modes with ground-range detected products that are read; stripmap by name or by beam."""
