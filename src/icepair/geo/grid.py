"""The target raster: a coordinate system, an upper-left corner, a spacing and a shape."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyproj

from icepair._typing import FloatArray
from icepair.errors import UsageError
from icepair.geo.window import Window

__all__ = ["Grid"]

_WKT = "WKT2_2019"


@functools.lru_cache(maxsize=64)
def _to_lonlat(crs_wkt: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs_wkt, "EPSG:4979", always_xy=True)


@functools.lru_cache(maxsize=64)
def _from_lonlat(crs_wkt: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4979", crs_wkt, always_xy=True)


@functools.lru_cache(maxsize=64)
def _is_same_plane(crs_wkt: str, other_wkt: str) -> bool:
    # GDAL and PROJ tell of one system in different words.
    one, other = pyproj.CRS.from_wkt(crs_wkt), pyproj.CRS.from_wkt(other_wkt)
    return bool(one.equals(other, ignore_axis_order=True))


def _plane_in_metres(crs: object) -> pyproj.CRS:
    """Coordinate system of a raster whose columns run east and whose spacing is metres."""
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise UsageError(f"The coordinate system {crs!r} is unknown to PROJ.") from error
    # A vertical part says nothing about where a pixel lies.
    plane = (parsed.sub_crs_list[0] if parsed.is_compound else parsed).to_2d()
    axes = plane.axis_info
    # Feet would pass for metres, and axes that count westwards would turn the picture over.
    in_metres = plane.is_projected and all(axis.unit_conversion_factor == 1.0 for axis in axes)
    if not in_metres or any(axis.direction == "west" for axis in axes):
        described = ", ".join(f"{axis.name} ({axis.direction}, {axis.unit_name})" for axis in axes)
        raise UsageError(
            f"The coordinate system {plane.name!r} is not one of easting and northing, projected "
            f"in metres: its axes are {described}. Take a UTM zone, EPSG:3413 or EPSG:3031."
        )
    try:
        _from_lonlat(plane.to_wkt(_WKT))
    except pyproj.exceptions.ProjError as error:
        raise UsageError(
            f"PROJ knows no way from WGS 84 to the coordinate system {plane.name!r}; take one of "
            "the Earth."
        ) from error
    return plane


def _known(coordinate: FloatArray) -> FloatArray:
    """What PROJ gives, with NaN for its infinity: differences of infinities are reported."""
    return np.where(np.isfinite(coordinate), coordinate, np.nan)


@dataclass(frozen=True)
class Grid:
    """A north-up raster of square pixels in a projected coordinate system.

    Rows run from north to south of the projection (northing descends), columns from west to
    east. Places are the centres of pixels; ``left`` and ``top`` are the outer corner of the
    first.
    """

    crs_wkt: str
    """Coordinate system as WKT2."""
    left: float
    """Easting of the outer left edge, metres."""
    top: float
    """Northing of the outer upper edge, metres."""
    spacing_m: float
    """Side of a pixel, metres."""
    shape: tuple[int, int]
    """Rows and columns."""

    @classmethod
    def from_crs(
        cls, crs: object, *, left: float, top: float, spacing_m: float, shape: tuple[int, int]
    ) -> Grid:
        """Grid whose coordinate system is anything that pyproj understands.

        Raises
        ------
        UsageError
            The coordinate system is unknown, not projected in metres, or points west, or the
            spacing is not positive.
        """
        parsed = _plane_in_metres(crs)
        if not (np.isfinite(spacing_m) and spacing_m > 0):
            raise UsageError(f"The spacing of a grid must be above 0 m, not {spacing_m}.")
        return cls(parsed.to_wkt(_WKT), float(left), float(top), float(spacing_m), shape)

    @property
    def crs(self) -> pyproj.CRS:
        """Coordinate system."""
        return pyproj.CRS.from_wkt(self.crs_wkt)

    @property
    def epsg(self) -> int | None:
        """EPSG number, where there is one."""
        return self.crs.to_epsg()

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine a, b, c, d, e, f from (column, row) of corners to (easting, northing)."""
        return (self.spacing_m, 0.0, self.left, 0.0, -self.spacing_m, self.top)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the outer edges in the grid's coordinates, metres."""
        rows, columns = self.shape
        return (
            self.left,
            self.top - rows * self.spacing_m,
            self.left + columns * self.spacing_m,
            self.top,
        )

    def shares_plane(self, other: Grid) -> bool:
        """Whether another grid counts in the same coordinate system, whatever words name it."""
        return self.crs_wkt == other.crs_wkt or _is_same_plane(self.crs_wkt, other.crs_wkt)

    def eastings(self, columns: FloatArray | None = None) -> FloatArray:
        """Eastings of pixel centres, metres; of all columns, or of fractional `columns`."""
        index = np.arange(self.shape[1], dtype=np.float64) if columns is None else columns
        return self.left + (index + 0.5) * self.spacing_m

    def northings(self, rows: FloatArray | None = None) -> FloatArray:
        """Northings of pixel centres, metres, descending; of all rows, or of `rows`."""
        index = np.arange(self.shape[0], dtype=np.float64) if rows is None else rows
        return self.top - (index + 0.5) * self.spacing_m

    def longitude_latitude(
        self, rows: FloatArray, columns: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Geographic place of (fractional) pixel centres.

        Parameters
        ----------
        rows, columns : array
            Zero-based, broadcast together; whole numbers are centres.

        Returns
        -------
        longitude, latitude : array
            Degrees on WGS 84; NaN where the projection has no answer.
        """
        easting, northing = np.broadcast_arrays(self.eastings(columns), self.northings(rows))
        longitude, latitude, _ = _to_lonlat(self.crs_wkt).transform(
            easting, northing, np.zeros_like(easting)
        )
        return _known(longitude), _known(latitude)

    def rows_columns(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Fractional row and column of places in degrees, NaN for none; inverse of the above."""
        easting, northing, _ = _from_lonlat(self.crs_wkt).transform(
            longitude, latitude, np.zeros_like(longitude)
        )
        columns = (_known(easting) - self.left) / self.spacing_m - 0.5
        rows = (self.top - _known(northing)) / self.spacing_m - 0.5
        return rows, columns

    def cut(self, window: Window) -> Grid:
        """Grid of a window of this grid, on the same pixels."""
        return Grid(
            self.crs_wkt,
            self.left + window.column_start * self.spacing_m,
            self.top - window.row_start * self.spacing_m,
            self.spacing_m,
            window.shape,
        )
