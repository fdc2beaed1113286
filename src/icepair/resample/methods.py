"""The ways to make one target pixel from source pixels, behind one signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from icepair._typing import AnyArray, FloatArray
from icepair.errors import UsageError

__all__ = ["METHODS", "MINIMUM_SHARE", "Method", "method_named"]

MINIMUM_SHARE = 0.5
"""Share of a weighted method's weights that must fall on valid pixels for an answer."""


@dataclass(frozen=True)
class Method:
    """A resampling method."""

    name: str
    """As on the command line."""
    margin: int
    """Source pixels that it looks at beyond the four around a position, in each direction."""
    fill: Callable[[AnyArray, FloatArray, FloatArray, AnyArray], None]
    """``fill(source, line, sample, out)`` writes `out` where there is an answer."""


def _nearest(source: AnyArray, line: FloatArray, sample: FloatArray, out: AnyArray) -> None:
    from icepair.resample import _kernels

    _kernels.nearest(source, line, sample, out)


def _bilinear(source: AnyArray, line: FloatArray, sample: FloatArray, out: AnyArray) -> None:
    from icepair.resample import _kernels

    _kernels.bilinear(source, line, sample, MINIMUM_SHARE, out)


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (Method("nearest", 0, _nearest), Method("bilinear", 0, _bilinear))
}
"""All methods by name."""


def method_named(name: str) -> Method:
    """Look a method up.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    try:
        return METHODS[name]
    except KeyError:
        raise UsageError(
            f"There is no resampling method {name!r}; choose one of {', '.join(METHODS)}."
        ) from None
