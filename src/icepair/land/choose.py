"""Which coastline is meant: a word, or a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from icepair.errors import InputError
from icepair.land import gshhg, osm
from icepair.land.coastline import Coastline
from icepair.land.gshhg import installed_gshhg
from icepair.land.osm import installed_osm
from icepair.land.own import own_coastline

__all__ = ["coastline_named"]

_INSTALLED: dict[str, tuple[str, Callable[[], Coastline | None]]] = {
    "osm": (osm.PACKAGE, installed_osm),
    "gshhg": (gshhg.PACKAGE, installed_gshhg),
}
"""Package and finder by name, the more exact first."""


def coastline_named(spec: str | Path) -> Coastline | None:
    """Coastline by the spelling of the command line.

    Parameters
    ----------
    spec : str or Path
        ``none``, ``osm``, ``gshhg``, ``auto`` (the first of the two that is installed, None where
        neither is) or a file.

    Raises
    ------
    InputError
        The file does not exist or cannot be used, or the package is not installed.
    """
    if spec == "none":
        return None
    if spec == "auto":
        return next(filter(None, (find() for _, find in _INSTALLED.values())), None)
    if spec in _INSTALLED:
        package, find = _INSTALLED[str(spec)]
        found = find()
        if found is None:
            raise InputError(
                f"--land {spec} needs a package that is not here: pip install {package}."
            )
        return found
    return own_coastline(Path(spec))
