"""Memory handed back to the system between the steps of a long run."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

__all__ = ["give_back"]


def give_back() -> None:
    """Hand freed memory back to the system, where the C library has to be told.

    The GNU one keeps freed blocks of a few megabytes for every thread: 0.3 GB after a full tile,
    on top of which the next step would come. Some milliseconds; nothing elsewhere.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@functools.cache
def _malloc_trim() -> Callable[[int], Any] | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
