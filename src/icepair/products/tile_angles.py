"""Where the sun stood and whence a pixel was seen, from a tile's coarse grids of angles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.geo.window import Window

__all__ = ["AngleGrid", "Angles", "TileAngles", "angles_at"]

_PIXEL_M = 10.0
_FEWEST_FOR_PLANE = 3


@dataclass(frozen=True)
class Angles:
    """Angles of the pixels of a window, degrees, float32, each of the window's shape."""

    sun_zenith: Float32Array
    """From the vertical."""
    sun_azimuth: Float32Array
    """Clockwise from north, 0 to 360."""
    view_zenith: Float32Array
    """From the vertical; NaN where no detector saw the pixel."""
    view_azimuth: Float32Array
    """Of the satellite as seen from the pixel, clockwise from north, 0 to 360."""


@dataclass(frozen=True, eq=False)
class AngleGrid:
    """Angles at nodes, the first at the tile's upper-left corner; NaN where not known."""

    zenith: FloatArray = field(repr=False)
    """Degrees, shape (rows, columns) of nodes."""
    azimuth: FloatArray = field(repr=False)
    """Degrees clockwise from north."""
    step_m: tuple[float, float]
    """Metres from node to node, down and right."""


@dataclass(frozen=True, eq=False)
class TileAngles:
    """All grids of a tile."""

    sun: AngleGrid
    """The sun's."""
    views: Mapping[str, Mapping[int, AngleGrid]] = field(repr=False)
    """The satellite's by band and detector (1 to 12): each looks another way."""


def angles_at(angles: TileAngles, band: str, window: Window, detectors: AnyArray | None) -> Angles:
    """Angles of the centres of a window's pixels.

    Directions are interpolated bilinearly as vectors, so that nothing jumps where an azimuth
    passes north. A detector's grid ends with its own footprint; beyond, it is continued by the
    plane through its vectors, which fits real grids to 0.004 degrees.

    Parameters
    ----------
    angles
        Grids.
    band
        ``B02`` ….
    window
        Rows and columns of the 10 m grid.
    detectors
        Number of the detector that saw each pixel, shape of the window, 0 for none; None where
        the product does not tell: then the mean direction of the detectors that are known at the
        nearest node is taken, which near a seam between two is between theirs.
    """
    sun_zenith, sun_azimuth = _angles(_interpolated(_vectors(angles.sun), angles.sun, window))
    views = angles.views.get(band, {})
    if detectors is None:
        seen = _mean_view(views, window)
    else:
        seen = np.full((3, *window.shape), np.nan, dtype=np.float32)
        for number, grid in views.items():
            here = detectors == number
            if here.any():
                seen[:, here] = _interpolated(_continued(_vectors(grid)), grid, window)[:, here]
    return Angles(sun_zenith, sun_azimuth, *_angles(seen))


def _vectors(grid: AngleGrid) -> FloatArray:
    """Unit vectors towards east, north and up, shape (3, rows, columns)."""
    zenith, azimuth = np.radians(grid.zenith), np.radians(grid.azimuth)
    level = np.sin(zenith)
    return np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.cos(zenith)])


def _continued(vectors: FloatArray) -> FloatArray:
    """Vectors with those that are not known put on the plane through the others."""
    known = np.isfinite(vectors).all(axis=0)
    if known.all() or not known.any():
        return vectors
    rows, columns = np.nonzero(known)
    if rows.size < _FEWEST_FOR_PLANE:
        plane = np.broadcast_to(vectors[:, known].mean(axis=1)[:, None, None], vectors.shape)
        return np.where(known, vectors, plane)
    all_rows, all_columns = np.indices(known.shape)
    design = np.stack([np.ones(rows.size), rows, columns], axis=1)
    solution = np.linalg.lstsq(design, vectors[:, known].T, rcond=None)[0]
    everywhere = np.stack([np.ones(known.shape), all_rows, all_columns], axis=-1) @ solution
    return np.where(known, vectors, np.moveaxis(everywhere, -1, 0))


def _interpolated(vectors: FloatArray, grid: AngleGrid, window: Window) -> FloatArray:
    """Vectors at the centres of pixels, shape (3, rows, columns) of the window."""
    down = _weights(window.row_start, window.row_stop, grid.step_m[0], vectors.shape[1])
    right = _weights(window.column_start, window.column_stop, grid.step_m[1], vectors.shape[2])
    return np.stack([down @ part @ right.T for part in vectors])


def _weights(start: int, stop: int, step_m: float, nodes: int) -> FloatArray:
    """Weights of nodes at the centres of pixels, shape (pixels, nodes)."""
    place = (np.arange(start, stop) + 0.5) * (_PIXEL_M / step_m)
    first = np.clip(place.astype(np.int64), 0, max(0, nodes - 2))
    weights = np.zeros((place.size, nodes))
    pixels = np.arange(place.size)
    weights[pixels, first] = 1.0 - (place - first)
    weights[pixels, np.minimum(first + 1, nodes - 1)] += place - first
    return weights


def _mean_view(views: Mapping[int, AngleGrid], window: Window) -> FloatArray:
    """Mean vector of the detectors that the nearest node knows; NaN where it knows none."""
    total = np.zeros((3, *window.shape))
    count = np.zeros(window.shape)
    for grid in views.values():
        known = np.isfinite(grid.zenith + grid.azimuth)
        down = _nearest(window.row_start, window.row_stop, grid.step_m[0], known.shape[0])
        right = _nearest(window.column_start, window.column_stop, grid.step_m[1], known.shape[1])
        here = known[np.ix_(down, right)]
        if here.any():
            seen = _interpolated(_continued(_vectors(grid)), grid, window)
            total += np.where(here, seen, 0.0)
            count += here
    with np.errstate(invalid="ignore"):
        mean: FloatArray = total / count
    return mean


def _nearest(start: int, stop: int, step_m: float, nodes: int) -> AnyArray:
    place = (np.arange(start, stop) + 0.5) * (_PIXEL_M / step_m)
    return np.asarray(np.minimum(np.rint(place).astype(np.int64), nodes - 1))


def _angles(vectors: FloatArray) -> tuple[Float32Array, Float32Array]:
    """Zenith and azimuth, degrees, of vectors of any length."""
    east, north, up = vectors
    zenith = np.degrees(np.arctan2(np.hypot(east, north), up))
    azimuth = np.degrees(np.arctan2(east, north)) % 360.0
    return zenith.astype(np.float32), azimuth.astype(np.float32)
