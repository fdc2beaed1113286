"""Which pixels of a target are land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from icepair._typing import BoolArray, FloatArray, IntArray
from icepair.errors import UsageError
from icepair.geo.footprint import Footprint, local_plane
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.land.box import box_around
from icepair.land.coastline import DEGREES, Coastline, Shores

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["LandMask", "land_mask"]

_LONGEST_EDGE = 0.1
"""Degrees; a chord of that length leaves its parallel by 1.2 m at most."""
_LONGEST_CHORD_M = 2_000.0
"""Of edges that are straight in the local plane."""
_WIDEST_BUFFER_M = 100_000.0
_AROUND = 30
"""Pixels around a target to which shores are cut: a radar's geolocation answers 50 away."""
_ARC_SEGMENTS = 8
"""Chords of a quarter circle of a buffer: it is short by 0.5 % of its width at most."""


@dataclass(frozen=True, eq=False)
class LandMask:
    """Shores in the rows and columns of a target.

    A pixel is land where its centre is. Any block is made from all shores, so that no bit depends
    on how the target is cut.
    """

    shape: tuple[int, int]
    """Rows and columns of the target."""
    row: FloatArray = field(repr=False)
    """Of all vertices, ring after ring, whole numbers at pixel centres."""
    column: FloatArray = field(repr=False)
    """As `row`."""
    starts: IntArray = field(repr=False)
    """First vertex of every ring, and the number of vertices."""

    @property
    def is_empty(self) -> bool:
        """Whether no shore is near the target: all is sea."""
        return self.starts.size == 1

    def block(self, rows: slice, columns: slice) -> BoolArray:
        """Whether each pixel of a block of the target is land."""
        from icepair.land import _kernels

        shape = (rows.stop - rows.start, columns.stop - columns.start)
        out = np.zeros(shape, dtype=np.uint8)
        if not self.is_empty:
            _kernels.inside(self.row, self.column, self.starts, rows.start, columns.start, out)
        return out.view(np.bool_)

    def whole(self) -> BoolArray:
        """Whether each pixel of the target is land."""
        return self.block(slice(0, self.shape[0]), slice(0, self.shape[1]))


def land_mask(
    target: Grid | SwathGrid, coastline: Coastline, coast_buffer_m: float = 0.0
) -> LandMask:
    """Shores of a coastline on a target.

    Parameters
    ----------
    target : Grid or SwathGrid
        The pixels. On a radar image the shores are brought to lines and samples, on the swath's
        surface.
    coastline : Coastline
        Where land is.
    coast_buffer_m : float
        Metres on the ground by which land is widened.

    Raises
    ------
    UsageError
        The buffer is negative, not a number, or above 100 km.
    InputError
        The coastline's file cannot be used.
    """
    if not 0.0 <= coast_buffer_m <= _WIDEST_BUFFER_M:
        raise UsageError(
            f"The coast buffer must be from 0 to {_WIDEST_BUFFER_M:.0f} m, not {coast_buffer_m}."
        )
    shores = coastline.shores(box_around(target, coast_buffer_m))
    if isinstance(target, Grid) and coast_buffer_m == 0.0:
        mask = _on_target(target, *_vertices(shores.polygons, shores.crs, _longest_edge(shores)))
        if np.isfinite(mask.row).all() and np.isfinite(mask.column).all():
            return mask
    # What is far away has no line and sample: it is cut off in a plane, where it has a place.
    return _on_target(target, *_by_plane(shores, target, coast_buffer_m))


def _by_plane(
    shores: Shores, target: Grid | SwathGrid, buffer_m: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Vertices in degrees of shores widened by a buffer and cut to the target's surroundings."""
    import shapely

    rows, columns = target.shape
    around = Window(-_AROUND, rows + _AROUND, -_AROUND, columns + _AROUND)
    outline = Footprint.of_grid(target, around)
    plane = local_plane(outline)
    there = pyproj.Transformer.from_crs(shores.crs, plane, always_xy=True)
    flat = shapely.transform(
        shapely.segmentize(np.asarray(shores.polygons, dtype=object), _longest_edge(shores)),
        lambda places: np.column_stack(there.transform(*places.T)),
    )
    land = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    if buffer_m > 0.0:
        land = shapely.buffer(land, buffer_m, quad_segs=_ARC_SEGMENTS)
    land = shapely.intersection(shapely.union_all(land), outline.polygon(plane))
    parts = [part for part in shapely.get_parts(land) if part.geom_type == "Polygon"]
    return _vertices(parts, plane, _LONGEST_CHORD_M)


def _longest_edge(shores: Shores) -> float:
    """In the units of their coordinate system."""
    is_geographic = shores.crs == DEGREES or pyproj.CRS(shores.crs).is_geographic
    return _LONGEST_EDGE if is_geographic else _LONGEST_CHORD_M


def _vertices(
    polygons: Sequence[Polygon], crs: object, longest_edge: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Longitudes and latitudes along all rings, one after another, and where each starts."""
    import shapely

    rings = shapely.get_rings(np.asarray(polygons, dtype=object))
    places, ring = shapely.get_coordinates(
        shapely.segmentize(rings, longest_edge), return_index=True
    )
    to_degrees = pyproj.Transformer.from_crs(crs, DEGREES, always_xy=True)
    longitude, latitude = to_degrees.transform(*places.T)
    starts = np.searchsorted(ring, np.arange(len(rings) + 1)).astype(np.int64)
    return np.asarray(longitude), np.asarray(latitude), starts


def _on_target(
    target: Grid | SwathGrid, longitude: FloatArray, latitude: FloatArray, starts: IntArray
) -> LandMask:
    """Mask of rings in degrees."""
    if isinstance(target, Grid):
        row, column = target.rows_columns(longitude, latitude)
    else:
        line, sample = target.swath.line_sample(longitude, latitude)
        row, column = line - target.window.row_start, sample - target.window.column_start
    return LandMask(target.shape, row, column, starts)
