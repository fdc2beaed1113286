"""Sentinel-2 products in the SAFE layout: real names and real XML elements around given pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.conventions import BANDS
from icepair.geo.window import Window
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.testing.safe.sentinel2_xml import document, gml, manifest, product_xml, tile_xml

__all__ = ["DrawnMask", "SafeTile", "ViewGrid", "tile_of", "write_image", "write_tile"]

_METRES = {
    **dict.fromkeys(BANDS, 20),
    **dict.fromkeys(("B02", "B03", "B04", "B08"), 10),
    **dict.fromkeys(("B01", "B09", "B10"), 60),
}


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
    (safe / f"MTD_MSI{tile.level}.xml").write_text(product_xml(tile))
    (granule / "MTD_TL.xml").write_text(tile_xml(tile))
    _write_datastrip(safe, tile)
    for band, numbers in tile.bands.items():
        write_image(_band_path(granule, tile, band, _METRES[band]), numbers)
    if "SCL" in tile.layers:
        write_image(_band_path(granule, tile, "SCL", 20), tile.layers["SCL"])
    _write_masks(granule / "QI_DATA", tile)
    files = [path.relative_to(safe).as_posix() for path in safe.rglob("*") if path.is_file()]
    (safe / "manifest.safe").write_text(manifest(sorted(files)))
    return safe


def tile_of(scene: Sentinel2Scene) -> SafeTile:
    """What another product holds, a simulated one for instance; its sides are multiples of 60 m.

    Coarse bands are taken from the first pixel of each block, and the time is the scene's.
    """
    whole = Window.whole(scene.shape)
    step = {band: metres // 10 for band, metres in _METRES.items()}
    bands = {
        band: scene.read_digital_numbers(band, whole)[:: step[band], :: step[band]]
        for band in scene.bands
    }
    masks = [
        scene.read_mask(name, whole)[::6, ::6]
        for name in ("MSK_OPAQUE", "MSK_CIRRUS", "MSK_SNOICE")
        if name in scene.masks
    ]
    return SafeTile(
        bands,
        level=scene.level,
        baseline=scene.baseline,
        unit=scene.platform,
        tile=scene.tile,
        start=f"{scene.time:%Y%m%dT%H%M%S}",
        sensed=f"{scene.time:%Y-%m-%dT%H:%M:%S.%f}Z",
        epsg=scene.grid.epsg or 0,
        left=scene.grid.left,
        top=scene.grid.top,
        classes=np.stack(masks) if len(masks) == 3 else None,
    )


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
        (folder / f"MSK_{name}.gml").write_text(gml(masks, tile.epsg))


def _write_datastrip(safe: Path, tile: SafeTile) -> None:
    if tile.refining is None:
        return
    folder = safe / "DATASTRIP" / f"DS_2BPS_{tile.generated}_S{tile.start}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "MTD_DS.xml").write_text(
        document(
            "Level-1C_DataStrip_ID",
            f'<n1:Image_Data_Info><Geometric_Info><Image_Refining flag="{tile.refining}"/>'
            "</Geometric_Info></n1:Image_Data_Info>",
        )
    )
