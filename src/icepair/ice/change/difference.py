"""How far a difference between two looks of one sensor is off, and which differences are real."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.ice.methods import Sensor
from icepair.ice.uncertainty import Evidence, Trust, standard_error

__all__ = [
    "AT_95_PERCENT", "CELL_COEFFICIENTS", "COEFFICIENTS", "LEVEL", "TAIL", "TERMS", "Swap",
    "change_error", "combined", "discoveries", "p_value", "terms_of",
]  # fmt: skip

LEVEL = 0.05
"""Share of unchanged series, or of the changes found on a map, that may be called changed."""

TERMS = ("floor", "swapped", "stated", "one_class", "unsure")
"""Names of what makes a difference uncertain; their variances add."""

COEFFICIENTS: Mapping[Sensor, Mapping[str, float]] = {
    "s1": {"floor": 0.008, "swapped": 0.5, "stated": 0.25, "one_class": 0.2, "unsure": 7.0},
    "s2": {"floor": 0.006, "swapped": 0.5, "stated": 0.25, "one_class": 0.05, "unsure": 0.0},
}
"""Error for a unit of each term: methods ``automatic`` (radar) and ``spectral`` (optical), chosen
on 23 November 2026 by ``benchmarks/calibrate_change.py``."""

CELL_COEFFICIENTS: Mapping[Sensor, Mapping[str, float]] = {
    "s1": {"floor": 0.015, "swapped": 0.7, "stated": 0.5, "one_class": 0.3, "unsure": 12.0},
    "s2": {"floor": 0.010, "swapped": 1.5, "stated": 0.35, "one_class": 0.05, "unsure": 0.0},
}
"""The same for cells of a map, in which errors do not average out as they do over a scene."""

TAIL = 4.0
"""Degrees of freedom of Student's distribution, as for the uncertainty of a concentration."""
AT_95_PERCENT = 2.776445
"""Its deviate that is exceeded, either way, once in twenty times."""

_MOST = 0.5


@dataclass(frozen=True)
class Swap:
    """What two looks say of how comparable they are; numbers or arrays of cells."""

    gained: Any
    """Share of pixels that were water and are ice."""
    lost: Any
    """Share of pixels that were ice and are water."""
    before: Evidence
    after: Evidence


def terms_of(sensor: Sensor, swap: Swap, before: Trust, after: Trust) -> dict[str, Any]:
    """Size of each of `TERMS`, without unit."""
    stated = (
        standard_error(sensor, swap.before, before),
        standard_error(sensor, swap.after, after),
    )
    separability = max(1.0, min(before.separability, after.separability))
    return {
        "floor": 1.0,
        # What turned to and fro alike is noise: ice that came or went has a direction.
        "swapped": np.minimum(swap.gained, swap.lost),
        "stated": np.hypot(*stated),
        "one_class": float(before.one_class or after.one_class),
        "unsure": separability**-4.0,
    }


def change_error(
    sensor: Sensor, swap: Swap, before: Trust, after: Trust, *, on_cells: bool = False
) -> AnyArray:
    """Scale of the error of a difference of two concentrations.

    Much of a method's error is the same at two times, as it sees the same material: the stated
    uncertainties of both, added, would hide most changes. The coefficients come from differences
    themselves, between looks at simulated ice that stayed or changed by a known amount.

    Parameters
    ----------
    sensor : {"s1", "s2"}
    swap : Swap
        Of the pixels that answered at both times.
    before, after : Trust
        Of both scenes.
    on_cells : bool
        Whether the swap is of cells of a map and not of a scene.

    Returns
    -------
    array
        Shaped like the swap, 0 to 0.5. Errors in units of it are distributed like Student's with
        `TAIL` degrees of freedom: 63 % are within one, 95 % within `AT_95_PERCENT`.
    """
    coefficients = (CELL_COEFFICIENTS if on_cells else COEFFICIENTS)[sensor]
    variance: Any = 0.0
    for name, size in terms_of(sensor, swap, before, after).items():
        variance = variance + (coefficients[name] * size) ** 2
    return np.asarray(np.minimum(np.sqrt(variance), _MOST))


def p_value(estimate: Any, error: Any) -> AnyArray:
    """How often no change at all would give as large an estimate, either way.

    By Student's distribution with `TAIL` degrees of freedom: single scenes fail by far, and with
    the thin tails of a normal one each of them would find something on a map of many cells.
    """
    from scipy.special import stdtr

    return np.asarray(2.0 * stdtr(TAIL, -np.abs(np.asarray(estimate) / np.asarray(error))))


def combined(estimates: AnyArray, errors: AnyArray) -> tuple[float, float]:
    """Mean of the sensors' changes by their certainty, and its standard error.

    Where they differ by more than their errors explain, the error of the mean is widened by the
    ratio of Birge (1932): one of the two is wrong, and nobody knows which.

    Parameters
    ----------
    estimates, errors : arrays (sensors,)
        NaN for a sensor without an answer.

    Returns
    -------
    estimate, error : float
        NaN where no sensor answers.
    """
    known = np.isfinite(estimates) & np.isfinite(errors)
    if not known.any():
        return math.nan, math.nan
    values, weights = estimates[known], errors[known] ** -2.0
    mean = float((weights * values).sum() / weights.sum())
    scatter = float((weights * (values - mean) ** 2).sum()) / max(1, values.size - 1)
    return mean, math.sqrt(max(1.0, scatter) / weights.sum())


def discoveries(p: AnyArray, level: float = LEVEL) -> BoolArray:
    """Which of many tests found something, at most `level` of them wrongly.

    Benjamini and Hochberg (1995): the largest k so that the k-th smallest p is at most
    k / m times the level. Holds for errors of neighbours that go together, too (Benjamini and
    Yekutieli 2001, positive dependence).

    Parameters
    ----------
    p : array
        Of any shape; NaN where nothing was tested.
    """
    tested = np.isfinite(p)
    ordered = np.sort(p[tested])
    below = np.flatnonzero(ordered <= level * np.arange(1, ordered.size + 1) / max(1, ordered.size))
    if not below.size:
        return np.zeros(p.shape, dtype=bool)
    return np.asarray(tested & (p <= ordered[below[-1]]))
