"""The user's own land: polygons in GeoJSON, or a mask in any raster that GDAL reads."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from icepair.errors import DamagedFileError, InputError, UnsupportedProductError
from icepair.land.box import Box
from icepair.land.coastline import Shores

if TYPE_CHECKING:
    from affine import Affine
    from rasterio import DatasetReader
    from rasterio.windows import Window
    from shapely import Polygon

__all__ = ["OwnPolygons", "OwnRaster", "own_coastline"]

_GEOJSON = (".geojson", ".json")
_VECTORS = (".shp", ".gpkg", ".kml", ".gml", ".fgb", ".gdb")
_DEGREES_BY_NAME = ("CRS84", "4326", "4979")
_TURNS = (-360.0, 0.0, 360.0)
_POINTS_PER_SIDE = 65


@dataclass(frozen=True, eq=False)
class OwnPolygons:
    """`Coastline` from polygons in degrees."""

    source: str
    """Name of the file."""
    polygons: list[Polygon] = field(repr=False)
    error_m: float | None = None
    """Not known."""
    shelves_are_land: bool = False
    """As the user drew it."""

    def shores(self, box: Box) -> Shores:
        """Those that reach into the box, uncut."""
        import shapely
        from shapely import affinity

        area = shapely.box(box.west, box.south, box.east, box.north)
        turned = [affinity.translate(polygon, turn) for polygon in self.polygons for turn in _TURNS]
        return Shores(
            [polygon for polygon in turned if shapely.box(*polygon.bounds).intersects(area)]
        )


@dataclass(frozen=True)
class OwnRaster:
    """`Coastline` from a raster: land is where its first band is neither 0 nor nodata."""

    path: Path
    source: str
    """Name of the file."""
    error_m: float | None = None
    """Not known."""
    shelves_are_land: bool = False
    """As the user drew it."""

    def shores(self, box: Box) -> Shores:
        """Outlines of its pixels of land in and around the box, edges along pixels.

        Raises
        ------
        DamagedFileError
            The pixels cannot be read.
        """
        import rasterio
        from rasterio.errors import RasterioError
        from rasterio.features import shapes
        from shapely.geometry import shape

        try:
            with rasterio.open(self.path) as file:
                window = _window_of(box, file)
                if window is None:
                    return Shores([])
                values = file.read(1, window=window, masked=True)
                transform, crs = _moved(file.transform, window), file.crs.to_wkt()
        except RasterioError as error:
            raise DamagedFileError(
                f"The land mask {str(self.path)!r} cannot be read: {error}."
            ) from error
        land = ((values != 0) & ~np.isnan(values)).filled(False).astype(np.uint8)
        outlines = shapes(land, mask=land == 1, transform=transform)
        return Shores([shape(outline) for outline, _ in outlines], crs)


def own_coastline(path: Path) -> OwnPolygons | OwnRaster:
    """Coastline of a user's file.

    Parameters
    ----------
    path : Path
        Polygons of land in GeoJSON (``.geojson``, ``.json``; degrees on WGS 84, as RFC 7946 has
        it), or a georeferenced raster in which land is neither 0 nor nodata.

    Raises
    ------
    InputError
        There is no such file.
    UnsupportedProductError
        A kind of file, a coordinate system or a geometry that is not read; says how to convert.
    DamagedFileError
        The file cannot be read, or its coordinates are no degrees.
    """
    if not path.is_file():
        raise InputError(
            f"The land file {str(path)!r} does not exist; --land takes none, auto, osm, gshhg "
            "or a file of polygons (GeoJSON) or of a mask (GeoTIFF)."
        )
    suffix = path.suffix.lower()
    if suffix in _VECTORS:
        raise UnsupportedProductError(
            f"Land in {suffix} files ({str(path)!r}) is not read. Convert it: "
            "ogr2ogr -t_srs EPSG:4326 land.geojson FILE."
        )
    if suffix in _GEOJSON:
        return OwnPolygons(path.name, list(_polygons_of(path)))
    _check_raster(path)
    return OwnRaster(path, path.name)


def _check_raster(path: Path) -> None:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                georeferenced = file.crs is not None and file.count > 0
    except RasterioError as error:
        raise DamagedFileError(
            f"The land file {str(path)!r} is neither GeoJSON (.geojson, .json) nor a raster that "
            f"GDAL reads: {error}."
        ) from error
    if not georeferenced:
        raise UnsupportedProductError(
            f"The land mask {str(path)!r} has no coordinate system; give it one with "
            "gdal_edit.py -a_srs."
        )


def _window_of(box: Box, file: DatasetReader) -> Window | None:
    """Pixels of a raster in a box and one around them; None where it has none there."""
    from rasterio.windows import Window

    share = np.linspace(0.0, 1.0, _POINTS_PER_SIDE)
    # The inside too: a raster around a pole has its extremes there.
    longitude, latitude = np.meshgrid(
        box.west + share * (box.east - box.west), box.south + share * (box.north - box.south)
    )
    to_raster = pyproj.Transformer.from_crs("EPSG:4326", file.crs.to_wkt(), always_xy=True)
    easting, northing = to_raster.transform(longitude, latitude)
    back = ~file.transform
    column = back.a * easting + back.b * northing + back.c
    row = back.d * easting + back.e * northing + back.f
    known = np.isfinite(column) & np.isfinite(row)
    if not known.any():
        return None
    left, right = _limits(column[known], file.width)
    top, bottom = _limits(row[known], file.height)
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _moved(transform: Affine, window: Window) -> Affine:
    """Transform of a window; rasterio's own uses what affine 3 is about to drop."""
    t, column, row = transform, window.col_off, window.row_off
    left, top = t.c + t.a * column + t.b * row, t.f + t.d * column + t.e * row
    return type(t)(t.a, t.b, left, t.d, t.e, top)


