"""The data replies of DAP4: a DMR, then the values, each variable with a checksum behind it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.fault import Fault, OtherwiseFault
from icepair.dap.hyperslab import Part
from icepair.dap.protocol._chunks import Chunks
from icepair.dap.protocol._matching import Asked
from icepair.dap.protocol._reading import ByteSource, Reader, empty
from icepair.dap.protocol.dmr import read_dmr
from icepair.dap.words import text_of
from icepair.errors import BrokenReplyError

__all__ = ["ChecksumMissingFault", "dap4_query", "decode_dap4"]

_CHECKSUM_BYTES = 4
_LONGEST_TEXT = 64_000_000


class ChecksumMissingFault(OtherwiseFault):
    """The server sends no checksums although it was asked to: nothing proves the reply."""

    def __init__(self) -> None:
        super().__init__(
            "the reply has no checksums, although they were asked for", kind=BrokenReplyError
        )


def dap4_query(parts: Sequence[Part]) -> str:
    """Constraint expression and the wish for checksums, percent-encoded."""
    Asked(parts)
    wanted = ";".join(f"/{part.variable.name}{part.slab.constraint()}" for part in parts)
    return f"dap4.ce={quote(wanted, safe='/:')}&dap4.checksum=true"


def decode_dap4(source: ByteSource, parts: Sequence[Part]) -> list[AnyArray]:
    """Arrays of one reply, in the order of `parts`, each proven by its checksum.

    Parameters
    ----------
    source : ByteSource
        Body of the reply.
    parts : sequence of Part
        What was asked for. No variable twice.

    Returns
    -------
    list of array
        In native byte order, with the type of `Variable.dtype` and the shape of the slab.

    Raises
    ------
    Fault
        The reply is cut short or too long, declares anything else than what was asked for, a
        checksum does not fit its values, or it is the server's refusal.
    ChecksumMissingFault
        The server sends no checksums.
    TooLargeFault
        The server refuses for the size of the request.
    """
    chunks = Chunks(Reader(source))
    order = _order(chunks.declaration(), parts)
    arrays = _Data(chunks, [parts[number] for number in order]).arrays()
    found = dict(zip(order, arrays, strict=True))
    return [found[number] for number in range(len(parts))]


def _order(dmr: bytes, parts: Sequence[Part]) -> list[int]:
    """Numbers of the parts in the order of the reply."""
    declaration, left_out = read_dmr(dmr)
    if left_out:
        raise Fault(f"the reply holds {left_out[0][:100]!r}, which was not asked for")
    asked = Asked(parts)
    order = [
        asked.tick(name, variable.wire_type, variable.shape)
        for name, variable in declaration.variables.items()
    ]
    asked.close()
    return order


class _Data:
    """Values behind the DMR, variable by variable."""

    def __init__(self, chunks: Chunks, parts: Sequence[Part]) -> None:
        self._chunks = chunks
        self._reader = Reader(chunks)
        self._byte_order: Literal["little", "big"] = "little" if chunks.little_endian else "big"
        self._parts = parts

    def arrays(self) -> list[AnyArray]:
        bare = _bytes_without_checksums(self._parts)
        if bare is not None:
            self._reader.announce(bare + _CHECKSUM_BYTES * len(self._parts))
        found = []
        try:
            for part in self._parts:
                values, sums = self._texts(part) if _is_text(part) else self._numbers(part)
                bare = self._reader.count if len(self._parts) == 1 else bare
                self._check(part, sums)
                found.append(values)
        except Fault as fault:
            if self._chunks.ended and self._reader.count == bare:
                raise ChecksumMissingFault from fault
            raise
        self._reader.finish()
        return found

    def _numbers(self, part: Part) -> tuple[AnyArray, set[int]]:
        values = empty(part.slab.shape, part.variable.dtype)
        flat = values.reshape(-1)
        sent = values.dtype.newbyteorder(self._byte_order)
        checksum = 0
        for span, piece in self._reader.numbers(values.size, sent):
            checksum = zlib.crc32(piece.view(np.uint8).data, checksum)
            flat[span] = piece
        return values, {checksum}

    def _texts(self, part: Part) -> tuple[AnyArray, set[int]]:
        """Texts, and both checksums in use: over lengths and texts, and over the texts alone."""
        values = empty(part.slab.shape, np.dtype(object))
        flat = values.reshape(-1)
        whole = bare = 0
        for number in range(values.size):
            prefix = self._reader.exactly(8)
            length = int.from_bytes(prefix, self._byte_order)
            if length > _LONGEST_TEXT:
                raise Fault(f"the reply holds a text of {length} bytes in {part.variable.name}")
            text = self._reader.exactly(length)
            whole = zlib.crc32(text, zlib.crc32(prefix, whole))
            bare = zlib.crc32(text, bare)
            flat[number] = text_of(text).rstrip("\0")
        return values, {whole, bare}

    def _check(self, part: Part, sums: set[int]) -> None:
        sent = int.from_bytes(self._reader.exactly(_CHECKSUM_BYTES), self._byte_order)
        if sent in sums:
            return
        self._reader.drain(_bytes_without_checksums(self._parts) or 0)
        raise Fault(f"the checksum of {part.variable.name} does not fit its values")


def _is_text(part: Part) -> bool:
    return part.variable.dtype == object


def _bytes_without_checksums(parts: Sequence[Part]) -> int | None:
    """Length of the data; None where texts make it unknown."""
    if any(_is_text(part) for part in parts):
        return None
    return sum(part.slab.size * part.variable.dtype.itemsize for part in parts)
