"""A request to stop that cannot be lost and does not strike at the wrong moment.

Python raises KeyboardInterrupt wherever the main thread happens to be. In a destructor, or in a
callback that a compiled library calls, the exception is swallowed, or the library is left in a
state in which it crashes. Whoever handles the signal therefore leaves the request here, raises it
only where nothing is shielded, and long work looks for it between its steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["check", "request", "shielded"]

_requested: list[BaseException] = []
_shields: list[None] = []


def request(stop: BaseException) -> None:
    """Remember a stop, and raise it unless something is shielded from it.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        `stop` itself.
    """
    _requested.append(stop)
    if not _shields:
        raise stop


def check() -> None:
    """Raise what was requested last, if anything; it is forgotten then.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        As it was requested.
    """
    if _requested:
        stop = _requested[-1]
        _requested.clear()
        raise stop


@contextmanager
def shielded() -> Iterator[None]:
    """Context in which a stop waits for `check`, or for the end of the context."""
    _shields.append(None)
    try:
        yield
    finally:
        _shields.pop()
    if not _shields:
        check()
