"""Many small reads near each other, as dask makes them, with few requests."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from collections import defaultdict

from icepair._typing import AnyArray
from icepair.dap.declaration import Variable
from icepair.dap.hyperslab import Hyperslab
from icepair.dap.remote import RemoteDataset

__all__ = ["GrainReader", "block_shape"]

_GRAIN_BYTES = 2_000_000
"""Values in a block, so many bytes."""
_PLAIN_CHUNK = 64
"""Rows and columns from which blocks are built where the server tells no chunks."""

Block = tuple[int, ...]
"""Number of a block along each axis."""


class GrainReader:
    """Reads exactly what is asked, and a whole block where small reads come back to it.

    The first small read of a block takes no more than was asked for: it may stay the only one.
    The second one takes the block, and all further ones are free.
    """

    def __init__(self, dataset: RemoteDataset) -> None:
        self._dataset = dataset
        self._seen: set[tuple[str, Block]] = set()
        self._locks: dict[tuple[str, Block], threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def read(self, name: str, selection: tuple[slice, ...]) -> AnyArray:
        """As `RemoteDataset.read`."""
        variable = self._dataset.variable(name)
        slab = Hyperslab.of(selection, variable.shape)
        small = slab.size * variable.dtype.itemsize < _GRAIN_BYTES // 2
        if small and variable.dtype.kind != "O" and slab.shape and set(slab.step) == {1}:
            self._widen(variable, slab)
        return self._dataset.read(name, selection)

    def __reduce__(self) -> tuple[type[GrainReader], tuple[RemoteDataset]]:
        return type(self), (self._dataset,)

    def _widen(self, variable: Variable, slab: Hyperslab) -> None:
        self._dataset.keep()
        shape = block_shape(variable)
        touched = [(variable.name, block) for block in _blocks_of(slab, shape)]
        with self._guard:
            known = [key for key in touched if key in self._seen]
            self._seen.update(touched)
            locks = [self._locks[key] for key in known]
        with contextlib.ExitStack() as held:
            # In one order everywhere, or two readers could wait for each other.
            for lock in locks:
                held.enter_context(lock)
            if known and not self._dataset.has(variable.name, slab.slices):
                slabs = [_extent(block, shape, variable.shape) for _, block in known]
                self._dataset.read_many([(variable.name, each.slices) for each in slabs])


def block_shape(variable: Variable) -> tuple[int, ...]:
    """Whole chunks of the server, together about 2 MB, as square as can be."""
    chunks = variable.chunks or (1,) * max(len(variable.shape) - 2, 0) + (_PLAIN_CHUNK,) * min(
        2, len(variable.shape)
    )
    block = [min(chunk, length) for chunk, length in zip(chunks, variable.shape, strict=True)]
    while math.prod(block) * variable.dtype.itemsize <= _GRAIN_BYTES // 2:
        growable = [axis for axis, length in enumerate(variable.shape) if block[axis] < length]
        if not growable:
            break
        axis = min(reversed(growable), key=lambda axis: block[axis])
        block[axis] = min(2 * block[axis], variable.shape[axis])
    return tuple(block)


def _blocks_of(slab: Hyperslab, shape: tuple[int, ...]) -> list[Block]:
    ranges = [
        range(start // size, (stop - 1) // size + 1)
        for start, stop, size in zip(slab.start, slab.stop, shape, strict=True)
    ]
    return list(itertools.product(*ranges))


def _extent(block: Block, shape: tuple[int, ...], whole: tuple[int, ...]) -> Hyperslab:
    start = tuple(number * size for number, size in zip(block, shape, strict=True))
    stop = tuple(
        min(first + size, length) for first, size, length in zip(start, shape, whole, strict=True)
    )
    return Hyperslab(start, stop, (1,) * len(start))
