"""Small files in the archive's layout, for the tests of this folder alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

_TYPES = {
    "byte": "i1", "ubyte": "u1", "short": "i2", "ushort": "u2",
    "int": "i4", "float": "f4", "double": "f8",
}  # fmt: skip
_DECLARATION = re.compile(r"^\t(\w+) (\w+)(?:\(([^)]*)\))? ;$")
_ATTRIBUTE = re.compile(r"^\t\t(\w*):(\S+) = (.*) ;$")


@dataclass
class Header:
    """What a CDL text declares."""

    dimensions: dict[str, int] = field(default_factory=dict)
    variables: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By variable; global ones under the empty name."""


def read_header(path: Path) -> Header:
    """Header in a CDL text as ``ncdump -hs`` writes it."""
    header = Header(attributes={"": {}})
    for line in path.read_text().splitlines():
        if dimension := re.match(r"^\t(\w+) = (\d+|UNLIMITED)", line):
            header.dimensions[dimension[1]] = int(dimension[2]) if dimension[2].isdigit() else 1
        elif declared := _DECLARATION.match(line):
            dimensions = tuple((declared[3] or "").replace(" ", "").split(","))
            header.variables[declared[2]] = (
                _TYPES[declared[1]],
                dimensions if declared[3] else (),
            )
            header.attributes[declared[2]] = {}
        elif attribute := _ATTRIBUTE.match(line):
            key = attribute[2].replace("\\", "")
            header.attributes[attribute[1]][key] = _value(attribute[3])
    return header


def _value(text: str) -> Any:
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    numbers = [float(re.sub(r"[A-Za-z]+$", "", word)) for word in text.split(", ")]
    kind = "f8" if "." in text else "i4"
    return np.array(numbers, dtype=kind) if len(numbers) > 1 else np.dtype(kind).type(numbers[0])


def create(path: Path, header: Header) -> netCDF4.Dataset:
    """Empty file as declared; rasters are chunked and take no room until written."""
    dataset = netCDF4.Dataset(path, "w")
    dataset.set_auto_maskandscale(False)
    for name, length in header.dimensions.items():
        dataset.createDimension(name, length)
    for name, (kind, dimensions) in header.variables.items():
        attributes = header.attributes[name]
        fill = attributes.get("_FillValue")
        chunks = attributes.get("_ChunkSizes")
        variable = dataset.createVariable(
            name,
            kind,
            dimensions,
            zlib=bool(dimensions),
            complevel=1,
            chunksizes=_chunks(chunks, [header.dimensions[name] for name in dimensions]),
            fill_value=None if fill is None else np.dtype(kind).type(fill),
        )
        variable.set_auto_maskandscale(False)
        variable.setncatts({k: v for k, v in attributes.items() if not k.startswith("_")})
        if "_Unsigned" in attributes:
            variable.setncattr("_Unsigned", attributes["_Unsigned"])
    dataset.setncatts({k: v for k, v in header.attributes[""].items() if not k.startswith("_")})
    return dataset


def _chunks(stated: Any, lengths: list[int]) -> list[int] | None:
    """Chunks as stated, no longer than the dimension: 1024 is normal for an unlimited one."""
    if stated is None or not lengths:
        return None
    return np.minimum(np.atleast_1d(stated), lengths).tolist()


def small_radar(
    path: Path, *, longitude: float = 60.0, lines: int = 300, samples: int = 420
) -> Path:
    """Small radar product without orbit: 40 m pixels turned by 30 degrees about 80 N.

    Control points every 60 lines and 70 samples, whole numbers, the last ones at the last line
    and sample; rasters agree with them to float32.
    """
    line = np.unique(np.append(np.arange(0, lines, 60), lines - 1)).astype(float)
    sample = np.unique(np.append(np.arange(0, samples, 70), samples - 1)).astype(float)
    points = [grid.ravel() for grid in np.meshgrid(line, sample, indexing="ij")]
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.setncatts(
            {
                "title": "S1C_EW_GRDM_1SDH_20250301T120000_20250301T120002_001234_001ABC_0F1E",
                "MODE": "EW",
                "time_coverage_start": "2025-03-01T12:00:00.250000Z",
                "time_coverage_end": "2025-03-01T12:00:02.050000Z",
                "orbit_direction": "descending",
            }
        )
        for name, length in (
            ("time", 1),
            ("y", lines),
            ("x", samples),
            ("gcp_index", len(points[0])),
        ):
            dataset.createDimension(name, length)
        time = dataset.createVariable("time", "i4", ("time",))
        time.units = "seconds since 1981-01-01 00:00:00"
        time[:] = 1393675200
        places = small_radar_places(*np.indices((lines, samples)), longitude)
        for name, values in zip(("lon", "lat"), places, strict=True):
            _raster(dataset, name, "f4", ("y", "x"), values)
        for polarisation in ("HV", "HH"):
            ramp = np.arange(lines * samples).reshape(1, lines, samples) % 60_000
            _raster(dataset, f"Amplitude_{polarisation}", "u2", ("time", "y", "x"), ramp)
            for stem, value in (("sigmaNought", 500.0), ("noiseCorrectionMatrix", 900.0)):
                table = np.full((1, lines, samples), value)
                _raster(dataset, f"{stem}_{polarisation}", "f4", ("time", "y", "x"), table)
        place = small_radar_places(*points, longitude)
        for stem, values in (
            ("line", points[0]),
            ("pixel", points[1]),
            ("longitude", place[0]),
            ("latitude", place[1]),
            ("height", np.zeros(len(points[0]))),
            ("incidenceAngle", 20.0 + 20.0 * points[1] / samples),
        ):
            dataset.createVariable(f"GCP_{stem}_HH", "f4", ("gcp_index",))[:] = values
    return path


def small_radar_places(
    line: np.ndarray, sample: np.ndarray, longitude: float
) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of `small_radar`: a polar plane, exact by definition."""
    import pyproj

    plane = pyproj.Transformer.from_crs(
        f"+proj=laea +lat_0=80 +lon_0={longitude} +datum=WGS84", "EPSG:4326", always_xy=True
    )
    cosine, sine = np.cos(np.radians(30.0)), np.sin(np.radians(30.0))
    easting = 40.0 * (cosine * (sample - 200.0) - sine * (line - 150.0))
    northing = -40.0 * (sine * (sample - 200.0) + cosine * (line - 150.0))
    found, latitude = plane.transform(easting, northing)
    return np.asarray(found), np.asarray(latitude)


def _raster(
    dataset: netCDF4.Dataset, name: str, kind: str, dimensions: tuple[str, ...], values: np.ndarray
) -> None:
    chunks = ((1,) if len(dimensions) == 3 else ()) + (91, 99)
    fill = {"fill_value": np.uint16(0)} if kind == "u2" else {}
    variable = dataset.createVariable(
        name, kind, dimensions, zlib=True, complevel=1, chunksizes=chunks, **fill
    )
    variable.set_auto_maskandscale(False)
    variable[:] = values
