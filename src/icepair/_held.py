"""Folders that the process at work in them holds, so that others can tell which were left.

A kill that cannot be caught leaves a folder behind. Its lock goes with the process, whatever ends
that, and the next one to work in the same place removes what nobody holds.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

__all__ = ["hold", "sweep"]

_JUST_NOW_S = 60.0
"""A folder is made a moment before it is held."""


def hold(folder: Path) -> int | None:
    """Lock on a folder, which ends when it is closed or with its process.

    Returns
    -------
    int or None
        An open file descriptor, for `os.close`. None where somebody else holds the folder, where it
        is no folder that can be opened, and where there are no locks.
    """
    try:
        import fcntl

        # A link could lead to a folder that is none of ours.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def sweep(folders: Iterable[Path]) -> None:
    """Remove the folders that nobody holds and in which nothing was made just now."""
    for folder in folders:
        try:
            recent = time.time() - folder.stat().st_mtime < _JUST_NOW_S
        except OSError:
            continue
        held = None if recent else hold(folder)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)
