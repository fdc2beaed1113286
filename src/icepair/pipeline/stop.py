"""A request to stop that cannot be lost.

Python raises KeyboardInterrupt wherever the main thread happens to be. In a destructor, or in a
callback that a compiled library calls, the exception is swallowed and the run goes on. Whoever
handles the signal therefore also leaves the request here, and the run looks between its steps.
"""

from __future__ import annotations

__all__ = ["check", "request"]

_requested: list[BaseException] = []


def request(stop: BaseException) -> None:
    """Remember what a signal raised."""
    _requested.append(stop)


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
