"""Floes of both sensors, and the files in which they leave."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icepair.errors import UsageError
from icepair.pair.values import plain_number

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.floes import Floes

__all__ = ["Written", "floes_of", "write_floes"]


@dataclass(frozen=True)
class Written:
    """What was written of objects."""

    files: tuple[str, ...]
    """Names in the result's folder."""
    values: dict[str, Any] | None
    """As in ``summary.json``; None where they were not wanted."""


def floes_of(pair: xr.Dataset) -> dict[str, Floes]:
    """Floes by sensor, ``s1`` and ``s2``, of a pair with masks."""
    from icepair.ice.floes import floes

    return {"s1": floes(pair, "s1"), "s2": floes(pair, "s2")}


def write_floes(found: Mapping[str, Floes], folder: Path) -> Written:
    """Write floes as GeoJSON, and as GeoParquet where the package for it is there.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    from icepair.write.vectors import has_geoparquet, outlines, write_geojson, write_geoparquet

    files: list[str] = []
    values = {}
    for sensor, objects in found.items():
        note, shapes = objects.note, outlines(objects)
        try:
            write_geojson(objects, shapes, folder / f"floes_{sensor}.geojson")
            files.append(f"floes_{sensor}.geojson")
        except UsageError as error:
            # A run must not be lost over a floe on a pole.
            (folder / f"floes_{sensor}.geojson").unlink(missing_ok=True)
            note = f"{note} There is no GeoJSON: {error}".strip()
        if has_geoparquet():
            write_geoparquet(objects, shapes, folder / f"floes_{sensor}.parquet")
            files.append(f"floes_{sensor}.parquet")
        values[sensor] = _values(objects, note)
    return Written(tuple(files), values)


def _values(objects: Floes, note: str) -> dict[str, Any]:
    """Plain values of one sensor's floes."""
    from icepair.ice.floes import size_distribution

    sizes = size_distribution(objects)
    law = sizes.power_law
    return {
        "count": len(objects.table),
        "cut": sizes.cut_floes,
        "smallest_m": objects.smallest_m,
        "left_out": objects.left_out,
        "area_weighted_diameter_m": plain_number(sizes.area_weighted_m),
        "power_law": None if law is None else dataclasses.asdict(law),
        "note": " ".join(part for part in (note, sizes.note) if part),
    }
