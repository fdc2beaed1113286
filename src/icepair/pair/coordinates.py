"""Coordinates of a pair's dataset: of a plane, or of the radar's own image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyproj

from icepair import conventions
from icepair._typing import FloatArray
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.resample.source_map import SourceMap

__all__ = ["PlacesReader", "coordinates_of"]

Block = tuple[slice, slice]


@dataclass(frozen=True)
class PlacesReader:
    """Makes longitude and latitude of any block of a target that is no grid.

    They are the places that the optical scene is looked up at: exact to the bound of its map, a
    thousandth of an optical pixel.
    """

    grid: Grid
    """The optical scene's."""
    source_map: SourceMap
    """Optical row and column of every target pixel."""
    names: ClassVar[dict[str, str]] = {"longitude": "f8", "latitude": "f8"}
    """Names and types of the variables that a block has."""

    def read(self, block: Block) -> dict[str, FloatArray]:
        """Both coordinates of a block, degrees on WGS 84."""
        longitude, latitude = self.grid.longitude_latitude(*self.source_map.positions(*block))
        return {"longitude": longitude, "latitude": latitude}


def coordinates_of(target: Grid | SwathGrid) -> dict[str, Any]:
    """One-dimensional coordinates of a target, and the scalar that says what they count.

    Parameters
    ----------
    target : Grid or SwathGrid
        Of a grid ``y`` and ``x`` are northings and eastings of pixel centres, metres; of a swath
        the numbers of lines and samples in the whole product.
    """
    if isinstance(target, Grid):
        y, x = target.northings(), target.eastings()
        kinds = {"y": "y", "x": "x"}
        mapping = _plane(target)
    else:
        window = target.window
        y = np.arange(window.row_start, window.row_stop, dtype=np.float64)
        x = np.arange(window.column_start, window.column_stop, dtype=np.float64)
        kinds = {"y": "line", "x": "sample"}
        # No projection: this says on which ellipsoid longitude and latitude are.
        mapping = pyproj.CRS.from_epsg(4326).to_cf()
    return {
        "y": ("y", y, conventions.attributes_of(kinds["y"])),
        "x": ("x", x, conventions.attributes_of(kinds["x"])),
        "spatial_ref": ((), np.int32(0), mapping),
    }


def _plane(grid: Grid) -> dict[str, Any]:
    """CF parameters of the projection, and what GDAL reads."""
    left, top, spacing = grid.left, grid.top, grid.spacing_m
    return grid.crs.to_cf() | {"GeoTransform": f"{left!r} {spacing!r} 0.0 {top!r} 0.0 {-spacing!r}"}
