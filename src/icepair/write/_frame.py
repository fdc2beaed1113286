"""A raster in its frame: axes, scale and north, in a plane or in the radar's own geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from icepair.write import _canvas
from icepair.write.cf import PLACES, in_swath

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from icepair._typing import AnyArray

__all__ = ["height_over_width", "show"]


def height_over_width(pair: xr.Dataset) -> float:
    """Height over width on the ground, held within what a page can show."""
    line_m, sample_m = pair.attrs["s1_spacing_m"] if in_swath(pair) else (1.0, 1.0)
    return float(np.clip(pair.sizes["y"] * line_m / (pair.sizes["x"] * sample_m), 0.3, 1.6))


def show(axes: Axes, pair: xr.Dataset, image: AnyArray, **how: Any) -> Any:
    """Draw an image of a pair, true to scale, and what tells where it lies."""
    draw = _in_swath if in_swath(pair) else _in_plane
    shown, width_km, north = draw(axes, pair, image, **how)
    axes.ticklabel_format(useOffset=False, style="plain")
    axes.locator_params(nbins=6, steps=[1, 2, 5, 10])
    _canvas.draw_scale(axes, width_km)
    _canvas.draw_north(axes, north)
    return shown


def _in_plane(
    axes: Axes, pair: xr.Dataset, image: AnyArray, **how: Any
) -> tuple[Any, float, float]:
    extent = _canvas.extent_km(pair)
    shown = axes.imshow(image, extent=extent, origin="upper", aspect="equal", **how)
    crs = pyproj.CRS.from_wkt(str(pair["spatial_ref"].attrs["crs_wkt"]))
    axes.set_xlabel(f"easting (km) · {crs.name}")
    axes.set_ylabel("northing (km)", labelpad=3)
    return shown, extent[1] - extent[0], _north_of_plane(crs, extent)


def _north_of_plane(crs: pyproj.CRS, extent: tuple[float, float, float, float]) -> float:
    """Direction of true north at the centre, degrees clockwise from the upper edge."""
    easting, northing = 500 * (extent[0] + extent[1]), 500 * (extent[2] + extent[3])
    to_grid = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    longitude, latitude = to_grid.transform(easting, northing, direction="INVERSE")
    # A short step south works at the north pole, where there is no north to step to.
    x, y = to_grid.transform(longitude, latitude - 1e-3)
    return float(np.degrees(np.arctan2(easting - x, northing - y)))


def _in_swath(
    axes: Axes, pair: xr.Dataset, image: AnyArray, **how: Any
) -> tuple[Any, float, float]:
    """Lines and samples, turned over along one axis: a radar image is a mirror image of the map."""
    line_m, sample_m = (float(spacing) for spacing in pair.attrs["s1_spacing_m"])
    lines, samples = pair["y"].values, pair["x"].values
    left, right = float(samples[0]) - 0.5, float(samples[-1]) + 0.5
    top, bottom = float(lines[0]) - 0.5, float(lines[-1]) + 0.5
    shown = axes.imshow(
        image, extent=(left, right, bottom, top), origin="upper", aspect=line_m / sample_m, **how
    )
    is_turned_sideways, north = _turned(pair)
    axes.set_xlim(*((right, left) if is_turned_sideways else (left, right)))
    axes.set_ylim(*((bottom, top) if is_turned_sideways else (top, bottom)))
    axes.set_xlabel("sample · the radar's own geometry")
    axes.set_ylabel("line", labelpad=3)
    return shown, (right - left) * sample_m / 1000.0, north


def _turned(pair: xr.Dataset) -> tuple[bool, float]:
    """Whether samples, not lines, run backwards in the picture, and north's direction then.

    The way of the two that brings north closer to the upper edge; degrees clockwise from there.
    """
    if pair.sizes["x"] == 1:  # nothing to tell a direction by
        return False, 0.0
    rows, columns = (
        max(0, min(pair.sizes[axis] // 2, pair.sizes[axis] - 2)) for axis in ("y", "x")
    )
    places = [
        pair[name].isel(y=slice(rows, rows + 1), x=slice(columns, columns + 2)).values.ravel()
        for name in PLACES
    ]
    geod = pyproj.Geod(ellps="WGS84")
    towards_samples, _, _ = geod.inv(places[0][0], places[1][0], places[0][1], places[1][1])
    bearings = [(90.0 - towards_samples - turn + 180.0) % 360.0 - 180.0 for turn in (0.0, 180.0)]
    is_turned_sideways = abs(bearings[1]) < abs(bearings[0])
    return is_turned_sideways, float(bearings[is_turned_sideways])
