"""``xarray.open_dataset(address, engine="icepair")``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from xarray import Dataset, Variable
from xarray.backends import AbstractDataStore, BackendArray, BackendEntrypoint
from xarray.backends.store import StoreBackendEntrypoint
from xarray.core import indexing

from icepair._typing import AnyArray
from icepair.dap.declaration import NUMPY_CODES
from icepair.dap.declaration import Variable as Declared
from icepair.dap.grain import GrainReader, block_shape
from icepair.dap.remote import RemoteDataset
from icepair.options import Options

__all__ = ["IcepairBackend"]

_OURS = ("_Unsigned", "_ChunkSizes", "_DAP4_Checksum_CRC32")
"""Attributes that the protocol needs and that have been obeyed."""


class IcepairBackend(BackendEntrypoint):
    """Verified, lazy reading over OPeNDAP: whatever arrives damaged is an error, never a pixel.

    It opens what it is told to open with ``engine="icepair"`` and claims nothing else.
    """

    description = "OPeNDAP (DAP2 and DAP4), every reply verified, cached and resumable"
    open_dataset_parameters: ClassVar[tuple[str, ...]] = (
        "filename_or_obj",
        "drop_variables",
        "options",
    )

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Never: only what it is asked for."""
        return False

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        options: Options | None = None,
        **decoding: Any,
    ) -> Dataset:
        """Dataset whose values are read when they are asked for.

        Parameters
        ----------
        filename_or_obj : str
            Address of the dataset.
        drop_variables : str or iterable of str, optional
            Left out.
        options : Options, optional
            Cache, workers, timeouts; those in force where None.
        **decoding
            ``mask_and_scale``, ``decode_times`` and the others of `xarray.open_dataset`.

        Raises
        ------
        UsageError, RemoteError
            As `RemoteDataset.open`; reading values later raises `RemoteError` too.
        """
        store = _Store(RemoteDataset.open(os.fspath(filename_or_obj), options))
        dataset: Dataset = StoreBackendEntrypoint().open_dataset(
            store, drop_variables=drop_variables, **decoding
        )
        return dataset


class _Store(AbstractDataStore):
    """What xarray asks of a source of variables."""

    def __init__(self, remote: RemoteDataset) -> None:
        self._remote = remote
        self._reader = GrainReader(remote)

    def get_variables(self) -> dict[str, Variable]:
        return {
            name: self._lazy(declared)
            for name, declared in self._remote.declaration.variables.items()
        }

    def get_attrs(self) -> dict[str, Any]:
        return {key: _listed(value) for key, value in self._remote.declaration.attributes.items()}

    def get_encoding(self) -> dict[str, Any]:
        return {"source": self._remote.address}

    def close(self) -> None:
        self._remote.close()

    def _lazy(self, declared: Declared) -> Variable:
        values = indexing.LazilyIndexedArray(_LazyArray(self._reader, declared))
        encoding: dict[str, Any] = {"source": self._remote.address}
        if declared.shape and declared.dtype.kind != "O":
            blocks = block_shape(declared)
            encoding["preferred_chunks"] = dict(zip(declared.dimensions, blocks, strict=True))
        return Variable(declared.dimensions, values, _attributes(declared), encoding)


class _LazyArray(BackendArray):
    """One variable, read when indexed."""

    def __init__(self, reader: GrainReader, declared: Declared) -> None:
        self._reader = reader
        self._name = declared.name
        self.shape = declared.shape
        self.dtype = declared.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[int | slice, ...]) -> AnyArray:
        """Values of whole numbers and slices with positive steps."""
        slices, dropped = [], []
        for axis, (part, length) in enumerate(zip(key, self.shape, strict=True)):
            if isinstance(part, slice):
                slices.append(slice(*part.indices(length)))
            else:
                slices.append(slice(int(part) % length, int(part) % length + 1, 1))
                dropped.append(axis)
        counts = [len(range(part.start, part.stop, part.step)) for part in slices]
        if 0 in counts:
            values: AnyArray = np.empty(counts, self.dtype)
        else:
            values = self._reader.read(self._name, tuple(slices))
        return values.squeeze(axis=tuple(dropped)) if dropped else values


def _attributes(declared: Declared) -> dict[str, Any]:
    found = {key: _listed(value) for key, value in declared.attributes.items() if key not in _OURS}
    stored = np.dtype(NUMPY_CODES[declared.wire_type])
    if stored != declared.dtype:
        for key in ("_FillValue", "missing_value"):
            if isinstance(found.get(key), int):
                found[key] = np.array(found[key]).astype(stored).view(declared.dtype)[()]
    return found


def _listed(value: object) -> object:
    """Attribute as xarray keeps them: several values as an array."""
    if isinstance(value, tuple) and value and not isinstance(value[0], str):
        return np.array(value)
    return list(value) if isinstance(value, tuple) else value
