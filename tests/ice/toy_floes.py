"""Masks of floes whose number, outlines and places are known; shares no code with icepair."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from rasterio.features import rasterize
from shapely import Polygon, affinity

PIXEL_M = 10.0


def mask_of(ice: np.ndarray, pixel_m: float = PIXEL_M) -> xr.DataArray:
    rows, columns = ice.shape
    return xr.DataArray(
        ice.astype(np.uint8),
        dims=("y", "x"),
        coords={"y": 9e6 - pixel_m * np.arange(rows), "x": 5e5 + pixel_m * np.arange(columns)},
    )


def plate(rng: np.random.Generator, radius: float) -> Polygon:
    """Convex, with five to eleven corners."""
    corners = int(rng.integers(5, 12))
    angle = (np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) * 2 * np.pi / corners
    distance = rng.uniform(0.85, 1.0, corners)
    outline = np.column_stack([np.cos(angle) * distance, np.sin(angle) * distance])
    return _sized(rng, Polygon(outline).convex_hull, radius)


def lump(rng: np.random.Generator, radius: float) -> Polygon:
    """With bays and headlands."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    distance = np.ones(72)
    for wave in range(2, 9):
        distance += rng.normal(0, 0.18 / wave) * np.cos(wave * angle + rng.uniform(0, 6.3))
    distance = np.clip(distance, 0.35, None)
    outline = np.column_stack([np.cos(angle) * distance, np.sin(angle) * distance])
    return _sized(rng, Polygon(outline).buffer(0), radius)


def _sized(rng: np.random.Generator, outline: Polygon, radius: float) -> Polygon:
    outline = affinity.scale(outline, 1, rng.uniform(0.5, 1))
    outline = affinity.rotate(outline, rng.uniform(0, 360))
    scale = radius * np.sqrt(np.pi / outline.area)
    return affinity.scale(outline, scale, scale)


def pack(
    seed: int,
    kind: Callable[[np.random.Generator, float], Polygon],
    *,
    gap: float = 2.0,
    overlap: float = 0.0,
    shape: tuple[int, int] = (400, 400),
    cover: float = 0.45,
) -> np.ndarray:
    """Number of the floe in each pixel, 0 for none; sizes by a power law, largest first.

    Floes lie at least `gap` pixels apart, or, where `overlap` is said, may be pushed into each
    other by so much of their radius.
    """
    rng = np.random.default_rng(seed)
    numbers = np.zeros(shape, dtype=np.int32)
    radii: list[float] = []
    while np.pi * np.square(radii).sum() < cover * numbers.size:
        radius = 6.0 * rng.uniform() ** (-1 / 1.8)
        if radius < 70.0:
            radii.append(radius)
    count = 0
    for radius in sorted(radii, reverse=True):
        outline, reach = kind(rng, radius), int(3 * radius + 6)
        for _ in range(8):
            x, y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
            left, top = max(0, int(x) - reach), max(0, int(y) - reach)
            box = np.s_[top : int(y) + reach, left : int(x) + reach]
            placed = affinity.translate(outline, x - left, y - top)
            room = placed.buffer(-overlap * radius if overlap else gap)
            size = numbers[box].shape
            if (numbers[box][rasterize([room], size).astype(bool)] > 0).any():
                continue
            own = rasterize([placed], size).astype(bool) & (numbers[box] == 0)
            if own.any():
                count += 1
                numbers[box][own] = count
                break
    return numbers
