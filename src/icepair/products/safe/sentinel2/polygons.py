"""Masks drawn as polygons (GML), as products before processing baseline 04.00 carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from icepair._typing import ByteArray
from icepair.errors import ContradictionError, DamagedFileError
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.products.attributes import numbers

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["MaskPolygon", "mask_polygons", "rasterised"]

_DIMENSIONS = {"2": 2, "3": 3}
_DETECTOR = re.compile(r"detector_footprint-B\w\w-(\d{2})-\d+")


@dataclass(frozen=True)
class MaskPolygon:
    """Area in the tile's coordinate system."""

    kind: str
    """``OPAQUE``, ``CIRRUS``, ``QT_SATURATED_PIXELS_L1A``, ``DETECTOR_FOOTPRINT`` …."""
    detector: int
    """Detector of a footprint, 1 to 12; 0 for others."""
    area: Polygon = field(repr=False)
    """Shell and holes, eastings and northings in metres."""


def mask_polygons(root: ElementTree.Element, epsg: int | None, name: str) -> list[MaskPolygon]:
    """Polygons of a mask, none where nothing is masked.

    Parameters
    ----------
    root
        Root element of the GML.
    epsg
        Coordinate system of the tile.
    name
        What to call the file in messages.

    Raises
    ------
    ContradictionError
        The mask is drawn in another coordinate system.
    DamagedFileError
        A polygon without an outline, or with coordinates that are no numbers.
    """
    for element in root.iter():
        _refuse_other_system(element.get("srsName", ""), epsg, name)
    return [
        polygon
        for feature in root.iter()
        if _bare(feature.tag) == "MaskFeature"
        for polygon in _polygons(feature, name)
    ]


def rasterised(polygons: Iterable[tuple[Polygon, int]], grid: Grid, window: Window) -> ByteArray:
    """Values of polygons on the pixels of a window whose centres they hold, 0 elsewhere.

    Parameters
    ----------
    polygons
        Polygons and their values; where two overlap, the later one counts.
    grid
        Raster that the window is counted in.
    window
        Rows and columns.

    Returns
    -------
    array
        uint8, shape of the window.
    """
    from rasterio import Affine
    from rasterio.features import rasterize

    left = grid.left + window.column_start * grid.spacing_m
    top = grid.top - window.row_start * grid.spacing_m
    shapes = [(area, value) for area, value in polygons if not area.is_empty]
    if not shapes:
        return np.zeros(window.shape, dtype=np.uint8)
    transform = Affine(grid.spacing_m, 0.0, left, 0.0, -grid.spacing_m, top)
    burnt: ByteArray = rasterize(
        shapes, out_shape=window.shape, transform=transform, fill=0, dtype=np.uint8
    )
    return burnt


def _refuse_other_system(srs: str, epsg: int | None, name: str) -> None:
    code = re.search(r"EPSG:[\d.]*:?(\d{4,6})$", srs)
    if code and epsg is not None and int(code[1]) != epsg:
        raise ContradictionError(
            f"{name} is drawn in EPSG:{code[1]}, but the tile lies in EPSG:{epsg}."
        )


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _polygons(feature: ElementTree.Element, name: str) -> list[MaskPolygon]:
    kind = next((e.text or "" for e in feature.iter() if _bare(e.tag) == "maskType"), "").strip()
    identifier = next((v for key, v in feature.attrib.items() if _bare(key) == "id"), "")
    detector = _DETECTOR.fullmatch(identifier)
    return [
        MaskPolygon(kind, int(detector[1]) if detector else 0, _area(element, name))
        for element in feature.iter()
        if _bare(element.tag) == "Polygon"
    ]


def _area(polygon: ElementTree.Element, name: str) -> Polygon:
    from shapely import Polygon

    rings: dict[str, list[Any]] = {"exterior": [], "interior": []}
    for part in polygon:
        for positions in part.iter():
            if _bare(positions.tag) == "posList" and _bare(part.tag) in rings:
                rings[_bare(part.tag)].append(_ring(positions, name))
    if len(rings["exterior"]) != 1:
        raise DamagedFileError(
            f"{name} has a polygon with {len(rings['exterior'])} outlines; one was expected."
        )
    return Polygon(rings["exterior"][0], rings["interior"])


def _ring(positions: ElementTree.Element, name: str) -> Any:
    values = numbers(positions.text)
    if not np.isfinite(values).all():
        raise DamagedFileError(f"{name} has an outline with something else than numbers.")
    dimension = _DIMENSIONS.get(positions.get("srsDimension", "2"), 0)
    if not dimension or values.size % dimension or values.size < 3 * dimension:
        raise DamagedFileError(
            f"{name} has an outline of {values.size} numbers in "
            f"{positions.get('srsDimension', '2')} dimensions; at least three corners in 2 or 3 "
            "were expected."
        )
    return values.reshape(-1, dimension)[:, :2]
