"""The map in the browser: a result folder, served to this machine alone, and the page."""

from __future__ import annotations

from icepair.web.view import Viewing, view

__all__ = ["Viewing", "view"]
