"""Chunks of HDF5 rasters, shuffled and deflated.

HDF5 compresses and inflates in one thread, and that is most of the work of writing a file and of
reading it back. What is deflated here, by as many threads as there are cores, is handed to HDF5 as
it must lie in the file; what lies there is inflated likewise.
"""

from __future__ import annotations

import math
import zlib

import numpy as np

from icepair._typing import AnyArray
from icepair.errors import DamagedFileError

__all__ = ["deflated", "inflated"]

_WORD = 4
"""Bytes of the usual number, float32."""


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


def inflated(content: bytes, shape: tuple[int, ...], dtype: np.dtype) -> AnyArray:
    """Chunk whose bytes the shuffle and deflate filters made; other threads run meanwhile.

    Parameters
    ----------
    content : bytes
        As they lie in the file.
    shape : tuple of int
        Of every chunk in the file.
    dtype : dtype
        Little-endian.

    Raises
    ------
    DamagedFileError
        They are no chunk of that size, or their checksum differs.
    """
    # libdeflate takes a third of zlib's time.
    from deflate import DeflateError, zlib_decompress

    from icepair import _kernels

    size = math.prod(shape) * dtype.itemsize
    try:
        octets = np.frombuffer(zlib_decompress(content, size), dtype=np.uint8)
    except (DeflateError, ValueError) as error:
        raise DamagedFileError(
            f"A compressed chunk of {len(content)} bytes cannot be inflated to {size} ({error}): "
            "the file was changed after it was written. Write it anew."
        ) from error
    if octets.size != size:
        raise DamagedFileError(
            f"A compressed chunk inflates to {octets.size} bytes, where {size} were expected: the "
            "file was changed after it was written. Write it anew."
        )
    planes = octets.reshape(dtype.itemsize, -1)
    if dtype.itemsize != _WORD:
        return np.ascontiguousarray(planes.T).view(dtype).reshape(shape)
    words = np.empty(planes.shape[1], dtype=np.uint32)
    _kernels.unshuffle_four(planes, words)
    return words.view(dtype).reshape(shape)
