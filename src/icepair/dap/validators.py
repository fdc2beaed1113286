"""Whether replies speak of the same state of a dataset."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime

__all__ = ["Stamp", "State", "stamp_of"]

_NOW = datetime.timedelta(seconds=2)


@dataclass(frozen=True)
class Stamp:
    """What one reply says of the state of a dataset."""

    modified: str | None
    """``Last-Modified``."""
    tag: str | None
    """``ETag``."""
    is_now: bool = False
    """Whether ``Last-Modified`` is the time of the reply itself: a new file, or a server that puts
    the time of sending on everything."""


@dataclass(frozen=True)
class State:
    """What the replies that declare a dataset say of its state.

    Many servers give every kind of reply an ETag of its own, so that only one which replies of
    different kinds share is surely the dataset's.
    """

    stamps: tuple[Stamp, ...]
    """Of the DMR, or of DDS and DAS."""
    has_own_tags: bool = False
    """Whether tags were found to differ by kind of reply: then they say nothing of a change."""
    agreed: set[str] = field(default_factory=set, compare=False, repr=False)
    """Tags that a reply with data had too, which makes them surely the dataset's."""

    @property
    def text(self) -> str:
        """All of it. The same requests give another text once the dataset has changed."""
        return "; ".join(f"{stamp.modified} {stamp.tag}" for stamp in self.stamps)

    def change(self, reply: Stamp) -> str | None:
        """What a reply with data shows to have changed, in words; None where it shows nothing."""
        declared = {stamp.modified for stamp in self.stamps}
        says_nothing = reply.is_now and all(stamp.is_now for stamp in self.stamps)
        if len(declared) == 1 and not says_nothing:
            modified = declared.pop()
            if modified and reply.modified and modified != reply.modified:
                return f"Last-Modified was {modified}, now {reply.modified}"
        tag = self._shared_tag
        if tag and tag == reply.tag:
            self.agreed.add(tag)
        is_sure = len(self.stamps) > 1 or tag in self.agreed
        if is_sure and tag and reply.tag and tag != reply.tag:
            return f"ETag was {tag}, now {reply.tag}"
        return None

    def doubt(self, reply: Stamp) -> str | None:
        """What may have changed: a tag that may as well belong to the kind of reply."""
        tag = self._shared_tag
        if self.has_own_tags or not tag or not reply.tag or tag == reply.tag:
            return None
        return f"ETag was {tag}, now {reply.tag}"

    def with_own_tags(self) -> State:
        """State whose tags are known to differ by kind of reply."""
        return replace(self, has_own_tags=True)

    @property
    def _shared_tag(self) -> str | None:
        tags = {stamp.tag for stamp in self.stamps}
        return tags.pop() if len(tags) == 1 else None


def stamp_of(headers: Mapping[str, str]) -> Stamp:
    """Stamp of one reply."""
    modified, date = headers.get("Last-Modified"), headers.get("Date")
    is_now = bool(modified and date and _is_now(modified, date))
    return Stamp(modified, headers.get("ETag"), is_now)


def _is_now(modified: str, date: str) -> bool:
    """Whether two times of a reply are the same, but for the seconds it took."""
    try:
        return abs(parsedate_to_datetime(date) - parsedate_to_datetime(modified)) <= _NOW
    except (ValueError, TypeError):
        return False
