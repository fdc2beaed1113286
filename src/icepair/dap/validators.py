"""Whether replies speak of the same state of a dataset."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["Stamp", "common_stamp", "stamp_of"]

_NOW = datetime.timedelta(seconds=2)


@dataclass(frozen=True)
class Stamp:
    """What a server says of the state of a dataset."""

    modified: str | None
    """``Last-Modified``; None where absent or different for every kind of reply."""
    tag: str | None
    """``ETag``; likewise."""
    is_now: bool = False
    """Whether ``Last-Modified`` is the time of the reply itself: a new file, or a server that puts
    the time of sending on everything."""

    def contradicts(self, other: Stamp) -> str | None:
        """What changed, in words; None where nothing shows a change."""
        says_nothing = self.is_now and other.is_now
        if (
            self.modified
            and other.modified
            and self.modified != other.modified
            and not says_nothing
        ):
            return f"Last-Modified was {self.modified}, now {other.modified}"
        if self.tag and other.tag and self.tag != other.tag:
            return f"ETag was {self.tag}, now {other.tag}"
        return None


def stamp_of(headers: Mapping[str, str]) -> Stamp:
    """Stamp of one reply."""
    modified, date = headers.get("Last-Modified"), headers.get("Date")
    is_now = bool(modified and date and _is_now(modified, date))
    return Stamp(modified, headers.get("ETag"), is_now)


def common_stamp(stamps: list[Stamp]) -> Stamp:
    """What several replies about one dataset share.

    Many servers give each kind of reply an ETag of its own: only one that replies of different
    kinds have in common belongs to the dataset.
    """
    modified = {stamp.modified for stamp in stamps}
    tags = {stamp.tag for stamp in stamps}
    return Stamp(
        modified.pop() if len(modified) == 1 else None,
        tags.pop() if len(tags) == 1 and len(stamps) > 1 else None,
        all(stamp.is_now for stamp in stamps),
    )


def _is_now(modified: str, date: str) -> bool:
    """Whether two times of a reply are the same, but for the seconds it took."""
    try:
        return abs(parsedate_to_datetime(date) - parsedate_to_datetime(modified)) <= _NOW
    except (ValueError, TypeError):
        return False
