"""A taught radar as a file of JSON that may come from a stranger.

::

    {"format": "icepair taught radar", "version": 1, "sha256": "…", "content": {…}}

It holds numbers and words alone; nothing of it is run. It is read whole only if it is small, and
every value is looked at before anything is made of it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import secrets
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from icepair._typing import FloatArray
from icepair.conventions import POLARISATIONS
from icepair.errors import DamagedFileError, InputError, OutputError, UnsupportedProductError
from icepair.ice.taught.correction import Correction
from icepair.ice.taught.features import CONTEXT, feature_names
from icepair.ice.taught.radar import Lessons, TaughtRadar
from icepair.ice.taught.validity import Validity

__all__ = ["FORMAT", "VERSION", "load_taught_radar", "save_taught_radar"]

FORMAT, VERSION = "icepair taught radar", 1
_MOST_BYTES, _MOST_LETTERS = 200_000, 300
_ANGLES = (0.0, 90.0)
_DIGITS = frozenset("0123456789abcdef")


def save_taught_radar(radar: TaughtRadar, path: str | Path) -> None:
    """Write a taught radar; see `TaughtRadar.save`."""
    content = _content(radar)
    whole = {"format": FORMAT, "version": VERSION, "sha256": _digest(content), "content": content}
    text = json.dumps(whole, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    path = Path(path).expanduser()
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(
            f"The taught radar cannot be written to {str(path)!r}: {error.strerror}. Nothing has "
            "changed there; choose another place."
        ) from error


def load_taught_radar(path: str | Path) -> TaughtRadar:
    """Read a taught radar, whoever wrote it.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        There is no such file, or it is no file.
    UnsupportedProductError
        It is of another kind, or of another version of the format.
    DamagedFileError
        It is too large, cut short, changed since it was written, or holds what no lessons give.
    """
    path = Path(path).expanduser()
    try:
        whole = _parsed(_bytes_of(path))
        _check_kind(whole)
        content = _part(whole, "content")
        if whole.get("sha256") != _digest(content):
            _refuse("its checksum does not fit: it was changed or damaged after it was written")
        return _radar(content)
    except _NotRightError as error:
        raise DamagedFileError(
            f"{str(path)!r} is no taught radar that can be used: {error}. Get it anew from where "
            "it came, or teach one with icepair teach."
        ) from error
    except _OtherKindError as error:
        raise UnsupportedProductError(f"{str(path)!r} {error}") from error


class _NotRightError(ValueError):
    """What is wrong with a file, to be told with its name."""


class _OtherKindError(ValueError):
    """Why a file is another one, to be told after its name."""


def _refuse(words: str) -> NoReturn:
    raise _NotRightError(words)


def _bytes_of(path: Path) -> bytes:
    try:
        # Looked at first: to open a pipe would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{str(path)!r} is no file; a taught radar is one, of JSON.")
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"The taught radar {str(path)!r} cannot be read: {error.strerror}. Name a file that "
            "icepair teach wrote."
        ) from error
    except ValueError as error:  # a zero byte in the name
        raise InputError(f"{str(path)!r} is no name of a file: {error}.") from error
    if len(text) > _MOST_BYTES:
        _refuse(f"it is larger than {_MOST_BYTES} bytes")
    return text


def _parsed(text: bytes) -> Mapping[str, Any]:
    if not text.lstrip().startswith(b"{"):
        raise _OtherKindError(
            "is no taught radar: it does not begin like JSON. icepair teach writes such files; "
            "nothing else, and no pickle, is read."
        )
    try:
        # A number like 1e999 becomes infinite, which the checksum refuses.
        whole = json.loads(text.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        _refuse(f"it cannot be read as JSON ({error})")
    if not isinstance(whole, dict):
        _refuse("it holds no fields")
    return whole


def _check_kind(whole: Mapping[str, Any]) -> None:
    if whole.get("format") != FORMAT:
        raise _OtherKindError(f"is JSON, but no {FORMAT}. Name a file that icepair teach wrote.")
    version = whole.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        _refuse("its version is no whole number")
    if version != VERSION:
        word = "newer" if version > VERSION else "older"
        raise _OtherKindError(
            f"is of version {version:.0f} of the format; this icepair reads {VERSION}. Use the "
            f"{word} icepair that wrote it, or teach the radar anew with icepair teach."
        )


def _digest(content: Any) -> str:
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        _refuse(f"it holds numbers that are none ({error})")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _content(radar: TaughtRadar) -> dict[str, Any]:
    names = feature_names(radar.validity.polarisations)
    return {
        "lessons": dataclasses.asdict(radar.lessons),
        "validity": dataclasses.asdict(radar.validity),
        "first": _correction_as_content(radar.first, names),
        "second": _correction_as_content(radar.second, (*names, CONTEXT)),
    }


def _correction_as_content(correction: Correction, names: Sequence[str]) -> dict[str, Any]:
    columns = (correction.centre, correction.scale, correction.linear, correction.square)
    rows = zip(names, *(each.tolist() for each in columns), strict=True)
    return {
        "offset": correction.offset,
        "of_guess": correction.of_guess,
        "features": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
    }


_COLUMNS = ("feature", "centre", "scale", "linear", "square")


def _radar(content: Mapping[str, Any]) -> TaughtRadar:
    validity = _validity(_part(content, "validity"))
    names = feature_names(validity.polarisations)
    return TaughtRadar(
        first=_correction(_part(content, "first"), names),
        second=_correction(_part(content, "second"), (*names, CONTEXT)),
        validity=validity,
        lessons=_lessons(_part(content, "lessons")),
    )


def _correction(part: Mapping[str, Any], names: Sequence[str]) -> Correction:
    rows = part.get("features")
    if not isinstance(rows, list) or len(rows) != len(names):
        _refuse(f"it does not have the {len(names)} features that its polarisations have")
    for row, name in zip(rows, names, strict=True):
        if not isinstance(row, dict) or row.get("feature") != name:
            _refuse(f"the feature {name!r} is missing or in another place")

    def column(name: str, least: float, most: float) -> FloatArray:
        return np.array([_number(row, name, least, most) for row in rows], np.float64)

    return Correction(
        column("centre", -200, 200), column("scale", 1e-3, 200),
        column("linear", -100, 100), column("square", -100, 100),
        _number(part, "offset", -100, 100), _number(part, "of_guess", -100, 100),
    )  # fmt: skip


def _validity(part: Mapping[str, Any]) -> Validity:
    names = part.get("polarisations")
    if not isinstance(names, list) or not 1 <= len(names) <= 2:
        _refuse("its polarisations are not one or two")
    if any(not isinstance(name, str) or name not in POLARISATIONS for name in names):
        _refuse("it names a polarisation that no radar has")
    hemisphere, month = part.get("hemisphere"), part.get("month")
    if hemisphere not in (None, "north", "south"):
        _refuse("its hemisphere is neither north nor south")
    return Validity(
        polarisations=tuple(names),
        radar_spacing_m=_number(part, "radar_spacing_m", 0.1, 10_000),
        incidence_deg=_range(part, "incidence_deg"),
        month=None if month is None else int(_number(part, "month", 1, 12)),
        hemisphere=hemisphere,
    )


def _lessons(part: Mapping[str, Any]) -> Lessons:
    words = {name: _text(part, name) for name in _WORDS}
    if words["by"] not in ("place", "area"):
        _refuse("its lessons were neither by place nor by area")
    if len(words["network"]) != 64 or not _DIGITS.issuperset(words["network"]):
        _refuse("the checksum of its network is none")
    displacement = part.get("displacement_m")
    if not isinstance(displacement, list) or len(displacement) != 2:
        _refuse("its displacement is no two numbers")
    right, down = ({"displacement_m": each} for each in displacement)
    return Lessons(
        **words,
        cells=int(_number(part, "cells", 1, 1e12)),
        displacement_m=(
            _number(right, "displacement_m", -1e6, 1e6), _number(down, "displacement_m", -1e6, 1e6),
        ),
        correlation=_number(part, "correlation", 0, 1),
        rival=_number(part, "rival", 0, 1),
        concentration=_number(part, "concentration", 0, 1),
        held_out_error=_number(part, "held_out_error", 0, 1),
        incidence_deg=_range(part, "incidence_deg"),
    )  # fmt: skip


_WORDS = (
    "s1_product", "s2_product", "s1_time", "s2_time", "s2_mask", "by", "network", "icepair",
)  # fmt: skip


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    if not isinstance(part, dict):
        _refuse(f"{name!r} is missing")
    return part


def _number(part: Mapping[str, Any], name: str, least: float, most: float) -> float:
    value = part.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Compared before it is converted: a whole number may be too large for a float.
    if not is_number or not least <= value <= most or not math.isfinite(value):  # type: ignore[operator,arg-type]
        _refuse(f"{name!r} is no number from {least:g} to {most:g}")
    return float(value)  # type: ignore[arg-type]


def _range(part: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    value = part.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        _refuse(f"{name!r} is no least and greatest")
    low, high = (_number({name: each}, name, *_ANGLES) for each in value)
    if low > high:
        _refuse(f"{name!r} ends before it begins")
    return (low, high)


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    # Of a stranger's words none may reach a terminal that would obey them.
    if not isinstance(value, str) or len(value) > _MOST_LETTERS or not value.isprintable():
        _refuse(f"{name!r} is no short, plain text")
    return value
