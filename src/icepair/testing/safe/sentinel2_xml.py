"""The XML of Sentinel-2 products: real elements, as many as reading them needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import FloatArray
from icepair.conventions import BANDS

if TYPE_CHECKING:
    from icepair.testing.safe.sentinel2 import DrawnMask, SafeTile

__all__ = ["document", "gml", "manifest", "product_xml", "tile_xml"]

_NODE_M = 5000


def document(tag: str, body: str) -> str:
    """Document with a root element in its own namespace, ``n1``."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<n1:{tag} xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/{tag}.xsd">{body}</n1:{tag}>'
    )


def product_xml(tile: SafeTile) -> str:
    """``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml``."""
    level = f"Level-{tile.level[1:]}"
    images = "".join(
        f"<IMAGE_FILE>GRANULE/{tile.granule}/IMG_DATA/T{tile.tile}_{tile.start}_{band}</IMAGE_FILE>"
        for band in tile.bands
        if tile.level == "L1C"
    )
    divisor = "BOA_QUANTIFICATION_VALUE" if tile.level == "L2A" else "QUANTIFICATION_VALUE"
    return document(
        f"{level}_User_Product",
        "<n1:General_Info><Product_Info>"
        f"<PRODUCT_URI>{tile.name}.SAFE</PRODUCT_URI>"
        f"<PROCESSING_LEVEL>{level}</PROCESSING_LEVEL>"
        f"<PROCESSING_BASELINE>{tile.baseline}</PROCESSING_BASELINE>"
        f"<GENERATION_TIME>{_stamp(tile.generated)}.000000Z</GENERATION_TIME>"
        f'<Datatake datatakeIdentifier="G{tile.unit}_{tile.start}_{tile.orbit}_N{tile.baseline}">'
        f"<SPACECRAFT_NAME>Sentinel-2{tile.unit[2]}</SPACECRAFT_NAME></Datatake>"
        f"<Granule_List><Granule>{images}</Granule></Granule_List></Product_Info>"
        f'<Product_Image_Characteristics><{divisor} unit="none">10000</{divisor}>'
        f"{_offsets_xml(tile)}</Product_Image_Characteristics></n1:General_Info>",
    )


def _stamp(compact: str) -> str:
    d = compact
    return f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[9:11]}:{d[11:13]}:{d[13:15]}"


def _offsets_xml(tile: SafeTile) -> str:
    offsets = tile.offsets
    if offsets is None:
        offsets = dict.fromkeys(BANDS, -1000) if float(tile.baseline) >= 4 else {}
    tag = "BOA_ADD_OFFSET" if tile.level == "L2A" else "RADIO_ADD_OFFSET"
    return "".join(
        f'<{tag} band_id="{BANDS.index(band)}">{value}</{tag}>' for band, value in offsets.items()
    )


def tile_xml(tile: SafeTile) -> str:
    """``MTD_TL.xml``."""
    rows, columns = tile.shape
    identifiers = f"{tile.unit}_OPER_MSI_{tile.level}"
    sizes = "".join(
        f'<Size resolution="{m}"><NROWS>{rows * 10 // m}</NROWS>'
        f"<NCOLS>{columns * 10 // m}</NCOLS></Size>"
        f'<Geoposition resolution="{m}"><ULX>{tile.left:g}</ULX><ULY>{tile.top:.10g}</ULY>'
        f"<XDIM>{m}</XDIM><YDIM>-{m}</YDIM></Geoposition>"
        for m in (10, 20, 60)
    )
    sun = "" if tile.sun is None else _grid_xml("Sun_Angles_Grid", "", *tile.sun)
    views = "".join(
        _grid_xml(
            "Viewing_Incidence_Angles_Grids",
            f' bandId="{BANDS.index(view.band)}" detectorId="{view.detector}"',
            view.zenith,
            view.azimuth,
        )
        for view in tile.views
    )
    return document(
        f"Level-{tile.level[1:]}_Tile_ID",
        "<n1:General_Info>"
        f"<TILE_ID>{identifiers}_TL_2BPS_{tile.generated}_A{tile.orbit}_T{tile.tile}_"
        f"N{tile.baseline}</TILE_ID>"
        f"<DATASTRIP_ID>{identifiers}_DS_2BPS_{tile.generated}_S{tile.start}_"
        f"N{tile.baseline}</DATASTRIP_ID>"
        f"<SENSING_TIME>{tile.sensed}</SENSING_TIME></n1:General_Info>"
        "<n1:Geometric_Info><Tile_Geocoding>"
        f"<HORIZONTAL_CS_CODE>EPSG:{tile.epsg}</HORIZONTAL_CS_CODE>{sizes}</Tile_Geocoding>"
        f"<Tile_Angles>{sun}{views}</Tile_Angles></n1:Geometric_Info>",
    )


def _grid_xml(tag: str, attributes: str, zenith: FloatArray, azimuth: FloatArray) -> str:
    parts = "".join(
        f'<{name}><COL_STEP unit="m">{_NODE_M}</COL_STEP><ROW_STEP unit="m">{_NODE_M}</ROW_STEP>'
        f"<Values_List>{_values_xml(values)}</Values_List></{name}>"
        for name, values in (("Zenith", zenith), ("Azimuth", azimuth))
    )
    return f"<{tag}{attributes}>{parts}</{tag}>"


def _values_xml(values: FloatArray) -> str:
    rows = (" ".join("NaN" if np.isnan(v) else f"{v:.6f}" for v in row) for row in values)
    return "".join(f"<VALUES>{row}</VALUES>" for row in rows)


def gml(masks: Sequence[DrawnMask], epsg: int) -> str:
    """Mask of polygons, without members where there are none."""
    members = "".join(
        f'<eop:MaskFeature gml:id="{mask.identifier}"><eop:maskType>{mask.kind}</eop:maskType>'
        f"<eop:extentOf><gml:Polygon>{_ring('exterior', mask.outline)}"
        f"{''.join(_ring('interior', hole) for hole in mask.holes)}"
        "</gml:Polygon></eop:extentOf></eop:MaskFeature>"
        for mask in masks
    )
    listed = f"<eop:maskMembers>{members}</eop:maskMembers>" if members else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<eop:Mask '
        'xmlns:eop="http://www.opengis.net/eop/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">'
        f'<gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::{epsg}"/></gml:boundedBy>'
        f"{listed}</eop:Mask>"
    )


def _ring(tag: str, corners: Sequence[tuple[float, float]]) -> str:
    text = " ".join(f"{easting:.10g} {northing:.10g}" for easting, northing in corners)
    return (
        f'<gml:{tag}><gml:LinearRing><gml:posList srsDimension="2">{text}</gml:posList>'
        f"</gml:LinearRing></gml:{tag}>"
    )


def manifest(files: Sequence[str]) -> str:
    """``manifest.safe`` with names of files alone."""
    objects = "".join(
        f'<dataObject><byteStream><fileLocation href="./{name}" locatorType="URL"/></byteStream>'
        "</dataObject>"
        for name in files
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1">'
        f"<dataObjectSection>{objects}</dataObjectSection></xfdu:XFDU>"
    )
