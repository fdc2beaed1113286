"""Reading one block: the whole of it the first time, only the rows that are asked for later."""

from __future__ import annotations

import math
import os
import time
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from icepair._typing import AnyArray, ByteArray
from icepair.dap.cache.sealed import DamagedError, Seal, read_bytes, read_into, read_seal

__all__ = ["Signature", "label", "rows", "seal_of", "signature", "touch", "window"]

Signature: TypeAlias = tuple[int, int, int]
"""Number, length and time of change of a file: another file in its place has another."""

_TOUCH_AFTER_S = 60.0
_NARROW = 4
"""Rows are read one by one when less than one part in so many is wanted: a tenth of every row of a
16 MB block takes 3 ms then and 8 ms otherwise."""


def label(dataset: str, owner: str, name: str) -> dict[str, object]:
    """What the label of a file says: the dataset, the variable, and the file's own name."""
    return {"dataset": dataset, "of": owner, "name": name}


def seal_of(file: BufferedReader, expected: dict[str, object], n_bytes: int) -> Seal:
    """Seal of an open file that is what its place says.

    Raises
    ------
    DamagedError
        It is something else, or its payload has another length than `n_bytes`.
    OSError
        It cannot be read.
    """
    seal = read_seal(file)
    if seal.label != expected or n_bytes != seal.n_bytes:
        raise DamagedError("what another place should hold")
    return seal


def signature(file: BufferedReader) -> Signature:
    """Signature of an open file."""
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def touch(path: Path, file: BufferedReader) -> None:
    """Note in a file's time of access that it was used; at most once a minute."""
    found = os.fstat(file.fileno())
    if time.time() - max(found.st_atime, found.st_mtime) > _TOUCH_AFTER_S:
        with suppress(OSError):
            os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))


def rows(
    file: BufferedReader,
    offset: int,
    shape: tuple[int, ...],
    where: tuple[slice, ...],
    dtype: np.dtype[np.generic],
) -> AnyArray:
    """Part of a block that is known to be sound; reads only the rows that hold it.

    Reading is preferred to mapping the file into memory: an error of the disk, or a file that
    another machine removed from a network file system, is then an error and not the end of the
    process, and no array keeps a file open.

    Parameters
    ----------
    file : BufferedReader
        The block.
    offset : int
        Of its first value.
    shape : tuple of int
        Of the whole block.
    where : tuple of slice
        What is wanted, one slice an axis.
    dtype : dtype
        Of the values.

    Raises
    ------
    DamagedError, OSError
        It cannot be read.
    """
    if not shape:
        return window(read_bytes(file, offset, dtype.itemsize), shape, where, dtype)
    if len(shape) == 2 and _NARROW * (where[1].stop - where[1].start) < shape[1]:
        return _strips(file, offset, shape[1], where, dtype)
    first, beyond = where[0].start, where[0].stop
    row_bytes = math.prod(shape[1:]) * dtype.itemsize
    buffer = read_bytes(file, offset + first * row_bytes, (beyond - first) * row_bytes)
    inner = (slice(None, None, where[0].step), *where[1:])
    return window(buffer, (beyond - first, *shape[1:]), inner, dtype)


def _strips(
    file: BufferedReader,
    offset: int,
    columns: int,
    where: tuple[slice, ...],
    dtype: np.dtype[np.generic],
) -> AnyArray:
    """A narrow part of a raster, row by row."""
    first, beyond = where[1].start, where[1].stop
    lines = range(where[0].start, where[0].stop, where[0].step)
    strips = np.empty((len(lines), beyond - first), dtype.newbyteorder("<"))
    # Without the buffer, which would read 8 kB where a strip is 2 kB.
    for strip, line in zip(strips.view(np.uint8), lines, strict=True):
        read_into(strip.data, file.raw, offset + (line * columns + first) * dtype.itemsize)
    return strips[:, :: where[1].step].astype(dtype.newbyteorder("="), copy=False)


def window(
    payload: ByteArray,
    shape: tuple[int, ...],
    where: tuple[slice, ...],
    dtype: np.dtype[np.generic],
) -> AnyArray:
    """Values out of the bytes of a block; a copy unless all of them are wanted."""
    index: tuple[Any, ...] = (*where, ...)  # the ellipsis keeps a scalar an array
    values: AnyArray = payload.view(dtype.newbyteorder("<")).reshape(shape)[index]
    whole = values.nbytes == payload.nbytes
    return values.astype(dtype.newbyteorder("="), copy=not whole)
