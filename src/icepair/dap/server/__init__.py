"""A small OPeNDAP server over a folder of NetCDF-4 files, for demonstration and tests."""

from __future__ import annotations

from icepair.dap.server.run import Running, serve
from icepair.dap.server.settings import Settings

__all__ = ["Running", "Settings", "serve"]
