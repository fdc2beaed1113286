"""The few settings that hold for a whole process, and the environment variables behind them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icepair.errors import UsageError

__all__ = ["Options", "current", "options", "user_cache_folder"]

_PREFIX = "ICEPAIR_"
_PROTOCOLS = ("auto", "dap2", "dap4")
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "cache_bytes": (0, 1e18),
    "workers": (1, 100),
    "request_bytes": (1, 1e12),
    "attempts": (1, 100),
    "backoff_s": (0, 1e3),
    "retry_budget": (0, 1e6),
    "connect_timeout_s": (1e-3, 1e6),
    "read_timeout_s": (1e-3, 1e6),
    "request_timeout_s": (1e-3, 1e6),
    "least_bytes_per_s": (0, 1e12),
}
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Options:
    """Settings of reading over a network. Each has an environment variable, ``ICEPAIR_`` + NAME."""

    cache_dir: Path | None = None
    """Folder of the cache; None for the user's own cache folder."""
    cache_bytes: int = 20_000_000_000
    """What the cache may hold; the blocks that were not used for longest go first."""
    cache: bool = True
    """Whether blocks are kept for the next run."""
    protocol: str = "auto"
    """``dap2``, ``dap4``, or ``auto``: DAP4 where it is offered with proven checksums."""
    compress: bool = False
    """Whether replies may be compressed: worth it on links below some 100 Mbit/s."""
    workers: int = 4
    """Requests under way at once to one host."""
    request_bytes: int = 16_000_000
    """Aim for one reply; smaller where the server refuses."""
    attempts: int = 5
    """Tries of one request before giving up, the first included."""
    backoff_s: float = 0.5
    """Wait before the second try; doubled before each further one, with jitter."""
    retry_budget: int = 60
    """Tries beyond the first that may lead to nothing within ten minutes, of each server; of all
    servers together five times as many."""
    connect_timeout_s: float = 10.0
    """Longest wait for a connection."""
    read_timeout_s: float = 30.0
    """Longest silence within a reply; also the time over which `least_bytes_per_s` is judged."""
    request_timeout_s: float = 1800.0
    """Longest time for one reply as a whole."""
    least_bytes_per_s: float = 1000.0
    """A reply slower than this is given up."""
    token: str | None = field(default=None, repr=False)
    """Bearer token, for `token_host` alone."""
    token_file: Path | None = None
    """File that holds the bearer token."""
    token_host: str | None = None
    """The only host that the token is sent to."""
    cookies: Path | None = None
    """Cookie jar in the format of Netscape, curl and wget."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Options:
        """Settings from the variables ``ICEPAIR_CACHE_DIR``, ``ICEPAIR_WORKERS`` and so on.

        Raises
        ------
        UsageError
            A variable holds what cannot be its value.
        """
        found = os.environ if environment is None else environment
        given = {}
        for each in dataclasses.fields(cls):
            text = found.get(_PREFIX + each.name.upper())
            if text:
                given[each.name] = _parsed(each.name, str(each.type), text)
        return cls(**given)

    def __post_init__(self) -> None:
        if self.protocol not in _PROTOCOLS:
            raise UsageError(
                f"protocol is {self.protocol!r}, expected one of {', '.join(_PROTOCOLS)} "
                f"(variable {_PREFIX}PROTOCOL)."
            )
        for name, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise UsageError(
                    f"{name} is {getattr(self, name)}, expected {least:g} to {most:g} "
                    f"(variable {_PREFIX}{name.upper()})."
                )
        if (self.token or self.token_file) and not self.token_host:
            raise UsageError(
                f"A bearer token is set but not for which host; set {_PREFIX}TOKEN_HOST to the one "
                "host that may see it, such as data.example.org."
            )


def _parsed(name: str, kind: str, text: str) -> Any:
    readers: Mapping[str, Callable[[str], Any]] = {
        "int": lambda text: int(float(text)),
        "float": float,
        "bool": lambda text: _TRUTH[text.lower()],
        "str": str,
        "Path": lambda text: Path(text).expanduser(),
    }
    try:
        return readers[kind.split(" ")[0]](text)
    except (ValueError, KeyError, OverflowError, RuntimeError):
        names = {"bool": "1 or 0", "int": "a whole number", "Path": "a path"}
        expected = names.get(kind.split(" ")[0], "a number")
        raise UsageError(f"{_PREFIX}{name.upper()} is {text!r}, expected {expected}.") from None


_set: list[Options] = []
"""Innermost last. Not a context variable: worker threads must see what their maker set."""


def current() -> Options:
    """Options in force: those set with `options`, else those of the environment."""
    return _set[-1] if _set else Options.from_environment()


def user_cache_folder() -> Path:
    """Folder of the cache where none was set."""
    import platformdirs

    return platformdirs.user_cache_path("icepair", appauthor=False)


@contextlib.contextmanager
def options(**changes: Any) -> Iterator[Options]:
    """Settings for a while; names and meanings as in `Options`.

    Examples
    --------
    >>> with options(workers=2) as chosen:
    ...     chosen.workers
    2
    """
    _set.append(dataclasses.replace(current(), **changes))
    try:
        yield _set[-1]
    finally:
        _set.pop()
