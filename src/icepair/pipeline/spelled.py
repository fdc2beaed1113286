"""Values of a recipe from their usual spellings: text as on the command line, lists as in TOML."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from icepair import conventions
from icepair.errors import UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.ice.above import spelled_above
from icepair.ice.methods import ABOVE, METHODS, TAUGHT, TAUGHT_ANYWAY, Sensor
from icepair.pair.clouds import CHOICES as CLOUD_CHOICES
from icepair.products.stack.told import Told
from icepair.radar.incidence import reference_incidence
from icepair.radar.speckle import speckle_method
from icepair.resample.methods import spelled_method

__all__ = ["PARSERS", "unknown_word"]

_FORMATS = ("netcdf", "zarr")
"""Ways to write a pair; `icepair.write.formats` has a writer for each."""
_PRESETS = ("default", "tutorial")
"""Ways to tell ice from water."""

_CRS_AT = re.compile(r"(.*\S)@(\d+(?:\.\d+)?)")
_CODE = re.compile(r"[A-Za-z]\w*:\w+")


def unknown_word(kind: str, given: str, known: Sequence[str]) -> str:
    """Message about a word that does not exist: what it is, the nearest known one, and all."""
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? Known are" if near else "known are"
    return f"The {kind} {given!r} does not exist; {hint} {', '.join(known)}."


def _parse_grid(value: object) -> str:
    text = str(value).strip()
    if text.lower() in ("s1", "s2"):
        return text.lower()
    if text.lower().startswith("like:") and text[5:].strip():
        return f"like:{text[5:].strip()}"
    match = _CRS_AT.fullmatch(text)
    if match is not None and float(match[2]) > 0:
        crs = match[1].upper() if _CODE.fullmatch(match[1]) else match[1]
        return f"{crs}@{match[2]}"
    raise UsageError(
        f"The grid {text!r} is none of 's2', 's1', 'CRS@metres' (for example EPSG:3413@40) "
        "or 'like:FILE'."
    )


def _parse_bbox(value: object) -> tuple[float, float, float, float] | None:
    if value is None:
        return None
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        west, south, east, north = (float(part) for part in parts)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        west = south = east = north = math.nan
    in_order = -90.0 <= south < north <= 90.0
    if not (in_order and -180.0 <= west <= 180.0 and -180.0 <= east <= 180.0 and west != east):
        raise UsageError(
            f"The bounding box {value!r} is not WEST SOUTH EAST NORTH in degrees "
            "(longitudes -180 to 180, south below north; west above east crosses 180)."
        )
    return (west, south, east, north)


def _parse_cells(value: object) -> float | None:
    if value is None or str(value).strip().lower() == "none":
        return None
    try:
        side = float(str(value))
    except ValueError:
        side = math.nan
    if not (math.isfinite(side) and side > 0):
        raise UsageError(f"The cells {value!r} are neither metres above 0 nor 'none'.")
    return side


def _parse_window(value: object) -> Window | None:
    if value is None or isinstance(value, Window):
        return value
    if isinstance(value, list | tuple) and len(value) == 4:
        value = "{}:{},{}:{}".format(*value)
    return Window.parse(str(value))


def _names(value: object) -> list[str]:
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not parts:
        raise UsageError(f"{value!r} is not a list of names such as 'B02,B03' or 'HH,HV'.")
    return [str(part).strip() for part in parts]


def _parse_bands(value: object) -> tuple[str, ...]:
    bands = []
    for name in _names(value):
        try:
            bands.append(conventions.band_name(name))
        except ValueError as error:
            raise UsageError(unknown_word("band", name, conventions.BANDS)) from error
    return tuple(dict.fromkeys(bands))


def _parse_polarisation(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = [name.upper() for name in _names(value)]
    for name in names:
        if name not in conventions.POLARISATIONS:
            raise UsageError(unknown_word("polarisation", name, conventions.POLARISATIONS))
    return tuple(dict.fromkeys(names))


def _parse_surface(value: object) -> Surface:
    return value if isinstance(value, Surface) else Surface.parse(str(value))


def _choice(kind: str, known: Sequence[str]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = str(value).strip().lower()
        if text not in known:
            raise UsageError(unknown_word(kind, text, known))
        return text

    return parse


def _mask(sensor: Sensor, kind: str) -> Callable[[object], str]:
    taught = (f"{TAUGHT}FILE",) if sensor == "s1" else ()
    named = _choice(kind, (*METHODS[sensor], f"{ABOVE}BAND:VALUE", *taught))

    def parse(value: object) -> str:
        text = str(value).strip()
        for word in (TAUGHT, TAUGHT_ANYWAY) if taught else ():
            # The name of a file keeps its letters.
            if text.lower().startswith(word) and text[len(word) :]:
                return word + text[len(word) :]
        return spelled_above(sensor, text) if text.lower().startswith(ABOVE) else named(text)

    return parse


def _flag(name: str) -> Callable[[object], bool]:
    def parse(value: object) -> bool:
        if not isinstance(value, bool):
            raise UsageError(f"{name} is true or false, not {value!r}.")
        return value

    return parse


def _parse_speed(value: object) -> float | None:
    if value is None:
        return None
    try:
        speed = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        speed = math.nan
    if not 0.0 <= speed < 10.0:
        raise UsageError(f"drift_m_s is a speed of the ice in metres a second, not {value!r}.")
    return speed


def _parse_width(value: object) -> float:
    width = _number(value, "coast_buffer_m")
    if width < 0.0:
        raise UsageError(f"coast_buffer_m is a width in metres, 0 or more, not {value!r}.")
    return width


def _parse_roles(value: object) -> tuple[str, ...] | None:
    return None if value is None else tuple(_names(value))


def _parse_units(value: object) -> str | None:
    return None if value is None else Told(units=str(value)).known_units


def _parse_time(value: object) -> str | None:
    if value is None:
        return None
    moment = Told(time=value if isinstance(value, datetime) else str(value)).moment
    return None if moment is None else moment.isoformat()


def _parse_offset(value: object) -> float | None:
    return None if value is None else _number(value, "s2_offset")


def _parse_quantification(value: object) -> float | None:
    if value is None:
        return None
    return Told(quantification=_number(value, "s2_quantification")).quantification


def _number(value: object, name: str) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name} is a number, not {value!r}.")
    return number


PARSERS: Mapping[str, Callable[[object], object]] = {
    "grid": _parse_grid,
    "bbox": _parse_bbox,
    "s1_window": _parse_window,
    "s2_window": _parse_window,
    "bands": _parse_bands,
    "polarisation": _parse_polarisation,
    "method": lambda value: spelled_method(str(value)),
    "surface": _parse_surface,
    "preset": _choice("preset", _PRESETS),
    "source_position": _flag("source_position"),
    "balance": _flag("balance"),
    "nesz": _flag("nesz"),
    "incidence": lambda value: None if value is None else str(reference_incidence(str(value))),
    "drift_m_s": _parse_speed,
    "format": _choice("format", _FORMATS),
    "speckle": lambda value: None if value is None else str(speckle_method(str(value))),
    "land": str,
    "coast_buffer_m": _parse_width,
    "clouds": _choice("clouds", CLOUD_CHOICES),
    "cells": _parse_cells,
    "floes": _flag("floes"),
    "match": _flag("match"),
    "s1_mask": _mask("s1", "radar mask method"),
    "s2_mask": _mask("s2", "optical mask method"),
    "s1_bands": _parse_roles,
    "s1_units": _parse_units,
    "s1_time": _parse_time,
    "s2_bands": _parse_roles,
    "s2_units": _parse_units,
    "s2_offset": _parse_offset,
    "s2_quantification": _parse_quantification,
    "s2_time": _parse_time,
}
"""What makes a field's value of its spelling, by field; raises `UsageError`."""
