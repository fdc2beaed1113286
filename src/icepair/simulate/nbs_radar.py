"""A radar product in the archive's layout: Sentinel-1 GRD as NBS NetCDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from icepair._typing import FloatArray
from icepair.simulate.annotation import ControlGrid, RadarAnnotation
from icepair.simulate.nbs import (
    COMMON_ATTRIBUTES,
    TIME_ATTRIBUTES,
    add,
    epoch_seconds,
    put_attributes,
)
from icepair.simulate.radar import RadarScene, Strip
from icepair.simulate.rasters import RasterWriter

__all__ = ["write_radar"]

_CHUNK = (91, 99)
_MAPPED = {"coordinates": "lat lon", "grid_mapping": "crsWGS84"}
_TABLES = ("sigmaNought", "betaNought", "gamma", "dn")
_GRID = (  # name in the file, units, long name, attribute of the grid
    ("azimuthTime", "s", "Zero Doppler azimuth time to which grid point applies [UTC].", ""),
    ("slantRangeTime", "s", "Two way slant range time to grid point.", "slant_range_time_s"),
    ("line", "", "Reference image MDS line to which this geolocation grid point applies.", ""),
    ("pixel", "", "Reference image MDS sample to which this geolocation grid point applies", ""),
    ("latitude", "degrees", "Geodetic latitude of grid point.", "latitude"),
    ("longitude", "degrees", "Geodetic longitude of grid point.", "longitude"),
    ("height", "m", "Height of the grid point above sea level.", "height"),
    ("incidenceAngle", "degrees", "Incidence angle to grid point.", "incidence"),
    ("elevationAngle", "degrees", "Elevation angle to grid point.", "elevation"),
)


def write_radar(path: Path, scene: RadarScene, progress: Callable[[float], None]) -> None:
    """Write the whole product, strip by strip.

    Parameters
    ----------
    path : Path
    scene : RadarScene
    progress : callable
        Called with the share of lines that are written, 0 to 1.
    """
    import h5netcdf

    annotation = scene.annotation
    with h5netcdf.File(path, "w") as file:
        _define(file, scene)
        for polarisation in annotation.polarisations:
            _write_control_points(file, polarisation, annotation)
            header = annotation.header[polarisation]
            add(file, f"s1Level1ProductSchema_{polarisation}", (), "i1", header)
            if scene.settings.with_orbit:
                _write_annotation_lists(file, polarisation, annotation)
        put_attributes(file, _global_attributes(annotation))
    with RasterWriter(path) as rasters:
        for strip in scene.strips():
            _write_strip(rasters, strip)
            progress((strip.first_line + strip.swaths.shape[0]) / annotation.shape[0])


def _define(file: Any, scene: RadarScene) -> None:
    """Dimensions and rasters, in the archive's order."""
    annotation, level = scene.annotation, scene.settings.compression
    lines, samples = annotation.shape
    grid_size = annotation.grid.lines.size * annotation.grid.samples.size
    file.dimensions = {"time": 1, "x": samples, "y": lines, "gcp_index": grid_size}
    time = add(file, "time", ("time",), "i4", TIME_ATTRIBUTES)
    time[...] = epoch_seconds(annotation.first_line_time)
    flat: dict[str, Any] = {"chunks": _CHUNK, "deflate": level}
    stack: dict[str, Any] = {"chunks": (1, *_CHUNK), "deflate": level}
    for name, long_name, units in (
        ("lat", "latitude", "degrees_north"),
        ("lon", "longitude", "degrees_east"),
    ):
        words = {"long_name": long_name, "units": units, "standard_name": long_name}
        add(file, name, ("y", "x"), "f4", words, **flat)
    for polarisation in annotation.polarisations:
        attributes = {
            "long_name": f"Amplitude {polarisation}-polarisation", "units": "1", **_MAPPED,
            "standard_name": "surface_backwards_scattering_coefficient_of_radar_wave",
            "polarisation": polarisation,
        }  # fmt: skip
        name = f"Amplitude_{polarisation}"
        add(file, name, ("time", "y", "x"), "u2", attributes, fill=np.uint16(0), **stack)
    sphere = {
        "grid_mapping_name": "latitude_longitude", "semi_major_axis": "6378137",
        "inverse_flattening": "298.2572235604902",
    }  # fmt: skip
    add(file, "crsWGS84", (), "i4", sphere)
    for polarisation in annotation.polarisations:
        for table in _TABLES:
            name = f"{table}_{polarisation}"
            words = {"long_name": f"{name} calibration table", "units": "1", **_MAPPED}
            words["polarisation"] = polarisation
            add(file, name, ("time", "y", "x"), "f4", words, **stack)
    for polarisation in annotation.polarisations:
        words = {"long_name": "Thermal noise correction vector power values.", "units": "1"}
        words |= {**_MAPPED, "polarisation": polarisation}
        name = f"noiseCorrectionMatrix_{polarisation}"
        add(file, name, ("time", "y", "x"), "f4", words, **stack)
    _define_swaths(file, annotation)


