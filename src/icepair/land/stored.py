"""Polygons of a whole world in files that are mapped: only those near a box are read."""

from __future__ import annotations

import secrets
import shutil
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from icepair._typing import AnyArray, IntArray
from icepair.land.box import Box
from icepair.land.cutting import cut, reaching

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["StoredPolygons"]

_UNIT = 1e-7
"""Degrees, of whole numbers of 32 bits: 1 cm."""
_PRIVATE = 0o700
_HEAD, _COUNT = struct.Struct("<5sI"), struct.Struct("<I")
_MULTIPOLYGON = struct.pack("<BI", 1, 6)
"""Little-endian."""


class StoredPolygons(NamedTuple):
    """Polygons with holes, in whole numbers of 1e-7 degrees of longitude and latitude."""

    places: AnyArray
    """Vertices of all rings, each closed, shape (n, 2), int32."""
    rings: IntArray
    """First vertex of each ring, and n, shape (r + 1,); of a polygon the outline comes first."""
    polygons: IntArray
    """First ring of each polygon, and r, shape (m + 1,)."""
    low: AnyArray
    """Least longitude and latitude of each polygon, shape (m, 2), int32."""
    high: AnyArray
    """Greatest longitude and latitude of each polygon, shape (m, 2), int32."""

    @classmethod
    def from_wkb(cls, text: bytes) -> Self:
        """Of a multipolygon in degrees as well-known binary.

        Walked by hand: as geometries of a library a world of them takes a gigabyte.

        Raises
        ------
        ValueError
            It is anything else, or cut short.
        """
        offsets, counts, rings_of = _layout(text)
        rings = _starts(counts)
        places = np.empty((rings[-1], 2), dtype=np.int32)
        for n, offset in enumerate(offsets):
            degrees = np.frombuffer(text, "<f8", 2 * counts[n], offset).reshape(-1, 2)
            np.rint(degrees / _UNIT, out=places[rings[n] : rings[n + 1]], casting="unsafe")
        polygons = _starts(rings_of)
        outlines = rings[polygons[:-1]]
        # Holes lie within outlines and leave the least and the greatest alone.
        low, high = (each.reduceat(places, outlines) for each in (np.minimum, np.maximum))
        return cls(places, rings, polygons, low, high)

    @classmethod
    def opened(cls, folder: Path) -> Self | None:
        """What `save` wrote; None where nothing is there or it is not whole."""
        try:
            stored = cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls._fields))
        except (OSError, ValueError, EOFError):
            return None
        m = len(stored.polygons) - 1
        whole = (
            stored.low.shape == stored.high.shape == (m, 2)
            and stored.polygons[-1] == len(stored.rings) - 1
            and stored.rings[-1] == len(stored.places)
        )
        return stored if whole else None

    def save(self, folder: Path) -> None:
        """Write to a folder, which appears when it is complete and replaces one that is not whole.

        Raises
        ------
        OSError
            It cannot be written.
        """
        partial = folder.with_name(f"{folder.name}.{secrets.token_hex(6)}.part")
        partial.mkdir(_PRIVATE, parents=True)
        try:
            for name, array in self._asdict().items():
                np.save(partial / f"{name}.npy", array)
            if StoredPolygons.opened(folder) is None:
                shutil.rmtree(folder, ignore_errors=True)
                # Another process may have been quicker: its polygons are the same.
                with suppress(OSError):
                    partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def inside(self, box: Box) -> list[Polygon]:
        """Polygons cut at a box, in degrees of its turn."""
        return [
            polygon
            for turn, index in reaching(self.low, self.high, box, _UNIT)
            for polygon in cut(self._some(index, turn), box)
        ]

    def _some(self, index: IntArray, turn: float) -> AnyArray:
        """Polygons by number, turned, as shapely has them."""
        import shapely

        ring, owner = _spans(self.polygons[index], self.polygons[index + 1])
        place, ring_of = _spans(self.rings[ring], self.rings[ring + 1])
        degrees = self.places[place] * _UNIT
        degrees[:, 0] += turn
        return np.asarray(
            shapely.polygons(shapely.linearrings(degrees, indices=ring_of), indices=owner)
        )


def _layout(text: bytes) -> tuple[list[int], list[int], list[int]]:
    """Where each ring's places begin, how many they are, and how many rings each polygon has."""
    offsets, counts, rings_of = [], [], []
    try:
        kind, polygons = _HEAD.unpack_from(text)
        if kind != _MULTIPOLYGON:
            raise ValueError("no multipolygon in two dimensions")
        at = _HEAD.size
        for _ in range(polygons):
            _, rings = _HEAD.unpack_from(text, at)
            at += _HEAD.size
            rings_of.append(rings)
            for _ in range(rings):
                (count,) = _COUNT.unpack_from(text, at)
                offsets.append(at + _COUNT.size)
                counts.append(count)
                at += _COUNT.size + 16 * count
    except struct.error as error:
        raise ValueError("cut short") from error
    if at != len(text):
        raise ValueError("not as long as it says")
    return offsets, counts, rings_of


def _starts(counts: AnyArray | list[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _spans(start: IntArray, stop: IntArray) -> tuple[IntArray, IntArray]:
    """All numbers from each start to before its stop, and which span each belongs to."""
    counts = stop - start
    span = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(span)) - _starts(counts)[span]
    return start[span] + within, span
