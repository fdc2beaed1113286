"""The filters by name, with their windows."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from icepair.errors import UsageError

__all__ = ["SPECKLE_METHODS", "SpeckleMethod", "margin", "speckle_method"]

SPECKLE_METHODS: Mapping[str, int] = {
    "median": 5,
    "boxcar": 5,
    "refined-lee": 7,
    "gamma-map": 7,
}
"""Names, and the side of the window where none is given."""

_NEEDS_LOOKS = frozenset({"refined-lee", "gamma-map"})
_WIDEST = 51
_SPELLED = re.compile(r"([a-z-]+)(?::(\d+))?(?::(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class SpeckleMethod:
    """A filter, its window and what it takes speckle for."""

    name: str
    """One of `SPECKLE_METHODS`."""
    size: int
    """Side of the window, pixels; odd."""
    looks: float | None = None
    """Equivalent number of looks, where it was given."""

    def __str__(self) -> str:
        looks = "" if self.looks is None else f":{self.looks:g}"
        return f"{self.name}:{self.size}{looks}"

    @property
    def margin(self) -> int:
        """Pixels around a pixel, in each direction, that its result depends on."""
        return self.size // 2

    @property
    def needs_looks(self) -> bool:
        """Whether it goes by the number of looks."""
        return self.name in _NEEDS_LOOKS


def speckle_method(
    spelled: str | SpeckleMethod, *, size: int | None = None, looks: float | None = None
) -> SpeckleMethod:
    """Filter by its spelling.

    Parameters
    ----------
    spelled : str or SpeckleMethod
        ``NAME``, ``NAME:SIZE`` or ``NAME:SIZE:LOOKS``, for example ``median:5`` or
        ``refined-lee:7:10.7``.
    size : int, optional
        Side of the window, pixels, where it is not spelled.
    looks : float, optional
        Equivalent number of looks, where it is not spelled.

    Raises
    ------
    UsageError
        There is no such filter, its window cannot be of that size, or looks do not make sense.

    Examples
    --------
    >>> str(speckle_method("refined-lee"))
    'refined-lee:7'
    """
    if isinstance(spelled, SpeckleMethod):
        spelled = str(spelled)
    parts = _SPELLED.fullmatch(spelled.strip().lower())
    if parts is None or parts[1] not in SPECKLE_METHODS:
        raise UsageError(_unknown(spelled))
    name = parts[1]
    sides = {int(side) for side in (parts[2], size) if side is not None}
    numbers = {float(number) for number in (parts[3], looks) if number is not None}
    if len(sides) > 1 or len(numbers) > 1:
        raise UsageError(
            f"The speckle filter {spelled!r} says otherwise than size={size}, looks={looks}; "
            "give each once."
        )
    side = _checked_size(name, sides.pop() if sides else SPECKLE_METHODS[name])
    return SpeckleMethod(name, side, _checked_looks(name, numbers.pop() if numbers else None))


def margin(method: str | SpeckleMethod, size: int | None = None) -> int:
    """Pixels around a pixel, in each direction, that the filter's result depends on.

    Whoever filters an image in parts gives each part that many pixels more and cuts them off
    afterwards; then no bit of the result depends on the cut.

    Parameters
    ----------
    method, size
        As `speckle_method` takes them.
    """
    return speckle_method(method, size=size).margin


def _unknown(spelled: str) -> str:
    name = spelled.strip().lower().partition(":")[0]
    known = ", ".join(f"{known}:{size}" for known, size in SPECKLE_METHODS.items())
    if name in SPECKLE_METHODS:
        return (
            f"The speckle filter {spelled!r} is not NAME, NAME:SIZE or NAME:SIZE:LOOKS; "
            f"usual are {known}."
        )
    near = difflib.get_close_matches(name, SPECKLE_METHODS, n=1)
    hint = f"did you mean {near[0]!r}? Usual are" if near else "usual are"
    return f"There is no speckle filter {spelled!r}; {hint} {known}."


def _checked_size(name: str, size: int) -> int:
    if name == "refined-lee" and size != 7:
        raise UsageError(
            f"The refined Lee filter works on windows of 7 x 7 pixels, not {size}: its nine means "
            "and eight half windows are made of these. Take 'refined-lee:7'."
        )
    if not (3 <= size <= _WIDEST and size % 2 == 1):
        raise UsageError(
            f"The window of a speckle filter is an odd number of pixels wide, 3 to {_WIDEST}, so "
            f"that a pixel is in its middle; not {size}."
        )
    return size


def _checked_looks(name: str, looks: float | None) -> float | None:
    if looks is None:
        return None
    if name not in _NEEDS_LOOKS:
        raise UsageError(
            f"The filter {name!r} does not ask for a number of looks; leave out {looks:g}."
        )
    if not (math.isfinite(looks) and looks > 0.0):
        raise UsageError(f"The equivalent number of looks is a positive number, not {looks!r}.")
    return looks
