"""Files as they are, whole or in part."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from icepair.dap.server.folder import Stamp
from icepair.dap.server.refusal import Refusal

__all__ = ["byte_range", "file_bytes", "open_file"]

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_PIECE_BYTES = 1_000_000


def open_file(path: Path, name: str) -> tuple[int, Stamp]:
    """Descriptor of a file and what it is; a file that is replaced later stays readable.

    Raises
    ------
    Refusal
        404.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise Refusal(404, f"There is no file {name!r} here.") from None
    return descriptor, Stamp.of(os.fstat(descriptor))


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and stop of the bytes that a Range header asks for; None for the whole file.

    Several ranges at once, and what is no range, are answered with the whole file, as HTTP allows.

    Raises
    ------
    Refusal
        416: the range begins beyond the end.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if not found or found[0] == "bytes=-":
        return None
    if not found[1]:
        first, stop = max(0, size - int(found[2])), size
    else:
        first, stop = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < first:
            return None
    if first >= size:
        headers = {"content-range": f"bytes */{size}"}
        raise Refusal(416, f"The file has {size} bytes.", headers=headers, bare=True)
    return first, stop


def file_bytes(descriptor: int, stamp: Stamp, first: int, stop: int) -> Iterator[bytes]:
    """Bytes of an open file.

    Raises
    ------
    Refusal
        The file was written to in the meantime.
    """
    while first < stop:
        octets = os.pread(descriptor, min(_PIECE_BYTES, stop - first), first)
        if not octets or Stamp.of(os.fstat(descriptor)) != stamp:
            raise Refusal(503, "The file was written to.")
        first += len(octets)
        yield octets
