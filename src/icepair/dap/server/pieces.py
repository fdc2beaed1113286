"""How a window is cut into pieces that fit into memory and follow the chunks of the file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from icepair.dap.hyperslab import Hyperslab

__all__ = ["pieces"]

AIM_BYTES = 2_000_000


def pieces(slab: Hyperslab, chunks: tuple[int, ...] | None, itemsize: int) -> Iterator[Hyperslab]:
    """Parts of a window in the order in which its values travel.

    Parameters
    ----------
    slab : Hyperslab
        The window.
    chunks : tuple of int or None
        Chunk lengths of the array; pieces end where chunks end, so that none is inflated twice.
        A whole row of chunks goes into one piece even where that is more than aimed for.
    itemsize : int
        Bytes of one value as it travels.
    """
    if not slab.start or not slab.size:
        yield slab
        return
    shape = slab.shape
    axis = next(
        a for a in range(len(shape)) if itemsize * math.prod(shape[a + 1 :]) <= AIM_BYTES
        or a == len(shape) - 1
    )  # fmt: skip
    rows = max(1, AIM_BYTES // (itemsize * math.prod(shape[axis + 1 :])))
    bands = list(_bands(slab, axis, rows, chunks[axis] if chunks else 1))
    for outer in itertools.product(*map(range, shape[:axis])):
        for band in bands:
            yield _part(slab, (*((o, o + 1) for o in outer), band))


def _bands(slab: Hyperslab, axis: int, rows: int, chunk: int) -> Iterator[tuple[int, int]]:
    """First and stop of each run of output rows, ending at a chunk's end wherever that can be."""
    start, step, count = slab.start[axis], slab.step[axis], slab.shape[axis]
    done = 0
    while done < count:
        last_chunk = max(
            (start + (done + rows) * step) // chunk,
            (start + done * step) // chunk + 1,
        )
        stop = min(count, -(-(last_chunk * chunk - start) // step))
        yield done, stop
        done = stop


def _part(slab: Hyperslab, ranges: tuple[tuple[int, int], ...]) -> Hyperslab:
    """Part of a window from output ranges of its leading axes."""
    start, stop = list(slab.start), list(slab.stop)
    for axis, (first, end) in enumerate(ranges):
        start[axis] = slab.start[axis] + first * slab.step[axis]
        stop[axis] = slab.start[axis] + (end - 1) * slab.step[axis] + 1
    return Hyperslab(tuple(start), tuple(stop), slab.step)
