"""The geolocation grid of a radar product, from wherever a file keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.errors import DamagedFileError
from icepair.geo.control_points import ControlPoints
from icepair.products.attributes import moment64
from icepair.products.container import Container
from icepair.products.rasters import announce_pixels, missing_as_nan, read_pixels
from icepair.radar import incidence_from_tables

__all__ = [
    "annotated_points",
    "points_from_rasters",
    "raster_places",
    "with_incidence",
]

_NBS_COLUMNS: Mapping[str, str] = {
    "line": "GCP_line",
    "sample": "GCP_pixel",
    "longitude": "GCP_longitude",
    "latitude": "GCP_latitude",
    "height": "GCP_height",
    "incidence": "GCP_incidenceAngle",
    "azimuth_time_s": "GCP_azimuthTime",
    "slant_range_time_s": "GCP_slantRangeTime",
}
_GDAL_COLUMNS: Mapping[str, str] = {
    "line": "GCPLine",
    "sample": "GCPPixel",
    "longitude": "GCPX",
    "latitude": "GCPY",
    "height": "GCPZ",
}
_NET_SPACING = 500
"""Pixels between points sampled from full-resolution rasters: what the annotation itself has."""


def annotated_points(container: Container) -> ControlPoints | None:
    """Control points that a file carries, NBS's own or those of a GDAL export.

    Returns
    -------
    ControlPoints or None
        As stored, in float64; incidence NaN where the file has none, height 0. None where the
        file has no points.

    Raises
    ------
    DamagedFileError
        The points do not span a plane.
    """
    columns = _nbs_columns(container) or _columns(container, _GDAL_COLUMNS)
    if columns is None:
        return None
    usable = _usable(columns)
    kept = {key: values[usable] for key, values in columns.items()}
    if np.unique(kept["line"]).size < 3 or np.unique(kept["sample"]).size < 3:
        raise DamagedFileError(
            f"The {usable.size} control points of {container.address} hold {usable.sum()} usable "
            "ones, which do not span the image; at least 3 x 3 are needed."
        )
    nowhere = np.full(kept["line"].shape, np.nan)
    return ControlPoints(
        line=kept["line"],
        sample=kept["sample"],
        longitude=kept["longitude"],
        latitude=kept["latitude"],
        height=np.nan_to_num(kept.get("height", nowhere)),
        incidence=kept.get("incidence", nowhere),
        azimuth_time_s=_complete(kept.get("azimuth_time_s")),
        slant_range_time_s=_complete(kept.get("slant_range_time_s")),
        epoch=_epoch(container),
    )


def _nbs_columns(container: Container) -> dict[str, FloatArray] | None:
    """Columns of the first polarisation that has them; all polarisations share one grid."""
    suffixes = [
        name.removeprefix("GCP_line") for name in container.names if name.startswith("GCP_line")
    ]
    found = (
        _columns(container, {key: name + suffix for key, name in _NBS_COLUMNS.items()})
        for suffix in suffixes
    )
    return next((columns for columns in found if columns is not None), None)


def _columns(container: Container, names: Mapping[str, str]) -> dict[str, FloatArray] | None:
    present = {key: name for key, name in names.items() if name in container.names}
    if not {"line", "sample", "longitude", "latitude"} <= present.keys():
        return None
    container.announce([(name, ()) for name in present.values()])
    columns = {
        key: np.asarray(
            missing_as_nan(container, name, container.read(name)).ravel(), dtype=np.float64
        )
        for key, name in present.items()
    }
    size = columns["line"].size
    return {key: values for key, values in columns.items() if values.size == size}


def _usable(columns: Mapping[str, FloatArray]) -> BoolArray:
    """Points with a position and a place, each position once."""
    position = np.stack([columns["line"], columns["sample"]])
    finite = np.isfinite([columns["longitude"], columns["latitude"], *position]).all(axis=0)
    on_globe = (np.abs(columns["latitude"]) <= 90.0) & (np.abs(columns["longitude"]) <= 360.0)
    first = np.zeros(finite.shape, dtype=np.bool_)
    first[np.unique(position, axis=1, return_index=True)[1]] = True
    return np.asarray(finite & on_globe & first)


def _complete(values: FloatArray | None) -> FloatArray | None:
    return values if values is not None and bool(np.isfinite(values).all()) else None


def _epoch(container: Container) -> np.datetime64 | None:
    """Stamp in the comment of ``GCP_azimuthTime_*``: zero of the points' azimuth times."""
    name = next((name for name in container.names if name.startswith("GCP_azimuthTime")), None)
    return None if name is None else moment64(container.attributes(name).get("comment", ""))


