"""The grid of a Sentinel-2 tile from a file's coordinates, the half pixel put right."""

from __future__ import annotations

import math
import re

import numpy as np
import pyproj

from icepair._typing import FloatArray, IntArray
from icepair.errors import ContradictionError, DamagedFileError
from icepair.geo.grid import Grid
from icepair.products.attributes import first_text, number
from icepair.products.container import Container
from icepair.products.geolocation_grid import raster_places

__all__ = ["tile_grid"]

_SPACING_M = 10.0
_MOST_LOOKED_AT = 128
"""Coordinates that are fetched where each read crosses a network."""


def tile_grid(
    container: Container, shape: tuple[int, int], band: str, tile: str
) -> tuple[Grid, tuple[str, ...]]:
    """Grid of a tile, and notes on what was odd.

    Parameters
    ----------
    container
        With ``x`` and ``y``: upper-left corners of the pixels as the archive writes them, or
        centres, which is told from ``lat``/``lon`` where there are any and else from the
        coordinates (tiles begin at multiples of 10 m).
    shape
        Rows and columns of the bands.
    band
        Variable whose ``grid_mapping`` names the coordinate system.
    tile
        Tile of the military grid, ``39XVL``, or empty.

    Raises
    ------
    ContradictionError
        The coordinates do not fit the bands, are not 10 m apart, contradict ``lat``/``lon``, or
        the coordinate system contradicts itself.
    DamagedFileError
        The file does not say its coordinate system.
    """
    crs, notes = _coordinate_system(container, band, tile)
    left = _first_coordinate(container, "x", shape[1], _SPACING_M)
    top = _first_coordinate(container, "y", shape[0], -_SPACING_M)
    corners = Grid.from_crs(crs, left=left, top=top, spacing_m=_SPACING_M, shape=shape)
    centres = Grid.from_crs(crs, left=left - 5.0, top=top + 5.0, spacing_m=_SPACING_M, shape=shape)
    if _are_centres(container, corners, centres):
        note = "x and y of the file are centres of pixels, not corners as usual; they are taken so."
        return centres, (*notes, note)
    return corners, notes


def _first_coordinate(container: Container, name: str, length: int, step_m: float) -> float:
    shape = container.shape(name)
    if math.prod(shape) != length or shape[-1:] != (length,):
        raise ContradictionError(
            f"{container.address} has {math.prod(shape)} values of {name} for {length} pixels."
        )
    every = -(-length // _MOST_LOOKED_AT) if container.remote else 1
    part = (*(slice(0, 1),) * (len(shape) - 1), slice(0, length, every))
    values = container.read(name, part).astype(np.float64).ravel()
    steps = np.diff(values) / every
    if not np.allclose(steps, step_m, rtol=0, atol=1e-3):
        raise ContradictionError(
            f"The coordinate {name} of {container.address} steps by {steps.min():g} to "
            f"{steps.max():g} m; {step_m:g} m throughout was expected "
            "(x from west to east, y from north to south)."
        )
    return float(values[0])


def _are_centres(container: Container, corners: Grid, centres: Grid) -> bool:
    """Whether ``x`` and ``y`` are centres: by the file's own places, else by the tile's origin."""
    if "lat" in container.names and "lon" in container.names:
        rows, columns = (
            index.ravel()
            for index in np.meshgrid(
                *(np.arange(0, n, max(1, (n - 1) // 2), dtype=np.int64) for n in corners.shape)
            )
        )
        longitude, latitude = raster_places(container, rows, columns)
        if np.isfinite(longitude).any():
            off = [
                _median_distance(g, rows, columns, longitude, latitude) for g in (corners, centres)
            ]
            if min(off) > 5.0:
                raise ContradictionError(
                    f"In {container.address} x and y contradict lat and lon by {min(off):.0f} m."
                )
            return off[1] < off[0]
    return corners.left % _SPACING_M == 5.0 and corners.top % _SPACING_M == 5.0


def _median_distance(
    grid: Grid, rows: IntArray, columns: IntArray, longitude: FloatArray, latitude: FloatArray
) -> float:
    """Metres between the file's places and a grid's, median."""
    own_rows, own_columns = grid.rows_columns(longitude, latitude)
    return float(np.nanmedian(np.hypot(own_rows - rows, own_columns - columns)) * grid.spacing_m)


def _coordinate_system(
    container: Container, band: str, tile: str
) -> tuple[pyproj.CRS, tuple[str, ...]]:
    """Coordinate system by any of the ways in which a file may state it, else by the tile."""
    mapping = first_text(container.attributes(band), "grid_mapping") or "UTM_projection"
    stated = container.attributes(mapping) if mapping in container.names else {}
    found = {
        key: crs
        for key in ("crs_wkt", "spatial_ref", "epsg_code", "proj4_string", "proj4")
        if (crs := _parsed(key, stated.get(key))) is not None
    }
    zones = {key: crs.utm_zone for key, crs in found.items() if crs.utm_zone}
    if len(set(zones.values())) > 1:
        raise ContradictionError(
            f"{container.address} contradicts itself about its UTM zone: "
            + ", ".join(f"{key} means {zone}" for key, zone in zones.items())
            + "."
        )
    zone, zone_of_tile = next(iter(zones.values()), None), _zone_of_tile(tile)
    if zone is not None:
        odd = zone_of_tile not in (None, zone)
        note = f"The tile {tile} is not of UTM zone {zone}, in which the file places its pixels."
        return _utm(zone), (note,) if odd else ()
    if found:
        return next(iter(found.values())), ()
    if zone_of_tile is None:
        raise DamagedFileError(
            f"{container.address} does not say its coordinate system: neither {mapping} nor a "
            "tile in the product name does."
        )
    return _utm(zone_of_tile), (f"The coordinate system was taken from the tile {tile}.",)


def _utm(zone: str) -> pyproj.CRS:
    """Coordinate system of a zone, ``39N``."""
    return pyproj.CRS.from_epsg((32600 if zone.endswith("N") else 32700) + int(zone[:-1]))


def _parsed(key: str, value: object) -> pyproj.CRS | None:
    if value is None or not str(value).strip():
        return None
    text = str(value).strip()
    if key == "epsg_code":
        code = number(text.upper().removeprefix("EPSG:"))
        text = f"EPSG:{code:.0f}"
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return None
    return crs if crs.is_projected else None


def _zone_of_tile(tile: str) -> str | None:
    match = re.fullmatch(r"(\d{2})([C-HJ-NP-X])[A-Z]{2}", tile)
    if match is None:
        return None
    return f"{int(match[1])}{'N' if match[2] >= 'N' else 'S'}"
