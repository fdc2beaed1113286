"""What a user says of a gridded scene that its files do not say themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icepair.errors import UsageError

__all__ = ["Told"]

_UNITS = {"linear": "linear", "power": "linear", "db": "db", "decibel": "db", "decibels": "db"}
_UNITS |= {"dn": "dn", "reflectance": "reflectance"}


@dataclass(frozen=True)
class Told:
    """Each None where nothing is said."""

    roles: Sequence[str] | str | None = None
    """What the bands are, in their order: ``VV,VH`` or ``B02,B03,-``; or those to take."""
    units: str | None = None
    """``linear`` or ``db`` of radar, ``dn`` or ``reflectance`` of an optical sensor."""
    offset: float | None = None
    """What is added to optical digital numbers: -1000 or 0."""
    quantification: float | None = None
    """What they are divided by."""
    time: str | datetime | None = None
    """When the scene was seen, UTC."""

    def __post_init__(self) -> None:
        if self.units is not None and str(self.units).strip().lower() not in _UNITS:
            raise UsageError(
                f"The units {self.units!r} are unknown; radar is 'linear' or 'db', an optical "
                "scene 'dn' or 'reflectance'."
            )
        if self.quantification is not None and not 0 < self.quantification < math.inf:
            raise UsageError(f"The quantification must be above 0, not {self.quantification}.")
        if self.offset is not None and not -math.inf < self.offset <= 0:
            raise UsageError(
                f"The offset is what is added to digital numbers, -1000 or 0, not {self.offset:g}: "
                "since processing baseline 04.00 they are 1000 too high."
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self == Told()

    @property
    def known_units(self) -> str | None:
        """Units in their one spelling."""
        return None if self.units is None else _UNITS[str(self.units).strip().lower()]

    @property
    def role_names(self) -> list[str] | None:
        """Roles as a list; empty words become ``-``, a band to leave out."""
        if self.roles is None:
            return None
        words = self.roles.split(",") if isinstance(self.roles, str) else self.roles
        return [str(word).strip() or "-" for word in words]

    @property
    def moment(self) -> datetime | None:
        """Time in UTC.

        Raises
        ------
        UsageError
            It is no ISO 8601 time.
        """
        if self.time is None:
            return None
        try:
            time = (
                self.time if isinstance(self.time, datetime) else datetime.fromisoformat(self.time)
            )
        except ValueError as error:
            raise UsageError(
                f"The time {self.time!r} is not ISO 8601, such as 2020-01-11T23:27:23."
            ) from error
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
