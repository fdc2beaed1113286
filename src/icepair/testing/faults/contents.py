"""Mishaps of content: everything arrives in good order and is not what it should be."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from icepair.testing.faults.exchange import Answer, Mishap, Request

__all__ = [
    "AnotherWindow",
    "DuplicateBlock",
    "ErrorChunk",
    "ExtraBytes",
    "FlippedBit",
    "Reordered",
    "Restamped",
    "Rewritten",
    "WithoutChecksums",
]

_FIRST_INDEX = re.compile(r"(?<!\])\[(\d+)((?::\d+)*)\]")
_CHUNK_LAST, _CHUNK_ERROR = 1, 2


@dataclass(frozen=True)
class FlippedBit(Mishap):
    """One bit of the body is another."""

    byte: int = -1000
    """Its byte, counted from the end where negative."""
    bit: int = 0
    """Its place in the byte."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer with the bit changed."""
        answer = forward(request)
        body = bytearray(answer.plain)
        body[self.byte] ^= 1 << self.bit
        return answer.saying(bytes(body))


@dataclass(frozen=True)
class ExtraBytes(Mishap):
    """More than was asked for: bytes behind the end of the data."""

    count: int = 4
    """How many."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer, longer."""
        answer = forward(request)
        return answer.saying(answer.plain + bytes(self.count))


@dataclass(frozen=True)
class DuplicateBlock(Mishap):
    """A block of the body comes twice."""

    length: int = 4096
    """Bytes of the block."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer with the block before the middle repeated there."""
        answer = forward(request)
        body = answer.plain
        middle = len(body) // 2
        block = body[max(0, middle - self.length) : middle]
        return answer.saying(body[:middle] + block + body[middle:])


@dataclass(frozen=True)
class AnotherWindow(Mishap):
    """The reply to a request for a window of the same shape elsewhere."""

    lines: int
    """By how much the first index of every variable moves."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer to the other request."""

        def shifted(match: re.Match[str]) -> str:
            numbers = [int(text) for text in (match[1] + match[2]).split(":")]
            ends = {0, len(numbers) - 1}
            moved = [n + self.lines if i in ends else n for i, n in enumerate(numbers)]
            return f"[{':'.join(map(str, moved))}]"

        return forward(_asking(request, _FIRST_INDEX.sub(shifted, request.query)))


@dataclass(frozen=True)
class Reordered(Mishap):
    """Several variables in another order than the one they were asked in."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer to the names reversed."""
        head, sign, names = request.query.rpartition("dap4.ce=")
        names, _, tail = names.partition("&")
        separator = ";" if sign else ","
        backwards = separator.join(reversed(names.split(separator)))
        return forward(_asking(request, head + sign + backwards + (f"&{tail}" if tail else "")))


@dataclass(frozen=True)
class WithoutChecksums(Mishap):
    """A DAP4 server that does not hear that checksums are wanted."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer to the same request without that wish."""
        kept = [each for each in request.query.split("&") if "checksum" not in each]
        return forward(_asking(request, "&".join(kept)))


@dataclass(frozen=True)
class ErrorChunk(Mishap):
    """A DAP4 server that gives up in the middle of its reply."""

    words: str = "Request too big: 132 MB, maximum 100 MB"
    """What it says."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The first chunk of the server's answer, then a chunk marked as error."""
        answer = forward(request)
        body = answer.plain
        first = 4 + int.from_bytes(body[1:4], "big")
        flags = (body[0] & ~_CHUNK_LAST).to_bytes(1, "big")
        error = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error xmlns="http://xml.opendap.org/ns/DAP/'
            f'4.0#" httpcode="500"><Message>{self.words}</Message></Error>'
        ).encode()
        head = (body[0] | _CHUNK_LAST | _CHUNK_ERROR).to_bytes(1, "big")
        said = flags + body[1:first] + head + len(error).to_bytes(3, "big") + error
        return answer.saying(said)


@dataclass(frozen=True)
class Rewritten(Mishap):
    """Text of the answer is another: a declaration that changed, an attribute that is missing."""

    old: bytes
    """Regular expression for what is replaced."""
    new: bytes
    """What stands there instead."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer with every match replaced."""
        answer = forward(request)
        return answer.saying(re.sub(self.old, lambda _: self.new, answer.plain))


@dataclass(frozen=True)
class Restamped(Mishap):
    """Headers that say that the dataset is not the one of before."""

    last_modified: str | None = "Tue, 01 Mar 2033 10:00:00 GMT"
    """Last-Modified; None leaves it out."""
    etag: str | None = '"another"'
    """ETag; None leaves it out."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer under other stamps."""
        answer = forward(request)
        stamps = {"last-modified": self.last_modified, "etag": self.etag}
        kept = {name: text for name, text in answer.headers.items() if name not in stamps}
        given = {name: text for name, text in stamps.items() if text is not None}
        return dataclasses.replace(answer, headers={**kept, **given})


def _asking(request: Request, query: str) -> Request:
    """The same request with another query."""
    return dataclasses.replace(request, target=f"{request.path}?{quote(query, safe='=&,;:/.')}")