def raster_places(
    container: Container, rows: IntArray, columns: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of pixels from the file's rasters, NaN where they say nothing.

    Some exports write 0 in both for "nothing"; off West Africa there is no ice to lose.
    """
    announce_pixels(container, ("lon", "lat"), rows, columns)
    longitude = read_pixels(container, "lon", rows, columns)
    latitude = read_pixels(container, "lat", rows, columns)
    nothing = (longitude == 0.0) & (latitude == 0.0)
    nothing |= ~((np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0))
    return np.where(nothing, np.nan, longitude), np.where(nothing, np.nan, latitude)


def points_from_rasters(container: Container, shape: tuple[int, int]) -> ControlPoints:
    """Control points sampled from ``lat`` and ``lon`` on a coarse net with the last line in it.

    Points where longitude is garbage are left out: the converter splines it over the jump at 180
    degrees, so that it runs from pixel to pixel there by far more than elsewhere.

    Raises
    ------
    DamagedFileError
        Fewer than 3 x 3 usable points remain.
    """
    rows, columns = (
        grid.ravel() for grid in np.meshgrid(*map(_net, shape), indexing="ij", copy=False)
    )
    longitude, latitude = raster_places(container, rows, columns)
    beside = np.where(columns + 1 < shape[1], columns + 1, columns - 1)
    next_longitude, _ = raster_places(container, rows, beside)
    turn = np.abs((next_longitude - longitude + 180.0) % 360.0 - 180.0) * np.cos(
        np.radians(latitude)
    )
    usable = np.isfinite(longitude) & np.isfinite(turn)
    if usable.any():
        usable &= turn <= 3.0 * np.median(turn[usable]) + 1e-5
    if np.unique(rows[usable]).size < 3 or np.unique(columns[usable]).size < 3:
        raise DamagedFileError(
            f"{container.address} has no control points, and its lat and lon rasters have only "
            f"{usable.sum()} usable values at {usable.size} places looked at; "
            "its pixels cannot be placed."
        )
    nothing = np.zeros(int(usable.sum()))
    return ControlPoints(
        line=rows[usable].astype(np.float64),
        sample=columns[usable].astype(np.float64),
        longitude=longitude[usable],
        latitude=latitude[usable],
        height=nothing,
        incidence=nothing + np.nan,
    )


def _net(length: int) -> IntArray:
    """Every 500th index or so and the last, at least 5 where there are as many."""
    step = max(1, (length - 1) // max(4, -(-length // _NET_SPACING)))
    return np.unique(np.append(np.arange(0, length, step), length - 1)).astype(np.int64)


def with_incidence(
    container: Container, points: ControlPoints, shape: tuple[int, int]
) -> ControlPoints:
    """Points with missing incidence angles filled in from what else the file has.

    From an ``incidence_angle`` raster, else from the calibration tables,
    ``arccos((gamma / sigmaNought)^2)``; what is still missing comes from the nearest samples.
    Left NaN where the file has neither.
    """
    if np.isfinite(points.incidence).all():
        return points
    rows = np.clip(np.rint(points.line), 0, shape[0] - 1).astype(np.int64)
    columns = np.clip(np.rint(points.sample), 0, shape[1] - 1).astype(np.int64)
    incidence = np.where(
        np.isfinite(points.incidence), points.incidence, _raster_incidence(container, rows, columns)
    )
    known = np.isfinite(incidence)
    if known.any() and not known.all():
        order = np.argsort(points.sample[known])
        along = np.interp(points.sample, points.sample[known][order], incidence[known][order])
        incidence = np.where(known, incidence, along)
    return replace(points, incidence=incidence)


def _raster_incidence(container: Container, rows: IntArray, columns: IntArray) -> FloatArray:
    if "incidence_angle" in container.names:
        degrees = read_pixels(container, "incidence_angle", rows, columns)
        return np.where((degrees > 0.0) & (degrees < 90.0), degrees, np.nan)
    suffix = next(
        (
            name.removeprefix("gamma")
            for name in container.names
            if name.startswith("gamma_") and f"sigmaNought{name[5:]}" in container.names
        ),
        None,
    )
    if suffix is None:
        return np.full(rows.shape, np.nan)
    sigma = read_pixels(container, f"sigmaNought{suffix}", rows, columns)
    return incidence_from_tables(sigma, read_pixels(container, f"gamma{suffix}", rows, columns))
