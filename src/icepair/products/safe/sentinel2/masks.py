"""Quality masks of a tile under the same names whatever the processing baseline."""

from __future__ import annotations

import functools

from icepair.conventions import BANDS
from icepair.geo.grid import Grid
from icepair.products.safe.container import Raster
from icepair.products.safe.sentinel2.documents import Documents
from icepair.products.safe.sentinel2.layout import Granule
from icepair.products.safe.sentinel2.polygons import MaskPolygon
from icepair.products.safe.sentinel2.rasters import ImageRaster, PolygonRaster, TileImage

__all__ = ["mask_rasters"]

_CLASSES = ("MSK_OPAQUE", "MSK_CIRRUS", "MSK_SNOICE")
"""Bands of ``MSK_CLASSI``, in their order."""
_CLOUD_KINDS = {"MSK_OPAQUE": "OPAQUE", "MSK_CIRRUS": "CIRRUS"}
_QUALITY_BANDS = {"DEFECT": 5, "NODATA": 6, "SATURA": 8}
"""Bands of ``MSK_QUALIT`` that take the place of the polygon masks before baseline 04.00."""
_QUALITY_COUNT = 8
_QUALITY_KINDS = {"DEFECT": "DEFECT", "NODATA": "NODATA", "SATURA": "SATURATED"}


def mask_rasters(documents: Documents, granule: Granule, grid: Grid) -> dict[str, Raster]:
    """Masks by name.

    Parameters
    ----------
    documents
        XML files of the product.
    granule
        Files of the tile.
    grid
        10 m grid of the tile.

    Returns
    -------
    dict
        ``MSK_OPAQUE``, ``MSK_CIRRUS`` and, since baseline 04.00, ``MSK_SNOICE``: 1 where it is so.
        ``SCL``, ``AOT``, ``WVP``, ``MSK_CLDPRB``, ``MSK_SNWPRB`` (L2A) as stored. By band, such
        as ``MSK_DETFOO_B02``: the detector's number, 0 for none; ``MSK_NODATA_B02``,
        ``MSK_SATURA_B02``, ``MSK_DEFECT_B02``: 1 where it is so.
    """
    members = {
        name: granule.images[name] for name in ("SCL", "AOT", "WVP") if name in granule.images
    }
    members |= granule.layers
    rasters: dict[str, Raster] = _cloud_rasters(documents, granule.clouds, grid)
    for name, (member, _) in members.items():
        rasters[name] = ImageRaster(TileImage(documents.archive, member, grid))
    for band in BANDS:
        rasters |= _band_rasters(documents, granule, band, grid)
    return rasters


def _cloud_rasters(documents: Documents, member: str, grid: Grid) -> dict[str, Raster]:
    if not member:
        return {}
    if member.endswith(".gml"):
        return {
            name: PolygonRaster(documents, member, grid, functools.partial(_is_kind, kind))
            for name, kind in _CLOUD_KINDS.items()
        }
    image = TileImage(documents.archive, member, grid, bands=len(_CLASSES))
    return {name: ImageRaster(image, index) for index, name in enumerate(_CLASSES, start=1)}


def _band_rasters(
    documents: Documents, granule: Granule, band: str, grid: Grid
) -> dict[str, Raster]:
    found: dict[str, Raster] = {}
    footprints = granule.band_masks.get(("DETFOO", band), "")
    if footprints.endswith(".gml"):
        found[f"MSK_DETFOO_{band}"] = PolygonRaster(documents, footprints, grid, _detector)
    elif footprints:
        found[f"MSK_DETFOO_{band}"] = ImageRaster(TileImage(documents.archive, footprints, grid))
    quality = granule.band_masks.get(("QUALIT", band))
    if quality:
        image = TileImage(documents.archive, quality, grid, bands=_QUALITY_COUNT)
        return found | {
            f"MSK_{name}_{band}": ImageRaster(image, layer)
            for name, layer in _QUALITY_BANDS.items()
        }
    for name, kind in _QUALITY_KINDS.items():
        member = granule.band_masks.get((name, band))
        if member:
            drawn = PolygonRaster(documents, member, grid, functools.partial(_is_kind, kind))
            found[f"MSK_{name}_{band}"] = drawn
    return found


def _is_kind(kind: str, polygon: MaskPolygon) -> int:
    return int(kind in polygon.kind)


def _detector(polygon: MaskPolygon) -> int:
    return polygon.detector
