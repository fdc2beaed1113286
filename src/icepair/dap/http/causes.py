"""What lies behind the errors of an HTTP library, which wrap each other in several ways."""

from __future__ import annotations

import ssl

__all__ = ["causes_of", "is_timeout"]


def causes_of(error: BaseException) -> list[BaseException]:
    """An error, what it holds and what it came from, outermost first."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and all(each is not known for known in found):
            found.append(each)
            reason = getattr(each, "reason", None)
            todo += [*each.args, reason, each.__cause__, each.__context__]
    return found


def is_timeout(error: BaseException) -> bool:
    """Whether a wait on a socket has run out."""
    return isinstance(error, TimeoutError) or (
        isinstance(error, ssl.SSLError) and "timed out" in str(error)
    )
