"""What ``MTD_TL.xml`` says about one tile: when it was seen, and where it lies."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree

import pyproj

from icepair.errors import ContradictionError, DamagedFileError, UsageError
from icepair.geo.grid import Grid
from icepair.products.attributes import moment, number
from icepair.products.safe.sentinel2.product_record import first_text

__all__ = ["RasterPlace", "TileRecord", "tile_record"]

_RESOLUTIONS = (10, 20, 60)


@dataclass(frozen=True)
class RasterPlace:
    """Size and place of the rasters of one resolution."""

    shape: tuple[int, int]
    """Rows and columns."""
    left: float
    """Easting of the outer left edge, metres."""
    top: float
    """Northing of the outer upper edge, metres."""


@dataclass(frozen=True)
class TileRecord:
    """Identity, time and place of a tile."""

    tile: str
    """Tile of the military grid, ``45XWJ``; empty where the metadata do not say."""
    datastrip: str
    """Identifier of the datastrip that the tile was cut from."""
    time: datetime | None
    """When the tile was seen, UTC."""
    grid: Grid
    """The 10 m grid."""
    rasters: Mapping[int, RasterPlace] = field(repr=False)
    """By metres of a pixel; all begin at the same corner and nest."""


def tile_record(root: ElementTree.Element, name: str) -> TileRecord:
    """Record of a tile's metadata.

    Parameters
    ----------
    root
        Root element of the metadata.
    name
        What to call them in messages.

    Raises
    ------
    DamagedFileError
        Coordinate system, size or corner is missing.
    ContradictionError
        The rasters of 10, 20 and 60 m do not nest.
    """
    identifier = first_text(root, "TILE_ID", "TILE_ID_2A", "L2A_TILE_ID")
    tile = re.search(r"_T(\d{2}[A-Z]{3})(?:_|$)", identifier)
    rasters = _rasters(root, name)
    origin = rasters[10]
    return TileRecord(
        tile=tile[1] if tile else "",
        datastrip=first_text(root, "DATASTRIP_ID", "DATASTRIP_ID_2A", "L2A_DATASTRIP_ID"),
        time=moment(first_text(root, "SENSING_TIME")),
        grid=Grid.from_crs(
            _coordinate_system(root, name),
            left=origin.left,
            top=origin.top,
            spacing_m=10.0,
            shape=origin.shape,
        ),
        rasters=rasters,
    )


def _coordinate_system(root: ElementTree.Element, name: str) -> pyproj.CRS:
    code = first_text(root, "HORIZONTAL_CS_CODE")
    try:
        crs = pyproj.CRS.from_user_input(code.upper())
        # Only whether a grid may stand on it.
        Grid.from_crs(crs, left=0.0, top=0.0, spacing_m=10.0, shape=(1, 1))
    except (pyproj.exceptions.CRSError, UsageError) as error:
        raise DamagedFileError(
            f"{name} does not say in which coordinate system the tile lies: "
            f"HORIZONTAL_CS_CODE is {code or 'missing'}; EPSG:326nn or EPSG:327nn was expected. "
            "Fetch the product again."
        ) from error
    return crs


def _rasters(root: ElementTree.Element, name: str) -> dict[int, RasterPlace]:
    sizes = {element.get("resolution"): element for element in root.iter("Size")}
    places = {element.get("resolution"): element for element in root.iter("Geoposition")}
    rasters = {}
    for metres in _RESOLUTIONS:
        size, place = sizes.get(str(metres)), places.get(str(metres))
        if size is None or place is None:
            continue
        _refuse_odd_spacing(place, metres, name)
        shape = _whole(size, "NROWS", name), _whole(size, "NCOLS", name)
        rasters[metres] = RasterPlace(
            shape, _metres(place, "ULX", name), _metres(place, "ULY", name)
        )
    if 10 not in rasters:
        raise DamagedFileError(
            f"{name} does not say where the tile lies: Tile_Geocoding has no size and corner of "
            "the 10 m raster. Fetch the product again."
        )
    _refuse_crossing(rasters, name)
    return rasters


def _refuse_odd_spacing(place: ElementTree.Element, metres: int, name: str) -> None:
    steps = _metres(place, "XDIM", name), _metres(place, "YDIM", name)
    if steps != (metres, -metres):
        raise ContradictionError(
            f"{name} gives pixels of {steps[0]:g} m by {steps[1]:g} m for the raster of "
            f"{metres} m; {metres} and -{metres} were expected."
        )


def _refuse_crossing(rasters: Mapping[int, RasterPlace], name: str) -> None:
    """Refuse rasters of which a coarse pixel is not a whole number of fine ones."""
    fine = rasters[10]
    for metres, raster in rasters.items():
        factor = metres // 10
        reached = raster.shape[0] * factor, raster.shape[1] * factor
        if (raster.left, raster.top, reached) != (fine.left, fine.top, fine.shape):
            raise ContradictionError(
                f"In {name} the raster of {metres} m begins at {raster.left:g}, {raster.top:g} "
                f"with {raster.shape[0]} x {raster.shape[1]} pixels, that of 10 m at "
                f"{fine.left:g}, {fine.top:g} with {fine.shape[0]} x {fine.shape[1]}; they do not "
                "cover the same ground."
            )


def _metres(parent: ElementTree.Element, tag: str, name: str) -> float:
    value = number(first_text(parent, tag))
    if not math.isfinite(value):
        raise DamagedFileError(
            f"{name} has no number in {parent.tag}/{tag}; the tile's place is unknown. "
            "Fetch the product again."
        )
    return value


def _whole(parent: ElementTree.Element, tag: str, name: str) -> int:
    value = _metres(parent, tag, name)
    if value != round(value) or not 0 < value < 1e6:
        raise DamagedFileError(
            f"{name} gives {value:g} as {parent.tag}/{tag}; a number of pixels was expected."
        )
    return round(value)
