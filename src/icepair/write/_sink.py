"""A file for HDF5 that fails without taking the process with it.

When the disk is full, HDF5 fails again on every attempt to close the file, prints what it cannot
raise, and crashes when the interpreter ends. This file remembers the first failure and keeps the
little that comes after it in memory, so that HDF5 closes in peace and we raise afterwards.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

__all__ = ["Sink"]


class Sink(io.RawIOBase):
    """Random-access file whose first failed write is kept in `failure` instead of raised."""

    def __init__(self, path: Path, *, create: bool) -> None:
        flags = os.O_RDWR | (os.O_CREAT | os.O_TRUNC if create else 0)
        self._descriptor = os.open(path, flags, 0o666)
        self._position = 0
        self._kept: list[tuple[int, bytes]] = []
        self.failure: OSError | None = None

    def seekable(self) -> bool:
        """Whether it can be read and written anywhere: yes."""
        return True

    readable = writable = seekable

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; returns it."""
        base = {os.SEEK_SET: lambda: 0, os.SEEK_CUR: self.tell, os.SEEK_END: self._size}[whence]()
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Where it is."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer with what was written, wherever it went."""
        start = self._position
        wanted = max(0, min(len(buffer), self._size() - start))
        stored = os.pread(self._descriptor, wanted, start)
        content = bytearray(stored.ljust(wanted, b"\0"))
        for place, kept in self._kept:
            first, last = max(start, place), min(start + wanted, place + len(kept))
            if first < last:
                content[first - start : last - start] = kept[first - place : last - place]
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of it; never fails."""
        content = bytes(data)
        if self.failure is None:
            self.failure = self._written(content)
        if self.failure is not None:
            self._kept.append((self._position, content))
        self._position += len(content)
        return len(content)

    def truncate(self, size: int | None = None) -> int:
        """Set the length; never fails."""
        size = self._position if size is None else size
        if self.failure is None:
            try:
                os.ftruncate(self._descriptor, size)
            except OSError as error:
                self.failure = error
        return size

    def close(self) -> None:
        """Let go of the file."""
        if not self.closed:
            os.close(self._descriptor)
            super().close()

    def check(self) -> None:
        """Raise the failure, if there was one."""
        if self.failure is not None:
            raise self.failure

    def _written(self, content: bytes) -> OSError | None:
        done = 0
        try:
            while done < len(content):
                done += os.pwrite(self._descriptor, content[done:], self._position + done)
        except OSError as error:
            return error
        return None

    def _size(self) -> int:
        ends = [place + len(kept) for place, kept in self._kept]
        return max([os.fstat(self._descriptor).st_size, *ends])
