"""Backscatter as if it had been seen at one incidence angle."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.errors import UsageError

__all__ = [
    "SEA_ICE_SLOPES",
    "IncidenceLaw",
    "ReferenceIncidence",
    "estimated_slope",
    "normalised",
    "reference_incidence",
]

SEA_ICE_SLOPES = {"HH": -0.24, "HV": -0.16}
"""Decibels per degree of deformed first-year ice in winter, from pairs of Sentinel-1 EW scenes over
the Kara Sea (Mäkynen and Karvonen 2017, IEEE TGRS 55(11), 10.1109/TGRS.2017.2721981). Level ice at
HH has -0.25 there; multi-year ice -0.16 (Mahmud et al. 2018, IEEE TGRS 56(11))."""

_SPELLED = re.compile(r"(?P<angle>[\d.]+)(?::(?P<law>.+))?")
_BIN_DEGREES = 0.5
_FEWEST = 100
"""Pixels from which the mean of a bin is worth using."""


@dataclass(frozen=True)
class IncidenceLaw:
    """How backscatter falls with the incidence angle."""

    kind: Literal["slope", "cosine"]
    """``slope``: so many decibels per degree; ``cosine``: with a power of the cosine."""
    value: float
    """Decibels per degree, negative for what falls; or the exponent, 1 to 2 for rough surfaces."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise UsageError(f"The law of incidence needs a finite number, not {self.value}.")

    def gain(self, incidence: AnyArray, reference_deg: float) -> FloatArray:
        """Factor from power at `incidence` degrees to power at the reference angle."""
        angle = np.asarray(incidence, dtype=np.float64)
        if self.kind == "slope":
            return np.asarray(10.0 ** (0.1 * self.value * (reference_deg - angle)))
        ratio = np.cos(np.radians(reference_deg)) / np.cos(np.radians(angle))
        return np.asarray(ratio**self.value)


@dataclass(frozen=True)
class ReferenceIncidence:
    """One angle to which a scene is brought, and the law for each polarisation."""

    angle_deg: float
    """Degrees."""
    laws: Mapping[str, IncidenceLaw]
    """By polarisation; ``*`` for all that are not named."""

    def law(self, polarisation: str) -> IncidenceLaw:
        """Law of a polarisation.

        Raises
        ------
        UsageError
            None was given and none is known from literature.
        """
        law = self.laws.get(polarisation, self.laws.get("*"))
        if law is None:
            raise UsageError(
                f"No slope of {polarisation} over incidence is known for sea ice; say one: "
                f"--incidence {self.angle_deg:g}:{polarisation}=-0.2 (decibels per degree) or "
                f"{self.angle_deg:g}:cos2."
            )
        return law

    def __str__(self) -> str:
        laws = ",".join(
            f"{'' if name == '*' else name + '='}"
            f"{'cos' if law.kind == 'cosine' else ''}{law.value:g}"
            for name, law in self.laws.items()
        )
        return f"{self.angle_deg:g}:{laws}"


def reference_incidence(spelled: str | float | ReferenceIncidence) -> ReferenceIncidence:
    """Reference angle and laws as users write them.

    Parameters
    ----------
    spelled : str, float or ReferenceIncidence
        ``30`` (slopes of sea ice from literature, `SEA_ICE_SLOPES`), ``30:-0.2`` (decibels per
        degree, all polarisations), ``30:HH=-0.24,HV=-0.16``, or ``30:cos2`` (square of the
        cosine).

    Raises
    ------
    UsageError
        It is none of these, or the angle is not between 0 and 90 degrees.
    """
    if isinstance(spelled, ReferenceIncidence):
        return spelled
    text = str(spelled).strip()
    match = _SPELLED.fullmatch(text)
    try:
        angle = float(match["angle"] if match else "")
        laws = _laws(match["law"]) if match else {}
    except ValueError:
        raise UsageError(
            f"The incidence {text!r} is not ANGLE, ANGLE:SLOPE, ANGLE:HH=SLOPE,HV=SLOPE or "
            "ANGLE:cosPOWER, for example 30:-0.2 (degrees, decibels per degree)."
        ) from None
    _check_angle(angle)
    return ReferenceIncidence(angle, laws)


def _laws(spelled: str | None) -> dict[str, IncidenceLaw]:
    if spelled is None:
        return {name: IncidenceLaw("slope", value) for name, value in SEA_ICE_SLOPES.items()}
    laws = {}
    for part in spelled.split(","):
        name, equals, value = part.strip().rpartition("=")
        kind: Literal["slope", "cosine"] = "cosine" if value.startswith("cos") else "slope"
        if bool(equals) != bool(name):
            raise ValueError(part)
        laws[name.upper() or "*"] = IncidenceLaw(kind, float(value.removeprefix("cos")))
    return laws


def _check_angle(reference_deg: float) -> None:
    if not 0.0 < reference_deg < 90.0:
        raise UsageError(
            f"The reference incidence angle must be between 0 and 90 degrees, not {reference_deg}; "
            "Sentinel-1 looks at 19 to 47."
        )


def normalised(
    power: AnyArray, incidence: AnyArray, law: IncidenceLaw, reference_deg: float
) -> Float32Array:
    """Sigma nought as if seen at one angle, linear power.

    ``power 10^(b (reference - incidence) / 10)``, or ``power (cos reference / cos incidence)^n``
    (Topouzelis et al. 2016 compare both over sea and ice). Ice, water and every polarisation fall
    differently, so one law for a scene is a compromise: no step of the measuring needs it.

    Parameters
    ----------
    power : array
        Linear power; negative values stay negative.
    incidence : array
        Degrees, shape of `power`.
    law
        How backscatter falls.
    reference_deg
        Angle to which all is brought.

    Returns
    -------
    array
        float32, NaN where either is NaN.

    Raises
    ------
    UsageError
        The reference angle is not between 0 and 90 degrees.
    """
    _check_angle(reference_deg)
    return np.asarray(power * law.gain(incidence, reference_deg), dtype=np.float32)


def estimated_slope(power: AnyArray, incidence: AnyArray) -> float:
    """Decibels per degree by which a scene itself falls.

    The median of the slopes between all means over half a degree (Theil and Sen), so that one band
    of other ice does not decide. What grows from one side of the scene to the other is taken for
    incidence: estimate it where one kind of surface fills the swath.

    Parameters
    ----------
    power : array
        Linear power, NaN for nothing; negative values take part in the means.
    incidence : array
        Degrees, shape of `power`.

    Returns
    -------
    float
        NaN where fewer than three means are positive.
    """
    known = np.isfinite(power) & np.isfinite(incidence)
    values, angle = np.asarray(power)[known], np.asarray(incidence)[known]
    number = np.floor(angle / _BIN_DEGREES).astype(np.int64)
    count = np.bincount(number)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(number, values) / count
        centre = np.bincount(number, angle) / count
    usable = (count >= _FEWEST) & (mean > 0.0)
    if np.count_nonzero(usable) < 3:
        return math.nan
    decibels, at = 10.0 * np.log10(mean[usable]), centre[usable]
    first, second = np.triu_indices(at.size, 1)
    return float(np.median((decibels[second] - decibels[first]) / (at[second] - at[first])))
