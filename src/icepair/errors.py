"""Every error that icepair raises on purpose, grouped by what the caller would do about it.

::

    IcepairError
    ├── UsageError            the question was wrong: change the arguments        exit 2
    ├── InputError            a product cannot be used: look at the file          exit 3
    │   ├── UnsupportedProductError   a kind of product that icepair does not read
    │   ├── DamagedFileError          cut short, unreadable, a variable missing
    │   └── ContradictionError        parts of the product contradict each other
    ├── NoOverlapError        the scenes do not share any ground                  exit 4
    ├── RemoteError           a server or the way to it failed: try again         exit 5
    └── OutputError           the result could not be written; nothing was lost   exit 6

A message says what happened, with which value, what was expected and what to do. A traceback is
for our own mistakes only.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ContradictionError",
    "DamagedFileError",
    "IcepairError",
    "InputError",
    "NoOverlapError",
    "OutputError",
    "RemoteError",
    "UnsupportedProductError",
    "UsageError",
]


class IcepairError(Exception):
    """Root of all errors that a user can cause or meet."""

    exit_code: ClassVar[int] = 1
    """What the command line returns to the shell."""


class UsageError(IcepairError):
    """An argument, option or recipe does not make sense."""

    exit_code = 2


class InputError(IcepairError):
    """A product cannot be used as it is."""

    exit_code = 3


class UnsupportedProductError(InputError):
    """A readable file of a kind that icepair does not handle."""


class DamagedFileError(InputError):
    """A file that is cut short, unreadable, or lacks what its kind must have."""


class ContradictionError(InputError):
    """Two parts of one product that cannot both be true."""


class NoOverlapError(IcepairError):
    """The two scenes, or a scene and the grid asked for, share no ground."""

    exit_code = 4


class RemoteError(IcepairError):
    """A server, or the way to it, failed."""

    exit_code = 5


class OutputError(IcepairError):
    """A result could not be written. What was there before is untouched."""

    exit_code = 6
