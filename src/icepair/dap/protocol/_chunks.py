"""The frames in which DAP4 sends its data: each says how long it is and whether it is the last."""

from __future__ import annotations

from typing import Any

from icepair.dap.fault import Fault
from icepair.dap.protocol._reading import Reader
from icepair.dap.words import fault_of_words

__all__ = ["Chunks"]

_LAST = 1
_ERROR = 2
_LITTLE_ENDIAN = 4
_FLAGS = 15
"""The fourth flag speaks of checksums; servers disagree on which way, so it is not asked."""
_PROLOGUE_BYTES = 16_000_000


class Chunks:
    """The data of a reply, without the frames; a source of bytes for another reader.

    Parameters
    ----------
    reader : Reader
        The body as it arrives.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._left = 0
        self._last = False
        self.little_endian = False
        self.ended = False
        """Whether the last chunk was read and nothing came behind it."""

    def declaration(self) -> bytes:
        """First chunk, which holds the DMR and tells the byte order.

        Raises
        ------
        Fault
            The reply has no frames at all, or is the server's refusal.
        """
        first = bytes(self._reader.peek()[:1])
        if not first or first[0] & ~_FLAGS:
            raise fault_of_words(self._reader.beginning(), "data of DAP4")
        flags, length = self._header()
        if flags & _LAST or length > _PROLOGUE_BYTES:
            raise Fault("the reply of DAP4 holds no data behind its DMR")
        self.little_endian = bool(flags & _LITTLE_ENDIAN)
        return self._reader.exactly(length)

    def readinto(self, buffer: Any) -> int:
        """Put bytes of the chunk under way into a buffer; how many, 0 behind the last chunk.

        Raises
        ------
        Fault
            The reply ends before its last chunk, goes on behind it, or a chunk holds an error.
        """
        while self._left == 0:
            if self._last:
                self._reader.finish()
                self.ended = True
                return 0
            self._left = self._header()[1]
        view = memoryview(buffer)[: self._left]
        self._reader.fill(view)
        self._left -= len(view)
        return len(view)

    def _header(self) -> tuple[int, int]:
        header = self._reader.exactly(4)
        flags, length = header[0], int.from_bytes(header[1:], "big")
        if flags & ~_FLAGS:
            raise Fault(f"the reply has a chunk of the unknown kind {flags}")
        if flags & _ERROR:
            said = self._reader.exactly(length)
            raise fault_of_words(said, "data of DAP4", "in the middle of the data ")
        self._last = bool(flags & _LAST)
        return flags, length