def _define_swaths(file: Any, annotation: RadarAnnotation) -> None:
    count = 5 if annotation.mode == "EW" else 3
    attributes = {
        "long_name": "Subswath List",
        "flag_values": np.arange(1, count + 1, dtype=np.int8),
        "valid_range": np.array([1, count], dtype=np.int8),
        "flag_meanings": " ".join(f"{annotation.mode}{k}" for k in range(1, count + 1)),
        "standard_name": "status_flag",
        "units": "1",
        **_MAPPED,
    }
    add(file, "swathList", ("y", "x"), "i1", attributes, fill=np.int8(0), chunks=_CHUNK, deflate=7)


def _write_control_points(file: Any, polarisation: str, annotation: RadarAnnotation) -> None:
    """The geolocation grid in float32, one variable per quantity."""
    grid = annotation.grid
    first = annotation.time_at(float(grid.azimuth_time_s[0, 0]))
    for name, units, long_name, source in _GRID:
        words = {"units": units} if units else {}
        words["long_name"] = long_name
        if name == "azimuthTime":
            words["comment"] = f"Seconds since {first}"
        size = (grid.lines.size * grid.samples.size,)
        variable = add(file, f"GCP_{name}_{polarisation}", ("gcp_index",), "f4", words,
                       chunks=size, deflate=4)  # fmt: skip
        variable[...] = _grid_values(grid, name, source).ravel().astype(np.float32)


def _grid_values(grid: ControlGrid, name: str, source: str) -> FloatArray:
    if name == "line":
        return np.repeat(grid.lines[:, None], grid.samples.size, axis=1)
    if name == "pixel":
        return np.repeat(grid.samples[None, :], grid.lines.size, axis=0)
    if name == "azimuthTime":
        # Annotated times are whole microseconds.
        return np.asarray(np.rint((grid.azimuth_time_s - grid.azimuth_time_s[0, 0]) * 1e6) / 1e6)
    return np.asarray(getattr(grid, source))


def _numbers(values: FloatArray) -> str:
    return " ".join(f"{value:.15e}" for value in values)


