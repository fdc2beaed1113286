"""The words and marks of a text, one after the other, for parsers that look one token ahead."""

from __future__ import annotations

import re
from typing import NoReturn

from icepair.dap.fault import Fault

__all__ = ["Tokens"]

_BLANK = r"(?:\s+|#[^\n]*)*"
_SHOWN = 40


class Tokens:
    """Reader of tokens; blanks and comments (``#`` to the end of the line) part them.

    Parameters
    ----------
    text : str
        What is read.
    pattern : re.Pattern
        One token. It must not match an empty text.
    kind : str
        What the text is, for messages: ``DDS``.
    """

    def __init__(self, text: str, pattern: re.Pattern[str], kind: str) -> None:
        self._text = text
        # A character that begins no token is handed out as it is; no parser expects it.
        whole = f"{_BLANK}({pattern.pattern}|.|\\Z)"
        self._match = re.compile(whole, pattern.flags | re.DOTALL).match
        self._kind = kind
        self._end = 0
        self.peek = ""
        """The token ahead; empty at the end of the text."""
        self._advance()

    def take(self) -> str:
        """The token ahead, which is left behind."""
        token = self.peek
        if not token:
            raise Fault(f"the {self._kind} ends too early, after {len(self._text)} characters")
        self._advance()
        return token

    def expect(self, token: str) -> None:
        """Leave this token behind, in whatever case it is written."""
        if self.peek != token and self.peek.lower() != token.lower():
            self.fail(f"{token!r}")
        self.take()

    def accept(self, token: str) -> bool:
        """Leave this token behind if it is the one ahead; say whether it was."""
        if self.peek != token and self.peek.lower() != token.lower():
            return False
        self.take()
        return True

    def fail(self, expected: str) -> NoReturn:
        """Refuse the token ahead."""
        if not self.peek:
            self.take()
        line = self._text.count("\n", 0, self._end) + 1
        shown = self.peek if len(self.peek) <= _SHOWN else self.peek[:_SHOWN] + "…"
        raise Fault(f"line {line} of the {self._kind} has {shown!r}, expected {expected}")

    def _advance(self) -> None:
        found = self._match(self._text, self._end)
        if found:
            self.peek = found.group(1)
            self._end = found.end()
