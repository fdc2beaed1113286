"""Labelled objects as outlines: GeoJSON and GeoParquet."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from icepair.errors import UsageError
from icepair.write.cf import GRID_MAPPING, geotransform
from icepair.write.failures import writing

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["LabelledObjects", "has_geoparquet", "outlines", "write_geojson", "write_geoparquet"]

_LONGEST_M = 500.0
"""Of a straight edge before it becomes degrees: it then bends away by less than 0.1 m at 85°."""
_DECIMALS = 7
"""Of degrees: a centimetre."""
_GEOPARQUET = "1.1.0"


class LabelledObjects(Protocol):
    """What `icepair.floes` gives."""

    @property
    def labels(self) -> xr.DataArray:
        """int32 on (y, x), 0 for none, with the coordinate ``spatial_ref``."""
        ...

    @property
    def table(self) -> pd.DataFrame:
        """One row a label."""
        ...


def outlines(objects: LabelledObjects) -> list[Any]:
    """Outline of each object along the sides of its pixels, in the order of the table.

    Returns
    -------
    list of shapely Polygon or MultiPolygon
        In the grid's system, metres; exteriors counter-clockwise. Pixels that hang together over
        a corner alone are polygons of their own.
    """
    import rasterio.features
    import shapely
    from rasterio.transform import Affine
    from shapely.geometry import shape

    labels = objects.labels
    values = np.ascontiguousarray(labels.values, dtype=np.int32)
    if not len(objects.table):
        return []
    left, dx, _, top, _, dy = geotransform(labels)
    transform = Affine(dx, 0.0, left, 0.0, dy, top)
    parts: dict[int, list[Any]] = {int(label): [] for label in objects.table.index}
    for outline, label in rasterio.features.shapes(values, values > 0, 4, transform):
        parts[int(label)].append(shape(outline))
    whole = [each[0] if len(each) == 1 else shapely.MultiPolygon(each) for each in parts.values()]
    # A ring that meets itself at a corner is none.
    return [
        _wound(outline if outline.is_valid else shapely.make_valid(outline)) for outline in whole
    ]


def write_geojson(objects: LabelledObjects, shapes: list[Any], path: str | Path) -> None:
    """Write outlines and measures as GeoJSON (RFC 7946), in longitude and latitude.

    Parameters
    ----------
    objects : LabelledObjects
        What `icepair.floes` gives. Places and lengths among its measures stay in the grid's system.
    shapes : list
        Its `outlines`.
    path : str or Path
        The file.

    Raises
    ------
    UsageError
        The labels do not say where they lie, or an object holds a pole.
    OutputError
        The disk is full or not writable.

    Notes
    -----
    An object that crosses 180 degrees is cut there.
    """
    degrees = _in_degrees(shapes, _crs(objects.labels))
    records = json.loads(objects.table.reset_index().to_json(orient="records", double_precision=3))
    path = Path(path)
    with writing(path), path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number, (outline, record) in enumerate(zip(degrees, records, strict=True)):
            file.write(",\n" if number else "\n")
            file.write(_feature(outline, record))
        file.write("\n]}\n")


def write_geoparquet(objects: LabelledObjects, shapes: list[Any], path: str | Path) -> None:
    """Write outlines and measures as GeoParquet 1.1, in the grid's own system.

    Parameters
    ----------
    objects, shapes, path
        As `write_geojson` takes them.

    Raises
    ------
    UsageError
        The package pyarrow is missing, or the labels do not say where they lie.
    OutputError
        The disk is full or not writable.
    """
    if not has_geoparquet():
        raise UsageError(
            "GeoParquet needs the package pyarrow: pip install 'icepair[floes]'. "
            "GeoJSON needs nothing more."
        )
    import pyarrow
    import shapely
    from pyarrow import parquet

    crs = _crs(objects.labels)
    table = pyarrow.Table.from_pandas(objects.table.reset_index(), preserve_index=False)
    wkb = pyarrow.array(list(shapely.to_wkb(np.array(shapes, dtype=object))), pyarrow.binary())
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes}),
        "crs": crs.to_json_dict(),
        "orientation": "counterclockwise",
        "edges": "planar",
    }
    if shapes:
        column["bbox"] = [float(value) for value in shapely.total_bounds(shapes)]
    words = {"version": _GEOPARQUET, "primary_column": "geometry", "columns": {"geometry": column}}
    table = table.append_column("geometry", wkb).replace_schema_metadata({"geo": json.dumps(words)})
    path = Path(path)
    with writing(path):
        parquet.write_table(table, path, compression="zstd")


def has_geoparquet() -> bool:
    """Whether GeoParquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def _crs(labels: xr.DataArray) -> Any:
    import pyproj

    if GRID_MAPPING not in labels.coords or "crs_wkt" not in labels[GRID_MAPPING].attrs:
        raise UsageError(
            "The labels do not say where they lie: they lack the coordinate spatial_ref with "
            "crs_wkt. Take masks from a pair, or read pair.nc with decode_coords='all'."
        )
    return pyproj.CRS.from_wkt(str(labels[GRID_MAPPING].attrs["crs_wkt"]))


def _wound(outline: Any) -> Any:
    """Polygon or polygons with exteriors counter-clockwise; what has no area is left out."""
    import shapely
    from shapely.geometry.polygon import orient

    polygons = [orient(part) for part in shapely.get_parts(outline) if part.geom_type == "Polygon"]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _in_degrees(shapes: list[Any], crs: Any) -> list[Any]:
    import pyproj
    import shapely

    if not shapes:
        return []
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    _refuse_poles(shapes, to_degrees)
    fine = shapely.segmentize(np.array(shapes, dtype=object), _LONGEST_M)
    counts = shapely.get_num_coordinates(fine)
    longitude, latitude = to_degrees.transform(*shapely.get_coordinates(fine).T)
    # Within an object longitudes go on beyond 180, and are those of its first corner.
    first = np.repeat(longitude[np.cumsum(counts) - counts], counts)
    longitude = first + (longitude - first + 180.0) % 360.0 - 180.0
    shapely.set_coordinates(fine, np.column_stack([longitude, latitude]))
    return [_cut_at_180(outline) for outline in fine]


def _refuse_poles(shapes: list[Any], to_degrees: Any) -> None:
    import shapely

    for latitude in (-90.0, 90.0):
        pole = shapely.Point(*to_degrees.transform(0.0, latitude, direction="INVERSE"))
        if np.isfinite(pole.x) and any(shapely.contains(shapes, pole)):
            raise UsageError(
                "An object holds a pole, which longitudes and latitudes cannot outline. "
                "Write GeoParquet, which keeps the grid's own system."
            )


def _cut_at_180(outline: Any) -> Any:
    import shapely
    from shapely.affinity import translate

    west, _, east, _ = outline.bounds
    if west >= -180.0 and east <= 180.0:
        return _wound(_rounded(outline))
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        part = shapely.intersection(outline, shapely.box(-180.0 + turn, -90.0, 180.0 + turn, 90.0))
        parts += list(shapely.get_parts(translate(part, -turn)))
    return _wound(_rounded(shapely.GeometryCollection(parts)))


def _rounded(outline: Any) -> Any:
    import shapely

    return shapely.transform(outline, lambda degrees: np.round(degrees, _DECIMALS))


def _feature(outline: Any, record: dict[str, Any]) -> str:
    import shapely

    words = json.dumps(record)
    return (
        f'{{"type": "Feature", "id": {record["label"]}, "properties": {words}, '
        f'"geometry": {shapely.to_geojson(outline)}}}'
    )
