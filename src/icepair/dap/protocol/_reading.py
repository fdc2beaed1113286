"""Reading a body to the byte: no byte that did not arrive is ever handed out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.fault import Fault
from icepair.dap.words import fault_of_words, is_error_text, text_of
from icepair.errors import RemoteError

__all__ = ["SLICE_BYTES", "ByteSource", "Reader", "empty"]

SLICE_BYTES = 1_000_000
"""Converted at once: what was just read is still in the processor's cache. Conversion is done by
assignment, which lets other threads run meanwhile; ``byteswap`` does not, and is slower."""
_AHEAD_BYTES = 65_536
_TAIL_BYTES = 4_096
_ERROR_IN_DATA = re.compile(rb"Error\s*\{")


class ByteSource(Protocol):
    """Body of a reply."""

    def readinto(self, buffer: Any) -> int:
        """Put bytes into a writable buffer; how many, 0 at the end."""


class Reader:
    """A body, read in order, each byte once.

    Parameters
    ----------
    source : ByteSource
        The body.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._ahead = memoryview(b"")
        self._ended = False
        self._length: int | None = None
        self.count = 0
        """Bytes handed out so far."""

    def announce(self, length: int) -> None:
        """Say how long the whole body must be, for messages."""
        self._length = length

    def peek(self) -> memoryview:
        """Some bytes that come next; none at the end. They stay ahead."""
        if not self._ahead and not self._ended:
            buffer = bytearray(_AHEAD_BYTES)
            got = self._source.readinto(memoryview(buffer))
            self._ended = got == 0
            self._ahead = memoryview(buffer)[:got]
        return self._ahead

    def some(self) -> bytes:
        """Some bytes that come next, taken; none at the end."""
        taken = bytes(self.peek())
        self._skip(len(taken))
        return taken

    def beginning(self) -> bytes:
        """What comes next, some 64 thousand bytes at most, to look for words in it."""
        found = b""
        while len(found) < _AHEAD_BYTES and self.peek():
            found += self.some()
        return found

    def up_to(self, mark: re.Pattern[bytes], most: int) -> bytes | None:
        """Bytes through the end of a mark, which is short; None where none comes, nor in `most`.

        Everything is taken in that case.
        """
        found = bytearray()
        while len(found) <= most and self.peek():
            before = len(found)
            found += self.peek()
            match = mark.search(found, max(0, before - 16))
            if match:
                del found[match.end() :]
                self._skip(match.end() - before)
                return bytes(found)
            self._skip(len(found) - before)
        return None

    def exactly(self, count: int) -> bytes:
        """That many bytes; memory is taken only for those that arrive."""
        if count <= _AHEAD_BYTES:
            found = bytearray(count)
            self.fill(memoryview(found))
            return bytes(found)
        parts = []
        while count:
            size = min(count, SLICE_BYTES)
            part = bytearray(size)
            self.fill(memoryview(part))
            parts.append(part)
            count -= size
        return b"".join(parts)

    def drain(self, count: int) -> None:
        """Read on until this many bytes are handed out or the body ends, and a little further."""
        while self.count <= count and self.some():
            pass

    def fill(self, view: memoryview) -> None:
        """Fill the whole of a flat buffer of bytes.

        Raises
        ------
        Fault
            The body ends before.
        """
        at = 0
        while at < len(view):
            if self._ahead or len(view) - at < _AHEAD_BYTES:
                block = self.peek()[: len(view) - at]
                view[at : at + len(block)] = block
                got = len(block)
                self._skip(got)
            else:
                got = self._source.readinto(view[at:])
                self.count += got
            if got == 0:
                self._too_short(view[:at])
            at += got

    def numbers(self, count: int, sent: np.dtype[Any]) -> Iterator[tuple[slice, AnyArray]]:
        """Numbers as they travel, some at a time: which of `count` they are, and their values.

        The array that is handed out is used again for the next ones.
        """
        step = SLICE_BYTES // sent.itemsize
        held = np.empty(min(step, count), sent)
        for start in range(0, count, step):
            piece = held[: min(step, count - start)]
            self.fill(piece.reshape(-1).view(np.uint8).data)
            yield slice(start, start + step), piece

    def finish(self) -> None:
        """Make sure that the body ends here.

        Raises
        ------
        Fault
            It does not.
        """
        if not self.peek():
            return
        tail = bytes(self.peek())
        extra = 0
        while extra < SLICE_BYTES and self.peek():
            extra += len(self.some())
        more = f"{extra}" if not self.peek() else f"at least {extra}"
        _raise_words_within(tail[-_TAIL_BYTES:])
        raise Fault(
            f"the reply is {more} bytes longer than the {self.count - extra} it should have"
        )

    def _skip(self, count: int) -> None:
        self._ahead = self._ahead[count:]
        self.count += count

    def _too_short(self, last: memoryview) -> None:
        _raise_words_within(bytes(last[-_TAIL_BYTES:]))
        of = "" if self._length is None else f" of {self._length}"
        raise Fault(f"the reply ended after {self.count}{of} bytes")


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
    """New array, or a fault where there is no memory for it."""
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError):
        raise Fault(
            f"there is no memory for {'x'.join(map(str, shape))} values of type {dtype}",
            kind=RemoteError,
            again=False,
            advice="Ask for a smaller part.",
        ) from None


def _raise_words_within(tail: bytes) -> None:
    """Find the message of a server that gave up in the middle of the data."""
    found = _ERROR_IN_DATA.search(tail)
    if found is None:
        return
    message = tail[found.start() :]
    if is_error_text(text_of(message)) and message[-200:].isascii():
        raise fault_of_words(message, "data", "in the middle of the data ")
