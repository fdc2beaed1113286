"""What servers and the things before them say instead of data, in their own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from icepair.testing.faults.exchange import Answer, Mishap, Request

__all__ = [
    "Says",
    "busy",
    "error_object",
    "login_page",
    "moved",
    "not_found",
    "old_reply",
    "too_large",
    "unauthorized",
]


@dataclass(frozen=True)
class Says(Mishap):
    """An answer that was never asked of the server."""

    said: Answer
    """What is sent."""

    def exchange(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        """The answer, whatever was asked."""
        return self.said


def too_large() -> Says:
    """Refusal of THREDDS above its limit, as plain text with status 403."""
    return _text(403, "Error {\n    code = 403;\n    message = \"Request Too Large: 800 MB exceeds "
                      "500 MB\";\n};\n")  # fmt: skip


def error_object(code: int = 500, message: str = "unexpected end of the archive") -> Says:
    """DAP2's own error with status 200."""
    return Says(
        Answer(
            200,
            {"content-type": "text/plain", "content-description": "dods-error"},
            f'Error {{\n    code = {code};\n    message = "{message}";\n}};\n'.encode(),
        )
    )


def login_page() -> Says:
    """What a portal shows to strangers: a page, with status 200."""
    page = (
        b"<!DOCTYPE html>\n<html><head><title>Sign in</title><style>p {color: red}</style></head>"
        b"<body><h1>Archive portal</h1><p>Please sign in to continue.</p></body></html>\n"
    )
    return Says(Answer(200, {"content-type": "text/html; charset=utf-8"}, page))


def busy(status: int = 503, retry_after: str | None = None) -> Says:
    """A server that cannot now: 429, 500, 502, 503 or 504."""
    named = {} if retry_after is None else {"retry-after": retry_after}
    return _text(status, "The archive is being backed up.", named)


def unauthorized() -> Says:
    """A request for a name and a password."""
    return _text(401, "Full authentication is required.", {"www-authenticate": 'Basic realm="a"'})


def not_found() -> Says:
    """No such dataset."""
    return _text(404, "No dataset of this name.")


def moved(location: str, status: int = 302) -> Says:
    """The way to another address."""
    return _text(status, "Moved.", {"location": location})


def old_reply(answer: Answer) -> Says:
    """An answer that was right for an earlier request, as from a careless cache."""
    return Says(answer)


def _text(status: int, words: str, headers: dict[str, str] | None = None) -> Says:
    return Says(Answer(status, {"content-type": "text/plain", **(headers or {})}, words.encode()))