def _write_annotation_lists(file: Any, polarisation: str, annotation: RadarAnnotation) -> None:
    """Orbit, ground-range records and sub-swath bounds: one text attribute per record."""
    orbit, records = annotation.geometry.orbit, annotation.geometry.records
    states = {"comment": "time:[frame, position (x,y,z), velocity (x,y,z)]"}
    for time, place, velocity in zip(orbit.times_s, orbit.positions, orbit.velocities, strict=True):
        stamp = str(annotation.time_at(float(time)))
        states[stamp] = str(["Earth Fixed", _numbers(place), _numbers(velocity)])
    add(file, f"orbitList_{polarisation}", (), "i1", states)
    conversions = {
        "comment": "index:[azimuthTime, slantRangeTime, sr0, srgrCoefficients, gr0, "
        "grsrCoefficients ]"
    }
    for index, time in enumerate(records.times_s):
        start = records.slant_range_start_m[index : index + 1]
        conversions[str(index)] = str([
            str(annotation.time_at(float(time))),
            _numbers(2.0 * start / 299_792_458.0), _numbers(start),
            _numbers(records.slant_to_ground[index]),
            _numbers(records.ground_range_start_m[index : index + 1]),
            _numbers(records.ground_to_slant[index]),
        ])  # fmt: skip
    add(file, f"coordinateConversionList_{polarisation}", (), "i1", conversions)
    bounds = {
        "comment": "index:{swath:[firstAzimuthLine, firstRangeSample, lastAzimuthLine, "
        "lastRangeSample, azimuthTime]}"
    }
    blocks = annotation.noise[polarisation].blocks
    for index, block in enumerate(sorted(blocks, key=lambda b: (b.swath, b.first_line))):
        time = annotation.time_at(block.first_line * annotation.geometry.line_interval_s)
        corners = (block.first_line, block.first_sample, block.last_line, block.last_sample)
        bounds[str(index)] = str({block.swath: [*(str(corner) for corner in corners), str(time)]})
    add(file, f"swathMergeList_{polarisation}", (), "i1", bounds)


def _write_strip(rasters: RasterWriter, strip: Strip) -> None:
    rasters.append("lat", strip.latitude)
    rasters.append("lon", strip.longitude)
    rasters.append("swathList", strip.swaths)
    for polarisation, amplitude in strip.amplitude.items():
        rasters.append(f"Amplitude_{polarisation}", amplitude)
        rasters.append(f"noiseCorrectionMatrix_{polarisation}", strip.noise[polarisation])
        for table, values in strip.tables[polarisation].items():
            rasters.append(f"{table}_{polarisation}", values)


_FIRST_OF_A_CYCLE = {"S1A": 73, "S1B": 27, "S1C": 172}
"""Absolute number of an orbit whose relative number is 1."""


def _relative_orbit(unit: str, absolute: int) -> dict[str, object]:
    """Number within the cycle of 175, as an attribute; none for a unit whose count is not known."""
    if unit not in _FIRST_OF_A_CYCLE:
        return {}
    return {"relative_orbit_number": str((absolute - _FIRST_OF_A_CYCLE[unit]) % 175 + 1)}


def _global_attributes(annotation: RadarAnnotation) -> dict[str, object]:
    header = next(iter(annotation.header.values()))
    stop = annotation.time_at(annotation.seconds)
    satellite = f"Sentinel-1{header['missionId'][-1]}"
    grid = annotation.grid
    return {
        "BEAM_MODE": annotation.mode,
        "BEAM_SWATH": annotation.mode,
        "LINE_SPACING": header["azimuthPixelSpacing"],
        "MISSION_ID": header["missionId"],
        "PIXEL_SPACING": header["rangePixelSpacing"],
        "SATELLITE_IDENTIFIER": "SENTINEL-1",
        "SENSOR_IDENTIFIER": "SAR",
        "SWATH": annotation.mode,
        "polarisation": "".join(annotation.polarisations),
        **COMMON_ATTRIBUTES,
        "collection": "NBS,SIOS",
        "Conventions": "CF-1.8,ACDD-1.3",
        "platform": satellite,
        "instrument": "Synthetic Aperture Radar (C-band)",
        "title": annotation.product,
        "product_type": "GRD",
        "orbit_number": np.int64(int(header["absoluteOrbitNumber"])),
        "orbit_direction": annotation.pass_direction,
        **_relative_orbit(header["missionId"], int(header["absoluteOrbitNumber"])),
        "time_coverage_start": f"{annotation.first_line_time}Z",
        "time_coverage_end": f"{stop}Z",
        "mode": annotation.mode,
        "geospatial_lon_min": float(grid.longitude.min()),
        "geospatial_lat_min": float(grid.latitude.min()),
        "geospatial_lon_max": float(grid.longitude.max()),
        "geospatial_lat_max": float(grid.latitude.max()),
    }
