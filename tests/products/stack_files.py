"""GeoTIFFs for tests of gridded scenes, written by rasterio itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine

UTM = "EPSG:32639"
LEFT, TOP = 500_040.0, 9_090_000.0


def geotiff(
    path: Path,
    bands: np.ndarray,
    *,
    descriptions: Sequence[str | None] = (),
    tags: dict[str, str] | None = None,
    crs: Any = UTM,
    transform: Affine | None = None,
    spacing_m: float = 10.0,
    scales: Sequence[float] = (),
    offsets: Sequence[float] = (),
    **options: Any,
) -> Path:
    """File of bands (count, rows, columns)."""
    count, rows, columns = bands.shape
    place = transform or Affine(spacing_m, 0, LEFT, 0, -spacing_m, TOP)
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=rows, width=columns, dtype=bands.dtype,
        crs=crs, transform=place, **options,
    ) as file:  # fmt: skip
        file.write(bands)
        for band, description in enumerate(descriptions, 1):
            if description:
                file.set_band_description(band, description)
        file.update_tags(**(tags or {}))
        if scales:
            file.scales = scales
        if offsets:
            file.offsets = offsets
    return path


def decibels(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Backscatter of ice, more or less."""
    return rng.normal(-14.0, 4.0, shape).astype(np.float32)


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Digital numbers of ice since baseline 04.00."""
    return rng.integers(1050, 9000, shape).astype(np.uint16)


TIME = {"ACQUISITION_DATETIME": "2022-04-03T12:00:00Z"}
