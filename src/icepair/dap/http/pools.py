"""HTTP connections: kept open, bounded in number, and never stuck before the first byte."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from icepair.dap.http.origins import masked
from icepair.dap.http.watch import in_time

__all__ = ["Adapter", "HostSlots", "ending_when", "interrupt", "interruptible_sleep"]

_LOOK_S = 0.1
"""How soon a waiting thread notices that it shall stop."""


_waiting: dict[int, HTTPConnection] = {}
"""Connections on which a thread waits for the first byte, by the thread's number."""


def interrupt(thread: int) -> None:
    """End a thread's wait for the first byte of a reply, if it is in one."""
    connection = _waiting.get(thread)
    if connection is not None:
        _shut(connection)


def _shut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _in_time(connection: HTTPConnection, receive: Callable[[], HTTPResponse]) -> HTTPResponse:
    """Status and headers, within the time for silence as a whole."""
    thread = threading.get_ident()
    _waiting[thread] = connection
    try:
        # Who interrupted just before could not know of this wait.
        if _own.is_over():
            _shut(connection)
        with in_time(connection.timeout or 0.0, lambda: _shut(connection)):
            return receive()
    finally:
        del _waiting[thread]


def _never() -> bool:
    return False


class _Own(threading.local):
    """What this thread does with the library."""

    sends = False
    """Whether it is ours; others' logs are not our business."""
    is_over: Callable[[], bool] = staticmethod(_never)
    """Whether nobody waits for its reply any more."""


_own = _Own()


@contextmanager
def ending_when(is_over: Callable[[], bool]) -> Iterator[None]:
    """Context in which this thread begins no wait for a reply once `is_over`."""
    _own.is_over = is_over
    try:
        yield
    finally:
        _own.is_over = _never


@contextmanager
def _discreet() -> Iterator[None]:
    _own.sends = True
    try:
        yield
    finally:
        _own.sends = False


def _mask(record: logging.LogRecord) -> bool:
    """Take the values of queries, which may be keys, out of what the library logs of a request."""
    if _own.sends and isinstance(record.args, tuple):
        record.args = tuple(masked(each) if isinstance(each, str) else each for each in record.args)
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_mask)


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        return _in_time(self, super().getresponse)


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        return _in_time(self, super().getresponse)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        with _discreet():
            return super().urlopen(*args, **kwargs)


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        with _discreet():
            return super().urlopen(*args, **kwargs)


class Adapter(HTTPAdapter):
    """Pools whose connections give up on headers that come too slowly; nothing is sent twice."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """See the base class."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """See the base class."""
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, ProxyManager):  # one for SOCKS has pools of its own
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


class HostSlots:
    """Requests under way at once to each host, for the whole process."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def slot(self, host: str, most: int, look: Callable[[], None]) -> Iterator[None]:
        """Context of one request; waits while there are as many as there may be.

        Parameters
        ----------
        host : str
            Whose.
        most : int
            How many the caller wants there to be at most.
        look : callable
            Called while waiting; what it raises ends the wait.
        """
        with self._free:
            while self._taken[host] >= most:
                look()
                self._free.wait(_LOOK_S)
            self._taken[host] += 1
        try:
            yield
        finally:
            with self._free:
                self._taken[host] -= 1
                self._free.notify_all()


def interruptible_sleep(seconds: float, look: Callable[[], None]) -> None:
    """Wait, calling `look` often; what it raises ends the wait."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        look()
        time.sleep(min(left, _LOOK_S))
    look()
