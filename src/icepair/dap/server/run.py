"""Starting and stopping the server."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from icepair.dap.server.app import Application
from icepair.dap.server.folder import Folder
from icepair.dap.server.settings import Settings
from icepair.errors import UsageError

__all__ = ["Running", "serve"]


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    url: str
    """Root, without a slash at the end."""
    port: int
    """Where it listens."""
    datasets: tuple[str, ...]
    """Paths below ``{url}/dodsC/``, ``{url}/dap4/`` and ``{url}/fileServer/`` at the start."""


@contextmanager
def serve(
    folder: str | os.PathLike[str], *, host: str = "127.0.0.1", port: int = 0, **settings: Any
) -> Iterator[Running]:
    """OPeNDAP server over a folder, in a thread, for as long as the context lasts.

    Parameters
    ----------
    folder : path
        Its NetCDF-4 and HDF5 files are served, those of sub-folders too; hidden ones are not.
    host : str
        Address to listen on. Whoever reaches it can read every dataset.
    port : int
        0 takes one that is free.
    **settings
        Fields of `Settings`.

    Raises
    ------
    UsageError
        There is no such folder, the port is taken, or a setting makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> with serve(tempfile.mkdtemp()) as running:
    ...     running.datasets
    ()
    """
    chosen = Settings(**settings)
    served = _folder(folder)
    listener = _listener(host, port)
    application = Application(served, chosen)
    server = uvicorn.Server(_configuration(application, chosen))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="icepair-serve", daemon=True
    )
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        taken = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        yield Running(f"http://{shown}:{taken}", taken, tuple(served.tree()))
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        application.close()


def _folder(folder: str | os.PathLike[str]) -> Folder:
    if not Path(folder).is_dir():
        raise UsageError(f"There is no folder {os.fspath(folder)!r} to serve.")
    return Folder(Path(folder))


def _listener(host: str, port: int) -> socket.socket:
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


def _configuration(application: Application, settings: Settings) -> uvicorn.Config:
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
        limit_concurrency=settings.connections,
        timeout_graceful_shutdown=1,
    )
