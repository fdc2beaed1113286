"""Many small reads near each other, as dask makes them, with few requests."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from collections import OrderedDict, defaultdict

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.declaration import Variable
from icepair.dap.hyperslab import Hyperslab
from icepair.dap.remote import RemoteDataset

__all__ = ["GrainReader", "block_shape"]

_GRAIN_BYTES = 2_000_000
"""Values in a block, so many bytes."""
_PLAIN_CHUNK = 64
"""Rows and columns from which blocks are built where the server tells no chunks."""

_RECENT_BYTES = 32_000_000
"""Blocks of one dataset in memory: two rows of them across a raster of 10980 by 10980 pixels."""

Block = tuple[int, ...]
"""Number of a block along each axis."""
Key = tuple[str, Block]
"""Name of a variable and one of its blocks."""


class GrainReader:
    """Reads exactly what is asked, and a whole block where small reads come back to it.

    The first small read of a block takes no more than was asked for: it may stay the only one.
    The second one takes the block, and all further ones are free. Where the cache does not keep
    the block, the last few stay in memory. A block that is lost from there too is taken again
    after as many bytes of it have been read in small parts: small reads in any order cost no more
    than about twice what they would without blocks, or twice the blocks.
    """

    def __init__(self, dataset: RemoteDataset) -> None:
        self._dataset = dataset
        self._due: dict[Key, int] = {}
        self._locks: dict[Key, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._recent = _Recent(_RECENT_BYTES)

    def read(self, name: str, selection: tuple[slice, ...]) -> AnyArray:
        """As `RemoteDataset.read`."""
        variable = self._dataset.variable(name)
        slab = Hyperslab.of(selection, variable.shape)
        small = slab.size * variable.dtype.itemsize < _GRAIN_BYTES // 2
        if small and variable.dtype.kind != "O" and slab.shape and set(slab.step) == {1}:
            cuts = _cuts(slab, variable)
            held = self._widened(variable, cuts)
            if held:
                return self._joined(variable, slab, cuts, held)
        return self._dataset.read(name, selection)

    def __reduce__(self) -> tuple[type[GrainReader], tuple[RemoteDataset]]:
        return type(self), (self._dataset,)

    def _widened(self, variable: Variable, cuts: dict[Block, Hyperslab]) -> dict[Block, AnyArray]:
        """Blocks in memory, after those were taken whose turn it was."""
        self._dataset.keep()
        with self._guard:
            known = [block for block in cuts if (variable.name, block) in self._due]
            self._due |= {(variable.name, block): 0 for block in cuts if block not in known}
            locks = [self._locks[variable.name, block] for block in known]
        with contextlib.ExitStack() as held:
            # In one order everywhere, or two readers could wait for each other.
            for lock in locks:
                held.enter_context(lock)
            found = {block: self._recent.get((variable.name, block)) for block in cuts}
            due = [
                block
                for block in known
                if found[block] is None and self._is_due(variable, block, cuts[block])
            ]
            return {
                block: values for block, values in found.items() if values is not None
            } | self._taken(variable, due)

    def _is_due(self, variable: Variable, block: Block, cut: Hyperslab) -> bool:
        """Whether a block should be taken for the sake of a part that is not at hand."""
        if self._dataset.has(variable.name, cut.slices):
            return False
        key = variable.name, block
        due = self._due[key] <= 0
        self._due[key] -= cut.size * variable.dtype.itemsize
        return due

    def _taken(self, variable: Variable, blocks: list[Block]) -> dict[Block, AnyArray]:
        """Blocks from the server; those in memory that the cache did not keep."""
        if not blocks:
            return {}
        slabs = [_extent(block, variable) for block in blocks]
        arrived = self._dataset.read_many([(variable.name, slab.slices) for slab in slabs])
        lost = {}
        for block, slab, values in zip(blocks, slabs, arrived, strict=True):
            self._due[variable.name, block] = values.nbytes
            if not self._dataset.has(variable.name, slab.slices):
                self._recent.put((variable.name, block), values)
                lost[block] = values
        return lost

    def _joined(
        self,
        variable: Variable,
        slab: Hyperslab,
        cuts: dict[Block, Hyperslab],
        held: dict[Block, AnyArray],
    ) -> AnyArray:
        """Values of a slab, from blocks in memory and for the rest as a dataset reads them."""
        rest = [cut for block, cut in cuts.items() if block not in held]
        others = self._dataset.read_many([(variable.name, cut.slices) for cut in rest])
        values: AnyArray = np.empty(slab.shape, variable.dtype)
        for cut, part in zip(rest, others, strict=True):
            values[cut.within(slab)] = part
        for block, whole in held.items():
            values[cuts[block].within(slab)] = whole[cuts[block].within(_extent(block, variable))]
        return values


class _Recent:
    """The blocks that were used last, up to so many bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._blocks: OrderedDict[Key, AnyArray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> AnyArray | None:
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
            return self._blocks.get(key)

    def put(self, key: Key, values: AnyArray) -> None:
        with self._lock:
            self._blocks[key] = values
            while sum(each.nbytes for each in self._blocks.values()) > self._limit:
                self._blocks.popitem(last=False)


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


def _cuts(slab: Hyperslab, variable: Variable) -> dict[Block, Hyperslab]:
    """What a slab has of each block that it touches, in order."""
    ranges = [
        range(start // size, (stop - 1) // size + 1)
        for start, stop, size in zip(slab.start, slab.stop, block_shape(variable), strict=True)
    ]
    return {block: _overlap(slab, _extent(block, variable)) for block in itertools.product(*ranges)}


def _overlap(slab: Hyperslab, other: Hyperslab) -> Hyperslab:
    start = tuple(map(max, slab.start, other.start))
    return Hyperslab(start, tuple(map(min, slab.stop, other.stop)), slab.step)


def _extent(block: Block, variable: Variable) -> Hyperslab:
    shape = block_shape(variable)
    start = tuple(number * size for number, size in zip(block, shape, strict=True))
    stop = tuple(
        min(first + size, length)
        for first, size, length in zip(start, shape, variable.shape, strict=True)
    )
    return Hyperslab(start, stop, (1,) * len(start))
