"""A mixture of normal distributions whose means may slope with the incidence angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray

__all__ = ["Mixture", "fit_mixture"]

_ROUNDS = 40
_LEAST_SIGMA = 0.02


@dataclass(frozen=True)
class Mixture:
    """Components in ascending order of the first feature's mean."""

    weights: FloatArray
    """Share of the sample in each component, (components,)."""
    means: FloatArray
    """Mean of each feature at the reference angle, (components, features)."""
    slopes: FloatArray
    """Change of that mean per degree from the reference angle, (components, features)."""
    sigmas: FloatArray
    """Standard deviations, (components, features)."""

    def log_densities(self, features: FloatArray, off_angle: FloatArray) -> FloatArray:
        """Log of weight times density of every component.

        Parameters
        ----------
        features : array (samples, features)
        off_angle : array (samples,)
            Degrees from the reference angle.

        Returns
        -------
        array (samples, components)
        """
        total = np.log(self.weights) - np.log(self.sigmas).sum(axis=1)
        # Feature by feature: one array of samples, components and features takes twice as long.
        for values, mean, slope, sigma in zip(
            features.T, self.means.T, self.slopes.T, self.sigmas.T, strict=True
        ):
            z = (values[:, None] - mean - slope * off_angle[:, None]) / sigma
            total = total - 0.5 * z * z
        return np.asarray(total)


def _responsibilities(log_densities: FloatArray) -> FloatArray:
    top = log_densities.max(axis=1, keepdims=True)
    share = np.exp(log_densities - top)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def _evenly_spaced(features: FloatArray, components: int, prior_slopes: FloatArray) -> Mixture:
    low, high = np.quantile(features, [0.005, 0.995], axis=0)
    steps = (np.arange(components) + 0.5) / components
    means = low + steps[:, None] * (high - low)
    sigmas = np.tile(np.maximum((high - low) / (2 * components), _LEAST_SIGMA), (components, 1))
    return Mixture(
        np.full(components, 1 / components), means, np.tile(prior_slopes, (components, 1)), sigmas
    )


def _refit(
    share: FloatArray,
    features: FloatArray,
    off_angle: FloatArray,
    prior_slopes: FloatArray,
    stiffness: float,
) -> Mixture:
    count = share.sum(axis=0) + 1e-9
    centre = (share.T @ features) / count[:, None]
    angle = (share.T @ off_angle) / count
    lever = share.T @ (off_angle**2) - count * angle**2
    joint = share.T @ (off_angle[:, None] * features) - (count * angle)[:, None] * centre
    pull = stiffness * count[:, None]
    slopes = (joint + pull * prior_slopes) / (lever[:, None] + pull)
    means = centre - slopes * angle[:, None]
    square = share.T @ features**2 / count[:, None] - centre**2
    explained = 2 * slopes * joint / count[:, None] - slopes**2 * (lever / count)[:, None]
    sigmas = np.sqrt(np.maximum(square - explained, _LEAST_SIGMA**2))
    return Mixture(np.maximum(count / count.sum(), 1e-6), means, slopes, sigmas)


def fit_mixture(
    features: FloatArray,
    off_angle: FloatArray,
    *,
    components: int,
    prior_slopes: FloatArray,
    stiffness: float = 1.0,
) -> Mixture:
    """Mixture that describes a sample, by expectation and maximisation from an even start.

    Parameters
    ----------
    features : array (samples, features)
        Finite values.
    off_angle : array (samples,)
        Incidence angle less the reference angle, degrees.
    components : int
        How many; more than there are classes does no harm, neighbours then share a class.
    prior_slopes : array (features,)
        Expected slope per degree, kept where the sample spans too few degrees to tell.
    stiffness : float
        Variance of the angle, in square degrees, at which sample and expectation count alike.

    Returns
    -------
    Mixture
        In ascending order of the first feature.

    Notes
    -----
    Dempster, Laird and Rubin (1977); slopes by class as in Lohse et al. (2020), Annals of
    Glaciology 61, 260-270. Deterministic: there are no random starts.
    """
    mixture = _evenly_spaced(features, components, prior_slopes)
    for _ in range(_ROUNDS):
        share = _responsibilities(mixture.log_densities(features, off_angle))
        mixture = _refit(share, features, off_angle, prior_slopes, stiffness)
    order = np.argsort(mixture.means[:, 0], kind="stable")
    return Mixture(
        mixture.weights[order], mixture.means[order], mixture.slopes[order], mixture.sigmas[order]
    )
