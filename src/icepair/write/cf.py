"""What every format says of a pair: CF attributes, the coordinate system, and its blocks."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterator
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "GRID_MAPPING",
    "PLACES",
    "geotransform",
    "global_attributes",
    "grid_mapping_attributes",
    "in_swath",
    "places_first",
    "places_of",
    "variable_attributes",
    "whole_blocks",
    "without_fill",
]

GRID_MAPPING = "spatial_ref"
"""Name of the scalar that carries the coordinate system."""

PLACES = ("longitude", "latitude")
"""Two-dimensional coordinates of a pair that lies in the radar's geometry."""


def whole_blocks(pair: xr.Dataset, chunk: int) -> Iterator[dict[str, slice]]:
    """About the blocks of dask where there are such, else strips of rows; of whole chunks.

    Parameters
    ----------
    pair : Dataset
        On (y, x).
    chunk : int
        Rows and columns of the chunks of what is written.
    """
    sizes = {"y": chunk, "x": pair.sizes["x"], **{k: max(v) for k, v in pair.chunks.items()}}
    rows, columns = (-(-sizes[axis] // chunk) * chunk for axis in ("y", "x"))
    for row in range(0, pair.sizes["y"], rows):
        for column in range(0, pair.sizes["x"], columns):
            yield {
                "y": slice(row, min(row + rows, pair.sizes["y"])),
                "x": slice(column, min(column + columns, pair.sizes["x"])),
            }


def places_first(pair: xr.Dataset) -> tuple[list[str], list[str]]:
    """Names of the places among a dataset's variables, and of all variables in writing order."""
    places = [name for name in PLACES if name in pair.data_vars]
    return places, [*places, *(str(name) for name in pair.data_vars if name not in PLACES)]


def variable_attributes(variable: xr.DataArray, written: Container[str]) -> dict[str, Any]:
    """Attributes of a variable; those already `written` may be its coordinates."""
    attributes = {**variable.attrs, "grid_mapping": GRID_MAPPING}
    if str(variable.name) not in PLACES and all(name in written for name in PLACES):
        attributes["coordinates"] = " ".join(PLACES)
    return attributes


def without_fill(variable: xr.DataArray) -> tuple[xr.DataArray, Any]:
    """Variable without ``_FillValue`` among its attributes, and what fills it: NaN for floats.

    Flags have none: it would turn them into floats with NaN when xarray opens the file, and "no
    answer" is one of their flag values already.
    """
    attributes = dict(variable.attrs)
    fill = attributes.pop("_FillValue", None)
    if fill is None and variable.dtype.kind == "f":
        fill = variable.dtype.type("nan")
    variable = variable.copy(deep=False)
    variable.attrs = attributes
    return variable, fill


def grid_mapping_attributes(pair: xr.Dataset) -> dict[str, Any]:
    """Attributes of the scalar that carries the coordinate system."""
    import pyproj

    wkt = str(pair[GRID_MAPPING].attrs["crs_wkt"])
    crs = pyproj.CRS.from_wkt(wkt)
    if in_swath(pair):
        return {**crs.to_cf(), "crs_wkt": wkt}
    # `spatial_ref` and `GeoTransform` are GDAL's own names; without them GDAL derives the corner
    # from the centres, which agrees but for rounding.
    return {
        **crs.to_cf(),
        "crs_wkt": wkt,
        "spatial_ref": wkt,
        "GeoTransform": " ".join(repr(value) for value in geotransform(pair)),
    }


def in_swath(pair: xr.Dataset | xr.DataArray) -> bool:
    """Whether a pair lies on the radar's own lines and samples and not in a plane."""
    return bool(places_of(pair))


def places_of(pair: xr.Dataset | xr.DataArray) -> list[str]:
    """Names of the two-dimensional coordinates of a pair; none where it lies in a plane."""
    return [name for name in PLACES if name in pair.coords]


def geotransform(pair: xr.Dataset | xr.DataArray) -> tuple[float, ...]:
    """GDAL's six numbers of the outer upper-left corner: left, dx, 0, top, 0, -dy, metres."""
    x, y = pair["x"].values, pair["y"].values
    dx = float(x[-1] - x[0]) / (x.size - 1) if x.size > 1 else float(abs(y[1] - y[0]))
    dy = float(y[-1] - y[0]) / (y.size - 1) if y.size > 1 else -dx
    return (float(x[0]) - dx / 2, dx, 0.0, float(y[0]) - dy / 2, 0.0, dy)


def global_attributes(pair: xr.Dataset) -> dict[str, Any]:
    """Attributes of the file."""
    s1, s2 = pair.attrs["s1_product"], pair.attrs["s2_product"]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    years = sorted({str(pair.attrs[key])[:4] for key in ("s1_time", "s2_time")})
    return {
        "Conventions": "CF-1.11",
        "title": "Sentinel-1 and Sentinel-2 scenes of the same sea ice on one grid",
        "summary": f"Backscatter of {s1} and reflectance of {s2}, aligned on one grid, with the "
        "sea ice that each of them saw.",
        "source": f"{s1}; {s2}",
        "history": f"{now} written by icepair {metadata.version('icepair')}",
        "acknowledgement": f"Contains modified Copernicus Sentinel data {'-'.join(years)}",
        **{key: value for key, value in pair.attrs.items() if value is not None},
    }
