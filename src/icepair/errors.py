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
    │   ├── UnreachableError          nobody answered, or not in time
    │   ├── RefusedError              the server said no, in its own words
    │   ├── BrokenReplyError          a reply that cannot be what was asked for
    │   └── ChangedError              the dataset was replaced while it was read
    └── OutputError           the result could not be written; nothing was lost   exit 6

A message says what happened, with which value, what was expected and what to do. A traceback is
for our own mistakes only.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BrokenReplyError",
    "ChangedError",
    "ContradictionError",
    "DamagedFileError",
    "IcepairError",
    "InputError",
    "NoOverlapError",
    "OutputError",
    "RefusedError",
    "RemoteError",
    "UnreachableError",
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
    temporary: bool = False
    """Whether the same may work later."""


class UnreachableError(RemoteError):
    """No answer: no such host, no connection, silence, or too slow to be of use."""


class RefusedError(RemoteError):
    """The server answered and said no: not found, not signed in, not allowed, too much."""


class BrokenReplyError(RemoteError):
    """The reply was cut short or is not what was asked for. No part of it was used."""


class ChangedError(RemoteError):
    """The dataset on the server changed while it was read: parts of two must not be mixed."""


class OutputError(IcepairError):
    """A result could not be written. What was there before is untouched."""

    exit_code = 6
