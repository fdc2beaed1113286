"""Requests and answers as the proxy sees them, and the socket towards the client."""

from __future__ import annotations

import dataclasses
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote

__all__ = ["Answer", "Mishap", "Request", "Wire", "read_request"]

_PIECE = 65536
_DATA_SUFFIXES = {"dods": "data", "dap": "data", "dds": "dds", "das": "das", "dmr": "dmr"}


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    """``GET`` or ``HEAD``."""
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str]
    """By name in small letters."""

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """After the question mark, percent signs decoded."""
        return unquote(self.target.partition("?")[2])

    @property
    def kind(self) -> str:
        """``dds``, ``das``, ``dmr``, ``data`` (``.dods``, ``.dap``) or ``other``."""
        name = self.path.removesuffix(".xml")
        return _DATA_SUFFIXES.get(name.rpartition(".")[2], "other")


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    """HTTP status."""
    headers: Mapping[str, str]
    """By name in small letters, without those that frame the body."""
    body: bytes
    """As it travels: compressed where the headers say so."""
    framing: str = "length"
    """How its end is told: ``chunked``, ``length``, ``close``; ``none`` where no body follows."""

    @property
    def plain(self) -> bytes:
        """Body without compression."""
        compressed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if compressed else self.body

    def saying(self, plain: bytes) -> Answer:
        """The same answer with another body, compressed where this one is."""
        compressed = self.headers.get("content-encoding") == "gzip"
        body = gzip.compress(plain, 1) if compressed else plain
        return dataclasses.replace(self, body=body)


class Mishap:
    """What may happen to one exchange; this one lets it pass."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """Answer to a request; `forward` asks the server."""
        return forward(request)

    def send(self, wire: Wire, answer: Answer) -> None:
        """Hand the answer to the client."""
        wire.send(answer)


class Wire:
    """Socket towards the client.

    Parameters
    ----------
    connection : socket.socket
        Accepted connection.
    stop : threading.Event
        Ends every pause.
    leave : callable
        Takes the seconds for which the proxy shall not be reachable.
    count : callable
        Takes the bytes of body that are about to leave.
    """

    def __init__(
        self,
        connection: socket.socket,
        stop: threading.Event,
        leave: Callable[[float], None],
        count: Callable[[int], None],
    ) -> None:
        self.connection = connection
        self.leave = leave
        self.open = True
        self._stop = stop
        self._count = count

    def send(self, answer: Answer) -> None:
        """The whole answer, as it should be."""
        self.head(answer)
        self.pieces(answer, answer.body)
        self.end(answer)

    def head(self, answer: Answer, length: int | None = None) -> None:
        """Status and headers; `length` is what Content-Length claims."""
        claimed = len(answer.body) if length is None else length
        framing = {
            "chunked": {"transfer-encoding": "chunked"},
            "length": {"content-length": str(claimed)},
            "close": {"connection": "close"},
            "none": {},
        }[answer.framing]
        lines = [f"{name}: {value}" for name, value in {**answer.headers, **framing}.items()]
        text = "\r\n".join([f"HTTP/1.1 {answer.status} Answer", *lines, "", ""])
        self.connection.sendall(text.encode("latin-1"))

    def pieces(self, answer: Answer, body: bytes) -> None:
        """Part of the body; in chunks where the answer is chunked."""
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            self._count(len(piece))
            if answer.framing == "chunked":
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            self.connection.sendall(piece)

    def end(self, answer: Answer) -> None:
        """What tells the client that the body is whole."""
        if answer.framing == "chunked":
            self.connection.sendall(b"0\r\n\r\n")
        elif answer.framing == "close":
            self.close()

    def pause(self, seconds: float) -> None:
        """Silence; ends early when the proxy does."""
        self._stop.wait(seconds)

    def close(self) -> None:
        """An orderly end of the connection."""
        self.open = False
        self.connection.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """An end with RST, as from a machine that crashed."""
        self.open = False
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def read_request(stream: BinaryIO) -> Request | None:
    """Next request of a connection, None at its end."""
    words = stream.readline().decode("latin-1").split()
    if len(words) != 3:
        return None
    headers = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(words[0], words[1], headers)
