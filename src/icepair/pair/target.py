"""Which pixels the pair will have: the target grid, cut to where both scenes look."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from icepair._typing import FloatArray
from icepair.errors import InputError, UsageError
from icepair.geo.footprint import Footprint
from icepair.geo.grid import Grid
from icepair.geo.grid_swath import GridSwath
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.pair.overlap import Overlap

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.crs import CRS

__all__ = ["target_grid"]

_MOST_STRETCH = 20.0
"""Largest way in a projection over way on the ground; Mercator's is 12 at 85 degrees."""

_MOST_DISTORTION = 80.0
"""Most that ways in one direction may be stretched against those in another: 36 in the global
equal-area cylinder (EPSG:6933) at 81.5 degrees, 190 in EPSG:6932 at the other pole."""

_MOST_PIXELS = 200_000
"""Rows or columns of a target; a whole EW scene at 10 m has 50,000."""


def target_grid(
    overlap: Overlap, spec: str, radar_spacings_m: tuple[float, float] = (math.nan, math.nan)
) -> Grid | SwathGrid:
    """Raster asked for, cut to the overlap of the scenes and what else was asked.

    Parameters
    ----------
    overlap : Overlap
        The scenes and the limits.
    spec : str
        ``s2``, ``s1``, ``CRS@metres`` with any coordinate system that PROJ knows, or ``like:FILE``.
    radar_spacings_m : tuple
        From line to line and from sample to sample, for ``s1``.

    Returns
    -------
    Grid or SwathGrid
        With ``s2`` and an `s2_window`, or ``s1`` and an `s1_window`, exactly that window; with
        ``like:FILE`` and no bounding box exactly the file's grid; else the smallest rectangle
        that holds every pixel whose centre is in the overlap.

    Raises
    ------
    NoOverlapError
        The scenes, the windows or the box share no ground; says how far apart the scenes lie.
    UsageError
        The specification cannot be understood, or its coordinate system does not suit the scene.
    InputError
        The file of a ``like:`` grid cannot be used.
    """
    base: Grid | SwathGrid
    if spec == "s1":
        base = _radar_pixels(overlap, radar_spacings_m)
        is_final = overlap.s1_window is not None
    else:
        base, is_final = _base_grid(spec, overlap.optical, overlap.s2_window)
    window = overlap.window_in(base)
    target = base if is_final and overlap.bbox is None else base.cut(window)
    if max(target.shape) > _MOST_PIXELS:
        raise UsageError(
            f"The grid {spec} would have {target.shape[0]} x {target.shape[1]} pixels; "
            f"{_MOST_PIXELS} each way are the most. Take a larger spacing or a smaller --bbox."
        )
    return target


def _radar_pixels(overlap: Overlap, spacings_m: tuple[float, float]) -> Grid | SwathGrid:
    """The radar's own pixels, of the window where there is one; of a gridded scene its grid."""
    window = overlap.s1_window or Window.whole(overlap.swath.shape)
    if isinstance(overlap.swath, GridSwath):
        return overlap.swath.grid.cut(window)
    return SwathGrid(overlap.swath, window, spacings_m)


def _base_grid(spec: str, optical: Grid, s2_window: Window | None) -> tuple[Grid, bool]:
    """Grid before it is cut, and whether it must stay as it is."""
    if spec == "s2":
        return (optical, False) if s2_window is None else (optical.cut(s2_window), True)
    if spec.startswith("like:"):
        return _grid_like(Path(spec.removeprefix("like:"))), True
    match = re.fullmatch(r"(.+)@(\d+(?:\.\d+)?)", spec)
    if match is None:
        raise UsageError(
            f"The grid {spec!r} is none of s2, s1, CRS@metres (EPSG:3413@40) or like:FILE."
        )
    return _snapped_grid(match[1], float(match[2]), optical), False


def _snapped_grid(crs: str, spacing_m: float, optical: Grid) -> Grid:
    """Grid around the optical scene whose pixel edges are multiples of the spacing."""
    unit = Grid.from_crs(crs, left=0.0, top=0.0, spacing_m=spacing_m, shape=(1, 1))
    outline = Footprint.of_grid(optical)
    # Corner-based: the centre of pixel (0, 0) is half a pixel inside.
    rows, columns = unit.rows_columns(outline.longitude, outline.latitude)
    rows, columns = rows + 0.5, columns + 0.5
    if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
        raise UsageError(
            f"The grid {crs} cannot hold the optical scene: PROJ has no place there for some of "
            "its corners. Take a projection made for this region."
        )
    _refuse_torn(rows, columns, outline, unit)
    top, left = math.floor(rows.min()), math.floor(columns.min())
    shape = (math.ceil(rows.max()) - top, math.ceil(columns.max()) - left)
    return Grid(unit.crs_wkt, left * spacing_m, -top * spacing_m, spacing_m, shape)


def _refuse_torn(rows: FloatArray, columns: FloatArray, outline: Footprint, unit: Grid) -> None:
    """A projection with a seam through the scene puts neighbours at two ends of the world."""
    longitude, latitude = outline.longitude, outline.latitude
    _, _, ground_m = pyproj.Geod(ellps="WGS84").inv(
        longitude, latitude, np.roll(longitude, -1), np.roll(latitude, -1)
    )
    steps = np.hypot(np.roll(rows, -1) - rows, np.roll(columns, -1) - columns)
    stretch = float(np.max(steps * unit.spacing_m / np.maximum(ground_m, unit.spacing_m)))
    if stretch > _MOST_STRETCH or _distortion(unit, outline) > _MOST_DISTORTION:
        raise UsageError(
            f"The grid {unit.crs.name!r} stretches the optical scene {stretch:.0f} times or tears "
            "it in two, as cylinders do at 180 degrees and near the poles, and polar grids at the "
            "other pole. Take a polar one: "
            "EPSG:3413 or EPSG:6931 in the north, EPSG:3031 or EPSG:6932 in the south."
        )


def _distortion(unit: Grid, outline: Footprint) -> float:
    """Longest over shortest way in a projection that one way on the ground has, by direction."""
    ellipses = pyproj.Proj(unit.crs).get_factors(outline.longitude, outline.latitude)
    longest, shortest = np.asarray(ellipses.tissot_semimajor), np.asarray(ellipses.tissot_semiminor)
    # A projection may have no derivatives at its own pole.
    known = np.isfinite(longest) & (shortest > 0)
    return float(np.max(longest[known] / shortest[known], initial=1.0))


def _grid_like(path: Path) -> Grid:
    """Grid of a raster file that GDAL can read."""
    from rasterio.errors import RasterioError

    try:
        transform, crs, shape = _first_raster(path)
    except RasterioError as error:
        said = str(error).rstrip(".")
        raise InputError(f"The grid's file {str(path)!r} cannot be read: {said}.") from error
    square = transform.b == transform.d == 0 and transform.a == -transform.e > 0
    if crs is None or not square:
        raise InputError(
            f"The grid of {str(path)!r} is not north-up with square pixels in a known coordinate "
            f"system (transform {tuple(transform)[:6]}); resample it first, for example with "
            "gdalwarp."
        )
    return Grid.from_crs(
        crs.to_wkt(), left=transform.c, top=transform.f, spacing_m=transform.a, shape=shape
    )


def _first_raster(path: Path) -> tuple[Affine, CRS | None, tuple[int, int]]:
    """Place of a file's first raster: to GDAL, a NetCDF file of several is a folder of them."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as file:
            first = file.subdatasets[0] if file.subdatasets else path
        with rasterio.open(first) as file:
            return file.transform, file.crs, (file.height, file.width)
