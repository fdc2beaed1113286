"""Requests that belong together: once one has failed, the others are not worth finishing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

from icepair.dap.http.pools import interrupt

__all__ = ["Job", "current_job"]

_here = threading.local()


class Job:
    """Requests of several threads that can be stopped together."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._threads: set[int] = set()
        self._open: set[requests.Response] = set()

    @property
    def is_stopped(self) -> bool:
        """Whether nothing further should be asked."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Wake whoever waits for a reply, so that it finds out and ends."""
        self._stopped.set()
        for thread in list(self._threads):
            interrupt(thread)
        for response in list(self._open):
            with suppress(Exception):
                response.raw.shutdown()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Context in which the requests of this thread belong to the job."""
        _here.job = self
        try:
            yield
        finally:
            _here.job = None

    def sending(self, thread: int) -> None:
        """Note a thread that waits for a reply to begin."""
        self._threads.add(thread)

    def sent(self, thread: int) -> None:
        """The reply has begun, or will not."""
        self._threads.discard(thread)

    def reading(self, response: requests.Response) -> None:
        """Note a reply that is read."""
        self._open.add(response)

    def done(self, response: requests.Response) -> None:
        """The reply has been read, or given up."""
        self._open.discard(response)


def current_job() -> Job | None:
    """Job that the requests of this thread belong to."""
    return getattr(_here, "job", None)
