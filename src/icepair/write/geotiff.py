"""The aligned pair as cloud-optimised GeoTIFFs, one per variable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair import conventions
from icepair.write._tie_points import tie_points
from icepair.write.cf import GRID_MAPPING, geotransform, in_swath
from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr

    from icepair._typing import AnyArray

__all__ = ["GEOTIFF_PREFIXES", "write_geotiff", "write_geotiffs"]

GEOTIFF_PREFIXES = ("s1_sigma0_", "s2_b", "s1_ice", "s2_ice", "valid", "s1_flags", "s2_flags")
"""Beginnings of the names of variables that leave as GeoTIFFs of their own."""

_TILE = 512
_CACHE_MB = 128
"""Of GDAL's tiles, which would otherwise fill a twentieth of the machine's memory."""
_ICE_COLOURS = {
    conventions.WATER: (23, 49, 79, 255),
    conventions.ICE: (232, 240, 246, 255),
    conventions.NO_ANSWER: (0, 0, 0, 0),
}


def write_geotiffs(
    pair: xr.Dataset, directory: str | Path, *, written: Callable[[int], None] | None = None
) -> tuple[str, ...]:
    """Write backscatter, reflectances, masks and flags as cloud-optimised GeoTIFFs.

    Parameters
    ----------
    pair : Dataset
        As `icepair.write.netcdf.write_netcdf` takes it.
    directory : str or Path
        An existing folder; the files are named like the variables.
    written : callable, optional
        Called with the number of bytes (uncompressed) after each file.

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    names = [str(name) for name in pair.data_vars if str(name).startswith(GEOTIFF_PREFIXES)]
    for name in names:
        write_geotiff(pair[name], Path(directory) / f"{name}.tif")
        if written is not None:
            written(int(pair[name].nbytes))
    return tuple(f"{name}.tif" for name in names)


def write_geotiff(variable: xr.DataArray, path: str | Path) -> None:
    """Write one variable as a cloud-optimised GeoTIFF with overviews.

    Floats are nodata where NaN; ice masks are nodata at 255 and carry colours. Overviews of
    floats are averages, those of masks are nearest pixels. Memory stays at one row of tiles.

    Parameters
    ----------
    variable : DataArray, shape (y, x)
        With the coordinates ``x``, ``y`` (centres) and ``spatial_ref``; in the radar's geometry
        with ``longitude`` and ``latitude``, of which ground control points are made.
    path : str or Path
        The file, written through a temporary one beside it.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    import rasterio
    import rasterio.shutil

    path = Path(path)
    rough = path.with_suffix(".rough.tif")
    floating = np.issubdtype(variable.dtype, np.floating)
    with writing(path), rasterio.Env(GDAL_NUM_THREADS="2", GDAL_CACHEMAX=_CACHE_MB):
        with rasterio.open(
            rough, "w", **_profile(variable, floating), **_places(variable)
        ) as target:
            for window, block in _strips(variable):
                target.write(block, 1, window=window)
            _describe(target, variable)
        rasterio.shutil.copy(
            rough,
            path,
            driver="COG",
            COMPRESS="DEFLATE",
            PREDICTOR="YES",
            LEVEL="1",
            BLOCKSIZE=str(_TILE),
            OVERVIEW_RESAMPLING="AVERAGE" if floating else "NEAREST",
            BIGTIFF="IF_SAFER",
        )
        rough.unlink()


def _profile(variable: xr.DataArray, floating: bool) -> dict[str, Any]:
    rows, columns = variable.shape
    nodata = float("nan") if floating else _nodata_of(variable)
    return {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": variable.dtype.name,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
        "BIGTIFF": "IF_SAFER",
    }


def _nodata_of(variable: xr.DataArray) -> int | None:
    flags = np.atleast_1d(variable.attrs.get("flag_values", []))
    return conventions.NO_ANSWER if conventions.NO_ANSWER in flags else None


def _places(variable: xr.DataArray) -> dict[str, Any]:
    """Where the pixels lie: corner and spacing in a plane, or points of the radar's image."""
    from rasterio.transform import Affine

    if in_swath(variable):
        points, plane = tie_points(variable)
        return {"gcps": points, "crs": plane}
    left, dx, _, top, _, dy = geotransform(variable)
    crs = str(variable[GRID_MAPPING].attrs["crs_wkt"])
    return {"crs": crs, "transform": Affine(dx, 0.0, left, 0.0, dy, top)}


def _strips(variable: xr.DataArray) -> Iterator[tuple[Any, AnyArray]]:
    from rasterio.windows import Window

    rows, columns = variable.shape
    for start in range(0, rows, _TILE):
        stop = min(start + _TILE, rows)
        yield Window(0, start, columns, stop - start), variable[start:stop].values


def _describe(target: Any, variable: xr.DataArray) -> None:
    target.set_band_description(1, str(variable.attrs.get("long_name", variable.name)))
    target.update_tags(1, **dict(_texts(variable.attrs.items())))
    target.update_tags(
        TIFFTAG_IMAGEDESCRIPTION=str(variable.name),
        TIFFTAG_SOFTWARE="icepair",
        AREA_OR_POINT="Area",
    )
    if "units" in variable.attrs:
        target.set_band_unit(1, str(variable.attrs["units"]))
    if _nodata_of(variable) is not None:
        target.write_colormap(1, _ICE_COLOURS)


def _texts(items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    for key, value in items:
        if key != "grid_mapping":
            yield key, " ".join(str(part) for part in np.atleast_1d(value))
