"""A correction of shares of ice by what cells look like: logistic regression, pulled to none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray

__all__ = ["Correction", "fit_correction", "logistic", "odds", "offset_alone"]

_MOST_ODDS, _MOST_DEVIATIONS = 4.0, 3.0
_PULL, _PULL_OF_OFFSET = 3e-3, 3e-5
_STEPS, _MOST_STEP, _SETTLED = 40, 4.0, 1e-4
_LEAST_SPREAD, _LEAST_CURVATURE = 0.3, 1e-3
_HALVINGS = 40


@dataclass(frozen=True)
class Correction:
    """Odds of ice: those of a first guess times a factor, and terms of a cell's features."""

    centre: FloatArray
    """Mean of each feature where it was learnt, (features,)."""
    scale: FloatArray
    """Deviation of each, (features,)."""
    linear: FloatArray
    """Of each feature in deviations, (features,)."""
    square: FloatArray
    """Of its square less one, (features,)."""
    offset: float
    of_guess: float
    """Of the first guess's odds."""

    def share(self, features: AnyArray, guess: AnyArray) -> Float32Array:
        """Share of ice of cells (...), 0 to 1, from features (..., features) and a first guess."""
        total = self.offset + self.of_guess * odds(guess)
        for n in range(len(self.centre)):
            deviation = _deviations(features[..., n], self.centre[n], self.scale[n])
            total += self.linear[n] * deviation + self.square[n] * (deviation**2 - 1)
        return np.asarray(logistic(total), np.float32)


def _deviations(values: AnyArray, centre: AnyArray, scale: AnyArray) -> FloatArray:
    # Beyond what was seen a square would run away.
    return np.clip((values - centre) / scale, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)


def logistic(values: AnyArray) -> FloatArray:
    """Share of odds given as logarithms."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def odds(share: AnyArray) -> FloatArray:
    """Logarithm of the odds of a share, within -4 and 4: no guess is surer than that."""
    least = float(logistic(np.array(-_MOST_ODDS)))
    inside = np.clip(np.asarray(share, np.float64), least, 1 - least)
    return np.asarray(np.log(inside / (1 - inside)))


def fit_correction(features: AnyArray, guess: AnyArray, taught: AnyArray) -> Correction:
    """Correction that brings first guesses nearest to what was taught.

    Parameters
    ----------
    features : array (cells, features)
    guess, taught : array (cells,)
        Shares of ice, 0 to 1, by the first guess and by the teacher.

    Notes
    -----
    Newton's method on the cross-entropy of shares with a pull to no correction; it is convex, so
    that there is one answer. The offset is all but free, so that the corrected mean is the taught
    one.
    """
    centre = features.mean(axis=0, dtype=np.float64)
    scale = np.maximum(features.std(axis=0, dtype=np.float64), _LEAST_SPREAD)
    deviations = _deviations(features, centre, scale)
    one, known = np.ones((len(features), 1)), odds(guess)[:, None]
    terms = np.concatenate([one, known, deviations, deviations**2 - 1], axis=1)
    none = np.eye(terms.shape[1])[1]
    pulls = np.full(len(none), _PULL)
    pulls[0] = _PULL_OF_OFFSET
    found = none.copy()
    for _ in range(_STEPS):
        share = logistic(terms @ found)
        slope = terms.T @ (share - taught) / len(terms) + pulls * (found - none)
        bend = np.maximum(share * (1 - share), _LEAST_CURVATURE) / len(terms)
        step = np.linalg.solve((terms * bend[:, None]).T @ terms + np.diag(pulls), slope)
        found -= step * min(1.0, _MOST_STEP / max(float(np.abs(terms @ step).max()), 1e-9))
        if np.abs(step).max() < _SETTLED:
            break
    linear, square = np.split(found[2:], 2)
    return Correction(centre, scale, linear, square, float(found[0]), float(found[1]))


def offset_alone(features: AnyArray, guess: AnyArray, mean: float) -> Correction:
    """Correction that brings the mean of first guesses to a given one, and heeds no feature."""
    known, low, high = odds(guess), -2 * _MOST_ODDS, 2 * _MOST_ODDS
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if logistic(known + middle).mean() < mean else (low, middle)
    nothing = np.zeros(features.shape[-1])
    return Correction(nothing, nothing + 1, nothing, nothing, (low + high) / 2, 1.0)
