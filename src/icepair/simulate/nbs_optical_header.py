"""Names, times and global attributes of an optical product."""

from __future__ import annotations

import numpy as np

from icepair.geo.grid import Grid
from icepair.simulate.nbs import COMMON_ATTRIBUTES, compact
from icepair.simulate.optical import OpticalScene

__all__ = ["datatake_start", "global_attributes", "optical_product_name"]

_DATATAKE_EARLIER_S = 690
"""`time` is the start of the datatake, minutes before the tile was sensed."""


def datatake_start(scene: OpticalScene) -> np.datetime64:
    """UTC at which the product says it began, whole milliseconds."""
    start: np.datetime64 = scene.time - np.timedelta64(_DATATAKE_EARLIER_S, "s")
    milliseconds: np.datetime64 = start.astype("datetime64[ms]")
    return milliseconds


def optical_product_name(scene: OpticalScene) -> str:
    """Name of the product without suffix."""
    tile = _tile_name(scene.plane.latitude, scene.grid)
    settings = scene.settings
    start = datatake_start(scene)
    made = start + np.timedelta64(7102, "s")
    return (
        f"{settings.optical_unit}_MSIL1C_{compact(start)}_{settings.baseline}_R095_T{tile}"
        f"_{compact(made)}"
    )


def _tile_name(latitude: float, grid: Grid) -> str:
    """Military-grid name of the 100 km square about the grid's centre, such as 39XVL."""
    band = "CDEFGHJKLMNPQRSTUVWXX"[int(np.clip((latitude + 80.0) // 8.0, 0, 20))]
    zone = (grid.epsg or 0) % 100
    rows, columns = grid.shape
    easting = float(grid.eastings(np.array([columns / 2.0]))[0])
    northing = float(grid.northings(np.array([rows / 2.0]))[0])
    column = "ABCDEFGHJKLMNPQRSTUVWXYZ"[((zone - 1) % 3 * 8 + int(easting // 1e5) - 1) % 24]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(northing // 1e5) + (0 if zone % 2 else 5)) % 20]
    return f"{zone:02d}{band}{column}{row}"


def global_attributes(scene: OpticalScene) -> dict[str, object]:
    """Global attributes as the archive writes them; people and addresses are left out."""
    settings, grid = scene.settings, scene.grid
    satellite = f"Sentinel-2{settings.optical_unit[-1]}"
    start = datatake_start(scene)
    stamp = f"{start.astype('datetime64[ms]')}Z"
    product = optical_product_name(scene)
    level = f"{settings.baseline[1:3]}.{settings.baseline[3:]}"
    rows, columns = (np.array([0.0, n - 1.0]) for n in grid.shape)
    longitude, latitude = grid.longitude_latitude(*np.meshgrid(rows, columns, indexing="ij"))
    attributes: dict[str, object] = {
        "DATATAKE_1_DATATAKE_SENSING_START": stamp,
        "DATATAKE_1_DATATAKE_TYPE": "INS-NOBS",
        "DATATAKE_1_ID": f"G{settings.optical_unit}_{compact(start)}_021820_N{level}",
        "DATATAKE_1_SPACECRAFT_NAME": satellite,
        "PROCESSING_BASELINE": level,
        "PROCESSING_LEVEL": "Level-1C",
        "PRODUCT_URI": f"{product}.SAFE",
        "QUANTIFICATION_VALUE": "10000",
        "REFERENCE_BAND": "B4",
        "SPECIAL_VALUE_NODATA": "0",
        "SPECIAL_VALUE_SATURATED": "65535",
        "orbitNumber": "021820",
        **COMMON_ATTRIBUTES,
        "collection": "NBS",
        "Conventions": "CF-1.8, ACDD-1.3",
        "platform": satellite,
        "instrument": "Multi-Spectral Imager for Sentinel-2",
        "title": product,
        "product_type": "S2MSI1C",
        "relative_orbit_number": "95",
        "orbit_direction": "descending",
        "cloud_coverage": str(100.0 * settings.cloud_cover),
        "time_coverage_start": stamp,
        "time_coverage_end": stamp,
        "orbit_number": np.int64(21820),
        "geospatial_lon_min": float(longitude.min()),
        "geospatial_lat_min": float(latitude.min()),
        "geospatial_lon_max": float(longitude.max()),
        "geospatial_lat_max": float(latitude.max()),
    }
    if settings.baseline == "N0400":
        attributes["RADIO_ADD_OFFSET"] = "-1000"
    return attributes
