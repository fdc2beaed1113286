"""Matched floes as a table and as lines on a map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import FloatArray
from icepair.write.failures import writing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_matches"]

_DECIMALS = {
    "x": 1, "y": 1, "dx": 1, "dy": 1, "standard_error": 1, "rotation": 2, "overlap": 3,
    "confidence": 4, "longitude_first": 6, "latitude_first": 6, "longitude_second": 6,
    "latitude_second": 6,
}  # fmt: skip


def write_matches(table: pd.DataFrame, crs_wkt: str, folder: Path) -> tuple[str, str]:
    """Write ``matches.csv`` and ``matches.geojson``: ways of floes from the first scene.

    Parameters
    ----------
    table : DataFrame
        Of `icepair.Matches`.
    crs_wkt : str
        CRS of its places.
    folder : Path

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    OutputError
        The disk is full or not writable.

    Notes
    -----
    GeoJSON after RFC 7946: longitude and latitude, a line from the first place to the second, cut
    where it crosses 180 degrees.
    """
    placed = _with_degrees(table, crs_wkt).round(_DECIMALS)
    csv, lines = folder / "matches.csv", folder / "matches.geojson"
    with writing(csv):
        placed.to_csv(csv, index=False)
    records = json.loads(placed.to_json(orient="records", double_precision=6))
    words = {"type": "FeatureCollection", "features": [_feature(record) for record in records]}
    with writing(lines):
        lines.write_text(json.dumps(words), encoding="utf-8")
    return csv.name, lines.name


def _with_degrees(table: pd.DataFrame, crs_wkt: str) -> pd.DataFrame:
    """Table with the longitudes and latitudes of both ends."""
    from pyproj import CRS, Transformer

    to_degrees = Transformer.from_crs(CRS.from_wkt(crs_wkt), "EPSG:4326", always_xy=True)
    start = table[["x", "y"]].to_numpy(dtype=np.float64)
    stop = start + table[["dx", "dy"]].to_numpy(dtype=np.float64)
    columns: dict[str, FloatArray] = {}
    for name, places in (("first", start), ("second", stop)):
        longitude, latitude = to_degrees.transform(*places.T)
        columns |= {f"longitude_{name}": longitude, f"latitude_{name}": latitude}
    return table.assign(**columns)


def _feature(record: dict[str, Any]) -> dict[str, Any]:
    ends = [
        [record[f"longitude_{name}"], record[f"latitude_{name}"]] for name in ("first", "second")
    ]
    return {"type": "Feature", "properties": record, "geometry": _line(*ends)}


def _line(start: list[float], stop: list[float]) -> dict[str, Any]:
    """Line between two places, in two parts where it crosses 180 degrees."""
    turn = 360.0 * round((start[0] - stop[0]) / 360.0)
    if not turn:
        return {"type": "LineString", "coordinates": [start, stop]}
    edge = float(np.copysign(180.0, turn))
    share = (edge - start[0]) / (stop[0] + turn - start[0])
    latitude = round(start[1] + share * (stop[1] - start[1]), _DECIMALS["latitude_first"])
    parts = [[start, [edge, latitude]], [[-edge, latitude], stop]]
    return {"type": "MultiLineString", "coordinates": parts}
