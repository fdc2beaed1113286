"""An optical product in the archive's layout: Sentinel-2 L1C as NBS NetCDF."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.geo.grid import Grid
from icepair.optical.sun import sun_position
from icepair.simulate.nbs import (
    TIME_ATTRIBUTES,
    add,
    epoch_seconds,
    put_attributes,
)
from icepair.simulate.nbs_optical_header import datatake_start, global_attributes
from icepair.simulate.nodes import spread
from icepair.simulate.optical import BANDS, COARSE, OpticalBlock, OpticalScene
from icepair.simulate.rasters import RasterWriter

__all__ = ["write_optical"]

_ORDER = ("B4", "B3", "B2", "B8", "B5", "B6", "B7", "B8A", "B11", "B12", "B1", "B9", "B10")
"""Variables in the archive's order."""
_PHYSICS = {  # bandwidth nm, wavelength nm, solar irradiance W/m2/um
    "B1": ("20", "443", "1874.3"), "B2": ("65", "490", "1959.75"), "B3": ("35", "560", "1824.93"),
    "B4": ("30", "665", "1512.79"), "B5": ("15", "705", "1425.78"), "B6": ("15", "740", "1291.13"),
    "B7": ("20", "783", "1175.57"), "B8": ("115", "842", "1041.28"), "B8A": ("20", "865", "953.93"),
    "B9": ("20", "945", "817.58"), "B10": ("30", "1375", "365.41"), "B11": ("90", "1610", "247.08"),
    "B12": ("180", "2190", "87.75"),
}  # fmt: skip
_MASKS = {  # the archive swaps the first two long names
    "MSK_OPAQUE": " Cirrus cloud mask",
    "MSK_CIRRUS": "Opaque cloud mask",
    "MSK_SNOICE": "Snow ice mask",
}
_ROWS = 300
"""Rows at a time; a multiple of the 60 m bands' 6."""
_LARGEST_CHUNK_BYTES = 16 * 2**20
_ANGLES = 22
_FILL = np.float32(9.969209968386869e36)


def write_optical(
    path: Path, scene: OpticalScene, progress: Callable[[float], None]
) -> Iterator[tuple[slice, OpticalBlock]]:
    """Write the whole product, and hand each block on once it is written.

    Parameters
    ----------
    path : Path
    scene : OpticalScene
    progress : callable
        Called with the share of rows that are written, 0 to 1.

    Yields
    ------
    rows, block
        Rows of the block and what was seen there.
    """
    import h5netcdf

    height, width = scene.grid.shape
    coarse_shape = (math.ceil(height / 6), math.ceil(width / 6))
    coarse = {band: np.zeros(coarse_shape, np.float32) for band in ("B1", "B9", "B10")}
    nodata = np.zeros((height, width), dtype=bool)
    with h5netcdf.File(path, "w") as file:
        _define(file, scene)
        put_attributes(file, global_attributes(scene))
    with RasterWriter(path) as rasters:
        for start in range(0, height, _ROWS):
            rows = slice(start, min(start + _ROWS, height))
            block = scene.block(rows)
            nodata[rows] = block.nodata
            _write_block(rasters, scene, rows, block, coarse)
            yield rows, block
            progress(rows.stop / height)
        for band, values in coarse.items():
            noisy = _noisy(scene, band, 0, values)
            for start in range(0, height, _ROWS):
                rows = slice(start, min(start + _ROWS, height))
                zoomed = _zoomed(noisy, (height, width), rows)
                rasters.append(band, _numbers(scene, zoomed, nodata[rows]))


def _zoomed(values: Float32Array, shape: tuple[int, int], part: slice) -> Float32Array:
    """Some rows of 60 m pixels on the 10 m grid as the archive's converter zooms them.

    It stretches from the centre of the first pixel to the centre of the last, so that content
    moves outward by up to 25 m.
    """
    rows, columns = (
        np.rint(np.arange(large) * ((small - 1) / (large - 1))).astype(np.int64)
        for small, large in zip(values.shape, shape, strict=True)
    )
    return np.asarray(values[np.ix_(rows[part], columns)])


