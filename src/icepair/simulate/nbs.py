"""What both kinds of product share when they are written as the archive's converter writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "COMMON_ATTRIBUTES",
    "TIME_ATTRIBUTES",
    "add",
    "compact",
    "epoch_seconds",
    "put_attributes",
]

_EPOCH = np.datetime64("1981-01-01T00:00:00")
TIME_ATTRIBUTES = {
    "long_name": "reference time of satellite image",
    "units": "seconds since 1981-01-01 00:00:00",
    "calendar": "gregorian",
}

COMMON_ATTRIBUTES: Mapping[str, str] = {
    "institution": "Norwegian Meteorological Institute (METNO)",
    "processing_level": "Operational",
    "dataset_language": "en",
    "dataset_production_status": "In Work",
    "metadata_status": "Active",
    "access_constraint": "Open",
    "project": "Nasjonalt BakkeSegment",
    "project_short_name": "NBS",
    "naming_authority": "no.met",
    "storage_information": "NetCDF-CF",
    "spatial_representation": "grid",
    "source": "Space Borne Instrument",
    "geospatial_bounds_crs": "EPSG:4326",
    "iso_topic_category": "climatologyMeteorologyAtmosphere,oceans,imageryBaseMapsEarthCover",
    "comment": "Simulated by icepair: no satellite saw this. Not Copernicus data.",
}
"""Global attributes that every product carries; people and addresses are left out."""


def compact(time: np.datetime64) -> str:
    """Time as product names carry it, whole seconds."""
    return str(time.astype("datetime64[s]")).replace("-", "").replace(":", "")


def epoch_seconds(time: np.datetime64) -> np.int32:
    """Whole seconds since 1981, as the archive counts time."""
    return np.int32((time - _EPOCH) // np.timedelta64(1_000_000, "us"))


def put_attributes(holder: Any, attributes: Mapping[str, object]) -> None:
    """Write attributes as the netCDF C library does: text as fixed-length characters."""
    for name, value in attributes.items():
        holder.attrs[name] = np.bytes_(value.encode()) if isinstance(value, str) else value


def add(
    file: Any,
    name: str,
    dimensions: tuple[str, ...],
    dtype: str,
    attributes: Mapping[str, object],
    *,
    fill: object = None,
    chunks: tuple[int, ...] | None = None,
    deflate: int | None = None,
) -> Any:
    """Create a variable; chunked ones are shuffled and deflated, others contiguous.

    Chunks longer than a fixed dimension are cut to it, as HDF5 demands.
    """
    options: dict[str, object] = {}
    if chunks is not None:
        along = [file.dimensions[dimension] for dimension in dimensions]
        options["chunks"] = tuple(
            length if dimension.isunlimited() else min(length, max(dimension.size, 1))
            for length, dimension in zip(chunks, along, strict=True)
        )
    if deflate:
        options |= {"compression": "gzip", "compression_opts": deflate, "shuffle": True}
    variable = file.create_variable(name, dimensions, dtype=dtype, fillvalue=fill, **options)
    put_attributes(variable, attributes)
    return variable
