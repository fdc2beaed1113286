"""What a status and the first bytes of a reply mean."""

from __future__ import annotations

import http
from collections.abc import Mapping
from dataclasses import dataclass

from icepair.dap.fault import Fault, TooLargeFault
from icepair.dap.http.bodies import Body, ByteSource
from icepair.dap.http.retrying import wait_asked_for
from icepair.dap.words import server_words, sounds_temporary, sounds_too_large
from icepair.errors import BrokenReplyError, RefusedError

__all__ = ["REDIRECTS", "Reply", "refuse_status", "refuse_web_page"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({408, 429})
_NEVER_AGAIN = frozenset({501, 505, 511})
_SIZE_MAY_MATTER = frozenset({400, 403, 500})
_WORDS_BYTES = 1 << 16
_SNIFFED_BYTES = 512
_CHECK_ADDRESS = (
    "Check the address: its path, capitals included, and that the product still exists."
)
_LATER = "Try again later, or tell the server's operators."
_ADVICE: Mapping[int, str] = {
    400: "If the address opens in a browser, tell the server's operators.",
    404: _CHECK_ADDRESS,
    407: "Set HTTPS_PROXY to the proxy's address with user name and password in it.",
    410: _CHECK_ADDRESS,
    429: "Set ICEPAIR_WORKERS to fewer requests at once, or try again later.",
}


@dataclass(frozen=True)
class Reply:
    """One reply of status 200."""

    headers: Mapping[str, str]
    """By name in any capitals."""
    source: ByteSource
    """Body."""
    url: str
    """Address that replied, after all redirects."""


def refuse_status(status: int, headers: Mapping[str, str], body: Body, sign_in: str) -> Fault:
    """Fault for a reply whose status says that it holds no data.

    Parameters
    ----------
    status : int
        Anything but 200.
    headers : mapping
        Of the reply.
    body : Body
        Its beginning is read for the server's words.
    sign_in : str
        Sentence about what sign-in was tried.
    """
    words = _words(body, headers)
    what = f"the server refused with status {_named(status)}"
    scheme = headers.get("WWW-Authenticate", "").partition(" ")[0]
    if status == 401 and scheme.isalnum():
        what += f" and asks for a sign-in of the kind {scheme[:20]}"
    if status == 413 or (status in _SIZE_MAY_MATTER and sounds_too_large(words)):
        return TooLargeFault(what, words=words)
    again = status in _AGAIN or (status >= 500 and status not in _NEVER_AGAIN)
    advice = _ADVICE.get(status, _LATER if status >= 500 or again else "")
    if status in (401, 403):
        advice = sign_in
    return Fault(
        what,
        kind=RefusedError,
        again=again,
        words=words,
        wait_s=wait_asked_for(headers),
        advice=advice,
    )


def refuse_web_page(body: Body, headers: Mapping[str, str]) -> None:
    """Stop at a page for people, such as one to sign in, that came with a status of success.

    Raises
    ------
    Fault
        The body begins like HTML, whatever its headers say; or like XML where they say HTML.
    """
    beginning = body.peek(_SNIFFED_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    marked = "html" in headers.get("Content-Type", "").lower()
    if not beginning.startswith(b"<"):
        return
    if not marked and b"<!doctype html" not in beginning and b"<html" not in beginning:
        return
    words = _words(body, headers)
    raise Fault(
        "the server sent a web page in place of data",
        kind=BrokenReplyError,
        again=sounds_temporary(words),
        words=words,
        advice="Open the address in a browser: it may ask to sign in, or be no OPeNDAP dataset.",
    )


def _words(body: Body, headers: Mapping[str, str]) -> str:
    try:
        beginning = body.peek(_WORDS_BYTES)
    except Fault:
        return ""
    return server_words(beginning, headers.get("Content-Type", ""))


def _named(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
