"""Ice where one band or polarisation is at a value of the user's own, or above it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import POLARISATIONS, band_name, reflectance_name, sigma0_name
from icepair.errors import UsageError
from icepair.ice.methods import ABOVE, Method, Rule, Sensor

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["above", "spelled_above"]


def above(sensor: Sensor, text: str) -> Method:
    """Method of one value, each pixel for itself.

    Parameters
    ----------
    sensor : {"s1", "s2"}
    text : str
        ``above:HV:-24``, a polarisation and decibels of sigma nought as it was seen, or
        ``above:B03:0.25``, a band and its reflectance.

    Raises
    ------
    UsageError
        The text is spelled otherwise. The method itself raises it where the pair lacks the band.
    """
    band, value = _parts(sensor, text)
    variable = sigma0_name(band) if sensor == "s1" else reflectance_name(band)
    limit = np.float32(10 ** (value / 10) if sensor == "s1" else value)

    def method(pair: xr.Dataset) -> Rule:
        if variable not in pair:
            raise UsageError(
                f"{text!r} needs {variable}, which the pair does not hold. "
                f"Found: {', '.join(map(str, pair))}."
            )

        def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
            values = arrays[variable]
            ice = (values >= limit).astype(np.float32)
            return np.where(np.isnan(values), np.float32(np.nan), ice)

        kind = {"polarisations": (band,)} if sensor == "s1" else {"bands": (band,)}
        return Rule((variable,), 0, probability, {"method": "one value", **kind, "at": value})

    return method


def spelled_above(sensor: Sensor, text: str) -> str:
    """The same method as recipes keep it.

    Raises
    ------
    UsageError
        As `above`.
    """
    band, value = _parts(sensor, text)
    return f"{ABOVE}{band}:{value:g}"


def _parts(sensor: Sensor, text: str) -> tuple[str, float]:
    example = f"{ABOVE}HV:-24 (decibels)" if sensor == "s1" else f"{ABOVE}B03:0.25 (reflectance)"
    words = text[len(ABOVE) :].split(":")
    band, value = words if len(words) == 2 else ("", "")
    try:
        name = band.upper() if sensor == "s1" else band_name(band)
        number = float(value)
    except ValueError:
        name, number = "", math.nan
    if not name or not math.isfinite(number) or (sensor == "s1" and name not in POLARISATIONS):
        raise UsageError(f"{text!r} is no band and value; write it like {example}.")
    return name, number
