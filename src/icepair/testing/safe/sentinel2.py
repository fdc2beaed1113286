"""Sentinel-2 products in the SAFE layout: real names and real XML elements around given pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.conventions import BANDS

__all__ = ["DrawnMask", "SafeTile", "ViewGrid", "write_image", "write_tile"]

_METRES = {
    **dict.fromkeys(BANDS, 20),
    **dict.fromkeys(("B02", "B03", "B04", "B08"), 10),
    **dict.fromkeys(("B01", "B09", "B10"), 60),
}
_NODE_M = 5000


@dataclass(frozen=True)
class DrawnMask:
    """A polygon of a GML mask."""

    kind: str
    """``OPAQUE``, ``CIRRUS``, ``DETECTOR_FOOTPRINT`` …."""
    outline: Sequence[tuple[float, float]]
    """Eastings and northings, the first repeated at the end."""
    holes: Sequence[Sequence[tuple[float, float]]] = ()
    identifier: str = "mask.0"
    """``gml:id``; of footprints it holds the detector: ``detector_footprint-B02-03-0``."""


@dataclass(frozen=True, eq=False)
class ViewGrid:
    """Angles of one detector of one band at nodes every 5 km, NaN where it saw nothing."""

    band: str
    detector: int
    zenith: FloatArray
    azimuth: FloatArray


@dataclass(frozen=True, eq=False)
class SafeTile:
    """What a product of one tile holds."""

    bands: Mapping[str, AnyArray]
    """Digital numbers at the band's own resolution, whose shapes must nest."""
    level: str = "L1C"
    baseline: str = "05.09"
    unit: str = "S2B"
    tile: str = "45XWJ"
    start: str = "20221130T084444"
    """Start of the datatake."""
    sensed: str = "2022-11-30T08:56:23.421279Z"
    """When the tile was seen."""
    generated: str = "20221130T104306"
    orbit: str = "032624"
    epsg: int = 32645
    left: float = 463_140.0
    top: float = 8_877_720.0
    offsets: Mapping[str, int] | None = None
    """By band; None for what the baseline has."""
    classes: AnyArray | None = None
    """Opaque cloud, cirrus, snow: shape (3, rows, columns) of 60 m pixels."""
    detectors: Mapping[str, AnyArray] = field(default_factory=dict)
    """Detector of each 60 m pixel, by band."""
    quality: Mapping[str, AnyArray] = field(default_factory=dict)
    """The eight layers of ``MSK_QUALIT``, by band."""
    drawn: Mapping[str, Sequence[DrawnMask]] = field(default_factory=dict)
    """Polygons by mask and band, as before baseline 04.00: ``CLOUDS_B00``, ``SATURA_B02`` …."""
    layers: Mapping[str, AnyArray] = field(default_factory=dict)
    """Rasters of L2A at 20 m: ``SCL``, ``CLDPRB``, ``SNWPRB``."""
    sun: tuple[FloatArray, FloatArray] | None = None
    """Zenith and azimuth at nodes every 5 km."""
    views: Sequence[ViewGrid] = ()
    refining: str | None = "REFINED"
    """``Image_Refining`` of the datastrip; None for a product without one."""

    @property
    def name(self) -> str:
        """Product name."""
        compact = self.baseline.replace(".", "")
        return (
            f"{self.unit}_MSI{self.level}_{self.start}_N{compact}_R137_T{self.tile}_"
            f"{self.generated}"
        )

    @property
    def granule(self) -> str:
        """Folder of the tile."""
        return f"{self.level}_T{self.tile}_A{self.orbit}_{self.start}"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the 10 m grid."""
        band, numbers = next(iter(self.bands.items()))
        factor = _METRES[band] // 10
        return numbers.shape[0] * factor, numbers.shape[1] * factor


def write_tile(folder: Path, tile: SafeTile, name: str | None = None) -> Path:
    """Write a product, in the layout since December 2016.

    Parameters
    ----------
    folder
        Where the ``.SAFE`` folder goes.
    tile
        What it holds.
    name
        Name of the folder without ``.SAFE``; that of the product where None. A folder that is
        there already gets another granule.

    Returns
    -------
    Path
        The ``.SAFE`` folder.
    """
    safe = folder / f"{name or tile.name}.SAFE"
    granule = safe / "GRANULE" / tile.granule
    (granule / "QI_DATA").mkdir(parents=True)
    (safe / f"MTD_MSI{tile.level}.xml").write_text(_product_xml(tile))
    (granule / "MTD_TL.xml").write_text(_tile_xml(tile))
    _write_datastrip(safe, tile)
    for band, numbers in tile.bands.items():
        write_image(_band_path(granule, tile, band, _METRES[band]), numbers)
    if "SCL" in tile.layers:
        write_image(_band_path(granule, tile, "SCL", 20), tile.layers["SCL"])
    _write_masks(granule / "QI_DATA", tile)
    files = [path.relative_to(safe).as_posix() for path in safe.rglob("*") if path.is_file()]
    (safe / "manifest.safe").write_text(_manifest(sorted(files)))
    return safe


def write_image(path: Path, values: AnyArray, *, block: int = 192) -> None:
    """Write a lossless JP2 of one or several bands, as the processor names and tiles them."""
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    path.parent.mkdir(parents=True, exist_ok=True)
    bands = values.reshape(-1, *values.shape[-2:])
    count, height, width = bands.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="JP2OpenJPEG", height=height, width=width, count=count,
            dtype=bands.dtype, QUALITY="100", REVERSIBLE="YES", YCBCR420="NO", YCC="NO",
            BLOCKXSIZE=block, BLOCKYSIZE=block,
        ) as target:  # fmt: skip
            target.write(bands)


def _band_path(granule: Path, tile: SafeTile, band: str, metres: int) -> Path:
    stem = f"T{tile.tile}_{tile.start}_{band}"
    if tile.level == "L1C":
        return granule / "IMG_DATA" / f"{stem}.jp2"
    return granule / "IMG_DATA" / f"R{metres}m" / f"{stem}_{metres}m.jp2"


def _write_masks(folder: Path, tile: SafeTile) -> None:
    if tile.classes is not None:
        write_image(folder / "MSK_CLASSI_B00.jp2", tile.classes.astype(np.uint8))
    for band, numbers in tile.detectors.items():
        write_image(folder / f"MSK_DETFOO_{band}.jp2", numbers.astype(np.uint8))
    for band, numbers in tile.quality.items():
        write_image(folder / f"MSK_QUALIT_{band}.jp2", numbers.astype(np.uint8))
    for name in ("CLDPRB", "SNWPRB"):
        if name in tile.layers:
            write_image(folder / f"MSK_{name}_20m.jp2", tile.layers[name])
    for name, masks in tile.drawn.items():
        (folder / f"MSK_{name}.gml").write_text(_gml(masks, tile.epsg))


def _write_datastrip(safe: Path, tile: SafeTile) -> None:
    if tile.refining is None:
        return
    folder = safe / "DATASTRIP" / f"DS_2BPS_{tile.generated}_S{tile.start}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "MTD_DS.xml").write_text(
        _document(
            "Level-1C_DataStrip_ID",
            f'<n1:Image_Data_Info><Geometric_Info><Image_Refining flag="{tile.refining}"/>'
            "</Geometric_Info></n1:Image_Data_Info>",
        )
    )


def _document(tag: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<n1:{tag} xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/{tag}.xsd">{body}</n1:{tag}>'
    )


def _product_xml(tile: SafeTile) -> str:
    level = f"Level-{tile.level[1:]}"
    images = "".join(
        f"<IMAGE_FILE>GRANULE/{tile.granule}/IMG_DATA/T{tile.tile}_{tile.start}_{band}</IMAGE_FILE>"
        for band in tile.bands
        if tile.level == "L1C"
    )
    divisor = "BOA_QUANTIFICATION_VALUE" if tile.level == "L2A" else "QUANTIFICATION_VALUE"
    return _document(
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


def _tile_xml(tile: SafeTile) -> str:
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
    return _document(
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


def _gml(masks: Sequence[DrawnMask], epsg: int) -> str:
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


def _manifest(files: Sequence[str]) -> str:
    objects = "".join(
        f'<dataObject><byteStream><fileLocation href="./{name}" locatorType="URL"/></byteStream>'
        "</dataObject>"
        for name in files
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1">'
        f"<dataObjectSection>{objects}</dataObjectSection></xfdu:XFDU>"
    )
