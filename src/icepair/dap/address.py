"""Addresses of a dataset's parts, by protocol."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from icepair.errors import UsageError

__all__ = ["Endpoint", "is_address", "is_loopback", "without_sign_in"]

_SUFFIXES = re.compile(r"\.(dds|das|dods|ascii|html|dmr|dmr\.xml|dap|info)$")
_SCHEMES = ("http", "https", "dap2", "dap4")


def is_address(text: str) -> bool:
    """Whether a text is meant as an address on a network rather than as a path."""
    return "://" in text


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def without_sign_in(text: str) -> str:
    """What may be shown of a text that is no usable address: nothing up to its last ``@``.

    A password with a raw ``/``, ``?`` or ``#`` in it ends up in any part of a parsed address.
    """
    return re.sub(r":.*@", "://", text, flags=re.DOTALL)


@dataclass(frozen=True)
class Endpoint:
    """Where one dataset is served."""

    address: str
    """As given, without the protocol's mark, suffix and fragment; it may hold a sign-in."""
    forced: str | None
    """``dap2`` or ``dap4`` where the address itself says so."""

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Endpoint of an address as people copy it.

        ``dap2://`` and ``dap4://`` in place of ``https://`` (``http://`` for this machine), a
        fragment ``#dap4`` or ``#mode=dap4``, and ``/dap4/`` in the path say which protocol; a
        suffix such as ``.html`` or ``.dds`` is taken off.

        Raises
        ------
        UsageError
            No such address can be asked.
        """
        parts = _split(text.strip())
        host = _host(parts)
        if parts.scheme not in _SCHEMES or not host:
            raise UsageError(
                f"{_bare(text)} cannot be opened; an address like "
                "https://server/thredds/dodsC/product.nc was expected."
            )
        if _has_lost_its_sign_in(parts):
            raise UsageError(
                f"{_bare(text)} has an @ behind its host; write special letters of a user name, a "
                "password or a path percent-encoded (/ is %2F, @ is %40)."
            )
        if parts.query and "=" not in parts.query:
            raise UsageError(
                f"{_bare(text)} asks for a part of a dataset (after the question "
                "mark). Give the address of the whole; icepair works out the parts itself."
            )
        mark = re.search(r"(?:^|[&,=])(dap[24])\b", parts.fragment)
        forced = mark[1] if mark else None
        scheme = parts.scheme
        if scheme.startswith("dap"):
            forced, scheme = scheme, "http" if is_loopback(host) else "https"
        if forced is None and "/dap4/" in parts.path:
            forced = "dap4"
        path = _SUFFIXES.sub("", parts.path)
        return cls(urlunsplit((scheme, parts.netloc, path, parts.query, "")), forced)

    def dap2(self, suffix: str, query: str = "") -> str:
        """Address of a DAP2 reply: suffix ``dds``, ``das`` or ``dods``."""
        return self._with(suffix, query, self._path.replace("/dap4/", "/dodsC/", 1))

    def dap4(self, suffix: str, query: str = "") -> str:
        """Address of a DAP4 reply: suffix ``dmr`` or ``dap``.

        THREDDS serves DAP4 beside DAP2, under ``/dap4/``; Hyrax on the same address.
        """
        return self._with(suffix, query, self._path.replace("/dodsC/", "/dap4/", 1))

    @property
    def _path(self) -> str:
        return urlsplit(self.address).path

    def _with(self, suffix: str, query: str, path: str) -> str:
        parts = urlsplit(self.address)
        joined = "&".join(text for text in (query, parts.query) if text)
        return urlunsplit((parts.scheme, parts.netloc, f"{path}.{suffix}", joined, ""))


def _split(text: str) -> SplitResult:
    """Parts of an address; all empty where it has none, such as for half an IPv6 address."""
    try:
        return urlsplit(text)
    except ValueError:  # its words quote the address
        return SplitResult("", "", "", "", "")


def _host(parts: SplitResult) -> str | None:
    try:
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname


def _has_lost_its_sign_in(parts: SplitResult) -> bool:
    """Whether a raw ``/`` in a password may have cut it in two, of which one looks like a host."""
    host = parts.hostname or ""
    doubtful = "@" in parts.netloc or not (is_loopback(host) or "." in host or ":" in host)
    return doubtful and "@" in f"{parts.path}{parts.query}{parts.fragment}"


def _bare(text: str) -> str:
    return re.split(r"[?#]", without_sign_in(text.strip()), maxsplit=1)[0]
