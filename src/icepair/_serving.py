"""A web application on an address of this machine, in a thread, for as long as a context lasts."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from icepair.errors import UsageError

__all__ = ["listening", "running"]


def listening(host: str, port: int) -> socket.socket:
    """Socket that listens.

    Parameters
    ----------
    host : str
        Address or name.
    port : int
        0 takes one that is free.

    Raises
    ------
    UsageError
        There is no such port, or it is taken.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} is not within 0 to 65535.")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host} port {port}: {error}. Choose another port, or 0 for one "
            "that is free."
        ) from error
    # asyncio does this only for sockets that name their protocol; without it every small reply
    # waits 40 ms for the client's acknowledgement. Connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # A client that stops reading for good must not hold its connection for good.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000)
    return listener


@contextmanager
def running(
    application: Any, host: str, port: int, *, connections: int, name: str
) -> Iterator[tuple[str, int]]:
    """Serve an ASGI application.

    Parameters
    ----------
    application : ASGI application
        What answers.
    host, port
        As `listening` takes them.
    connections : int
        Held at once; more are answered with 503.
    name : str
        Of the thread.

    Yields
    ------
    (str, int)
        Address without a slash at the end, and port.

    Raises
    ------
    UsageError
        As `listening`.
    """
    listener = listening(host, port)
    server = uvicorn.Server(_configuration(application, connections))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True
    )
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        taken = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{taken}", taken
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _configuration(application: Any, connections: int) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections,
        timeout_graceful_shutdown=1,
    )
