"""Ways to bring an image onto a target, each called as its documentation shows.

Every one takes (image, scene, method) and returns the image on ``scene.grid``; 0 or NaN is
"no answer". Who can writes into a ready output, which is the same at every call.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
import pyproj
import rasterio.warp
import xarray as xr
from odc.geo.gcp import GCPGeoBox, GCPMapping
from odc.geo.geobox import GeoBox
from odc.geo.warp import rio_reproject
from pyresample import AreaDefinition, SwathDefinition, kd_tree
from pyresample.gradient import create_gradient_search_resampler
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine
from swaths import POLAR, Scene
from xcube_resampling.gridmapping import GridMapping
from xcube_resampling.rectify import rectify_dataset

from icepair._typing import AnyArray
from icepair.geo.grid import Grid
from icepair.resample.methods import METHODS
from icepair.resample.source_map import map_from_swath
from icepair.resample.warp import warp

THREADS = 2
RADIUS_M = 50.0
Aligner = Callable[[AnyArray, Scene, str], AnyArray]


@functools.lru_cache(maxsize=2)
def ready(shape: tuple[int, int], dtype: np.dtype[Any]) -> AnyArray:
    """Memory that was written to before: new pages are the system's work, not the method's."""
    return np.ones(shape, dtype)


def icepair(image: AnyArray, scene: Scene, method: str, *, is_new: bool = False) -> AnyArray:
    """Map and resampling, the map from the orbit on; the output `is_new` if asked for."""
    source_map = map_from_swath(scene.swath, scene.grid)
    return warp(
        image,
        source_map,
        METHODS[method],
        window=scene.window,
        fill_value=0,
        threads=THREADS,
        out=None if is_new else ready(scene.grid.shape, METHODS[method].result_type(image.dtype)),
    )


def _area(grid: Grid) -> AreaDefinition:
    rows, columns = grid.shape
    return AreaDefinition("t", "t", "t", grid.crs_wkt, columns, rows, grid.bounds)


def kd_tree_nearest(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """Search tree of all pixels, as the tutorial of the archive has it."""
    swath = SwathDefinition(*scene.longitude_latitude)
    return kd_tree.resample_nearest(swath, image, _area(scene.grid), RADIUS_M, fill_value=0)


def gradient(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """Gradient search over dask arrays."""
    lazy = [
        xr.DataArray(da.from_array(array), dims=("y", "x"))
        for array in (*scene.longitude_latitude, image.astype(np.float64))
    ]
    resampler = create_gradient_search_resampler(SwathDefinition(*lazy[:2]), _area(scene.grid))
    found = {"nearest": "nearest_neighbour", "bilinear": "bilinear"}[method]
    return np.asarray(resampler.resample(lazy[2], method=found).compute())


def pyresample_bilinear(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """Four of the nearest around each target pixel; 50 m would leave holes between pixels."""
    # Its import warns of what the other resampler of that package would need.
    with warnings.catch_warnings(action="ignore"):
        from pyresample.bilinear import NumpyBilinearResampler

    swath = SwathDefinition(*scene.longitude_latitude)
    resampler = NumpyBilinearResampler(swath, _area(scene.grid), 4 * RADIUS_M)
    return resampler.resample(image, fill_value=0)


def xcube(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """Rectification by the rasters of longitude and latitude."""
    axes = ("y", "x")
    longitude, latitude = scene.longitude_latitude
    source = xr.Dataset(
        {"band": (axes, image)}, {"lon": (axes, longitude), "lat": (axes, latitude)}
    ).chunk({"y": 2048, "x": 2048})
    west, south, _, _ = scene.grid.bounds
    rows, columns = scene.grid.shape
    target = GridMapping.regular(
        (columns, rows), (west, south), scene.grid.spacing_m, scene.grid.crs, tile_size=2048
    )
    found = rectify_dataset(source, target_gm=target, interp_methods=method, fill_values=0)
    return np.asarray(found["band"].compute())


def _rasterio(image: AnyArray, grid: Grid, method: str, **how: Any) -> AnyArray:
    out = ready(grid.shape, image.dtype)
    out.fill(0)
    rasterio.warp.reproject(
        image,
        out,
        dst_transform=Affine(*grid.transform),
        dst_crs=CRS.from_wkt(grid.crs_wkt),
        resampling=Resampling["average" if method == "area" else method],
        num_threads=THREADS,
        **how,
    )
    return out


def geolocation_arrays(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """GDAL's geolocation arrays through rasterio."""
    arrays = np.stack(scene.longitude_latitude).astype(np.float64)
    return _rasterio(
        image, scene.grid, method, src_geoloc_array=arrays, src_crs=CRS.from_epsg(4326)
    )


def control_points(
    image: AnyArray, scene: Scene, method: str, *, crs: str, **options: Any
) -> AnyArray:
    """The product's ground control points; GDAL counts from the corner, hence the half."""
    line, sample, longitude, latitude = scene.control_points
    onto = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    places = zip(line, sample, *onto.transform(longitude, latitude), strict=True)
    points = [GroundControlPoint(y + 0.5, x + 0.5, e, n) for y, x, e, n in places]
    how = {"gcps": points, "src_crs": CRS.from_user_input(crs)}
    return _rasterio(image, scene.grid, method, **how, **options)


def odc_control_points(image: AnyArray, scene: Scene, method: str) -> AnyArray:
    """odc-geo's box of control points, in its default way."""
    line, sample, longitude, latitude = scene.control_points
    pixels = np.stack([sample + 0.5, line + 0.5], axis=1)
    mapping = GCPMapping(pixels, np.stack([longitude, latitude], axis=1), "EPSG:4326")
    return _odc(image, GCPGeoBox(image.shape, mapping), scene.grid, method)


def _odc(image: AnyArray, source: GCPGeoBox | GeoBox, grid: Grid, method: str) -> AnyArray:
    out = ready(grid.shape, image.dtype)
    out.fill(0)
    target = GeoBox(grid.shape, Affine(*grid.transform), grid.crs_wkt)
    # It would take the largest number of integers, or NaN, for "no answer" by itself.
    return rio_reproject(
        image, out, source, target, method, src_nodata=0, dst_nodata=0, num_threads=THREADS
    )


def rasterio_between_grids(image: AnyArray, source: Grid, target: Grid, method: str) -> AnyArray:
    """GDAL's warp from projection to projection."""
    return _rasterio(
        image,
        target,
        method,
        src_transform=Affine(*source.transform),
        src_crs=CRS.from_wkt(source.crs_wkt),
    )


def odc_between_grids(image: AnyArray, source: Grid, target: Grid, method: str) -> AnyArray:
    """The same through odc-geo."""
    box = GeoBox(source.shape, Affine(*source.transform), source.crs_wkt)
    return _odc(image, box, target, method)


LONLAT = "EPSG:4326"
_points = functools.partial
POLYNOMIAL = _points(control_points, crs=LONLAT)
SPLINE = _points(control_points, crs=LONLAT, SRC_METHOD="GCP_TPS")
POLAR_CUBIC = _points(control_points, crs=POLAR, SRC_METHOD="GCP_POLYNOMIAL", MAX_GCP_ORDER=3)
POLAR_SPLINE = _points(control_points, crs=POLAR, SRC_METHOD="GCP_TPS")
