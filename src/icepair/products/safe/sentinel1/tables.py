"""Smooth tables given at few lines and samples, evaluated where they are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from icepair._typing import AnyArray, ByteArray, Float32Array, FloatArray, IntArray
from icepair.geo.control_points import ControlPoints
from icepair.products.rasters import indices
from icepair.products.safe.image import Image
from icepair.radar.noise import SwathBounds

__all__ = ["LookUpTable", "OverviewTable", "SubSwathMap", "Table", "TableRaster", "grid_tables"]

_SPLINED = 4
"""Fewest points each way that a bicubic spline can pass."""


class Table(Protocol):
    """Values of all pixels, made for those that are asked for."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the values."""
        ...

    def at(self, lines: IntArray, samples: IntArray) -> AnyArray:
        """Values at crossings of increasing lines (k,) and samples (m,), shape (k, m)."""
        ...


@dataclass(frozen=True, eq=False)
class LookUpTable:
    """Bilinear between lines and samples, as the product specification has it; constant beyond."""

    lines: FloatArray
    """Shape (n,), increasing."""
    samples: FloatArray
    """Shape (p,), increasing."""
    values: FloatArray = field(repr=False)
    """Shape (n, p)."""
    dtype = np.dtype(np.float32)
    """Type of the values."""

    @classmethod
    def of_vectors(
        cls, lines: FloatArray, samples: Sequence[FloatArray], values: Sequence[FloatArray]
    ) -> LookUpTable:
        """Table of vectors, each with samples of its own."""
        every = samples[0]
        if any(not np.array_equal(one, every) for one in samples):
            every = np.unique(np.concatenate(samples))
        rows = [np.interp(every, s, v) for s, v in zip(samples, values, strict=True)]
        return cls(lines, every, np.stack(rows))

    def at(self, lines: IntArray, samples: IntArray) -> Float32Array:
        """Values at crossings of lines (k,) and samples (m,), shape (k, m), float32."""
        return self.exact(lines, samples).astype(np.float32, copy=False)

    def exact(self, lines: IntArray, samples: IntArray) -> FloatArray:
        """Values as `at` gives them, in float64."""
        below = np.clip(np.searchsorted(self.lines, lines, "right") - 1, 0, self.lines.size - 1)
        above = np.minimum(below + 1, self.lines.size - 1)
        first, last = int(below.min()), int(above.max())
        near = np.stack(
            [np.interp(samples, self.samples, v) for v in self.values[first : last + 1]]
        )
        if (near == near[0]).all():  # calibration rarely changes along track
            return np.broadcast_to(near[0], (lines.size, samples.size))
        gap = np.where(above > below, self.lines[above] - self.lines[below], 1.0)
        share = np.clip((lines - self.lines[below]) / gap, 0.0, 1.0)[:, np.newaxis]
        low = near[below - first]
        return np.asarray(low + share * (near[above - first] - low))


@dataclass(frozen=True, eq=False)
class SplineTable:
    """Bicubic between lines and samples."""

    lines: FloatArray
    """Shape (n,), increasing, at least `_SPLINED`."""
    samples: FloatArray
    """Shape (p,), increasing, at least `_SPLINED`."""
    values: FloatArray = field(repr=False)
    """Shape (n, p)."""
    dtype = np.dtype(np.float32)
    """Type of the values."""

    def at(self, lines: IntArray, samples: IntArray) -> Float32Array:
        """Values at crossings of lines (k,) and samples (m,), shape (k, m), float32."""
        return self.exact(lines, samples).astype(np.float32)

    def exact(self, lines: IntArray, samples: IntArray) -> FloatArray:
        """Values as `at` gives them, in float64."""
        from scipy.interpolate import RectBivariateSpline

        spline = RectBivariateSpline(self.lines, self.samples, self.values)
        return np.asarray(spline(lines, samples))


