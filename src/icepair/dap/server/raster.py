"""Windows of an HDF5 array, fast where its chunks are deflated.

HDF5 inflates under one global lock. Chunks that are shuffled and deflated, which is what NetCDF-4
files hold, are therefore read past it: their places are asked once, their bytes read from the
file, and inflated by as many threads as there are cores. Anything else is left to HDF5.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import zlib
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

import h5py
import numpy as np

from icepair._typing import AnyArray
from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server.refusal import Refusal

__all__ = ["DeflatedRaster", "PlainRaster", "Raster", "raster_of"]

_SHUFFLE, _DEFLATE = h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE
_LANES = os.cpu_count() or 1

Cut = tuple[int, slice, slice]
"""Number of a chunk along an axis, the part of it that is wanted, where that goes."""


class Raster(Protocol):
    """An array that is read window by window."""

    def read(self, slab: Hyperslab, dtype: np.dtype[Any]) -> AnyArray:
        """Values of a window in C order, converted to `dtype`.

        Raises
        ------
        Refusal
            The file is damaged there.
        """
        ...


class PlainRaster:
    """An array that HDF5 reads.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of any layout, numbers or text.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def read(self, slab: Hyperslab, dtype: np.dtype[Any]) -> AnyArray:
        """Values of a window in C order, converted to `dtype`."""
        if not slab.size:
            return np.empty(slab.shape, dtype)
        try:
            values = np.asarray(self._dataset[slab.slices])
        except OSError as error:
            raise Refusal(500, f"The file is damaged: {error}") from error
        return np.ascontiguousarray(values.astype(dtype, copy=False)).reshape(slab.shape)


class DeflatedRaster:
    """An array of deflated chunks, inflated without HDF5.

    Parameters
    ----------
    dataset : h5py.Dataset
        Chunked, of numbers, with no filters but shuffle and deflate.
    descriptor : int
        Of the same file, open for reading.
    workers : Executor
        Inflates.
    """

    def __init__(self, dataset: Any, descriptor: int, workers: Executor) -> None:
        self._dataset = dataset
        self._descriptor = descriptor
        self._workers = workers
        self._chunk: tuple[int, ...] = dataset.chunks
        self._dtype: np.dtype[Any] = dataset.dtype
        self._chunk_bytes = math.prod(self._chunk) * self._dtype.itemsize
        self._fill = dataset.fillvalue
        self._filters = _filters(dataset)
        self._places: AnyArray | None = None
        self._placing = threading.Lock()

    def read(self, slab: Hyperslab, dtype: np.dtype[Any]) -> AnyArray:
        """Values of a window in C order, converted to `dtype`."""
        out = np.empty(slab.shape, dtype)
        places = self._placed()
        axes = zip(slab.start, slab.step, slab.shape, self._chunk, strict=True)
        cuts = list(itertools.product(*(_cuts(*axis) for axis in axes)))
        each = max(1, math.ceil(len(cuts) / _LANES))
        groups = [cuts[first : first + each] for first in range(0, len(cuts), each)]
        # The last group is done here: a piece that lies in one chunk needs no other thread.
        pending = [self._workers.submit(self._fill_in, places, g, out) for g in groups[:-1]]
        for group in groups[-1:]:
            self._fill_in(places, group, out)
        for future in pending:
            future.result()
        return out

    def _placed(self) -> AnyArray:
        """Address, stored size and skipped filters of every chunk; address -1 where none is."""
        with self._placing:
            if self._places is None:
                counts = (
                    -(-length // chunk)
                    for length, chunk in zip(self._dataset.shape, self._chunk, strict=True)
                )
                places = np.full((*counts, 3), -1, np.int64)

                def note(found: Any) -> None:
                    at = tuple(o // c for o, c in zip(found.chunk_offset, self._chunk, strict=True))
                    places[at] = found.byte_offset, found.size, found.filter_mask

                self._dataset.id.chunk_iter(note)
                self._places = places
            return self._places

    def _fill_in(self, places: AnyArray, cuts: Sequence[tuple[Cut, ...]], out: AnyArray) -> None:
        for cut in cuts:
            numbers, inner, outer = zip(*cut, strict=True)
            address, size, skipped = places[numbers].tolist()
            into = out[outer]
            if address < 0:
                into[...] = self._fill
            else:
                octets = os.pread(self._descriptor, size, address)
                into[...] = self._unpacked(octets, skipped, inner)

    def _unpacked(self, octets: bytes, skipped: int, inner: tuple[slice, ...]) -> AnyArray:
        """Part of a chunk from its bytes as stored; bit n of `skipped`: filter n was left out."""
        last = len(self._filters) - 1
        if not skipped >> last & 1:
            octets = _inflated(octets, self._chunk_bytes)
        if last == 0 or skipped & 1:
            return np.frombuffer(octets, self._dtype).reshape(self._chunk)[inner]
        planes = np.frombuffer(octets, np.uint8).reshape(-1, *self._chunk)
        mixed = np.empty((*planes[0][inner].shape, len(planes)), np.uint8)
        # Plane by plane: numpy's own transposed copy takes six times as long.
        for number, plane in enumerate(planes):
            mixed[..., number] = plane[inner]
        return mixed.view(self._dtype)[..., 0]


def raster_of(dataset: Any, descriptor: int, workers: Executor) -> Raster:
    """Fastest way to read a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
    descriptor : int
        Of the same file, open for reading.
    workers : Executor
        Inflates chunks.
    """
    plain = (
        dataset.chunks is None
        or dataset.dtype.kind not in "iuf"
        or dataset.dtype.itemsize not in (1, 2, 4, 8)
        or dataset.file.userblock_size
        or _filters(dataset) not in ((_DEFLATE,), (_SHUFFLE, _DEFLATE))
    )
    return PlainRaster(dataset) if plain else DeflatedRaster(dataset, descriptor, workers)


def _filters(dataset: Any) -> tuple[int, ...]:
    settings = dataset.id.get_create_plist()
    return tuple(settings.get_filter(n)[0] for n in range(settings.get_nfilters()))


def _inflated(octets: bytes, size: int) -> bytes:
    try:
        inflated = zlib.decompress(octets, bufsize=size)
    except zlib.error as error:
        raise Refusal(500, f"A chunk of the file is damaged: {error}") from error
    if len(inflated) != size:
        raise Refusal(500, f"A chunk of the file holds {len(inflated)} bytes instead of {size}.")
    return inflated


def _cuts(start: int, step: int, count: int, chunk: int) -> list[Cut]:
    """Every chunk that an axis of a window hits, and none that a step leaps over."""
    cuts = []
    done = 0
    while done < count:
        first = start + done * step
        number, inside = divmod(first, chunk)
        here = min(count - done, (chunk - inside - 1) // step + 1)
        stop = inside + (here - 1) * step + 1
        cuts.append((number, slice(inside, stop, step), slice(done, done + here)))
        done += here
    return cuts
