"""What reading over a network has cost so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Meter", "Reading"]


@dataclass(frozen=True)
class Reading:
    """What a meter showed at one moment."""

    bytes: int
    """Of bodies as they travelled, compressed or not, those of failed tries included."""
    requests: int
    """Sent, every try and every redirect counted."""
    seconds: float
    """During which at least one request was under way."""


class Meter:
    """Counters that all threads share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0
        self._requests = 0
        self._seconds = 0.0
        self._under_way = 0
        self._since = 0.0

    def __repr__(self) -> str:
        now = self.snapshot()
        return f"Meter({now.bytes} bytes in {now.requests} requests, {now.seconds:.3f} s)"

    def add_bytes(self, count: int) -> None:
        """Count bytes of a body."""
        with self._lock:
            self._bytes += count

    def add_request(self) -> None:
        """Count a request as sent."""
        with self._lock:
            self._requests += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        """Context in which time counts, once however many threads are in it."""
        with self._lock:
            if not self._under_way:
                self._since = time.monotonic()
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                if not self._under_way:
                    self._seconds += time.monotonic() - self._since

    def snapshot(self) -> Reading:
        """What has been counted up to now."""
        with self._lock:
            open_s = time.monotonic() - self._since if self._under_way else 0.0
            return Reading(self._bytes, self._requests, self._seconds + open_s)

    @property
    def bytes(self) -> int:
        """Bytes of bodies up to now."""
        return self.snapshot().bytes

    @property
    def requests(self) -> int:
        """Requests sent up to now."""
        return self.snapshot().requests

    @property
    def seconds(self) -> float:
        """Time with requests under way, up to now."""
        return self.snapshot().seconds
