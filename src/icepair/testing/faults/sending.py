"""Mishaps on the way: the right answer leaves the server and does not arrive as it should."""

from __future__ import annotations

import dataclasses
import gzip
from collections.abc import Callable
from dataclasses import dataclass

from icepair.testing.faults.exchange import Answer, Mishap, Request, Wire

__all__ = [
    "BadGzip",
    "CutShort",
    "Drip",
    "Gone",
    "LastChunkMissing",
    "Reset",
    "Silence",
    "Stall",
    "WrongLength",
]


@dataclass(frozen=True)
class CutShort(Mishap):
    """The connection ends, in good order, in the middle of the body."""

    share: float = 0.6
    """Of the body that arrives."""
    framing: str | None = None
    """``chunked``, ``length``, or ``close``, where HTTP itself cannot tell; None: as it came."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """Head and part of the body, then the end."""
        _begin(wire, answer, self.share, self.framing)
        wire.close()


@dataclass(frozen=True)
class Reset(Mishap):
    """The connection is torn down (RST) in the middle of the body."""

    share: float = 0.6
    """Of the body that is sent before."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """Head and part of the body, then a reset."""
        _begin(wire, answer, self.share)
        wire.reset()


@dataclass(frozen=True)
class LastChunkMissing(Mishap):
    """Every byte arrives; the chunk of length nought that says so does not."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """The whole body in chunks, then the end of the connection."""
        _begin(wire, answer, 1.0, "chunked")
        wire.close()


@dataclass(frozen=True)
class WrongLength(Mishap):
    """Content-Length and body disagree.

    Too great a length waits for bytes that never come; too small a one leaves bytes in the
    connection, where a careless client takes them for its next reply.
    """

    by: int
    """Bytes by which the header exceeds the body."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """The whole body under a wrong header."""
        sized = dataclasses.replace(answer, framing="length")
        wire.head(sized, len(answer.body) + self.by)
        wire.pieces(sized, answer.body)
        if self.by > 0:
            wire.close()


@dataclass(frozen=True)
class BadGzip(Mishap):
    """A compressed body that is damaged at its end."""

    damage: str
    """``crc`` (another checksum), ``trailer`` (checksum and length missing), or ``cut``."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The server's answer, compressed anew and damaged."""
        answer = forward(request)
        whole = gzip.compress(answer.plain, 1)
        body = {
            "crc": whole[:-8] + b"ZZZZ" + whole[-4:],
            "trailer": whole[:-8],
            "cut": whole[: len(whole) * 3 // 4],
        }[self.damage]
        headers = {**answer.headers, "content-encoding": "gzip"}
        return dataclasses.replace(answer, headers=headers, body=body)


@dataclass(frozen=True)
class Stall(Mishap):
    """Silence in the middle of the body, then the rest."""

    seconds: float
    """How long."""
    share: float = 0.6
    """Of the body that is sent before."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """Head, part of the body, silence, the rest."""
        sent = _begin(wire, answer, self.share)
        wire.pause(self.seconds)
        wire.pieces(answer, answer.body[sent:])
        wire.end(answer)


@dataclass(frozen=True)
class Silence(Mishap):
    """Nothing at all for a while, then the answer."""

    seconds: float
    """How long."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """Silence, then everything."""
        wire.pause(self.seconds)
        wire.send(answer)


@dataclass(frozen=True)
class Drip(Mishap):
    """Bytes that never stop coming and never come to an end."""

    bytes_per_s: float
    """Rate of the body."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """The body in twenty pieces a second."""
        wire.head(answer)
        step = max(1, round(self.bytes_per_s / 20))
        for start in range(0, len(answer.body), step):
            piece = answer.body[start : start + step]
            wire.pieces(answer, piece)
            wire.pause(len(piece) / self.bytes_per_s)
        wire.end(answer)


@dataclass(frozen=True)
class Gone(Mishap):
    """The server restarts: connections break, new ones are refused for a while."""

    seconds: float
    """How long nobody listens."""

    def send(self, wire: Wire, answer: Answer) -> None:
        """No answer at all."""
        wire.open = False
        wire.leave(self.seconds)


def _begin(wire: Wire, answer: Answer, share: float, framing: str | None = None) -> int:
    """Send the head and a share of the body; returns the bytes of body sent."""
    framed = dataclasses.replace(answer, framing=framing or answer.framing)
    sent = round(len(answer.body) * share)
    wire.head(framed)
    wire.pieces(framed, answer.body[:sent])
    return sent