def _block_means(values: Float32Array, factor: int) -> Float32Array:
    """Means of squares of pixels; the last row and column are repeated to fill a square."""
    height, width = values.shape
    pad = ((0, -height % factor), (0, -width % factor))
    padded = np.pad(values, pad, mode="edge") if pad != ((0, 0), (0, 0)) else values
    rows, columns = padded.shape[0] // factor, padded.shape[1] // factor
    squares = padded.reshape(rows, factor, columns, factor)
    return np.asarray(squares.mean(axis=(1, 3), dtype=np.float32))


def _write_block(
    rasters: RasterWriter, scene: OpticalScene, rows: slice, block: OpticalBlock,
    coarse: dict[str, Float32Array],
) -> None:  # fmt: skip
    for number, band in enumerate(BANDS):
        factor = COARSE.get(band, 1)
        values = block.reflectance[number]
        values = _block_means(values, factor) if factor > 1 else values
        if factor == 6:
            coarse[band][rows.start // 6 : rows.start // 6 + values.shape[0]] = values
            continue
        values = _noisy(scene, band, rows.start, values)
        if factor == 2:
            values = values.repeat(2, axis=0).repeat(2, axis=1)
            values = values[: block.nodata.shape[0], : block.nodata.shape[1]]
        rasters.append(band, _numbers(scene, values, block.nodata))
    if scene.settings.raises_numbers:
        _write_masks(rasters, block)
    if _is_old(scene):
        _write_old_rasters(rasters, scene, rows)


def _write_masks(rasters: RasterWriter, block: OpticalBlock) -> None:
    snow = (block.surface >= 1) & (block.surface <= 4) & ~block.cloud
    masks = {
        "MSK_OPAQUE": block.cloud,
        "MSK_CIRRUS": block.cirrus & ~block.cloud,
        "MSK_SNOICE": snow,
    }
    for name, mask in masks.items():
        rasters.append(name, mask & ~block.nodata)


def _noisy(scene: OpticalScene, band: str, row: int, values: Float32Array) -> Float32Array:
    """With the sensor's own noise, about 1/150 of bright scenes and 6 counts of dark ones."""
    random = np.random.default_rng([scene.settings.seed, 2, BANDS.index(band), row])
    normal = random.standard_normal(values.shape, dtype=np.float32)
    return values + normal * (np.float32(0.0006) + np.float32(0.004) * values)


def _numbers(scene: OpticalScene, values: Float32Array, nodata: AnyArray) -> AnyArray:
    """Digital numbers; 0 only where there is no data."""
    offset = np.float32(1000.0 if scene.settings.raises_numbers else 0.0)
    numbers = np.rint(values * np.float32(10_000.0)) + offset
    numbers = np.clip(numbers, 1, 65534)
    numbers[nodata] = 0
    return np.asarray(numbers, dtype=np.uint16)


def _is_old(scene: OpticalScene) -> bool:
    """Files before 2021 carry places and angles of every pixel."""
    return int(scene.settings.baseline[1:]) < 300


def _default_chunks(shape: tuple[int, int], size: int) -> tuple[int, int, int]:
    """What the netCDF library chooses: equal parts below 16 MB."""
    parts = 1
    while math.prod(math.ceil(n / parts) for n in shape) * size > _LARGEST_CHUNK_BYTES:
        parts += 1
    return (1, math.ceil(shape[0] / parts), math.ceil(shape[1] / parts))


def _define(file: Any, scene: OpticalScene) -> None:
    grid, level = scene.grid, scene.settings.compression
    height, width = grid.shape
    angles = {} if _is_old(scene) else {"xa": _ANGLES, "ya": _ANGLES}
    file.dimensions = {
        "time": None, "x": width, "y": height, "raster_band_id": 13, **angles, "orbit_dim": 3,
    }  # fmt: skip
    file.resize_dimension("time", 1)
    _define_axes(file, scene)
    for band in _ORDER:
        add(file, band, ("time", "y", "x"), "u2", _band_attributes(scene, band), fill=np.uint16(0),
            chunks=_default_chunks(grid.shape, 2), deflate=level)  # fmt: skip
    add(file, "UTM_projection", (), "i4", _projection_attributes(grid))
    if scene.settings.raises_numbers:
        for name, long_name in _MASKS.items():
            words = {"grid_mapping": "UTM_projection", "long_name": long_name}
            add(file, name, ("time", "y", "x"), "u1", words, fill=np.uint8(0),
                chunks=(1, 91, 99), deflate=level)  # fmt: skip
    _define_angles(file, scene)


def _define_axes(file: Any, scene: OpticalScene) -> None:
    grid, level = scene.grid, scene.settings.compression
    height, width = grid.shape
    time = add(file, "time", ("time",), "i4", TIME_ATTRIBUTES, chunks=(1024,))
    start = datatake_start(scene)
    time[...] = epoch_seconds(start)
    for name, standard, values in (
        ("x", "projection_x_coordinate", grid.left + grid.spacing_m * np.arange(width)),
        ("y", "projection_y_coordinate", grid.top - grid.spacing_m * np.arange(height)),
    ):
        # Upper-left corners, not centres: so it is in the archive.
        words = {"units": "m", "standard_name": standard}
        variable = add(file, name, (name,), "i4", words, chunks=(values.size,), deflate=level)
        variable[...] = np.rint(values).astype(np.int32)
    flags: dict[str, object] = {
        "long_name": "raster band id",
        "flag_values": np.arange(13, dtype=np.int8),
        "flag_meanings": " ".join(BANDS),
    }
    band_id = add(file, "band_id", ("raster_band_id",), "i4", flags, chunks=(13,), deflate=level)
    band_id[...] = np.arange(13, dtype=np.int32)


def _band_attributes(scene: OpticalScene, band: str) -> dict[str, object]:
    bandwidth, wavelength, irradiance = _PHYSICS[band]
    attributes: dict[str, object] = {
        "units": "1",
        "grid_mapping": "UTM_projection",
        "standard_name": "toa_bidirectional_reflectance",
        "long_name": f"Reflectance in band {band}",
        "bandwidth": bandwidth,
        "bandwidth_unit": "nm",
        "wavelength": wavelength,
        "wavelength_unit": "nm",
        "solar_irradiance": irradiance,
        "solar_irradiance_unit": "W/m2/um",
        "_Unsigned": "true",
    }
    return attributes


def _projection_attributes(grid: Grid) -> dict[str, object]:
    crs = grid.crs
    epsg = grid.epsg or 0
    zone, south = epsg % 100, epsg // 100 == 327
    return {
        "latitude_of_projection_origin": 0.0,
        "proj4_string": f"+proj=utm +zone={zone}{' +south' if south else ''} +datum=WGS84 "
        "+units=m +no_defs",
        "crs_wkt": crs.to_wkt("WKT1_GDAL"),
        "semi_major_axis": 6378137.0,
        "scale_factor_at_central_meridian": 0.9996,
        "longitude_of_central_meridian": 6.0 * zone - 183.0,
        "grid_mapping_name": "transverse_mercator",
        "semi_minor_axis": 6356752.31424518,
        "false_easting": 500000.0,
        "false_northing": 10_000_000.0 if south else 0.0,
        "epsg_code": str(epsg),
    }


def _angle_fields(
    scene: OpticalScene, rows: AnyArray, columns: AnyArray
) -> tuple[AnyArray, AnyArray]:
    row, column = np.meshgrid(rows, columns, indexing="ij")
    longitude, latitude = scene.grid.longitude_latitude(row, column)
    return sun_position(scene.time, longitude, latitude)


def _define_angles(file: Any, scene: OpticalScene) -> None:
    """Sun and view angles on 22 x 22 nodes of 5 km; of every pixel in older files."""
    level = scene.settings.compression
    names = {
        "view_azimuth": "Viewing incidence azimuth angle",
        "view_zenith": "Viewing incidence zenith angle",
        "sun_zenith": "Solar zenith angle",
        "sun_azimuth": "Solar azimuth angle",
    }
    if _is_old(scene):
        for name in ("sun_zenith", "sun_azimuth"):
            words = {"units": "degree", "long_name": names[name], "grid_mapping": "UTM_projection"}
            add(file, name, ("time", "y", "x"), "f4", words, fill=_FILL,
                chunks=_default_chunks(scene.grid.shape, 4), deflate=level)  # fmt: skip
        for name, units in (("lat", "degrees_north"), ("lon", "degrees_east")):
            long_name = {"lat": "latitude", "lon": "longitude"}[name]
            words = {"long_name": long_name, "units": units, "standard_name": long_name}
            add(file, name, ("y", "x"), "f4", words, chunks=(91, 99), deflate=level)
    else:
        nodes = np.arange(_ANGLES) * 500.0
        zenith, azimuth = _angle_fields(scene, nodes, nodes)
        across = np.linspace(-4.0, 6.0, _ANGLES)[None, None, :]
        view = np.broadcast_to(np.abs(across) + 2.0, (13, _ANGLES, _ANGLES))
        towards = np.broadcast_to(np.where(across < 0, 104.0, 285.0), view.shape)
        for name, values in (
            ("view_azimuth", towards), ("view_zenith", view),
            ("sun_zenith", zenith), ("sun_azimuth", azimuth),
        ):  # fmt: skip
            words = {"units": "degree", "long_name": names[name]}
            words["comment"] = "Original 22x22 pixel resolution"
            banded = ("raster_band_id",) if values.ndim == 3 else ()
            variable = add(file, name, ("time", *banded, "ya", "xa"), "f4", words, fill=_FILL,
                           chunks=(1, *values.shape), deflate=level)  # fmt: skip
            variable[0] = values.astype(np.float32)
    _define_orbit(file, scene)


def _define_orbit(file: Any, scene: OpticalScene) -> None:
    unit = scene.settings.optical_unit
    words = {
        "relativeOrbitNumber": "95", "orbitNumber": "021820", "orbitDirection": "DESCENDING",
        "platform": f"Sentinel-2{unit[-1]}",
        "description": "Values structured as [relative orbit number, orbit number, platform]. "
        "platform corresponds to 0:Sentinel-2A, 1:Sentinel-2B..",
    }  # fmt: skip
    orbit = add(file, "orbit_data", ("time", "orbit_dim"), "i4", words, chunks=(1, 3))
    orbit[0] = np.array([95, 21820, ord(unit[-1]) - ord("A")], dtype=np.int32)


def _write_old_rasters(rasters: RasterWriter, scene: OpticalScene, rows: slice) -> None:
    """Places of pixel centres and the sun's angles, of every pixel."""

    def exact(row: FloatArray, column: FloatArray) -> tuple[FloatArray, ...]:
        longitude, latitude = scene.grid.longitude_latitude(row, column)
        zenith, azimuth = sun_position(scene.time, longitude, latitude)
        return latitude, _continuous(longitude), zenith, _continuous(azimuth)

    every_row = np.arange(rows.start, rows.stop, dtype=np.float64)
    fields = spread(exact, every_row, np.arange(float(scene.grid.shape[1])), 32)
    latitude, longitude, zenith, azimuth = fields
    rasters.append("lat", latitude)
    rasters.append("lon", (longitude + 180.0) % 360.0 - 180.0)
    rasters.append("sun_zenith", zenith)
    rasters.append("sun_azimuth", azimuth % 360.0)


def _continuous(degrees: FloatArray) -> FloatArray:
    """Angles without the jump at 180 or 360 degrees, so that they can be splined."""
    return np.asarray(np.unwrap(np.unwrap(degrees, axis=1, period=360.0), axis=0, period=360.0))
