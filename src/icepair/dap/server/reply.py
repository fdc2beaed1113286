"""How a body leaves: streamed, at the pace of the reader, and never from a changed file."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from icepair.dap.server.refusal import Refusal

__all__ = ["Reply", "gzipped"]

_log = logging.getLogger(__name__)

_GZIP = 16 + zlib.MAX_WBITS
_TOGETHER_BYTES = 64_000


class Reply:
    """One reply: an ASGI application that sends a status, headers and a body.

    The next piece is made while the last one travels, and no further one before it has left.

    Parameters
    ----------
    status : int
    headers : dict
        Names in lower case.
    body : iterable of bytes-like
    workers : Executor
        Where pieces are made.
    patience_s : float
        Longest that the reader may refuse to take further bytes.
    release : callable
        Called once when the reply ends, however it ends.
    """

    def __init__(
        self,
        status: int,
        headers: dict[str, str],
        body: Iterable[Any],
        workers: Executor,
        patience_s: float,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self.status = status
        self.headers = headers
        self._body = _gathered(body)
        self._workers = workers
        self._patience_s = patience_s
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; where that cannot be finished the connection breaks off."""
        gone = asyncio.create_task(_gone(receive))
        try:
            await send(self._start())
            if scope["method"] != "HEAD":
                await self._send_body(gone, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (Refusal, TimeoutError) as error:
            # Returning with the body unfinished makes uvicorn close the connection, so that the
            # client sees that the last chunk is missing.
            _log.info("A reply broke off: %s", error)
        except Exception:
            _log.exception("A reply broke off")
        finally:
            gone.cancel()
            await asyncio.get_running_loop().run_in_executor(self._workers, self._end)

    async def _send_body(self, gone: asyncio.Task[None], send: Send) -> None:
        loop = asyncio.get_running_loop()
        pending = loop.run_in_executor(self._workers, next, self._body, None)
        try:
            while (piece := await pending) is not None and not gone.done():
                pending = loop.run_in_executor(self._workers, next, self._body, None)
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await asyncio.wait_for(send(message), self._patience_s)
        finally:
            # A generator that is running cannot be closed.
            with contextlib.suppress(Exception):
                await pending

    def _end(self) -> None:
        try:
            self._body.close()
        finally:
            self._release()

    def _start(self) -> Message:
        headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in self.headers.items()]
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def gzipped(body: Iterator[Any]) -> Iterator[bytes]:
    """Body compressed piece by piece, at the level that costs least."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    for piece in body:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _gathered(body: Iterable[Any]) -> Generator[Any, None, None]:
    """Pieces of at least 64 kB, so that small ones do not travel alone."""
    held: list[Any] = []
    size = 0
    for piece in body:
        held.append(piece)
        size += len(piece)
        if size >= _TOGETHER_BYTES:
            yield held[0] if len(held) == 1 else b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
