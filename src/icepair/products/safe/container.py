"""Rasters of a product in the SAFE layout as a container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from icepair._typing import AnyArray
from icepair.errors import DamagedFileError
from icepair.products.container import LocalContainer

__all__ = ["Raster", "RasterContainer"]


class Raster(Protocol):
    """Values of all pixels, stored or made when they are asked for."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the values."""
        ...

    @property
    def chunks(self) -> tuple[int, int] | None:
        """Rows and columns that are decoded together, None for values that are made."""
        ...

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Part of the raster; slices lie inside it and may have steps."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class RasterContainer(LocalContainer):
    """Rasters of one shape by name, read by window; see `Container`.

    Nothing is said in attributes: the scene of a SAFE product is made from records.

    Parameters
    ----------
    address
        Path as the user gave it.
    shape
        Rows and columns of every raster.
    rasters
        By name.
    """

    def __init__(self, address: str, shape: tuple[int, int], rasters: Mapping[str, Raster]) -> None:
        self.address = address
        self._shape = shape
        self._rasters = rasters

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all rasters."""
        return tuple(self._rasters)

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Nothing."""
        return {}

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Rows and columns."""
        self._raster(name)
        return ("y", "x")

    def shape(self, name: str) -> tuple[int, ...]:
        """Rows and columns of all rasters."""
        self._raster(name)
        return self._shape

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type of a raster's values."""
        return self._raster(name).dtype

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Rows and columns that are decoded together, None for values that are made."""
        return self._raster(name).chunks

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a raster.

        Raises
        ------
        DamagedFileError
            There is no such raster, or it cannot be read.
        """
        raster = self._raster(name)
        rows, columns = selection or tuple(slice(0, size) for size in self._shape)
        return raster.read(rows, columns)

    def forget(self) -> None:
        """Drop decoded blocks; files are opened again where they are read again."""
        self.close()

    def close(self) -> None:
        """Let go of all files."""
        for raster in self._rasters.values():
            raster.close()

    def _raster(self, name: str) -> Raster:
        try:
            return self._rasters[name]
        except KeyError as error:
            raise DamagedFileError(f"{self.address} has no raster {name}.") from error

    def __repr__(self) -> str:
        return f"RasterContainer({self.address!r}, {len(self._rasters)} rasters)"
