"""Which coastline is meant: ``none``, ``auto`` or a file."""

from __future__ import annotations

from pathlib import Path

from icepair.land.coastline import Coastline
from icepair.land.gshhg import installed_gshhg
from icepair.land.own import own_coastline

__all__ = ["coastline_named"]


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
