"""A NetCDF-4 file on disk as a container."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from icepair._hdf5 import opened
from icepair._typing import AnyArray
from icepair.errors import DamagedFileError, UnsupportedProductError
from icepair.products.container import LocalContainer

__all__ = ["NetcdfContainer"]

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_OTHER_KINDS = (
    (b"CDF\x01", "a classic NetCDF file", UnsupportedProductError),
    (b"CDF\x02", "a classic NetCDF file", UnsupportedProductError),
    (b"CDF\x05", "a classic NetCDF file", UnsupportedProductError),
    (b"PK\x03\x04", "a zip archive", UnsupportedProductError),
    (b"\x1f\x8b", "a gzip archive", UnsupportedProductError),
    (b"II*\x00", "a TIFF image", UnsupportedProductError),
    (b"MM\x00*", "a TIFF image", UnsupportedProductError),
    (b"\x0e\x03\x13\x01", "an HDF4 file", UnsupportedProductError),
    (b"<", "an XML or HTML document", UnsupportedProductError),
    (b"", "an empty file", DamagedFileError),
)
_LIBRARY_ATTRIBUTES = frozenset(
    {
        "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid",
        "_Netcdf4Coordinates", "_nc3_strict", "_NCProperties",
    }
)  # fmt: skip
_PURE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable"
_KEPT_BYTES = 64 << 20
"""Inflated chunks that are kept of a variable, at most (two chunks where these are larger)."""
_HASH_SLOTS = 1009
"""Prime, as HDF5 wishes; ten times the chunks that are usually kept."""
_EVICT_READ_FIRST = 0.75
"""HDF5's own default."""
# What h5py turns HDF5's own complaints into, whichever structure was found broken.
_HDF5_COMPLAINTS = (OSError, RuntimeError, KeyError, ValueError, TypeError)


