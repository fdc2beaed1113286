"""Chunks of a NetCDF file, inflated by all cores where HDF5 would by one."""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from icepair import _hdf5
from icepair._deflate import inflated
from icepair._typing import AnyArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["by_all_cores"]

_PACKING = ("scale_factor", "add_offset", "missing_value")


def by_all_cores(pair: xr.Dataset, path: str | os.PathLike[str]) -> xr.Dataset:
    """Dataset that reads what it can chunk by chunk, in the thread that asks for it.

    Parameters
    ----------
    pair : Dataset
        As `xarray.open_dataset` read it, lazy.
    path : path
        The file it was read from; it stays open until the result is closed.

    Returns
    -------
    Dataset
        The same. Variables that are packed, or that lie in the file in another way than
        `icepair.write.netcdf` lays them, are read as before.
    """
    import xarray as xr

    file = _hdf5.opened(path)
    places = {
        name: _Deflated.of(file[name], path)
        for name, variable in pair.variables.items()
        if name in file and _is_deflated(variable, file[name])
    }
    quick = {
        name: xr.Variable(
            pair[name].dims, indexing.LazilyIndexedArray(array), pair[name].attrs,
            pair[name].encoding,
        )
        for name, array in places.items()
    }  # fmt: skip
    result = pair.assign({name: quick[name] for name in quick if name in pair.data_vars})
    result = result.assign_coords({name: quick[name] for name in quick if name in pair.coords})

    def close() -> None:
        file.close()
        pair.close()

    result.set_close(close)
    return result


def _is_deflated(variable: xr.Variable, raster: Any) -> bool:
    """Whether its chunks, all there, are shuffled and deflated values of two dimensions."""
    if variable.ndim != 2 or raster.chunks is None or variable.dtype != raster.dtype:
        return False
    fill = variable.encoding.get("_FillValue")
    if any(key in variable.encoding for key in _PACKING) or not (fill is None or fill != fill):
        return False
    filters = raster.id.get_create_plist().get_nfilters()
    if not (raster.shuffle and raster.compression == "gzip" and filters == 2):
        return False
    extents = zip(raster.shape, raster.chunks, strict=True)
    count = math.prod(-(-size // part) for size, part in extents)
    is_little = raster.dtype.newbyteorder("<") == raster.dtype
    return bool(is_little and raster.id.get_num_chunks() == count)


@dataclass
class _Deflated(BackendArray):
    """A raster (rows, columns) of an open file."""

    raster: Any
    """h5py's dataset."""
    shape: tuple[int, ...]
    """Rows and columns."""
    chunks: tuple[int, ...]
    """Rows and columns of a chunk."""
    dtype: np.dtype
    token: tuple[Any, ...]
    """Which raster of which file it is, for dask."""

    @classmethod
    def of(cls, raster: Any, path: str | os.PathLike[str]) -> _Deflated:
        """Raster of an open file.

        What never changes is asked for once, because HDF5 answers one thread at a time.
        """
        about = Path(path).stat()
        token = (cls.__name__, str(path), about.st_ino, about.st_mtime_ns, raster.name)
        return cls(raster, raster.shape, raster.chunks, raster.dtype, token)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return self.token

    def __getitem__(self, key: Any) -> AnyArray:
        values: AnyArray = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )
        return values

    def _read(self, key: tuple[Any, ...]) -> AnyArray:
        """Values at numbers and slices, whose steps xarray has made positive."""
        wanted = [range(size)[part] for part, size in zip(key, self.shape, strict=True)]
        spans = [_span(part) for part in wanted]
        (top, bottom), (left, right) = spans
        values = np.empty((bottom - top, right - left), dtype=self.dtype)
        height, width = self.chunks
        rows = range(top // height * height, bottom, height)
        columns = range(left // width * width, right, width)
        for row, column in itertools.product(rows, columns):
            r, c = max(row, top), max(column, left)
            part = self._chunk(row, column)[r - row : bottom - row, c - column : right - column]
            values[r - top : r - top + part.shape[0], c - left : c - left + part.shape[1]] = part
        cut = (_moved(part, span[0]) for part, span in zip(wanted, spans, strict=True))
        result: AnyArray = values[tuple(cut)]
        return result

    def _chunk(self, row: int, column: int) -> AnyArray:
        _, content = self.raster.id.read_direct_chunk((row, column))
        return inflated(content, self.chunks, self.dtype)


def _span(part: int | range) -> tuple[int, int]:
    """First row or column that is wanted, and the one after the last."""
    if isinstance(part, int):
        return part, part + 1
    return part.start, max(part.start, part.stop)


def _moved(part: int | range, first: int) -> int | slice:
    """The same of an array that begins at `first`."""
    if isinstance(part, int):
        return part - first
    return slice(0, max(0, part.stop - first), part.step)
