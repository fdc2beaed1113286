"""What a server says in a reply that is not data: found, cleaned, and understood a little."""

from __future__ import annotations

import html
import re

from icepair.dap.fault import Fault, TooLargeFault
from icepair.errors import BrokenReplyError, RefusedError

__all__ = [
    "fault_of_words",
    "is_error_text",
    "server_words",
    "shortened",
    "sounds_temporary",
    "sounds_too_large",
    "text_of",
]

_LONGEST = 300
_LOOKED_AT = 65_536
"""Nobody says more than this before coming to the point; it also bounds the work."""

_ERROR = re.compile(r"\s*Error\s*\{", re.IGNORECASE)
_CODE = re.compile(r"\bcode\s*=\s*(-?\d+)", re.IGNORECASE)
_MESSAGE = re.compile(r'\bmessage\s*=\s*(?:"((?:[^"\\]|\\.)*)|([^;}]*))', re.IGNORECASE | re.DOTALL)
_DAP4_ERROR = re.compile(r"<(?:\w+:)?Error\b")
_HTML = re.compile(r"\s*(?:<!doctype\s+html|<html|<head|<body|<h[1-6]\b)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)
_TAG = re.compile(r"<[^<>]*>")
_TOO_LARGE = re.compile(
    r"too\s+(?:large|big|long|much\s+data)"
    r"|exceed.{0,60}\b(?:limits?|max\w*|allowed|bytes|[kmg]i?b|[kmg]bytes?|size)\b"
    r"|(?:limit|maximum|size|request|response|volume).{0,40}exceed"
    r"|larger\s+than.{0,40}(?:limit|max|allowed)",
    re.IGNORECASE,
)
_BEYOND_THE_ARRAY = re.compile(r"\b(?:ind(?:ex|ices)|bounds?|dimension|stride|rank)\b", re.I)
_TEMPORARY = re.compile(
    r"temporar|try\s+again|unavailable|overload|\bbusy\b|maintenance|time[d\s-]*out|too\s+many\s+"
    r"requests|bad\s+gateway|restart",
    re.IGNORECASE,
)


def text_of(body: bytes) -> str:
    """Text of a reply: UTF-8, or Latin-1 where it is not; never fails."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def is_error_text(text: str) -> bool:
    """Whether a reply begins like the error message of DAP2, ``Error {``."""
    return _ERROR.match(text) is not None


def server_words(body: bytes, content_type: str = "") -> str:
    """What the server says, as plain text on one line.

    Not yet shortened: a secret must be found whole before anything is cut.

    Parameters
    ----------
    body : bytes
        Reply, or its beginning: the ``Error { … };`` of DAP2, the ``<Error>`` of DAP4, a page in
        HTML, or plain text.
    content_type : str
        Header of the same name, empty where unknown.

    Returns
    -------
    str
        Empty where the reply holds no words, as an empty or a binary one, or marks alone.
    """
    text = text_of(body[:_LOOKED_AT])
    if is_error_text(text):
        return _one_line(_dap2_message(text))
    if _DAP4_ERROR.search(text[:2000]):
        return _one_line(_dap4_message(text))
    if "html" in content_type.lower() or _HTML.match(text):
        return _one_line(_page_text(text))
    if _is_binary(text):
        return ""
    return _one_line(html.unescape(_TAG.sub(" ", text)) if text.lstrip()[:1] == "<" else text)


def shortened(words: str) -> str:
    """Words that fit into a message, 300 characters at most."""
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


def sounds_too_large(words: str) -> bool:
    """Whether the server would answer a smaller request."""
    point = words[:_LONGEST]
    return bool(_TOO_LARGE.search(point)) and not _BEYOND_THE_ARRAY.search(point)


def sounds_temporary(words: str) -> bool:
    """Whether the server may answer the same request later."""
    return _TEMPORARY.search(words[:_LONGEST]) is not None


def fault_of_words(body: bytes, expected: str, where: str = "") -> Fault:
    """Fault for a reply that came with a status of success and yet is not the data asked for.

    Parameters
    ----------
    body : bytes
        Reply, or its beginning.
    expected : str
        What it should have been, such as ``"a DDS"``.
    where : str
        What goes before the message, such as ``"in the middle of the data "``.
    """
    words = server_words(body)
    if sounds_too_large(words):
        return TooLargeFault(f"{where}the server refused a request of this size", words=words)
    text = text_of(body[:_LOOKED_AT])
    if is_error_text(text) or _DAP4_ERROR.search(text[:2000]):
        again = _temporary_code(text) or sounds_temporary(words)
        return Fault(f"{where}the server refused", kind=RefusedError, again=again, words=words)
    if not text.strip():
        return Fault(f"{where}the reply is empty, expected {expected}")
    page = "a web page" if _HTML.match(text) else "something else"
    return Fault(
        f"{where}the reply is {page}, expected {expected}",
        kind=BrokenReplyError,
        again=page == "something else" or sounds_temporary(words),
        words=words,
        advice="Open the address in a browser: it may ask to sign in, or be no OPeNDAP dataset.",
    )


def _dap2_message(text: str) -> str:
    found = _MESSAGE.search(text)
    if found is None:
        return text
    message = found.group(1) if found.group(1) is not None else found.group(2)
    message = re.sub(r"\\(.)", r"\1", message.strip(), flags=re.DOTALL)
    code = _CODE.search(text)
    return message or (f"error {code.group(1)}" if code else "")


def _dap4_message(text: str) -> str:
    """Text of Message, Context and OtherInformation.

    By pattern and not by a parser: entities and cut documents must do no harm here.
    """
    fields = (
        re.search(rf"<(?:\w+:)?{name}\b[^>]*>(.*?)(?:</|\Z)", text, re.DOTALL)
        for name in ("Message", "Context", "OtherInformation")
    )
    said = ". ".join(found.group(1).strip() for found in fields if found and found.group(1).strip())
    return html.unescape(_TAG.sub(" ", said or text))


def _page_text(text: str) -> str:
    return html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))


def _temporary_code(text: str) -> bool:
    found = _CODE.search(text) or re.search(r"httpcode\s*=\s*[\"'](\d+)", text)
    return found is not None and (
        found.group(1) in ("408", "429") or re.fullmatch(r"5\d\d", found.group(1)) is not None
    )


def _is_binary(text: str) -> bool:
    strange = sum(not letter.isprintable() and not letter.isspace() for letter in text[:2000])
    return strange * 20 > len(text[:2000])


def _one_line(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    return line if any(letter.isalpha() for letter in line) else ""
