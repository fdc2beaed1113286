"""An open file as the two protocols see it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import h5netcdf
import h5py
import numpy as np

from icepair._hdf5 import opened
from icepair._typing import AnyArray
from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server.folder import Stamp
from icepair.dap.server.raster import Raster, raster_of
from icepair.dap.server.refusal import Refusal

__all__ = ["Attributes", "Dataset", "Served", "native_bytes", "whole"]

T = TypeVar("T")

CHUNK_CACHE_BYTES = 8_000_000

Attributes = Mapping[str, "str | tuple[str, ...] | AnyArray"]
"""Text, several texts, or numbers as a vector."""


@dataclass(frozen=True, eq=False)
class Served:
    """One variable of a file."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    """Native numbers, ``S1`` for characters, ``O`` for text."""
    chunks: tuple[int, ...] | None
    attributes: Attributes
    raster: Raster


class Dataset:
    """Root group of a NetCDF-4 or HDF5 file, kept open.

    Variables of compound, enumerated and other types of a user's own are not served.

    Parameters
    ----------
    path : Path
        Of the file.
    name : str
        As clients are told.
    workers : Executor
        Inflates chunks.

    Raises
    ------
    Refusal
        500 where the file cannot be read, 503 where it is being replaced.
    """

    def __init__(self, path: Path, name: str, workers: Executor) -> None:
        self.name = name
        self._made: dict[str, Any] = {}
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.stamp = Stamp.of(os.fstat(self.descriptor))
        try:
            self._file = opened(path, rdcc_nbytes=CHUNK_CACHE_BYTES)
            self._read_header(workers)
            if Stamp.of(path.stat()) != self.stamp:
                raise Refusal(503, f"{name} is being replaced.", headers={"Retry-After": "1"})
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            self.close()
            raise Refusal(500, f"{name} cannot be read: {error}") from error
        except Refusal:
            self.close()
            raise

    def _read_header(self, workers: Executor) -> None:
        root = h5netcdf.File(self._file, phony_dims="sort")
        self.attributes: Attributes = _attributes(root.attrs)
        self.dimensions = {n: d.size for n, d in root.dimensions.items()}
        self.unlimited = tuple(n for n, d in root.dimensions.items() if d.isunlimited())
        self.variables: dict[str, Served] = {}
        for name, variable in root.variables.items():
            stored = self._file[name]
            dtype = _served_dtype(stored.dtype)
            if dtype is not None and stored.shape is not None:
                self.variables[name] = Served(
                    name,
                    tuple(variable.dimensions),
                    stored.shape,
                    dtype,
                    stored.chunks,
                    _attributes(variable.attrs),
                    raster_of(stored, self.descriptor, workers),
                )

    def coordinate(self, dimension: str) -> Served | None:
        """Coordinate variable of a dimension."""
        found = self.variables.get(dimension)
        return found if found is not None and found.dimensions == (dimension,) else None

    def once(self, what: str, make: Callable[[Dataset], T]) -> T:
        """What `make` makes of the dataset, kept for the next request."""
        if what not in self._made:
            self._made[what] = make(self)
        return cast(T, self._made[what])

    def check(self) -> None:
        """Make sure that the file has not been written to since it was opened.

        Raises
        ------
        Refusal
            503.
        """
        if Stamp.of(os.fstat(self.descriptor)) != self.stamp:
            raise Refusal(503, f"{self.name} was written to.", headers={"Retry-After": "1"})

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)
        if hasattr(self, "_file"):
            self._file.close()


def whole(shape: tuple[int, ...]) -> Hyperslab:
    """All of an array; unlike `Hyperslab.of`, of an empty one too."""
    return Hyperslab((0,) * len(shape), shape, (1,) * len(shape))


def _served_dtype(stored: np.dtype[Any]) -> np.dtype[Any] | None:
    if h5py.check_string_dtype(stored) is not None:
        return np.dtype("S1" if stored.kind == "S" and stored.itemsize == 1 else "O")
    if h5py.check_enum_dtype(stored) is not None:
        return None
    if stored.kind in "iuf" and stored.itemsize in (1, 2, 4, 8) and stored.shape == ():
        return stored.newbyteorder("=")
    return None


def _attributes(found: Mapping[str, Any]) -> Attributes:
    kept: dict[str, str | tuple[str, ...] | AnyArray] = {}
    for name in found:
        value = _attribute(found[name])
        if value is not None:
            kept[name] = value
    return kept


def _attribute(value: Any) -> str | tuple[str, ...] | AnyArray | None:
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, str | bytes):
        return _text(value)
    values = np.asarray(value).ravel()
    if values.dtype.kind in "SUO":
        texts = tuple(_text(each) for each in values)
        return texts[0] if len(texts) == 1 else texts
    if values.dtype.kind in "iuf" and values.itemsize in (1, 2, 4, 8):
        return values
    return None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def native_bytes(variable: Served, slab: Hyperslab) -> int:
    """What a window takes as it is stored, uncompressed; text counts as a pointer each."""
    return variable.dtype.itemsize * math.prod(slab.shape)
