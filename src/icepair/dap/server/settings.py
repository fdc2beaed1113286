"""What whoever starts the server decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from icepair.errors import UsageError

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Limits and habits of a server; the defaults are those of THREDDS 5."""

    limit_bytes: int = 500_000_000
    """Most that one DAP2 request may ask for, as the file stores it uncompressed."""
    limit_reply: Literal["status", "body"] = "status"
    """How DAP2 refuses what is larger: status 403 with text, or status 200 with an Error body."""
    dap4_limit_bytes: int = 100_000_000
    """Most that one DAP4 reply carries; a larger one breaks off with an error in mid-reply."""
    compress: bool = True
    """Whether replies are compressed for clients that accept gzip."""
    sign_in: tuple[str, str] | None = field(default=None, repr=False)
    """User and password that every request must bring; None lets everyone in."""
    connections: int = 64
    """Connections held at once; more are answered with 503."""
    patience_s: float = 60.0
    """Longest that a client may refuse to take further bytes."""

    def __post_init__(self) -> None:
        for name in ("limit_bytes", "dap4_limit_bytes", "connections", "patience_s"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}, expected more than 0.")
        if self.limit_reply not in ("status", "body"):
            raise UsageError(f"limit_reply is {self.limit_reply!r}, expected status or body.")
        if self.sign_in is not None and (not all(self.sign_in) or ":" in self.sign_in[0]):
            raise UsageError(
                "sign_in needs a user without a colon and a password, neither of them empty."
            )