@dataclass(frozen=True, eq=False)
class PlaceTable:
    """Longitude or latitude between annotated points, as the annotation's heights have it.

    Normals of the ellipsoid are splined in place of degrees, which jump at 180 and spin at a pole.
    """

    normals: tuple[SplineTable | LookUpTable, ...]
    """Components of the normal."""
    is_latitude: bool
    """Whether it is latitude that is wanted."""
    dtype = np.dtype(np.float32)
    """Type of the values."""

    def at(self, lines: IntArray, samples: IntArray) -> Float32Array:
        """Degrees at crossings of lines (k,) and samples (m,), shape (k, m), float32."""
        x, y, z = (component.exact(lines, samples) for component in self.normals)
        radians = np.arctan2(z, np.hypot(x, y)) if self.is_latitude else np.arctan2(y, x)
        return np.asarray(np.degrees(radians), dtype=np.float32)


def grid_tables(points: ControlPoints, elevation: FloatArray) -> dict[str, Table]:
    """Tables of what is annotated at the points of the geolocation grid, by name.

    Parameters
    ----------
    points
        With incidence angles.
    elevation
        Elevation angles at the points, degrees, (n,).

    Returns
    -------
    dict
        ``incidence_angle``, ``elevation_angle``, ``lon``, ``lat``; empty where the points are not
        the crossings of lines and samples.
    """
    rows, row_of = np.unique(points.line, return_inverse=True)
    columns, column_of = np.unique(points.sample, return_inverse=True)
    order = row_of * columns.size + column_of
    if not np.array_equal(np.sort(order), np.arange(rows.size * columns.size)):
        return {}

    def gridded(values: FloatArray) -> SplineTable | LookUpTable:
        table = np.empty(order.size)
        table[order] = values
        kind = SplineTable if min(rows.size, columns.size) >= _SPLINED else LookUpTable
        return kind(rows, columns, table.reshape(rows.size, columns.size))

    longitude, latitude = np.radians(points.longitude), np.radians(points.latitude)
    normals = tuple(
        gridded(component)
        for component in (
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        )
    )
    return {
        "incidence_angle": gridded(points.incidence),
        "elevation_angle": gridded(elevation),
        "lon": PlaceTable(normals, is_latitude=False),
        "lat": PlaceTable(normals, is_latitude=True),
    }


@dataclass(frozen=True, eq=False)
class SubSwathMap:
    """Number of the sub-swath of each pixel, 1 the nearest, 0 where none was imaged."""

    names: tuple[str, ...]
    """Names of 1, 2, …"""
    bounds: tuple[SwathBounds, ...] = field(repr=False)
    """Rectangles; none for an image that is all of one swath."""
    dtype = np.dtype(np.uint8)
    """Type of the values."""

    def at(self, lines: IntArray, samples: IntArray) -> ByteArray:
        """Numbers at crossings of lines (k,) and samples (m,), shape (k, m), uint8."""
        everywhere = 0 if self.bounds else 1
        numbers = np.full((lines.size, samples.size), everywhere, dtype=np.uint8)
        for block in self.bounds:
            rows = _range(lines, block.first_line, block.last_line)
            columns = _range(samples, block.first_sample, block.last_sample)
            numbers[rows, columns] = self.names.index(block.swath) + 1
        return numbers


def _range(places: IntArray, first: float, last: float) -> slice:
    return slice(*np.searchsorted(places, (first, last + 1)))


@dataclass(frozen=True, eq=False)
class OverviewTable:
    """Whether the smallest overview of an image holds a value; 1 or 0, for probes.

    Probes lie far apart: of a tiled image they would have nearly all tiles decoded.
    """

    image: Image = field(repr=False)
    """Image with overviews."""
    dtype = np.dtype(np.uint8)
    """Type of the values."""

    @cached_property
    def _held(self) -> ByteArray:
        return (self.image.read_overview() > 0).astype(np.uint8)

    def at(self, lines: IntArray, samples: IntArray) -> ByteArray:
        """Values at crossings of lines (k,) and samples (m,), shape (k, m), uint8."""
        # By sizes: an overview need not be an exact fraction of its image.
        places = (
            at * held // whole
            for at, held, whole in zip(
                (lines, samples), self._held.shape, self.image.shape, strict=True
            )
        )
        return np.asarray(self._held[np.ix_(*places)])


@dataclass(frozen=True, eq=False)
class TableRaster:
    """A table as a raster of a container."""

    table: Table
    chunks = None
    """Values are made, not stored."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the values."""
        return self.table.dtype

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Part of the raster; slices lie inside it and may have steps."""
        return self.table.at(indices(rows), indices(columns))

    def close(self) -> None:
        """Nothing: no file is open."""
