"""Coast of OpenStreetMap, as the package ``roaring-landmask`` brings it.

© OpenStreetMap contributors, Open Database License. The package unpacks its polygons in seconds, so
they are kept in the user's cache folder the first time and mapped from there. Coasts of Antarctica
are the ice front: ice shelves are land. All lakes but those that OpenStreetMap counts to the sea
(the Caspian) are land.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from importlib import metadata, util

from icepair.errors import DamagedFileError
from icepair.land.box import Box
from icepair.land.coastline import Shores
from icepair.land.stored import StoredPolygons
from icepair.options import current, user_cache_folder

__all__ = ["Osm", "installed_osm"]

_log = logging.getLogger("icepair")

PACKAGE = "roaring-landmask"
"""Distribution that brings the polygons."""


@dataclass(frozen=True)
class Osm:
    """`Coastline` of OpenStreetMap."""

    version: str
    """Of the package."""
    error_m: float | None = 256.0
    """Median beside a coast of pixels that wide, in Greenland (docs/concepts/land.md)."""
    shelves_are_land: bool = True
    """The ice front is the coast."""

    @property
    def source(self) -> str:
        """What it is and where it comes from."""
        return f"OpenStreetMap coastline (ODbL) of {PACKAGE} {self.version}, ice shelves are land"

    def shores(self, box: Box) -> Shores:
        """Land inside a box, in degrees; lakes are land.

        Raises
        ------
        DamagedFileError
            The package's polygons are none.
        """
        return Shores(_polygons(self.version).inside(box))


def installed_osm() -> Osm | None:
    """The coastline of the installed package; None where it is not installed."""
    if util.find_spec("roaring_landmask") is None:
        return None
    return Osm(metadata.version(PACKAGE))


@functools.lru_cache(maxsize=1)
def _polygons(version: str) -> StoredPolygons:
    """From the cache folder; unpacked, and kept there, the first time."""
    options = current()
    folder = (options.cache_dir or user_cache_folder()) / "land" / f"osm-{version}"
    stored = StoredPolygons.opened(folder)
    if stored is not None:
        return stored
    _log.info("Unpacking the coastline of %s: some ten seconds, once.", PACKAGE)
    stored = _unpacked()
    if not options.cache:
        return stored
    try:
        stored.save(folder)
    except OSError as error:
        _log.warning(
            "The coastline cannot be kept in %s (%s), so it is unpacked anew by every run, which "
            "takes seconds. Free some space there, or set ICEPAIR_CACHE_DIR to another folder.",
            folder,
            error.strerror or error,
        )
    return StoredPolygons.opened(folder) or stored


def _unpacked() -> StoredPolygons:
    from roaring_landmask import LandmaskProvider, Shapes

    try:
        return StoredPolygons.from_wkb(Shapes.wkb(LandmaskProvider.Osm))
    except ValueError as error:
        raise DamagedFileError(
            f"The coastline of {PACKAGE} {metadata.version(PACKAGE)} cannot be used: {error}. "
            f"Install it again: pip install --force-reinstall {PACKAGE}."
        ) from error
