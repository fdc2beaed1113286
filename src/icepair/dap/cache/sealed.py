"""Files that prove what they hold: a label and a payload, each with its checksum.

::

    16 bytes   magic and version
     8 bytes   length of the label, little-endian
    16 bytes   xxh3-128 of the label
               label: JSON, padded with blanks so that the payload starts at a multiple of 64
               payload: as many bytes as the label says, with the xxh3-128 that it says

Every byte is vouched for, so a file that a crash, a full disk or a bad sector left behind is known
when it is read. For that reason nothing is flushed to the disk when it is written.
"""

from __future__ import annotations

import json
import os
import secrets
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import numpy as np
import xxhash

from icepair._typing import ByteArray

__all__ = [
    "PARTIAL",
    "DamagedError",
    "Seal",
    "checked_payload",
    "read_bytes",
    "read_seal",
    "write_sealed",
]

PARTIAL = ".partial"
"""Suffix of a file that is being written; it takes its own name when it is complete."""

_MAGIC = b"icepair sealed 1"
_PREAMBLE = struct.Struct("<16sQ16s")
_ALIGNMENT = 64
_LONGEST_LABEL = 65536


class _Readable(Protocol):
    def seek(self, offset: int, whence: int, /) -> int: ...
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class DamagedError(Exception):
    """A file is not what was sealed, or not what its place says. Never leaves the cache."""


@dataclass(frozen=True)
class Seal:
    """What a file says about itself, after the label's own checksum agreed."""

    label: Mapping[str, object]
    """As it was given when the file was written."""
    offset: int
    """Where the payload begins."""
    n_bytes: int
    """Length of the payload, equal to what the file has."""
    checksum: str
    """Of the payload, in hexadecimal."""


def write_sealed(path: Path, label: Mapping[str, object], payload: memoryview) -> int:
    """Length of a file that was written whole under another name and then renamed.

    Parameters
    ----------
    path : Path
        Where; what is there is replaced. The folder must exist.
    label : mapping of str to object
        What JSON can hold.
    payload : memoryview
        Contiguous bytes.

    Raises
    ------
    OSError
        The disk is full, the folder is absent or not writable. Nothing is left behind.
    """
    head = _head(label, payload)
    partial = path.with_name(f"{secrets.token_hex(12)}{PARTIAL}")
    try:
        with partial.open("xb") as file:
            file.write(head)
            file.write(payload)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    return len(head) + payload.nbytes


def _head(label: Mapping[str, object], payload: memoryview) -> bytes:
    checksum = xxhash.xxh3_128_hexdigest(payload)
    text = json.dumps({"label": label, "bytes": payload.nbytes, "xxh3_128": checksum}).encode()
    text += b" " * (-(_PREAMBLE.size + len(text)) % _ALIGNMENT)
    return _PREAMBLE.pack(_MAGIC, len(text), xxhash.xxh3_128_digest(text)) + text


def read_seal(file: BufferedReader) -> Seal:
    """Label of an open file and where its payload lies.

    Raises
    ------
    DamagedError
        The file is of another kind, its label is not what was written, or its length is wrong.
    OSError
        It cannot be read.
    """
    preamble = file.read(_PREAMBLE.size)
    if len(preamble) < _PREAMBLE.size:
        raise DamagedError("no preamble")
    magic, length, checksum = _PREAMBLE.unpack(preamble)
    if magic != _MAGIC or length > _LONGEST_LABEL:
        raise DamagedError("not a sealed file")
    text = file.read(length)
    if len(text) < length or xxhash.xxh3_128_digest(text) != checksum:
        raise DamagedError("the label is damaged")
    seal = _seal_from(text, _PREAMBLE.size + length)
    if os.fstat(file.fileno()).st_size != seal.offset + seal.n_bytes:
        raise DamagedError("the length is wrong")
    return seal


def _seal_from(text: bytes, offset: int) -> Seal:
    try:
        said = json.loads(text)
        return Seal(said["label"], offset, int(said["bytes"]), said["xxh3_128"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError("the label says something else") from None


def checked_payload(file: BufferedReader, seal: Seal) -> ByteArray:
    """The payload, after its checksum agreed.

    Raises
    ------
    DamagedError
        It is not what was written.
    OSError
        It cannot be read.
    """
    payload = read_bytes(file, seal.offset, seal.n_bytes)
    if xxhash.xxh3_128_hexdigest(payload.data) != seal.checksum:
        raise DamagedError("the payload is damaged")
    return payload


def read_bytes(file: BufferedReader, offset: int, n_bytes: int) -> ByteArray:
    """So many bytes from an offset on; raises as `read_into`."""
    buffer = np.empty(n_bytes, np.uint8)
    read_into(buffer.data, file, offset)
    return buffer


def read_into(buffer: memoryview, file: _Readable, offset: int) -> None:
    """Fill a buffer with what a file holds from an offset on.

    Raises
    ------
    DamagedError
        The file ends before.
    OSError
        It cannot be read.
    """
    file.seek(offset, os.SEEK_SET)
    if file.readinto(buffer) != buffer.nbytes:
        raise DamagedError("the file is cut short")
