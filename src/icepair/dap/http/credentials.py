"""Who we are to a server: found in four places, shown to one server only, and to nobody else."""

from __future__ import annotations

import base64
import html
import netrc
import os
import re
import threading
import urllib.request
import warnings
from http.cookiejar import CookieJar, LoadError, MozillaCookieJar
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from icepair.dap.http.origins import Login, Origin, shown
from icepair.errors import UsageError
from icepair.options import Options

__all__ = ["Credentials"]

_HELP = (
    "put user name and password into ~/.netrc, or set ICEPAIR_TOKEN and ICEPAIR_TOKEN_HOST, or "
    "ICEPAIR_COOKIES"
)
_LEAST_SECRET = 4
"""Shorter ones are not hidden in messages: they would blot out ordinary words."""


_LEAST_QUERY_SECRET = 8
"""Shorter values of a query are no keys."""


class Credentials:
    """Sign-in for one address.

    Parameters
    ----------
    address : str
        Without a sign-in in it.
    login : Login or None
        What the address held.
    options : Options
        Where tokens and cookies are.

    Raises
    ------
    UsageError
        A file cannot be read, or what was found would travel in the clear.
    """

    def __init__(self, address: str, login: Login | None, options: Options) -> None:
        self._address = address
        self._origin = Origin.of(address)
        self._secrets: set[str] = set()
        self._kinds: list[str] = []
        self._authorization = self._found(login, options)
        self._cookies = _loaded(options.cookies) if options.cookies else CookieJar()
        self._lock = threading.Lock()
        self._jars: dict[Origin, CookieJar] = {}
        self._note_cookies(options.cookies)
        for _, value in parse_qsl(urlsplit(address).query):
            if len(value) >= _LEAST_QUERY_SECRET:
                self._hide(value)
        if self._kinds and not self._origin.private:
            raise UsageError(
                f"{shown(address)}: {' and '.join(self._kinds)} would travel in the clear, for "
                "anybody on the way to read; use https:// in the address."
            )

    def __repr__(self) -> str:
        return f"Credentials({self._origin}, {', '.join(self._kinds) or 'none'})"

    def headers(self, url: str) -> dict[str, str]:
        """Headers for a request: the sign-in where it belongs, and cookies by their own rules."""
        found = {}
        origin = Origin.of(url)
        if self._authorization and origin == self._origin:
            found["Authorization"] = self._authorization
        request = urllib.request.Request(url)  # only speaks to the jar
        self._jar(origin).add_cookie_header(request)
        cookie = request.get_header("Cookie")
        if cookie:
            found["Cookie"] = cookie
        return found

    def keep(self, url: str, cookies: CookieJar) -> None:
        """Remember the cookies that a reply has set, for the server that set them."""
        jar = self._jar(Origin.of(url))
        for cookie in cookies:
            jar.set_cookie(cookie)

    def tried(self, url: str) -> str:
        """A sentence for a refused request: what was shown to this server, or where to put it."""
        origin, kinds = Origin.of(url), " and ".join(self._kinds)
        if kinds and origin == self._origin:
            return (
                f"Signed in with {kinds}, which was not accepted or does not give the right to "
                "this dataset."
            )
        if kinds:
            return (
                f"{self._origin} redirects to {origin}, which was not shown {kinds}; set "
                "ICEPAIR_COOKIES or ICEPAIR_TOKEN to what it hands out to those who sign in there."
            )
        return f"No sign-in is configured for {self._origin.host}: {_HELP}."

    def without_secrets(self, text: str) -> str:
        """A text, such as a server's words, with whatever must not be shown blotted out."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
        return text

    def _found(self, login: Login | None, options: Options) -> str | None:
        """The first of address, token and netrc that knows this server."""
        if login is not None:
            return self._basic(login, "the user name and password of the address")
        token = _token(options)
        if token and _same_host(options.token_host or "", self._origin):
            self._hide(token)
            self._kinds.append("the bearer token")
            return f"Bearer {token}"
        entry = _netrc_login(self._origin)
        if entry is None:
            return None
        return self._basic(entry, f"the entry for {self._origin.host} in .netrc")

    def _basic(self, login: Login, kind: str) -> str:
        code = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
        self._hide(login.password)
        self._hide(code.rstrip("="))
        self._kinds.append(kind)
        return f"Basic {code}"

    def _hide(self, secret: str) -> None:
        if len(secret) >= _LEAST_SECRET:
            self._secrets.update(_forms(secret))

    def _note_cookies(self, path: Path | None) -> None:
        request = urllib.request.Request(self._address)  # only speaks to the jar
        self._cookies.add_cookie_header(request)
        if request.get_header("Cookie"):
            self._kinds.append(f"the cookies of {path}")
        for cookie in self._cookies:
            self._hide(cookie.value or "")

    def _jar(self, origin: Origin) -> CookieJar:
        """Cookies of one server.

        The rules of cookies know neither ports nor, without a flag, schemes: a jar for each server
        keeps what one has set from another on the same host.
        """
        with self._lock:
            if origin not in self._jars:
                self._jars[origin] = CookieJar()
                other_door = origin.host == self._origin.host and origin != self._origin
                if origin.private and not other_door:
                    for cookie in self._cookies:
                        self._jars[origin].set_cookie(cookie)
            return self._jars[origin]


def _forms(secret: str) -> set[str]:
    """Ways in which a server may repeat a secret; what pads base64 tells nothing."""
    raw = secret.encode(errors="surrogateescape")
    code = base64.b64encode(raw).decode().rstrip("=")
    plain = " ".join(secret.split())  # as words are shown
    spelled = {secret, plain, quote(raw), quote(raw, safe=""), quote_plus(raw), code}
    spelled |= {html.escape(secret), code.replace("+", "-").replace("/", "_")}
    return {form for form in spelled if len(form) >= _LEAST_SECRET}


def _token(options: Options) -> str | None:
    if options.token or not options.token_file:
        return _clean_token(options.token, "ICEPAIR_TOKEN")
    problem = ""
    try:
        text = options.token_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "not text"
    if problem:
        raise UsageError(
            f"The bearer token cannot be read from {options.token_file}: {problem}; set "
            "ICEPAIR_TOKEN_FILE to a file that holds the token alone."
        )
    return _clean_token(text, str(options.token_file))


def _clean_token(text: str | None, where: str) -> str | None:
    token = (text or "").strip()
    if not all(33 <= ord(letter) < 127 for letter in token):
        raise UsageError(
            f"What {where} holds is no bearer token: one word of plain letters was expected."
        )
    return token or None


def _same_host(named: str, origin: Origin) -> bool:
    # Some give the host as an address.
    wanted = named.strip().lower().rpartition("//")[2].partition("/")[0]
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return wanted in (origin.host, host, f"{host}:{origin.port}")


def _netrc_login(origin: Origin) -> Login | None:
    """Entry for a host; the ``default`` entry only where nobody can read along."""
    path = _netrc_path()
    if path is None:
        return None
    problem = ""
    try:
        hosts = netrc.netrc(str(path)).hosts
    except netrc.NetrcParseError as error:
        problem = f"line {error.lineno} is not understood"
    except OSError:
        return None  # another user's, in a borrowed home folder
    except UnicodeDecodeError:
        problem = "it is not text"
    if problem:
        raise UsageError(
            f"{path} cannot be used: {problem}. Expected are lines such as "
            "'machine data.example.org login NAME password WORD'."
        )
    entry = hosts.get(origin.host) or (hosts.get("default") if origin.private else None)
    return Login(entry[0] or entry[1] or "", entry[2] or "") if entry else None


def _netrc_path() -> Path | None:
    """``$NETRC``, else ``.netrc`` or ``_netrc`` at home, whichever exists first."""
    named = os.environ.get("NETRC")
    candidates = [named] if named else ["~/.netrc", "~/_netrc"]
    paths = [Path(os.path.expanduser(each)) for each in candidates]  # noqa: PTH111 - never raises
    return next((path for path in paths if os.path.exists(path)), None)  # noqa: PTH110 - the same


def _loaded(path: Path) -> MozillaCookieJar:
    jar = MozillaCookieJar(str(path))
    problem = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote the file
            jar.load(ignore_discard=True, ignore_expires=True)
    except (LoadError, ValueError):
        problem = "it is not in the format of Netscape, curl and wget"
    except OSError as error:
        problem = str(error.strerror)
    if problem:
        raise UsageError(f"The cookies cannot be read from {path}: {problem}.")
    for cookie in jar:
        # curl writes 0 for "until the end of the session", which the jar takes for 1970.
        cookie.expires = cookie.expires or None
        # The jar looks for a host without a dot under this name, files hold it without.
        if "." not in cookie.domain:
            cookie.domain += ".local"
    return jar
