"""Chunks of HDF5 rasters, shuffled and deflated.

HDF5 compresses in one thread, and that is most of the work of writing a file. What is deflated
here, by as many threads as there are cores, is handed to HDF5 as it must lie in the file.
"""

from __future__ import annotations

import zlib

import numpy as np

from icepair._typing import AnyArray

__all__ = ["deflated"]


def deflated(chunk: AnyArray, shape: tuple[int, ...], level: int, *, noisy: bool = False) -> bytes:
    """Bytes of a chunk as the shuffle and deflate filters make them, padded to `shape`.

    Parameters
    ----------
    chunk : array
        At most of `shape`.
    shape : tuple of int
        Of every chunk in the file.
    level : int
        Of deflate, 1 to 9.
    noisy : bool
        Whether only runs of equal bytes are worth looking for, as in measured values and in masks:
        twice as fast then, and no larger. Smooth fields would double.
    """
    if chunk.shape != shape:
        pad = [(0, full - have) for full, have in zip(shape, chunk.shape, strict=True)]
        chunk = np.pad(chunk, pad)
    octets = np.ascontiguousarray(chunk).view(np.uint8).reshape(-1, chunk.itemsize)
    strategy = zlib.Z_RLE if noisy else zlib.Z_DEFAULT_STRATEGY
    compressor = zlib.compressobj(level, strategy=strategy)
    return compressor.compress(octets.T.tobytes()) + compressor.flush()
