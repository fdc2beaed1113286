"""The values of attributes: from the text of a declaration to numbers of the type it names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from icepair.dap.fault import Fault

__all__ = ["attribute_value", "is_text"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_REAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_NOT_FINITE = re.compile(r"([+-]?)(nan|inf|infinity)\.?", re.IGNORECASE)
_BITS = {
    "byte": (8, False), "char": (8, False), "uint8": (8, False), "int8": (8, True),
    "uint16": (16, False), "int16": (16, True), "uint32": (32, False), "int32": (32, True),
    "uint64": (64, False), "int64": (64, True),
}  # fmt: skip
_LARGEST = {"float32": 3.4028235677973366e38, "float64": math.inf}
_TEXTS = {"string", "url", "uri", "enum"}


def is_text(kind: str) -> bool:
    """Whether values of this type are words."""
    return kind.lower() in _TEXTS


def attribute_value(name: str, kind: str, words: Sequence[str]) -> object:
    """One value, or a tuple of several.

    Parameters
    ----------
    name : str
        Of the attribute, for messages.
    kind : str
        Type as declared, in any case.
    words : sequence of str
        The values as written.

    Raises
    ------
    Fault
        The type is unknown, or a number cannot be one of that type.
    """
    if is_text(kind):
        values: tuple[object, ...] = tuple(words)
    elif kind.lower() in _BITS:
        values = tuple(_whole(name, kind, word) for word in words)
    elif kind.lower() in _LARGEST:
        values = tuple(_real(name, kind, word) for word in words)
    else:
        raise Fault(f"the attribute {name} has the unknown type {kind[:40]!r}")
    if not values and is_text(kind):
        return ""
    return values[0] if len(values) == 1 else values


def _whole(name: str, kind: str, word: str) -> int:
    if kind.lower() == "char" and len(word) == 1 and not word.isdigit():
        return ord(word) & 0xFF
    number = int(word) if _WHOLE.fullmatch(word) else None
    bits, signed = _BITS[kind.lower()]
    # Servers in Java write unsigned numbers as the signed ones of the same bits.
    if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - signed):
        raise _impossible(name, kind, word)
    return number % 2**bits if number < 0 and not signed and bits > 8 else number


def _real(name: str, kind: str, word: str) -> float:
    odd = _NOT_FINITE.fullmatch(word)
    if odd:
        return float(odd.group(1) + odd.group(2))
    number = float(word) if len(word) < 1000 and _REAL.fullmatch(word) else math.nan
    if not abs(number) < _LARGEST[kind.lower()]:
        raise _impossible(name, kind, word)
    return number


def _impossible(name: str, kind: str, word: str) -> Fault:
    return Fault(f"the attribute {name} is {word[:40]!r}, expected a number of type {kind}")
