"""Which coastline is meant: ``none``, ``auto`` or a file."""

from __future__ import annotations

from pathlib import Path

from icepair.land.coastline import Coastline
from icepair.land.gshhg import installed_gshhg
from icepair.land.own import own_coastline

__all__ = ["UNKNOWN", "coastline_named"]

UNKNOWN = (
    "Land is unknown: no coastline is installed, and land counts as ice or water. Install one "
    "(pip install 'icepair[land]', 91 MB), give your own by --land FILE, or say --land none."
)
"""What a user of ``auto`` should know where nothing is installed."""


def coastline_named(spec: str | Path) -> Coastline | None:
    """Coastline by the spelling of the command line.

    Parameters
    ----------
    spec : str or Path
        ``none``, ``auto`` (the installed one, if there is one) or a file.

    Raises
    ------
    InputError
        The file does not exist or cannot be used.
    """
    if spec == "none":
        return None
    if spec == "auto":
        return installed_gshhg()
    return own_coastline(Path(spec))
