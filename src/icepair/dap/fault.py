"""What went wrong with one reply, before it is known whether another try helps."""

from __future__ import annotations

from icepair.errors import BrokenReplyError, RefusedError, RemoteError

__all__ = ["Fault", "OtherwiseFault", "TooLargeFault"]


class Fault(Exception):  # noqa: N818 - not an error yet
    """One try failed. The transport tries again or turns it into a public error.

    Parameters
    ----------
    what : str
        What happened, a clause without address, variable or full stop: ``the reply ended after
        120 of 4000 bytes``.
    kind : type of RemoteError
        What it becomes when no further try is made.
    again : bool
        Whether the same request may succeed when it is sent again.
    words : str
        What the server itself said, plain text on one line, short.
    wait_s : float or None
        Seconds that the server asked to wait before another try.
    advice : str
        A sentence that says what to do.
    """

    def __init__(
        self,
        what: str,
        *,
        kind: type[RemoteError] = BrokenReplyError,
        again: bool = True,
        words: str = "",
        wait_s: float | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind
        self.again = again
        self.words = words
        self.wait_s = wait_s
        self.advice = advice


class OtherwiseFault(Fault):
    """The same request cannot succeed, another one for the same values may: the asker decides."""

    def __init__(self, what: str, *, kind: type[RemoteError], words: str = "") -> None:
        super().__init__(what, kind=kind, again=False, words=words)


class TooLargeFault(OtherwiseFault):
    """The server answers smaller requests only: ask for halves."""

    def __init__(self, what: str, *, words: str = "") -> None:
        super().__init__(what, kind=RefusedError, words=words)
