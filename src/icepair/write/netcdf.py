"""The aligned pair as CF NetCDF-4."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair.write._sink import Sink
from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GRID_MAPPING", "append_netcdf", "geotransform", "write_netcdf"]

GRID_MAPPING = "spatial_ref"
"""Name of the scalar that carries the coordinate system."""

_CHUNK = 512


def write_netcdf(
    pair: xr.Dataset, path: str | Path, *, written: Callable[[int], None] | None = None
) -> None:
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
    written : callable, optional
        Called with the number of pixels after each block.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    path = Path(path)
    with _opened(path, create=True) as (file, sink):
        file.dimensions = {axis: pair.sizes[axis] for axis in ("y", "x")}
        _describe(file, _global_attributes(pair))
        mapping = file.create_variable(GRID_MAPPING, (), "i4", data=np.int32(0))
        _describe(mapping, _grid_mapping_attributes(pair))
        for axis, letter in (("y", "Y"), ("x", "X")):
            coordinate = file.create_variable(axis, (axis,), "f8", data=pair[axis].values)
            _describe(coordinate, {**pair[axis].attrs, "axis": letter})
        _add_variables(file, pair, sink, written)


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
    with _opened(Path(path), create=False) as (file, sink):
        _add_variables(file, variables, sink)


@contextmanager
def _opened(path: Path, *, create: bool) -> Iterator[tuple[Any, Sink]]:
    """File to write to; whatever the disk refuses becomes an `OutputError` when it is closed."""
    import h5netcdf

    with writing(path), Sink(path, create=create) as sink:
        try:
            with h5netcdf.File(sink, "w" if create else "r+") as file:
                yield file, sink
        finally:
            sink.check()


def _add_variables(
    file: Any, pair: xr.Dataset, sink: Sink, written: Callable[[int], None] | None = None
) -> None:
    """Make all variables, then fill them together, block by block."""
    targets = {}
    for name, variable in pair.data_vars.items():
        floating = np.issubdtype(variable.dtype, np.floating)
        target = file.create_variable(
            str(name),
            ("y", "x"),
            variable.dtype,
            chunks=tuple(min(_CHUNK, size) for size in variable.shape),
            # A fill value would turn flags into floats with NaN when xarray opens the file; "no
            # answer" is one of their flag values already.
            fillvalue=variable.dtype.type(np.nan) if floating else None,
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
        _describe(target, {**variable.attrs, "grid_mapping": GRID_MAPPING})
        targets[name] = target
    for block in _blocks(pair):
        # Computed together, so that a block of a product is read once for all its variables; and
        # written by this thread alone, because HDF5 calls back into `sink`.
        values = pair.isel(block).compute()
        for name, target in targets.items():
            target[block["y"], block["x"]] = values[name].values
        sink.check()
        if written is not None:
            written(values.sizes["y"] * values.sizes["x"])


def _blocks(pair: xr.Dataset) -> Iterator[dict[str, slice]]:
    """Blocks of dask where there are such, else strips of rows."""
    chunks = {"y": _CHUNK, "x": pair.sizes["x"], **{k: max(v) for k, v in pair.chunks.items()}}
    for row in range(0, pair.sizes["y"], chunks["y"]):
        for column in range(0, pair.sizes["x"], chunks["x"]):
            yield {
                "y": slice(row, min(row + chunks["y"], pair.sizes["y"])),
                "x": slice(column, min(column + chunks["x"], pair.sizes["x"])),
            }


def _describe(item: Any, attributes: Mapping[str, Any]) -> None:
    """Set attributes, text as characters (NC_CHAR).

    GDAL ignores ``Conventions`` and ``grid_mapping`` that are strings of variable length, and then
    finds no coordinate system.
    """
    import h5py

    for name, value in attributes.items():
        if isinstance(value, str):
            characters = value.encode()
            kind = h5py.string_dtype("utf-8", max(1, len(characters)))
            item.attrs[name] = np.array(characters, dtype=kind)
        else:
            item.attrs[name] = value


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
        "history": f"{now} written by icepair {metadata.version('icepair')}",
        "acknowledgement": f"Contains modified Copernicus Sentinel data {'-'.join(years)}",
        **{key: value for key, value in pair.attrs.items() if value is not None},
    }
