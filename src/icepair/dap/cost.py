"""What reading over a network takes, told before it begins."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cost"]


@dataclass(frozen=True)
class Cost:
    """Bytes and requests still to come; what is cached is left out, compression not counted on."""

    bytes: int = 0
    """Bodies of the replies, to a few hundred bytes each."""
    requests: int = 0
    """Number of requests, as long as none has to be repeated or halved."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.bytes + other.bytes, self.requests + other.requests)
