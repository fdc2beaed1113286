"""A long, thin way to a server: delay and a limited rate, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

__all__ = ["Link"]

_PIECE = 16384
_QUEUED_S = 0.2
"""What a way may hold beyond its delay, in seconds of its rate: the buffer of its router."""


@dataclass
class _Way:
    """One direction, shared by all connections."""

    delay_s: float
    bytes_per_s: float | None
    free_at: float = 0.0

    def arrival(self, count: int, now: float) -> float:
        """Time at which bytes sent now arrive, behind those under way."""
        if self.bytes_per_s is None:
            return now + self.delay_s
        self.free_at = max(now, self.free_at) + count / self.bytes_per_s
        return self.free_at + self.delay_s


class Link:
    """TCP relay to a server; a context manager.

    The rate is that of the whole link towards the client, however many connections share it. A
    connection itself is opened without delay; every request and every reply takes its way.

    Parameters
    ----------
    upstream : str
        Address of the server, ``http://host:port``.
    there_s, back_s : float
        Delay towards the server and towards the client, seconds; their sum is the round trip.
    bits_per_s : float or None
        Rate towards the client; None for no limit.
    """

    def __init__(
        self,
        upstream: str,
        *,
        there_s: float = 0.0,
        back_s: float = 0.0,
        bits_per_s: float | None = None,
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._there = _Way(there_s, None)
        self._back = _Way(back_s, None if bits_per_s is None else bits_per_s / 8)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stop = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the root, as the server's."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Link:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._stop.wait()
        server.close()
        # Cancelled, the relays would be reported as failures; with their connections gone they end.
        for writer in list(self._writers):
            writer.transport.abort()
        relays = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*relays, return_exceptions=True)

    async def _relay(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            server, there = await asyncio.open_connection(*self._upstream)
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, there}
        try:
            await asyncio.gather(
                _carry(client, there, self._there), _carry(server, back, self._back)
            )
        except OSError:
            pass
        finally:
            for writer in (back, there):
                writer.transport.abort()
                self._writers.discard(writer)


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: _Way) -> None:
    """Everything from one side to the other, each piece when it would arrive."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            arrival, piece = await queue.get()
            await asyncio.sleep(arrival - loop.time())
            if not piece:
                break
            sink.write(piece)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()

    delivery = asyncio.ensure_future(deliver())
    try:
        while piece := await source.read(_PIECE):
            arrival = way.arrival(len(piece), loop.time())
            queue.put_nowait((arrival, piece))
            await asyncio.sleep(arrival - way.delay_s - _QUEUED_S - loop.time())
        queue.put_nowait((loop.time() + way.delay_s, b""))
        await delivery
    finally:
        delivery.cancel()
        await asyncio.gather(delivery, return_exceptions=True)
