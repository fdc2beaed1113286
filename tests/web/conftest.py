"""Fixtures of this room; what tests import by name is in ``browsing``."""

from __future__ import annotations

from browsing import browser, results, served, shown

__all__ = ["browser", "results", "served", "shown"]
