"""Opening a Sentinel-2 product in the SAFE layout."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from icepair.conventions import BANDS
from icepair.errors import DamagedFileError
from icepair.geo.grid import Grid
from icepair.products.attributes import moment
from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.container import Raster, RasterContainer
from icepair.products.safe.sentinel2.angle_grids import tile_angles
from icepair.products.safe.sentinel2.documents import Documents
from icepair.products.safe.sentinel2.layout import (
    Granule,
    chosen_granule,
    datastrip_metadata,
    product_metadata,
)
from icepair.products.safe.sentinel2.masks import mask_rasters
from icepair.products.safe.sentinel2.product_record import ProductRecord, product_record
from icepair.products.safe.sentinel2.rasters import Imaged, ImageRaster, TileImage
from icepair.products.safe.sentinel2.tile_record import TileRecord, tile_record
from icepair.products.sentinel2 import IMAGED, Sentinel2Scene

__all__ = ["open_sentinel2_safe"]

_SLACK, _LONGEST_DATATAKE = timedelta(minutes=1), timedelta(hours=1)
"""Datatakes last up to 20 minutes."""
_REFINING = re.compile(rb'<Image_Refining\s[^>]*?\bflag="(\w+)"')
"""In the metadata of a datastrip, 10 MB, which would take seconds to parse."""


def open_sentinel2_safe(archive: SafeArchive) -> Sentinel2Scene:
    """Scene of one tile of a Sentinel-2 L1C or L2A product; no image is opened.

    Parameters
    ----------
    archive
        The product; of several tiles in it the one whose folder the address points to.

    Raises
    ------
    UnsupportedProductError
        Another level.
    DamagedFileError
        Metadata, time, place or every band is missing.
    ContradictionError
        Metadata contradict each other.
    UsageError
        Several tiles and none of them chosen.
    """
    documents = Documents(archive)
    product = product_record(
        documents.root(product_metadata(archive)), archive.address, archive.name
    )
    granule = chosen_granule(archive)
    root, name = documents.root(granule.metadata), f"{granule.metadata} of {archive.address}"
    tile = tile_record(root, name)
    bands = _bands(archive, granule)
    masks = mask_rasters(documents, granule, tile.grid)
    time = _time(tile, name)
    return Sentinel2Scene(
        product=product.name or archive.name,
        address=archive.address,
        time=time,
        platform=product.unit,
        sensor="S2",
        shape=tile.grid.shape,
        container=RasterContainer(
            archive.address,
            tile.grid.shape,
            _band_rasters(archive, granule, bands, tile.grid) | masks,
        ),
        bands=bands,
        grid=tile.grid,
        time_source="sensing time of the tile",
        masks=tuple(masks),
        variables={band: band for band in bands},
        level=product.level,
        tile=tile.tile,
        baseline=product.baseline,
        offsets=_offsets(product, bands, archive.address),
        quantification=product.quantification,
        datatake=product.datatake,
        angles=tile_angles(root, name),
        is_refined=_is_refined(documents, tile),
        notes=(
            *product.notes,
            *_time_notes(time, product.datatake),
            *_missing_notes(product, granule, archive),
        ),
    )


def _bands(archive: SafeArchive, granule: Granule) -> tuple[str, ...]:
    bands = tuple(band for band in BANDS if band in granule.images)
    if not bands:
        raise DamagedFileError(
            f"GRANULE/{granule.name} of {archive.address} has no band under IMG_DATA; "
            "fetch the product again."
        )
    return bands


def _band_rasters(
    archive: SafeArchive, granule: Granule, bands: tuple[str, ...], grid: Grid
) -> dict[str, Raster]:
    """Bands, and the coarsest of them once more for probes."""
    images = {band: TileImage(archive, granule.images[band][0], grid) for band in bands}
    rasters: dict[str, Raster] = {band: ImageRaster(image) for band, image in images.items()}
    rasters[IMAGED] = Imaged(images[max(bands, key=lambda band: granule.images[band][1])])
    return rasters


def _time(tile: TileRecord, name: str) -> datetime:
    if tile.time is None:
        raise DamagedFileError(
            f"{name} has no SENSING_TIME, so nobody can say when the tile was seen. "
            "Fetch the product again."
        )
    return tile.time


def _time_notes(time: datetime, datatake: str) -> tuple[str, ...]:
    """Where the tile is said to be seen when its datatake was not under way."""
    start = moment(datatake.partition("_")[2].partition("_")[0])
    if start is None or -_SLACK <= time - start <= _LONGEST_DATATAKE:
        return ()
    return (
        f"The tile's SENSING_TIME, {time:%Y-%m-%dT%H:%M:%SZ}, does not lie in its datatake, which "
        f"began at {start:%Y-%m-%dT%H:%M:%SZ}; the tile's is taken, and one of them is wrong.",
    )


def _offsets(product: ProductRecord, bands: tuple[str, ...], address: str) -> dict[str, int]:
    missing = [band for band in bands if band not in product.offsets]
    if missing:
        raise DamagedFileError(
            f"{address} lists no offset for {', '.join(missing)}, so their reflectance cannot be "
            "told. Fetch the product again."
        )
    return {band: product.offsets[band] for band in bands}


def _missing_notes(
    product: ProductRecord, granule: Granule, archive: SafeArchive
) -> tuple[str, ...]:
    """Bands of this tile that the metadata name and the product lacks."""
    listed = [name for name in product.images if f"GRANULE/{granule.name}/" in name]
    names = {name.rpartition("/")[2] for name in listed}
    held = {member.rpartition("/")[2].removesuffix(".jp2") for member in archive.members}
    missing = sorted(name for name in names - held if "_TCI" not in name)
    if not missing:
        return ()
    return (f"Images that the metadata name are missing: {', '.join(missing)}.",)


def _is_refined(documents: Documents, tile: TileRecord) -> bool | None:
    """``Image_Refining`` of the datastrip; None where nothing says."""
    member = datastrip_metadata(documents.archive, tile.datastrip)
    if not member:
        return None
    flags = set(_REFINING.findall(documents.text(member)))
    return flags == {b"REFINED"} if len(flags) == 1 else None
