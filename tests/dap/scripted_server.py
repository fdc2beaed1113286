"""An HTTP server on loopback that sends exactly the bytes of a script, and remembers who asked."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

CLOSE, RESET = "close", "reset"
Step = bytes | float | str
"""Bytes are sent, numbers are seconds to wait, and the two words end the connection."""
Answer = Iterable[Step] | Callable[["Asked"], Iterable[Step]]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    line: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> list[Step]:
    """Steps of a reply that announces its length; ``_`` in names of headers is a hyphen."""
    named = {"Content_Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return [f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body]


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n", **headers: str) -> list[Step]:
    """Steps of a reply in chunks."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    start = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{lines}\r\n".encode()
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return [start + body + end]


class ScriptedServer:
    """Gives the first answer to the first request and so on; the last one to all that follow."""

    def __init__(self, *answers: Answer, certificate: str | None = None) -> None:
        self._answers = answers
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self.at_once, self._now = 0, 0

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stopped.set()
        # Closing alone would leave the thread in accept(), and with it the port.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            self._open.append(connection)
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while self._one(connection):
                pass
        except OSError:
            pass
        finally:
            connection.close()

    def _one(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return False
            head += piece
        line, *rest = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        headers = dict(each.split(": ", 1) for each in rest)
        asked = Asked(line, {name.lower(): value for name, value in headers.items()})
        with self._lock:
            answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
            self.asked.append(asked)
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        steps = iter(answer(asked) if callable(answer) else answer)
        step = next(steps, b"")
        try:
            for following in steps:
                if not self._step(connection, step):
                    return False
                step = following
        finally:
            # Before the last step: a client that has it may ask again before this thread goes on.
            with self._lock:
                self._now -= 1
        return self._step(connection, step)

    def _step(self, connection: socket.socket, step: Step) -> bool:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif isinstance(step, float):
            self._stopped.wait(step)
        else:
            if step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            else:
                connection.shutdown(socket.SHUT_RDWR)
            return False
        return True
