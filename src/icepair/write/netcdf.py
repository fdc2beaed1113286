"""The aligned pair as CF NetCDF-4."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair import _stop
from icepair._deflate import deflated
from icepair.write._sink import Sink
from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GRID_MAPPING", "PLACES", "append_netcdf", "geotransform", "in_swath", "write_netcdf"]

GRID_MAPPING = "spatial_ref"
"""Name of the scalar that carries the coordinate system."""

PLACES = ("longitude", "latitude")
"""Two-dimensional coordinates of a pair that lies in the radar's geometry."""

_CHUNK = 512
_LEVEL = 1
_SMOOTH = ("s1_incidence_angle", "s1_line", "s1_sample", *PLACES)
"""Variables that deflate by more than their runs of equal bytes."""


def write_netcdf(
    pair: xr.Dataset, path: str | Path, *, computed: Callable[[xr.Dataset], None] | None = None
) -> None:
    """Write an aligned pair as CF-1.11 NetCDF-4, block by block.

    Memory stays at a few of the pair's dask blocks, however large the grid.

    Parameters
    ----------
    pair : Dataset
        Dimensions ``y`` (descending) and ``x`` with pixel centres in metres and the scalar
        coordinate ``spatial_ref`` with ``crs_wkt``; or lines and samples, with the coordinates
        ``longitude`` and ``latitude`` (y, x).
    path : str or Path
        The file. It is written in place: name a file in a folder that is renamed when all is
        complete.
    computed : callable, optional
        Called with each block, in memory, once its values are known.

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
        _add_variables(file, pair.reset_coords(_places(pair)), sink, computed)


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

    # A stop inside one of HDF5's calls back into the sink would leave HDF5 broken.
    with _stop.shielded(), writing(path), Sink(path, create=create) as sink:
        try:
            with h5netcdf.File(sink, "w" if create else "r+") as file:
                yield file, sink
        finally:
            sink.check()


def _add_variables(
    file: Any,
    pair: xr.Dataset,
    sink: Sink,
    computed: Callable[[xr.Dataset], None] | None = None,
) -> None:
    """Make all variables, then fill them together, block by block."""
    places = [name for name in PLACES if name in pair.data_vars]
    names = [*places, *(str(name) for name in pair.data_vars if name not in PLACES)]
    targets = {name: _new_variable(file, pair[name]) for name in names}
    waiting: list[_Chunk] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for block in _blocks(pair):
            # Computed together, so that a block of a product is read once for all its variables,
            # while the block before is being deflated.
            values = pair.isel(block).compute()
            _store(waiting, targets, sink)
            waiting = list(_deflating(pool, values, targets, (block["y"].start, block["x"].start)))
            if computed is not None:
                computed(values.set_coords(places))
            _stop.check()
        _store(waiting, targets, sink)


def _new_variable(file: Any, variable: xr.DataArray) -> Any:
    """Variable without values; what HDF5 has of it."""
    floating = np.issubdtype(variable.dtype, np.floating)
    target = file.create_variable(
        str(variable.name),
        ("y", "x"),
        variable.dtype,
        chunks=tuple(min(_CHUNK, size) for size in variable.shape),
        # A fill value would turn flags into floats with NaN when xarray opens the file; "no
        # answer" is one of their flag values already.
        fillvalue=variable.dtype.type(np.nan) if floating else None,
        compression="gzip",
        compression_opts=_LEVEL,
        shuffle=True,
    )
    attributes = {**variable.attrs, "grid_mapping": GRID_MAPPING}
    if str(variable.name) not in PLACES and all(name in file.variables for name in PLACES):
        attributes["coordinates"] = " ".join(PLACES)
    _describe(target, attributes)
    return target._h5ds


_Chunk = tuple[str, tuple[int, int], "Future[bytes]"]
"""Name of its variable, first row and column, and what will lie in the file."""


def _deflating(
    pool: ThreadPoolExecutor, values: xr.Dataset, targets: Mapping[str, Any], first: tuple[int, int]
) -> Iterator[_Chunk]:
    """Chunks of a block that starts where a chunk starts."""
    for name, target in targets.items():
        block = values[name].values
        height, width = target.chunks
        noisy = name not in _SMOOTH
        for row in range(0, block.shape[0], height):
            for column in range(0, block.shape[1], width):
                part = block[row : row + height, column : column + width]
                place = first[0] + row, first[1] + column
                content = pool.submit(deflated, part, target.chunks, _LEVEL, noisy=noisy)
                yield name, place, content


def _store(chunks: Iterable[_Chunk], targets: Mapping[str, Any], sink: Sink) -> None:
    """Write by this thread alone, because HDF5 calls back into `sink`."""
    for name, place, content in chunks:
        targets[name].id.write_direct_chunk(place, content.result())
    sink.check()


def _blocks(pair: xr.Dataset) -> Iterator[dict[str, slice]]:
    """About the blocks of dask where there are such, else strips of rows; of whole chunks."""
    sizes = {"y": _CHUNK, "x": pair.sizes["x"], **{k: max(v) for k, v in pair.chunks.items()}}
    rows, columns = (-(-sizes[axis] // _CHUNK) * _CHUNK for axis in ("y", "x"))
    for row in range(0, pair.sizes["y"], rows):
        for column in range(0, pair.sizes["x"], columns):
            yield {
                "y": slice(row, min(row + rows, pair.sizes["y"])),
                "x": slice(column, min(column + columns, pair.sizes["x"])),
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
    if in_swath(pair):
        return {**crs.to_cf(), "crs_wkt": wkt}
    # `spatial_ref` and `GeoTransform` are GDAL's own names; without them GDAL derives the corner
    # from the centres, which agrees but for rounding.
    return {
        **crs.to_cf(),
        "crs_wkt": wkt,
        "spatial_ref": wkt,
        "GeoTransform": " ".join(repr(value) for value in geotransform(pair)),
    }


def in_swath(pair: xr.Dataset | xr.DataArray) -> bool:
    """Whether a pair lies on the radar's own lines and samples and not in a plane."""
    return bool(_places(pair))


def _places(pair: xr.Dataset | xr.DataArray) -> list[str]:
    return [name for name in PLACES if name in pair.coords]


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
