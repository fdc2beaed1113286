"""The proxy itself: which exchange meets which mishap, and what went through."""

from __future__ import annotations

import contextlib
import http.client
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from icepair.testing.faults.exchange import Answer, Mishap, Request, Wire, read_request

__all__ = ["FaultProxy", "Switch", "asks_for", "is_data"]

_FRAMING = {"content-length", "transfer-encoding", "connection", "keep-alive"}
_UPSTREAM_TIMEOUT_S = 120.0
_POLL_S = 0.02


def is_data(request: Request) -> bool:
    """Whether pixels were asked for."""
    return request.kind == "data"


def asks_for(*kinds: str) -> Callable[[Request], bool]:
    """Condition for `FaultProxy.arm`: kinds of `Request`."""
    return lambda request: request.kind in kinds


@dataclass
class Switch:
    """A mishap that waits for its requests."""

    mishap: Mishap
    """What happens."""
    on: Callable[[Request], bool]
    """To which requests."""
    skip: int
    """Matching requests that pass before."""
    times: int | None
    """How often; None for always."""
    hits: int = 0
    """How often it happened."""

    def takes(self, request: Request) -> bool:
        """Whether it happens to this request; counts it."""
        if not self.on(request) or self.times == self.hits:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class FaultProxy:
    """HTTP proxy on loopback in front of one server; a context manager.

    Parameters
    ----------
    upstream : str
        Address of the server, ``http://host:port``; paths are kept.

    Attributes
    ----------
    requests : int
        Requests seen.
    seen : list of Request
        The requests themselves.
    bytes_down : int
        Bytes of bodies sent to clients, as they travelled, without framing.
    answers : dict
        Last answer of the server by kind of request, before any mishap; for `old_reply`.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._connections: set[socket.socket] = set()
        self._switches: list[Switch] = []
        self._returns: list[threading.Timer] = []
        self._own_errors: list[Exception] = []
        self._listener: _Listener | None = None
        self.port = 0
        self.seen: list[Request] = []
        self.bytes_down = 0
        self.answers: dict[str, Answer] = {}

    def __enter__(self) -> FaultProxy:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for timer in self._returns:
            timer.cancel()
            timer.join()
        self._hush()
        if self._own_errors and error is None:
            raise self._own_errors[0]

    @property
    def url(self) -> str:
        """Address of the root, as the server's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        """Number of requests seen."""
        return len(self.seen)

    def arm(
        self,
        mishap: Mishap,
        *,
        on: Callable[[Request], bool] = is_data,
        skip: int = 0,
        times: int | None = 1,
    ) -> Switch:
        """Let a mishap wait for requests; the one armed first goes first.

        Parameters
        ----------
        mishap : Mishap
            What happens.
        on : callable
            Whether a request is meant; requests for pixels when not given.
        skip : int
            Matching requests that pass before.
        times : int or None
            How often; None for always.
        """
        switch = Switch(mishap, on, skip, times)
        with self._lock:
            self._switches.append(switch)
        return switch

    def disarm(self) -> None:
        """Let everything pass again."""
        with self._lock:
            self._switches.clear()

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection until either side ends it."""
        wire = Wire(connection, self._stop, self._leave, self._count)
        with self._known(connection), connection.makefile("rb") as stream:
            while wire.open and (request := read_request(stream)):
                mishap = self._meets(request)
                mishap.send(wire, mishap.exchange(request, self._forward))
                if request.headers.get("connection", "").lower() == "close":
                    return

    def _count(self, size: int) -> None:
        with self._lock:
            self.bytes_down += size

    def _meets(self, request: Request) -> Mishap:
        with self._lock:
            self.seen.append(request)
            return next((s.mishap for s in self._switches if s.takes(request)), Mishap())

    def _forward(self, request: Request) -> Answer:
        """Ask the server, on a connection of its own: it may have been restarted."""
        link = http.client.HTTPConnection(*self._upstream, timeout=_UPSTREAM_TIMEOUT_S)
        with contextlib.closing(link):
            link.putrequest(request.method, request.target, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name not in _FRAMING | {"host"}:
                    link.putheader(name, value)
            link.endheaders()
            answer = _answer_of(link.getresponse(), request.method)
        with self._lock:
            self.answers[request.kind] = answer
        return answer

    @contextlib.contextmanager
    def _known(self, connection: socket.socket) -> Iterator[None]:
        """Keep the connection in the list of those to close; the client may leave at any time.

        A mishap that fails itself looks like one to the client: the error waits for the exit.
        """
        with self._lock:
            self._connections.add(connection)
        try:
            with contextlib.suppress(OSError):
                yield
        except Exception as error:
            self._own_errors.append(error)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _listen(self) -> None:
        listener = _Listener(("127.0.0.1", self.port), self)
        self.port = int(listener.server_address[1])
        self._listener = listener
        threading.Thread(target=listener.serve_forever, args=(_POLL_S,), daemon=True).start()

    def _hush(self) -> bool:
        """Stop listening and break every connection; False where nobody listened."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is None:
            return False
        listener.shutdown()
        listener.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return True

    def _leave(self, seconds: float) -> None:
        """Not be there for a while."""
        if not self._hush():
            return
        timer = threading.Timer(seconds, self._listen)
        self._returns.append(timer)
        timer.start()


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Listener

    def handle(self) -> None:
        self.server.proxy.serve(self.request)


def _answer_of(response: http.client.HTTPResponse, method: str) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    framing = "close"
    if headers.get("transfer-encoding", "").lower() == "chunked":
        framing = "chunked"
    elif "content-length" in headers:
        framing = "length"
    bodiless = response.status in (204, 304) or method == "HEAD"
    dropped = _FRAMING - ({"content-length"} if bodiless else set())
    kept = {name: value for name, value in headers.items() if name not in dropped}
    return Answer(response.status, kept, response.read(), "none" if bodiless else framing)
