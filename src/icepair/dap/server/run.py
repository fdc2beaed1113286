"""Starting and stopping the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icepair._serving import running
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
    application = Application(served, chosen)
    try:
        with running(
            application, host, port, connections=chosen.connections, name="icepair-serve"
        ) as (url, taken):
            yield Running(url, taken, tuple(served.tree()))
    finally:
        application.close()


def _folder(folder: str | os.PathLike[str]) -> Folder:
    if not Path(folder).is_dir():
        raise UsageError(f"There is no folder {os.fspath(folder)!r} to serve.")
    return Folder(Path(folder))
