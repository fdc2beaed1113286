"""Pairs of probabilities alone, on a grid of 10 m."""

from __future__ import annotations

import json

import numpy as np
import pyproj
import xarray as xr

SHAPE = (230, 270)
RULE = json.dumps({"method": "two classes", "separability": 9.0, "polarisations": ["HH", "HV"]})


def field(seed: int, share: float = 0.5, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Share of ice in every pixel: smooth blobs with mixed pixels at their edges."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.standard_normal(shape), 6, mode="wrap")
    centred = (smooth - np.quantile(smooth, 1 - share)) / smooth.std()
    return np.clip(0.5 + 4 * centred, 0, 1).astype(np.float32)


def pair(
    s1: np.ndarray, s2: np.ndarray, day: int, *, top: float = 9e6, left: float = 5e5,
    crs: str = "EPSG:32639", side: float = 10.0,
) -> xr.Dataset:  # fmt: skip
    rows, columns = s1.shape
    words = {"rule": RULE, "method": "automatic"}
    return xr.Dataset(
        {"s1_ice_probability": (("y", "x"), s1, words),
         "s2_ice_probability": (("y", "x"), s2, words)},
        coords={"y": top - side * (np.arange(rows) + 0.5),
                "x": left + side * (np.arange(columns) + 0.5),
                "spatial_ref": ((), 0, {"crs_wkt": pyproj.CRS(crs).to_wkt()})},
        attrs={"s1_time": f"2020-05-{day:02d}T05:00:00Z", "s2_time": f"2020-05-{day:02d}T12:00:00Z",
               "s1_product": f"RADAR{day}", "s2_product": f"LIGHT{day}"},
    )  # fmt: skip


def with_holes(values: np.ndarray, seed: int) -> np.ndarray:
    holes = np.random.default_rng(seed).random(values.shape) < 0.1
    return np.where(holes, np.nan, values).astype(np.float32)