class NetcdfContainer(LocalContainer):
    """Variables at the root of one NetCDF-4 (HDF5) file, read by window.

    Reading is safe from several threads because h5py holds one lock around the HDF5 library. A
    pickled container opens the file anew where it is unpickled.

    Parameters
    ----------
    address : str
        Path of the file.

    Raises
    ------
    UnsupportedProductError
        A folder, an archive, or a file of another format.
    DamagedFileError
        No such file, one that may not be read, an empty one or one that was cut short.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._attributes: dict[str | None, Mapping[str, object]] = {}
        self._variables: dict[str, Any] = {}
        _refuse_other_kinds(Path(address))
        try:
            self._file = opened(address)
            self._names = tuple(name for name in self._file if self._is_variable(name))
        except _HDF5_COMPLAINTS as error:
            raise DamagedFileError(
                f"{address} begins as NetCDF-4 but cannot be read: {_reason(error)}. "
                "It was probably cut short; fetch it again."
            ) from error

    def _is_variable(self, name: str) -> bool:
        item = self._file[name]
        if not isinstance(item, h5py.Dataset):
            return False
        label = item.attrs.get("NAME", b"")
        return not (isinstance(label, bytes) and label.startswith(_PURE_DIMENSION))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables at the root of the file."""
        return self._names

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Attributes of a variable, or of the whole file.

        Returns
        -------
        mapping
            Text as str, single numbers as Python scalars, several of either as tuples.

        Raises
        ------
        DamagedFileError
            The variable is missing, or its attributes cannot be read.
        """
        if name in self._attributes:
            return self._attributes[name]
        item = self._file if name is None else self._variable(name)
        try:
            found = {
                key: _plain(item.attrs[key]) for key in item.attrs if key not in _LIBRARY_ATTRIBUTES
            }
        except _HDF5_COMPLAINTS as error:
            raise DamagedFileError(
                f"The attributes of {name or 'the file'} in {self.address} cannot be read: "
                f"{_reason(error)}. Fetch the file again."
            ) from error
        return self._attributes.setdefault(name, found)

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Names of a variable's dimensions; ``dim_N`` where the file does not name one."""
        variable = self._variable(name)
        if variable.ndim == 1 and variable.is_scale:
            return (name,)
        scales = (list(dimension.values()) for dimension in variable.dims)
        return tuple(
            str(found[0].name).lstrip("/") if found else f"dim_{axis}"
            for axis, found in enumerate(scales)
        )

    def shape(self, name: str) -> tuple[int, ...]:
        """Lengths of a variable's dimensions."""
        return tuple(int(length) for length in self._variable(name).shape)

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type as stored, in native byte order; integers obey their ``_Unsigned`` attribute."""
        variable = self._variable(name)
        stored: np.dtype[Any] = variable.dtype.newbyteorder("=")
        if stored.kind not in "iu":
            return stored
        unsigned = str(_plain(variable.attrs.get("_Unsigned", ""))).lower()
        kind = {"true": "u", "false": "i"}.get(unsigned, stored.kind)
        return np.dtype(f"{kind}{stored.itemsize}")

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Chunk lengths as stored, None where the variable is contiguous."""
        chunks = self._variable(name).chunks
        return None if chunks is None else tuple(int(length) for length in chunks)

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a variable as stored, in native byte order, signs put right by ``_Unsigned``.

        Raises
        ------
        DamagedFileError
            The variable is missing or its bytes cannot be read.
        """
        variable = self._variable(name)
        try:
            values = np.asarray(variable[selection if selection else ()])
        except _HDF5_COMPLAINTS as error:
            where = ", ".join(f"{part.start}:{part.stop}" for part in selection) or "all"
            raise DamagedFileError(
                f"{name}[{where}] of {self.address} cannot be read: {_reason(error)}. "
                "The file is damaged there; fetch it again."
            ) from error
        native = values.astype(values.dtype.newbyteorder("="), copy=False)
        wanted = self.dtype(name)
        return native if native.dtype == wanted else native.view(wanted)

    def forget(self) -> None:
        """Drop inflated chunks; what is read next is inflated again."""
        # HDF5 keeps them with the open variable.
        self._variables.clear()

    def close(self) -> None:
        """Let go of the file."""
        self._variables.clear()
        self._file.close()

    def _variable(self, name: str) -> Any:
        if name in self._variables:
            return self._variables[name]
        if not self._file:
            raise DamagedFileError(f"{self.address} was closed before {name} was read.")
        try:
            item = _with_room(self._file, name)
        except _HDF5_COMPLAINTS as error:
            raise DamagedFileError(
                f"{self.address} has no readable variable {name}: {_reason(error)}."
            ) from error
        return self._variables.setdefault(name, item)

    def __getstate__(self) -> str:
        return self.address

    def __setstate__(self, address: str) -> None:
        self.__init__(address)  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"NetcdfContainer({self.address!r})"


def _with_room(file: Any, name: str) -> Any:
    """Variable of a file; HDF5 keeps as many inflated chunks of it as lie side by side.

    By default it keeps none that is larger than a few megabytes: the archive's optical chunks have
    15, and each would be inflated a dozen times.
    """
    variable = file[name]
    if not variable.chunks:
        return variable
    *_, chunk_columns = variable.chunks
    chunk_bytes = math.prod(variable.chunks) * variable.dtype.itemsize
    across = -(-variable.shape[-1] // chunk_columns)
    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    kept = min(2 * across * chunk_bytes, max(_KEPT_BYTES, 2 * chunk_bytes))
    access.set_chunk_cache(_HASH_SLOTS, kept, _EVICT_READ_FIRST)
    # Whoever opens it first decides.
    del variable
    return h5py.Dataset(h5py.h5d.open(file.id, name.encode(), access))


def _refuse_other_kinds(path: Path) -> None:
    if path.is_dir():
        raise UnsupportedProductError(
            f"{path} is a folder; give a SAFE folder or the NetCDF-4 file of one product."
        )
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except FileNotFoundError as error:
        raise DamagedFileError(f"There is no file {path}. Check the spelling.") from error
    except OSError as error:
        raise DamagedFileError(
            f"{path} may not be read: {error.strerror}. Check its permissions."
        ) from error
    if head.startswith(_HDF5_MAGIC):
        return
    stripped = head.removeprefix(b"\xef\xbb\xbf").lstrip() if head.strip() else b""
    for magic, kind, refusal in _OTHER_KINDS:
        if stripped.startswith(magic) if magic else not stripped:
            raise refusal(_other_kind_message(path, kind))
    raise UnsupportedProductError(_other_kind_message(path, "of an unknown format"))


def _other_kind_message(path: Path, kind: str) -> str:
    return f"{path} is {kind}; icepair reads NetCDF-4 products of Sentinel-1 GRD and Sentinel-2."


def _reason(error: Exception) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.strip().strip("'\"").rstrip(".")


@functools.singledispatch
def _plain(value: object) -> object:
    """Attribute as Python text, number or tuple of these."""
    return value


@_plain.register
def _(value: bytes) -> object:
    return value.decode("utf-8", errors="replace").rstrip("\x00")


@_plain.register
def _(value: np.generic) -> object:
    return _plain(value.item())


@_plain.register
def _(value: np.ndarray) -> object:
    if value.size == 1:
        return _plain(value.reshape(-1)[0])
    return tuple(_plain(item) for item in value.reshape(-1))


@_plain.register
def _(value: h5py.Empty) -> object:
    return ""
