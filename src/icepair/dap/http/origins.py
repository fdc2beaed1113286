"""Whose address it is, what of it may be shown, and where a server may send us on to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from icepair.dap.address import is_loopback, without_sign_in
from icepair.dap.fault import Fault
from icepair.errors import RefusedError, UsageError

__all__ = ["Login", "Origin", "identity", "masked", "next_hop", "parted", "shown"]

_PORTS = {"http": 80, "https": 443}
_ANY = r"(?!dap4\.(?:ce|checksum)=)[^?&;#=]*"
"""Names in a query, but for the constraints of DAP4; those of DAP2 have none."""
_TELLING = r"[^?&;#=]*(?:token|sig|secret|passw|auth|credential|session|jwt|api.?key|code)[^?&;#=]*"


@dataclass(frozen=True)
class Login:
    """User name and password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what a sign-in belongs to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Origin of an address that `parted` has accepted."""
        parts = urlsplit(url)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))

    @property
    def private(self) -> bool:
        """Whether nobody on the way can read along: https, or this machine itself."""
        return self.scheme == "https" or is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORTS.get(self.scheme)
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


def parted(address: str) -> tuple[str, Login | None]:
    """Address without sign-in and fragment, and the sign-in that it held.

    Raises
    ------
    UsageError
        Not an address of http or https. The message shows nothing before an ``@``.
    """
    text = address.strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text):
        raise UsageError(
            f"{shown(without_sign_in(text))!r} is no address that can be "
            "asked; https://server/path was expected, with special letters percent-encoded."
        )
    signin, _, host = parts.netloc.rpartition("@")
    user, _, password = signin.partition(":")
    login = Login(unquote(user), unquote(password)) if signin else None
    return urlunsplit((parts.scheme, host, parts.path, parts.query, "")), login


def shown(url: str) -> str:
    """Address as it may stand in a message: no sign-in, and no values of a query."""
    return masked(re.sub(r"//[^/?#]*@", "//", url))


def masked(url: str) -> str:
    """Address with ``***`` for the values of its query, but for constraints of DAP."""
    return _without_values(url, _ANY)


def identity(url: str) -> str:
    """What tells this address from others: without tokens and signatures, which may change.

    Parameters
    ----------
    url : str
        As `parted` gave it. Other values stay: they may say which dataset.
    """
    return _without_values(url, _TELLING)


def _without_values(url: str, names: str) -> str:
    place, mark, query = url.partition("?")
    place = re.sub(rf"([;#]{names}=)[^;/#]*", r"\1***", place, flags=re.IGNORECASE)
    return place + re.sub(rf"([?&;#]{names}=)[^&#]*", r"\1***", mark + query, flags=re.IGNORECASE)


def next_hop(url: str, location: str) -> str:
    """Address that a redirect leads to, without any sign-in that it holds.

    Parameters
    ----------
    url : str
        Address that was asked.
    location : str
        What the server answered, absolute or relative.

    Raises
    ------
    Fault
        The way leads from https to http, or out of both.
    """
    where = f"the server redirects to {shown(location)!r}"
    try:
        target, _ = parted(urljoin(url, location.replace(" ", "%20")))
    except (UsageError, ValueError):
        target = ""
    if not target:
        raise Fault(f"{where}, which is no address of http or https",
                    kind=RefusedError, again=False)  # fmt: skip
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise Fault(
            f"{where}, from https to http, where anybody on the way could read and change the data",
            kind=RefusedError,
            again=False,
            advice="Ask for another address of the dataset, or tell the server's operators.",
        )
    return target
