"""How far a difference between two looks of one sensor is off, and which differences are real."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.ice.methods import Sensor
from icepair.ice.uncertainty import Evidence, Trust

__all__ = [
    "CELL_COEFFICIENTS", "COEFFICIENTS", "LEVEL", "TERMS", "Swap", "change_error", "combined",
    "discoveries", "p_value", "terms_of",
]  # fmt: skip

LEVEL = 0.05
"""Share of unchanged series, or of the changes found on a map, that may be called changed."""

TERMS = ("floor", "swapped", "ambiguous", "threshold", "one_class", "unsure")
"""Names of what makes a difference uncertain; their variances add."""

COEFFICIENTS: Mapping[Sensor, Mapping[str, float]] = {
    "s1": {"floor": 0.006, "swapped": 0.5, "ambiguous": 0.2, "threshold": 0.2,
           "one_class": 0.03, "unsure": 0.05},
    "s2": {"floor": 0.002, "swapped": 0.5, "ambiguous": 0.1, "threshold": 0.1,
           "one_class": 0.01, "unsure": 0.02},
}  # fmt: skip

CELL_COEFFICIENTS: Mapping[Sensor, Mapping[str, float]] = COEFFICIENTS
"""The same for cells of a map, in which errors do not average out as they do over a scene."""

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


def terms_of(swap: Swap, before: Trust, after: Trust) -> dict[str, Any]:
    """Size of each of `TERMS`, without unit."""
    unsure = [1.0 / max(1.0, trust.separability) ** 2 for trust in (before, after)]
    return {
        "floor": 1.0,
        "swapped": np.minimum(swap.gained, swap.lost),
        "ambiguous": 0.5 * (swap.before.ambiguous + swap.after.ambiguous),
        "threshold": 0.5 * (swap.before.threshold + swap.after.threshold),
        "one_class": float(before.one_class or after.one_class),
        "unsure": 0.5 * sum(unsure),
    }


def change_error(
    sensor: Sensor, swap: Swap, before: Trust, after: Trust, *, on_cells: bool = False
) -> AnyArray:
    """One standard deviation of the error of a difference of two concentrations.

    Much of a method's error is the same at two times, as it sees the same material: the stated
    uncertainties of both, added, would hide most changes. These coefficients were fitted to
    differences themselves, between looks at simulated ice.

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
        Shaped like the swap, 0 to 0.5.
    """
    coefficients = (CELL_COEFFICIENTS if on_cells else COEFFICIENTS)[sensor]
    variance: Any = 0.0
    for name, size in terms_of(swap, before, after).items():
        variance = variance + (coefficients[name] * size) ** 2
    return np.asarray(np.minimum(np.sqrt(variance), _MOST))


def p_value(estimate: Any, error: Any) -> AnyArray:
    """How often no change at all would give as large an estimate, either way."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(estimate) / np.asarray(error)) / math.sqrt(2.0)))


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
