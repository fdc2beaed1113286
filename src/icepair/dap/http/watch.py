"""Waits that end in time, whatever trickles in meanwhile."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

__all__ = ["in_time"]


class _Watch:
    """One thread that ends the waits of all others when their time is up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waits: set[_Wait] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, wait: _Wait) -> None:
        with self._changed:
            # A fork takes no threads along.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True, name="icepair-watch")
                self._thread.start()
            self._waits.add(wait)
            if wait.until < self._wakes_at:
                self._changed.notify()

    def remove(self, wait: _Wait) -> None:
        with self._changed:
            self._waits.discard(wait)

    def _run(self) -> None:
        while True:
            for wait in self._overdue():
                with suppress(Exception):  # it was closed meanwhile
                    wait.give_up()

    def _overdue(self) -> list[_Wait]:
        with self._changed:
            now = time.monotonic()
            overdue = [wait for wait in self._waits if wait.until <= now]
            for wait in overdue:
                wait.late = True
            self._waits.difference_update(overdue)
            if not overdue:
                self._wakes_at = min((wait.until for wait in self._waits), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
            return overdue


_watch = _Watch()


class _Wait:
    def __init__(self, seconds: float, give_up: Callable[[], object]) -> None:
        self.until = time.monotonic() + seconds
        self.give_up = give_up
        self.late = False

    def __enter__(self) -> None:
        _watch.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        _watch.remove(self)
        if self.late and (error is None or isinstance(error, Exception)):
            raise TimeoutError("it took too long")


def in_time(seconds: float, give_up: Callable[[], object]) -> _Wait:
    """Context of a wait that must be over after so many seconds.

    A socket's timeout starts anew with every byte: a line that drips in would take for ever.

    Parameters
    ----------
    seconds : float
        From now.
    give_up : callable
        Wakes the waiting thread, as by shutting its socket; called in another thread.

    Raises
    ------
    TimeoutError
        On leaving, where the wait was given up.
    """
    return _Wait(seconds, give_up)
