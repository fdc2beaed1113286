"""How long each step took, and how far the present one is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from icepair import _stop

__all__ = ["Progress", "Silence", "Steps"]


class Progress(Protocol):
    """Whoever wants to know how far a run is."""

    def begin(self, step: str, total_bytes: int) -> None:
        """Start a step; 0 bytes where its length is unknown."""
        ...

    def advance(self, n_bytes: int) -> None:
        """So many bytes more of the present step are done."""
        ...


class Silence:
    """Progress that nobody watches."""

    def begin(self, step: str, total_bytes: int) -> None:
        """Do nothing."""

    def advance(self, n_bytes: int) -> None:
        """Do nothing."""


class Steps:
    """Clock of a run."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress: Progress = progress or Silence()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, total_bytes: int = 0) -> Iterator[None]:
        """Time a step and announce it; a stop that was lost in it takes effect at its end."""
        self.progress.begin(name, total_bytes)
        start = time.perf_counter()
        yield
        self.seconds[f"{name}_s"] = round(time.perf_counter() - start, 4)
        _stop.check()

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by step, and their sum as ``total_s``."""
        return {**self.seconds, "total_s": round(sum(self.seconds.values()), 4)}
