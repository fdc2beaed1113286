"""Methods that tell ice from water: by name, all of one kind."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from icepair._typing import AnyArray, Float32Array
from icepair.errors import UsageError

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "ABOVE", "DEFAULTS", "METHODS", "SENSORS", "TAUGHT", "TAUGHT_ANYWAY", "Method", "Rule",
    "Sensor", "method_of",
]  # fmt: skip

Sensor: TypeAlias = Literal["s1", "s2"]
SENSORS: tuple[Sensor, Sensor] = ("s1", "s2")

ABOVE = "above:"
"""With which a method of the user's own value begins: ``above:HV:-24`` or ``above:B03:0.25``."""
TAUGHT, TAUGHT_ANYWAY = "taught:", "taught-anyway:"
"""With which a radar method begins that an optical scene taught: ``taught:FILE``; the second also
where it does not hold."""


@dataclass(frozen=True)
class Rule:
    """What a method learnt of one scene: how its pixels become probabilities of ice."""

    variables: tuple[str, ...]
    """Variables of the pair that it looks at."""
    reach: int
    """Pixels around a block that it needs to know."""
    probability: Callable[[Mapping[str, AnyArray]], Float32Array]
    """Expected share of ice, 0 to 1, from the variables' arrays (rows, columns); NaN: no answer.

    A pixel's probability must not depend on anything beyond `reach`, so that blocks meet.
    """
    record: Mapping[str, Any]
    """Levels, thresholds and words, for JSON."""
    step: int = 1
    """Blocks must begin at a multiple of so many pixels: cells of that size are decided whole."""


Method: TypeAlias = Callable[["xr.Dataset"], Rule]
"""Learns a `Rule` from an aligned pair, lazy or not, whose unanswered pixels are NaN
(`icepair.ice.answered`); raises `UsageError` where the pair lacks what it looks at."""

METHODS: Mapping[Sensor, Mapping[str, str]] = {
    "s1": {
        "automatic": "icepair.ice.radar.automatic:automatic",
        "network": "icepair.ice.radar.network:network",
        "threshold": "icepair.ice.radar.threshold:threshold",
    },
    "s2": {
        "automatic": "icepair.ice.optical.automatic:automatic",
        "spectral": "icepair.ice.optical.spectral:spectral",
        "threshold": "icepair.ice.optical.threshold:threshold",
    },
}
"""Where the methods of each sensor are, by name; looked up when first used."""

DEFAULTS: Mapping[Sensor, str] = {"s1": "automatic", "s2": "spectral"}
"""The method of each sensor where none is asked for."""


def method_of(sensor: Sensor, name: str) -> Method:
    """Method by name, ``above:BAND:VALUE`` (`icepair.ice.above`) or ``taught:FILE``.

    Raises
    ------
    UsageError
        The sensor has no such method; all that it has are named.
    InputError
        The file of a taught radar cannot be used.
    """
    if name.startswith(ABOVE):
        return importlib.import_module("icepair.ice.above").above(sensor, name)  # type: ignore[no-any-return]
    if name.startswith((TAUGHT, TAUGHT_ANYWAY)):
        return importlib.import_module("icepair.ice.taught.method").taught(sensor, name)  # type: ignore[no-any-return]
    known = METHODS[sensor]
    if name not in known:
        kind = "radar" if sensor == "s1" else "optical sensor"
        raise UsageError(f"The {kind} has no mask method {name!r}; take one of {', '.join(known)}.")
    module, function = known[name].split(":")
    method: Method = getattr(importlib.import_module(module), function)
    return method
