"""Reading what converters wrote into attributes: names, numbers, times, records."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from icepair._typing import FloatArray
from icepair.products.container import Container

__all__ = [
    "fallback_name",
    "first_match",
    "first_text",
    "moment",
    "moment64",
    "number",
    "numbers",
    "record",
    "stamp_in",
    "time_of_variable",
]

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?")
_SHORT_STAMP = re.compile(r"\d{8}T\d{6}")
_EARLIEST, _LATEST = datetime(2014, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def first_text(attributes: Mapping[str, object], *keys: str) -> str | None:
    """First attribute of `keys` that is text or a number, stripped; None where there is none."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()
    return None


def first_match(pattern: re.Pattern[str], texts: Iterable[object]) -> re.Match[str] | None:
    """First place where `pattern` occurs in the texts among `texts`, in their order."""
    found = (pattern.search(text) for text in texts if isinstance(text, str))
    return next((match for match in found if match is not None), None)


def fallback_name(container: Container, mission: str) -> str:
    """Name of a product that is not named as products are: its title, else its file's name."""
    title = first_text(container.attributes(), "title") or ""
    if title.startswith(mission) and " " not in title:
        return title.removesuffix(".nc").removesuffix(".SAFE")
    return Path(container.address).name.removesuffix(".nc").removesuffix(".SAFE")


def number(value: object) -> float:
    """Attribute as a number, NaN where it is none."""
    try:
        return float(str(value).strip())
    except ValueError:
        return math.nan


def numbers(text: object) -> FloatArray:
    """Numbers in a text, blank-separated; a single NaN where one of them is none."""
    try:
        return np.array([float(word) for word in str(text).split()])
    except ValueError:
        return np.array([math.nan])


def record(text: object) -> object:
    """Python literal in a text, as the converter writes lists; None where it is none."""
    try:
        return ast.literal_eval(str(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def stamp_in(text: object) -> str | None:
    """First ISO 8601 or compact time stamp in a text, as ``YYYY-MM-DDTHH:MM:SS[.f]``."""
    found = _STAMP.search(str(text))
    if found is not None:
        return found[0].replace(" ", "T")
    short = _SHORT_STAMP.search(str(text))
    if short is None:
        return None
    d = short[0]
    return f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[9:11]}:{d[11:13]}:{d[13:15]}"


def moment64(text: object) -> np.datetime64 | None:
    """First time stamp in a text with microseconds, None where there is none."""
    stamp = stamp_in(text)
    if stamp is None:
        return None
    try:
        return np.datetime64(stamp, "us")
    except ValueError:
        return None


def moment(text: object) -> datetime | None:
    """First time stamp in a text as UTC, None where there is none or no Sentinel flew then."""
    found = moment64(text)
    return None if found is None else _plausible(found.astype(datetime).replace(tzinfo=UTC))


def time_of_variable(value: object, units: object) -> datetime | None:
    """UTC time of a number with CF units ``seconds since …``.

    Returns
    -------
    datetime or None
        None where the units are others, the value is missing, or no Sentinel flew then.
    """
    origin = moment64(units)
    if origin is None:
        origin = moment64(f"{units} 00:00:00")  # the units may stop at the date
    seconds = number(value)
    if origin is None or not str(units).startswith("seconds since") or not abs(seconds) < 1e10:
        return None
    start: datetime = origin.astype(datetime).replace(tzinfo=UTC)
    return _plausible(start + timedelta(seconds=seconds))


def _plausible(time: datetime) -> datetime | None:
    return time if _EARLIEST <= time < _LATEST else None
