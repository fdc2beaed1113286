"""Power balanced between sub-swaths, estimated from the scene itself.

In cross-polarisation what is left of thermal noise shows as steps at the borders of sub-swaths:
annotated noise is off by a few percent, differently in each. The steps themselves say by how much
(Park et al. 2018, 10.1109/TGRS.2017.2765248; a scale per sub-swath by least squares: Lee et al.
2020, 10.1016/j.rse.2020.111982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray

__all__ = ["BorderStep", "PowerBalance", "measure_step", "power_balance"]

_GUARD = 4
"""Samples beside a border that are left out: sub-swaths are merged over some."""
_FEWEST = 16
"""Samples per side through which a line is drawn."""
_PRIOR = 0.1
"""Share of the annotated noise by which it may be off; decides what the steps leave open."""
_ROUNDS = 20
_HUBER = 2.0
"""Standard errors beyond which a step counts less: an ice edge may lie along a border."""


@dataclass(frozen=True)
class BorderStep:
    """Power on both sides of a border between two sub-swaths, over some lines."""

    left: int
    """Number of the sub-swath of lower samples; that of higher samples is one more."""
    left_power: float
    """Sigma nought continued to the border from the left, linear."""
    right_power: float
    left_nesz: float
    """Noise equivalent sigma zero there."""
    right_nesz: float
    error: float
    """Standard error of the difference of powers."""


@dataclass(frozen=True)
class PowerBalance:
    """Share of thermal noise by which each sub-swath was corrected too little."""

    shares: tuple[float, ...]
    """Of sub-swaths 1, 2, …; 0 where nothing is known."""
    before_db: float
    """Median size of the steps at borders before, decibels; NaN without steps."""
    after_db: float
    """And after."""

    def corrected(self, power: AnyArray, nesz: AnyArray, subswath: AnyArray) -> Float32Array:
        """Sigma nought less what was left of noise.

        Parameters
        ----------
        power : array
            Sigma nought with annotated noise removed, linear.
        nesz : array
            Noise equivalent sigma zero of the annotation, NaN or 0 where unknown.
        subswath : array
            Number of the sub-swath, 1 the nearest; 0 for none.

        Returns
        -------
        array
            float32, shape of `power`; unchanged where the noise or the sub-swath is unknown.
        """
        share = np.concatenate([[0.0], self.shares])
        number = np.where(np.asarray(subswath) < share.size, subswath, 0)
        return np.asarray(power - share[number] * np.nan_to_num(nesz, nan=0.0), dtype=np.float32)


def measure_step(
    power: AnyArray, nesz: AnyArray, subswath: AnyArray, left: int
) -> BorderStep | None:
    """Step at one border, from a strip of an image that holds it.

    The means over lines are continued to the border by a straight line on either side, so that a
    slope across the border is no step.

    Parameters
    ----------
    power, nesz, subswath : array (lines, samples)
        Of the strip: linear power, NaN for nothing; numbers of sub-swaths.
    left
        Sub-swath of lower samples.

    Returns
    -------
    BorderStep or None
        None where a side has too few samples with values.
    """
    columns = np.arange(power.shape[1])
    sides = []
    for number, sign in ((left, -1), (left + 1, 1)):
        inside = np.asarray(subswath) == number
        border = columns[inside.any(axis=0)]
        if not border.size:
            return None
        edge = border.max() + 0.5 if sign < 0 else border.min() - 0.5
        away = sign * (columns - edge)
        side = _continued(_means(power, inside), away)
        noise = _continued(_means(nesz, inside), away)
        if side is None or noise is None:
            return None
        sides.append((*side, noise[0]))
    (low, low_error, low_noise), (high, high_error, high_noise) = sides
    return BorderStep(left, low, high, low_noise, high_noise, math.hypot(low_error, high_error))


def power_balance(steps: Sequence[BorderStep], swaths: int) -> PowerBalance:
    """Shares of noise that make the steps at borders as small as they can be.

    Minimises ``sum ((step - (share_r nesz_r - share_l nesz_l)) / error)^2`` and, since equal steps
    can be made by many shares, ``sum (share / 0.1)^2``; steps that stand out count less (Huber).

    Parameters
    ----------
    steps
        From `measure_step`, at all borders and along the whole scene.
    swaths
        Number of sub-swaths.
    """
    if not steps:
        return PowerBalance((0.0,) * swaths, math.nan, math.nan)
    design = np.zeros((len(steps), swaths))
    for row, step in enumerate(steps):
        design[row, step.left - 1] = -step.left_nesz
        design[row, step.left] = step.right_nesz
    jump = np.array([step.right_power - step.left_power for step in steps])
    error = _spread(jump, steps)
    shares = _least_squares(design / error[:, np.newaxis], jump / error)
    return PowerBalance(
        tuple(shares.tolist()), _decibels(steps, np.zeros(swaths)), _decibels(steps, shares)
    )


def _least_squares(design: FloatArray, wanted: FloatArray) -> FloatArray:
    """Ridge regression with Huber's weights; rows are in units of their errors."""
    weight: FloatArray = np.ones(wanted.size)
    shares: FloatArray = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        weighted = design * weight[:, np.newaxis]
        normal = design.T @ weighted + np.eye(design.shape[1]) / _PRIOR**2
        shares = np.asarray(np.linalg.solve(normal, weighted.T @ wanted), dtype=np.float64)
        misfit = np.abs(wanted - design @ shares)
        weight = _HUBER / np.maximum(misfit, _HUBER)
    return shares


def _spread(jump: FloatArray, steps: Sequence[BorderStep]) -> FloatArray:
    """Error of each step: its own, and how steps of one border vary along the scene."""
    left = np.array([step.left for step in steps])
    own = np.array([step.error for step in steps])
    error = own.copy()
    for number in np.unique(left):
        here = left == number
        varying = 1.4826 * np.median(np.abs(jump[here] - np.median(jump[here])))
        error[here] = np.hypot(own[here], varying)
    return np.asarray(np.maximum(error, 1e-12))


def _decibels(steps: Sequence[BorderStep], shares: FloatArray) -> float:
    """Median size of the steps with shares of noise removed; steps to no power do not count."""
    sizes = []
    for step in steps:
        low = step.left_power - shares[step.left - 1] * step.left_nesz
        high = step.right_power - shares[step.left] * step.right_nesz
        if low > 0.0 and high > 0.0:
            sizes.append(abs(10.0 * math.log10(high / low)))
    return float(np.median(sizes)) if sizes else math.nan


def _means(values: AnyArray, inside: AnyArray) -> FloatArray:
    """Mean over lines of what is inside and known, NaN where less than half of the lines is."""
    known = inside & np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(2 * count >= values.shape[0], total / np.maximum(count, 1), np.nan)


def _continued(means: FloatArray, away: FloatArray) -> tuple[float, float] | None:
    """Straight line through means at distances from a border: value at 0, and its error."""
    use = np.isfinite(means) & (away > _GUARD)
    if np.count_nonzero(use) < _FEWEST:
        return None
    basis = np.column_stack([np.ones(np.count_nonzero(use)), away[use]])
    solution, *_ = np.linalg.lstsq(basis, means[use], rcond=None)
    rest = means[use] - basis @ solution
    variance = float(rest @ rest) / (rest.size - 2)
    return float(solution[0]), math.sqrt(variance * np.linalg.inv(basis.T @ basis)[0, 0])
