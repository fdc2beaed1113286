"""The aligned pair as CF NetCDF-4."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import icepair
from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GRID_MAPPING", "append_netcdf", "geotransform", "write_netcdf"]

GRID_MAPPING = "spatial_ref"
"""Name of the scalar that carries the coordinate system."""

_CHUNK = 512
_COMPRESSION: Mapping[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True}


def write_netcdf(pair: xr.Dataset, path: str | Path) -> None:
    """Write an aligned pair as CF-1.11 NetCDF-4, block by block.

    Memory stays at a few of the pair's dask blocks, however large the grid.

    Parameters
    ----------
    pair : Dataset
        Dimensions ``y`` (descending) and ``x`` with pixel centres in metres and the scalar
        coordinate ``spatial_ref`` with ``crs_wkt``.
    path : str or Path
        The file. It is written in place: name a file in a folder that is renamed when all is
        complete.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    path = Path(path)
    dressed = _dressed(pair)
    with writing(path):
        dressed.to_netcdf(
            path, engine="h5netcdf", format="NETCDF4", encoding=_encoding(dressed), mode="w"
        )
        _spell_texts_as_characters(path)


def append_netcdf(variables: xr.Dataset, path: str | Path) -> None:
    """Add variables to a file that `write_netcdf` made and that nobody has open.

    Parameters
    ----------
    variables : Dataset
        On the same (y, x); coordinates and attributes of the file stay as they are.
    path : str or Path
        The file.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    path = Path(path)
    bare = variables.drop_vars(list(variables.coords))
    bare.attrs = {}
    for variable in bare.data_vars.values():
        variable.attrs["grid_mapping"] = GRID_MAPPING
    encoding = {str(name): _variable_encoding(bare[name]) for name in bare.data_vars}
    with writing(path):
        bare.to_netcdf(path, engine="h5netcdf", format="NETCDF4", encoding=encoding, mode="a")
        _spell_texts_as_characters(path)


def _spell_texts_as_characters(path: Path) -> None:
    """Store text attributes as characters (NC_CHAR) instead of strings of variable length.

    GDAL ignores ``Conventions`` and ``grid_mapping`` as strings, and then finds no coordinate
    system.
    """
    import h5py

    with h5py.File(path, "r+") as file:
        for group in (file, *file.values()):
            texts = {key: value for key, value in group.attrs.items() if isinstance(value, str)}
            for key, text in texts.items():
                characters = text.encode()
                kind = h5py.string_dtype("utf-8", max(1, len(characters)))
                group.attrs.create(key, characters, dtype=kind)


def _dressed(pair: xr.Dataset) -> xr.Dataset:
    """Pair with everything that CF and GDAL want to be told."""
    dressed = pair.copy()
    dressed.attrs = _global_attributes(pair)
    dressed[GRID_MAPPING] = ((), np.int32(0), _grid_mapping_attributes(pair))
    dressed = dressed.set_coords(GRID_MAPPING)
    for variable in dressed.data_vars.values():
        variable.attrs.pop("grid_mapping", None)
    for axis, letter in (("x", "X"), ("y", "Y")):
        dressed[axis].attrs["axis"] = letter
    return dressed


def _grid_mapping_attributes(pair: xr.Dataset) -> dict[str, Any]:
    import pyproj

    wkt = str(pair[GRID_MAPPING].attrs["crs_wkt"])
    crs = pyproj.CRS.from_wkt(wkt)
    # `spatial_ref` and `GeoTransform` are GDAL's own names; without them GDAL derives the corner
    # from the centres, which agrees but for rounding.
    return {
        **crs.to_cf(),
        "crs_wkt": wkt,
        "spatial_ref": wkt,
        "GeoTransform": " ".join(repr(value) for value in geotransform(pair)),
    }


def geotransform(pair: xr.Dataset | xr.DataArray) -> tuple[float, ...]:
    """GDAL's six numbers of the outer upper-left corner: left, dx, 0, top, 0, -dy, metres."""
    x, y = pair["x"].values, pair["y"].values
    dx = float(x[-1] - x[0]) / (x.size - 1) if x.size > 1 else float(abs(y[1] - y[0]))
    dy = float(y[-1] - y[0]) / (y.size - 1) if y.size > 1 else -dx
    return (float(x[0]) - dx / 2, dx, 0.0, float(y[0]) - dy / 2, 0.0, dy)


def _global_attributes(pair: xr.Dataset) -> dict[str, Any]:
    s1, s2 = pair.attrs["s1_product"], pair.attrs["s2_product"]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    years = sorted({str(pair.attrs[key])[:4] for key in ("s1_time", "s2_time")})
    return {
        "Conventions": "CF-1.11",
        "title": "Sentinel-1 and Sentinel-2 scenes of the same sea ice on one grid",
        "summary": f"Backscatter of {s1} and reflectance of {s2}, aligned on one grid, with the "
        "sea ice that each of them saw.",
        "source": f"{s1}; {s2}",
        "history": f"{now} written by icepair {icepair.__version__}",
        "acknowledgement": f"Contains modified Copernicus Sentinel data {'-'.join(years)}",
        **{key: value for key, value in pair.attrs.items() if value is not None},
    }


def _encoding(pair: xr.Dataset) -> dict[str, dict[str, Any]]:
    axes = {axis: {"dtype": "float64", "_FillValue": None} for axis in ("x", "y")}
    # The grid mapping as encoding, not as attribute, or xarray lists the scalar under
    # `coordinates` too.
    return axes | {
        str(name): _variable_encoding(variable) | {"grid_mapping": GRID_MAPPING}
        for name, variable in pair.data_vars.items()
    }


def _variable_encoding(variable: xr.DataArray) -> dict[str, Any]:
    floating = np.issubdtype(variable.dtype, np.floating)
    return {
        **_COMPRESSION,
        "chunksizes": tuple(min(_CHUNK, size) for size in variable.shape),
        # A fill value would turn flags into floats with NaN when xarray opens the file; "no
        # answer" is one of their flag values already.
        "_FillValue": variable.dtype.type(np.nan) if floating else None,
    }
