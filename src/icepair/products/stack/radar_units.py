"""Whether radar values are linear power or decibels: told, stated by the file, or certain."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import UsageError
from icepair.products.stack.files import Layer

__all__ = ["radar_units", "to_power"]

_DECIBELS = re.compile(r"(?i)(?:^|[^a-z])d(?:b|ecibels?)(?:$|[^a-z])")
_LINEAR = re.compile(r"(?i)(?:^|[^a-z])(?:linear|power)(?:$|[^a-z])")
_HIGHEST_DB = 30.0
_HIGHEST_POWER = 10.0
"""Half of a scene's pixels are never so bright, 10 dB."""


def radar_units(layers: Mapping[str, Layer], told: str | None, seen: FloatArray) -> str:
    """``linear`` or ``db``.

    Parameters
    ----------
    layers : mapping
        Layers by polarisation.
    told : str, optional
        What the user says; it decides, unless the values cannot be that.
    seen : array (n,)
        Values of some pixels, finite and not zero.

    Raises
    ------
    UsageError
        Nobody says it and the values leave it open, or they cannot be what is said.
    """
    shown = next(iter(layers.values())).place
    if told in ("dn", "reflectance"):
        raise UsageError(f"{shown} is radar, whose units are 'linear' or 'db', not {told!r}.")
    units = told or _stated(layers)
    if units is None and seen.size and np.median(seen) < -1.0:
        # Powers are positive but for noise about zero: no scene's median is so far below it.
        units = "db"
    if units is None:
        raise UsageError(
            f"Nothing says whether {shown} holds linear power or decibels, and its values "
            f"({_range(seen)}) leave it open. Say units='linear' or 'db', on the command line "
            "--s1-units. Amplitudes must be calibrated and squared first."
        )
    _refuse_impossible(units, seen, shown)
    return units


def _stated(layers: Mapping[str, Layer]) -> str | None:
    """Units that bands' descriptions, units or tags name; None where none or both are named."""
    texts = [text for layer in layers.values() for text in (layer.unit, layer.description)]
    texts += [layer.tags.get(tag, "") for layer in layers.values() for tag in ("units", "unit")]
    decibels = any(_DECIBELS.search(text.replace("_", " ")) for text in texts)
    linear = any(_LINEAR.search(text.replace("_", " ")) for text in texts)
    if decibels == linear:
        return None
    return "db" if decibels else "linear"


def _refuse_impossible(units: str, seen: FloatArray, shown: str) -> None:
    if not seen.size:
        return
    low, middle, high = np.percentile(seen, (0.0, 50.0, 99.0))
    if units == "linear" and middle < -1.0:
        advice = "these are decibels: say units='db' (--s1-units db)"
    elif units == "linear" and middle > _HIGHEST_POWER:
        advice = "these look like amplitudes or digital numbers: calibrate them first"
    elif units == "db" and high > _HIGHEST_DB:
        advice = "sea, ice and land stay below 30 dB: calibrate them first if they are amplitudes"
    elif units == "db" and low >= 0.0:
        advice = "not one lies below 0 dB: say units='linear' (--s1-units linear) if it is power"
    else:
        return
    named = "decibels" if units == "db" else "linear power"
    raise UsageError(
        f"{shown} is said to hold {named}; its values are {_range(seen)}, and {advice}."
    )


def _range(seen: FloatArray) -> str:
    if not seen.size:
        return "none among the pixels probed"
    low, middle, high = np.percentile(seen, (0.0, 50.0, 100.0))
    return f"{low:.4g} to {high:.4g}, half of them above {middle:.4g}"


def to_power(values: FloatArray, units: str) -> FloatArray:
    """Linear power; NaN where the value is exactly 0, which writers put where there is none."""
    power = np.power(10.0, values / 10.0) if units == "db" else values
    return np.where(values == 0.0, np.nan, power)
