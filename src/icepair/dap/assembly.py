"""Pieces that arrive in any order: put together, and waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Executor, Future, wait
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.http.job import Job
from icepair.dap.hyperslab import Part
from icepair.dap.splitting import Request
from icepair.errors import UnreachableError

__all__ = ["Announced", "Target", "all_done"]


class Target:
    """Array that is filled as its pieces arrive, and handed out only when none is missing."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._values: AnyArray | None = None
        self._filled = 0
        self._lock = threading.Lock()

    def take(self, piece: Part, values: AnyArray) -> None:
        """Put a piece in its place. Pieces are disjoint."""
        whole = self._part.slab
        with self._lock:
            self._filled += values.size
            if piece.slab == whole:
                self._values = values
                return
            if self._values is None:
                self._values = np.empty(whole.shape, self._part.variable.dtype)
        self._values[piece.slab.within(whole)] = values

    def values(self) -> AnyArray:
        """The whole array."""
        assert self._filled == self._part.slab.size, "a piece is missing"
        assert self._values is not None
        return self._values


def all_done(futures: Sequence[Future[None]], job: Job) -> None:
    """Wait for all, or for the first failure, which is raised and stops the others."""
    done: set[Future[None]] = set()
    try:
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
    except BaseException:
        job.stop()
        raise
    finally:
        for future in futures:
            future.cancel()


@dataclass(eq=False)
class _Ahead:
    request: Request
    future: Future[None] | None = None

    def touches(self, part: Part) -> bool:
        return any(
            own.variable.name == part.variable.name and own.slab.meets(part.slab)
            for own in self.request.parts
        )


class Announced:
    """Requests that will be needed: all are sent with the first touch of one of them."""

    def __init__(self, pool: Executor, bring: Callable[[Request], None]) -> None:
        self._pool = pool
        self._bring = bring
        self._job = Job()
        self._ahead: list[_Ahead] = []
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def add(self, requests: Sequence[Request]) -> None:
        """Announce requests; those for the first rows of images come first."""
        with self._lock:
            self._ahead += [_Ahead(request) for request in sorted(requests, key=_first_row)]

    def wait_for(self, parts: Sequence[Part]) -> None:
        """Wait until what was announced of some parts has been brought.

        Raises
        ------
        RemoteError
            It could not be; the rest is given up.
        """
        with self._lock:
            touched = [each for each in self._ahead if any(map(each.touches, parts))]
            for each in self._ahead if touched else ():
                each.future = each.future or self._pool.submit(self._brought, each.request)
        try:
            all_done([each.future for each in touched if each.future is not None], self._job)
        except CancelledError:
            # Another reader met the failure that ended this.
            raise self._failure or UnreachableError("Reading was stopped.") from None
        except BaseException as error:
            self._failure = error
            self.give_up()
            raise
        with self._lock:
            self._ahead = [each for each in self._ahead if each not in touched]

    def _brought(self, request: Request) -> None:
        with self._job.here():
            self._bring(request)

    def give_up(self) -> None:
        """Forget what was announced, and stop what has begun."""
        self._job.stop()
        with self._lock:
            self._job = Job()
            for each in self._ahead:
                if each.future is not None:
                    each.future.cancel()
            self._ahead = []


def _first_row(request: Request) -> tuple[int, ...]:
    return min(part.slab.start for part in request.parts)
