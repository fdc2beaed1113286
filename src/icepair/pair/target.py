"""Which pixels the pair will have: the target grid, cut to where both scenes look."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from icepair._typing import BoolArray, FloatArray
from icepair.errors import InputError, NoOverlapError, UsageError
from icepair.geo.footprint import Footprint, distance_apart_km
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.geo.window import Window

__all__ = ["BoundingBox", "check_window", "target_grid"]

BoundingBox = tuple[float, float, float, float]
"""West, south, east, north, degrees; west above east crosses 180."""

Inside = Callable[[FloatArray, FloatArray], BoolArray]

_LATTICE = 200
"""Places per side at which the overlap is looked for in each round."""


def target_grid(
    swath: Swath,
    optical: Grid,
    *,
    spec: str,
    bbox: BoundingBox | None,
    s1_window: Window | None,
    s2_window: Window | None,
) -> Grid:
    """Grid asked for, cut to the overlap of the scenes and what else was asked.

    Parameters
    ----------
    swath : Swath
        Geolocation of the radar scene.
    optical : Grid
        Pixels of the optical scene.
    spec : str
        ``s2``, ``EPSG:N@metres`` or ``like:FILE``.
    bbox : tuple or None
        Degrees.
    s1_window, s2_window : Window or None
        Parts of the products to which the pair is limited; inside the products.

    Returns
    -------
    Grid
        With ``s2`` and an `s2_window` exactly that window; with ``like:FILE`` and no bounding box
        exactly the file's grid; else the smallest rectangle found that holds all the overlap.

    Raises
    ------
    NoOverlapError
        The scenes, the windows or the box share no ground; says how far apart the scenes lie.
    UsageError
        The specification cannot be understood.
    """
    base, is_final = _base_grid(spec, optical, s2_window)
    inside = _inside_all(swath, optical, bbox, s1_window, s2_window)
    overlap = _overlap(base, inside)
    if overlap is None:
        raise NoOverlapError(_why_no_overlap(swath, optical, bbox, s1_window, s2_window))
    return base if is_final and bbox is None else base.cut(overlap)


def check_window(
    window: Window | None, shape: tuple[int, int], option: str, axes: tuple[str, str]
) -> None:
    """Refuse a window that is not inside its product.

    Raises
    ------
    UsageError
        Names the option, the window and the product's size.
    """
    if window is not None and (window.is_empty or not Window.whole(shape).contains(window)):
        raise UsageError(
            f"{option} {window.row_start}:{window.row_stop},{window.column_start}:"
            f"{window.column_stop} does not lie inside the scene, which has {shape[0]} {axes[0]} "
            f"and {shape[1]} {axes[1]} (0:{shape[0]},0:{shape[1]})."
        )


def _base_grid(spec: str, optical: Grid, s2_window: Window | None) -> tuple[Grid, bool]:
    """Grid before it is cut, and whether it must stay as it is."""
    if spec == "s2":
        return (optical, False) if s2_window is None else (optical.cut(s2_window), True)
    if spec.startswith("like:"):
        return _grid_like(Path(spec.removeprefix("like:"))), True
    match = re.fullmatch(r"(EPSG:\d+)@([\d.]+)", spec)
    if match is None:
        raise UsageError(
            f"The grid {spec!r} is none of s2, EPSG:N@metres (EPSG:3413@40) or like:FILE."
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
    top, left = math.floor(rows.min()), math.floor(columns.min())
    shape = (math.ceil(rows.max()) - top, math.ceil(columns.max()) - left)
    return Grid(unit.crs_wkt, left * spacing_m, -top * spacing_m, spacing_m, shape)


def _grid_like(path: Path) -> Grid:
    """Grid of a raster file that GDAL can read."""
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path) as file:
            transform, crs, shape = file.transform, file.crs, (file.height, file.width)
    except RasterioError as error:
        raise InputError(f"The grid's file {str(path)!r} cannot be read: {error}.") from error
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


def _inside_all(
    swath: Swath,
    optical: Grid,
    bbox: BoundingBox | None,
    s1_window: Window | None,
    s2_window: Window | None,
) -> Inside:
    """Test whether places are seen by both scenes, inside the windows and the box."""
    radar_limits = s1_window or Window.whole(swath.shape)
    optical_limits = s2_window or Window.whole(optical.shape)

    def inside(longitude: FloatArray, latitude: FloatArray) -> BoolArray:
        seen = _holds(optical_limits, *optical.rows_columns(longitude, latitude))
        if bbox is not None:
            seen &= _in_box(longitude, latitude, bbox)
        radar = np.zeros_like(seen)
        radar[seen] = _holds(radar_limits, *swath.line_sample(longitude[seen], latitude[seen]))
        return radar

    return inside


def _holds(window: Window, row: FloatArray, column: FloatArray) -> BoolArray:
    """Whether positions fall on pixels of a window; False for NaN."""
    return (
        (row >= window.row_start - 0.5)
        & (row < window.row_stop - 0.5)
        & (column >= window.column_start - 0.5)
        & (column < window.column_stop - 0.5)
    )


def _in_box(longitude: FloatArray, latitude: FloatArray, bbox: BoundingBox) -> BoolArray:
    west, south, east, north = bbox
    width = 360.0 if east - west == 360.0 else (east - west) % 360.0
    return (np.mod(longitude - west, 360.0) <= width) & (latitude >= south) & (latitude <= north)


def _overlap(base: Grid, inside: Inside) -> Window | None:
    """Window of a grid around all places that pass a test, by ever closer lattices.

    Each round looks at a lattice of the window left by the last one and keeps what lies within
    one step of a hit, so that nothing is lost that is wider than a step of the first lattice.
    """
    window = Window.whole(base.shape)
    while True:
        row_step, column_step = (max(1, -(-size // _LATTICE)) for size in window.shape)
        rows = _lattice(window.row_start, window.row_stop, row_step)
        columns = _lattice(window.column_start, window.column_stop, column_step)
        hits = inside(*base.longitude_latitude(rows[:, None], columns[None, :]))
        if not hits.any():
            return None
        hit_rows, hit_columns = rows[hits.any(axis=1)], columns[hits.any(axis=0)]
        closer = Window(
            int(hit_rows[0]) - row_step + 1,
            int(hit_rows[-1]) + row_step,
            int(hit_columns[0]) - column_step + 1,
            int(hit_columns[-1]) + column_step,
        ).intersection(window)
        if closer == window or (row_step == 1 and column_step == 1):
            return closer
        window = closer


def _lattice(start: int, stop: int, step: int) -> FloatArray:
    """Every `step`-th index from `start`, and the last one before `stop`."""
    return np.unique(np.append(np.arange(start, stop, step), stop - 1)).astype(np.float64)


def _why_no_overlap(
    swath: Swath,
    optical: Grid,
    bbox: BoundingBox | None,
    s1_window: Window | None,
    s2_window: Window | None,
) -> str:
    apart_km = distance_apart_km(Footprint.of_swath(swath), Footprint.of_grid(optical))
    if apart_km > 0:
        return (
            f"The two scenes do not overlap: their footprints are {apart_km:.0f} km apart. "
            "Check that both products show the same area."
        )
    asked = {"--bbox": bbox, "--s1-window": s1_window, "--s2-window": s2_window}
    given = [option for option, value in asked.items() if value is not None] or ["--grid"]
    return (
        "The two scenes overlap, but not inside what was asked for with "
        f"{' and '.join(given)}; leave it out to see the whole overlap with 'icepair plan'."
    )
