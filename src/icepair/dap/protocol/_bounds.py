"""What a declaration may hold at most: whatever a server sends, memory and time stay bounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import unquote

from icepair.dap.fault import Fault

__all__ = ["NESTING", "AxisNames", "check_shape", "check_text", "check_variables", "plain_name"]

TEXT_CHARACTERS = 64_000_000
NESTING = 32
VARIABLES = 100_000
AXES = 32
ELEMENTS = 2**62


def check_text(text: str | bytes, what: str) -> None:
    """Refuse a declaration of more than 64 million characters; `what` names its kind."""
    if len(text) > TEXT_CHARACTERS:
        raise Fault(
            f"the {what} has {len(text)} characters, expected {TEXT_CHARACTERS} at most",
            again=False,
        )


def check_variables(count: int) -> None:
    """Refuse more than 100,000 variables."""
    if count > VARIABLES:
        raise Fault(f"the dataset declares more than {VARIABLES} variables", again=False)


def check_shape(name: str, shape: Sequence[int]) -> None:
    """Refuse more than 32 axes or 2**62 elements."""
    if len(shape) > AXES:
        raise Fault(f"{name} has more than {AXES} axes", again=False)
    if math.prod(shape) > ELEMENTS:
        raise Fault(f"{name} has more than 2**62 elements", again=False)


def plain_name(written: str) -> str:
    """Name with its ``%xx`` escapes resolved, except that of the full stop, which parts names."""
    parts = written.replace("%2e", "%2E").split("%2E")
    return "%2E".join(unquote(part, errors="surrogateescape") for part in parts)


class AxisNames:
    """Names for axes to which the server gives none: ``dim_0``, ``dim_1`` and so on.

    Axes of equal length share a name, so that arrays of one shape fit together; within one array
    each axis has its own.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], str] = {}

    def of(self, names: Sequence[str | None], shape: Sequence[int]) -> tuple[str, ...]:
        """Names of all axes of one array; None marks those without."""
        found: list[str] = []
        seen: dict[int, int] = {}
        for name, length in zip(names, shape, strict=True):
            if name is None:
                nth = seen[length] = seen.get(length, -1) + 1
                name = self._known.setdefault((length, nth), f"dim_{len(self._known)}")
            found.append(name)
        return tuple(found)