def _limits(index: Any, size: int) -> tuple[int, int]:
    """First and last but one of the pixels that hold positions, with those of a chord beside."""
    beside = 1 + (index.max() - index.min()) / _POINTS_PER_SIDE
    return max(0, int(index.min() - beside)), min(size, int(index.max() + beside) + 1)


def _polygons_of(path: Path) -> Iterator[Polygon]:
    """Polygons of a GeoJSON file, checked."""
    import shapely
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        named = str((content.get("crs") or {}).get("properties", {}).get("name", "CRS84"))
        geometries = [shape(geometry) for geometry in _geometries(content)]
    except (OSError, ValueError, AttributeError, KeyError, TypeError, IndexError,
            shapely.errors.ShapelyError) as error:  # fmt: skip
        raise DamagedFileError(
            f"The land file {str(path)!r} is not GeoJSON that can be read: {error!r}."
        ) from error
    if not named.endswith(_DEGREES_BY_NAME):
        raise UnsupportedProductError(
            f"The land file {str(path)!r} is in {named}, and GeoJSON is read in degrees. Convert "
            "it: ogr2ogr -t_srs EPSG:4326 land.geojson FILE."
        )
    parts = [part for geometry in geometries for part in _simple(geometry)]
    areas = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    if not areas:
        kinds = ", ".join(sorted({part.geom_type for part in parts})) or "no geometry at all"
        raise DamagedFileError(
            f"The land file {str(path)!r} holds no polygon ({kinds}); land is areas, not lines."
        )
    _refuse_metres(path, areas)
    # Of areas that overlap each pixel would be turned over twice.
    union = shapely.union_all(shapely.make_valid(areas, method="structure", keep_collapsed=False))
    yield from (part for part in shapely.get_parts(union) if part.geom_type == "Polygon")


def _refuse_metres(path: Path, areas: list[Polygon]) -> None:
    import shapely

    west, south, east, north = shapely.total_bounds(areas)
    if not (west >= -360 and east <= 360 and south >= -90 and north <= 90):
        raise DamagedFileError(
            f"The coordinates of {str(path)!r} ({west:g} to {east:g}, {south:g} to {north:g}) are "
            "no degrees of longitude and latitude. Convert it: "
            "ogr2ogr -t_srs EPSG:4326 land.geojson FILE."
        )


def _geometries(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if content["type"] == "FeatureCollection":
        for feature in content["features"]:
            yield from _geometries(feature)
    elif content["type"] == "Feature":
        if content["geometry"] is not None:
            yield content["geometry"]
    else:
        yield content


def _simple(geometry: Any) -> Iterator[Any]:
    """Parts of a geometry that have no parts, out of collections in collections."""
    parts = getattr(geometry, "geoms", None)
    if parts is None:
        yield geometry
    else:
        for part in parts:
            yield from _simple(part)
