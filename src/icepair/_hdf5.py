"""Opening HDF5 files for reading, in one way throughout a process."""

from __future__ import annotations

import os
from typing import Any

import h5py

__all__ = ["opened"]


def opened(path: str | os.PathLike[str], **settings: Any) -> Any:
    """Open file; without HDF5's locks where those are refused, as by some network file systems.

    Locks are tried first because one process must open a file with the same choice throughout,
    and other libraries keep to the default.
    """
    try:
        return h5py.File(path, "r", **settings)
    except OSError as error:
        if "lock" not in str(error):
            raise
    return h5py.File(path, "r", locking=False, **settings)
