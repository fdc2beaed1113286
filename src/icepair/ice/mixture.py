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
        from icepair.ice import _mixture_kernels

        densities: FloatArray = _mixture_kernels.log_densities(*_plain(features, off_angle, self))
        return densities


def _plain(features: FloatArray, off_angle: FloatArray, mixture: Mixture) -> tuple[FloatArray, ...]:
    """What the kernels take: arrays of one layout, for which they are compiled once."""
    base = np.log(mixture.weights) - np.log(mixture.sigmas).sum(axis=1)
    arrays = (features, off_angle, base, mixture.means, mixture.slopes, mixture.sigmas)
    return tuple(np.ascontiguousarray(values, dtype=np.float64) for values in arrays)


def _evenly_spaced(features: FloatArray, components: int, prior_slopes: FloatArray) -> Mixture:
    low, high = np.quantile(features, [0.005, 0.995], axis=0)
    steps = (np.arange(components) + 0.5) / components
    means = low + steps[:, None] * (high - low)
    sigmas = np.tile(np.maximum((high - low) / (2 * components), _LEAST_SIGMA), (components, 1))
    return Mixture(
        np.full(components, 1 / components), means, np.tile(prior_slopes, (components, 1)), sigmas
    )


def _refit(
    mixture: Mixture,
    features: FloatArray,
    off_angle: FloatArray,
    prior_slopes: FloatArray,
    stiffness: float,
) -> Mixture:
    """Mixture made of a sample's shares in the components of another."""
    from icepair.ice import _mixture_kernels

    of_angle, of_features = _mixture_kernels.gather(*_plain(features, off_angle, mixture))
    count = of_angle[0] + 1e-9
    centre, square, product = of_features / count[:, None]
    angle = of_angle[1] / count
    lever = of_angle[2] / count - angle**2
    joint = product - angle[:, None] * centre
    slopes = (joint + stiffness * prior_slopes) / (lever[:, None] + stiffness)
    explained = 2 * slopes * joint - slopes**2 * lever[:, None]
    sigmas = np.sqrt(np.maximum(square - centre**2 - explained, _LEAST_SIGMA**2))
    means = centre - slopes * angle[:, None]
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
        mixture = _refit(mixture, features, off_angle, prior_slopes, stiffness)
    order = np.argsort(mixture.means[:, 0], kind="stable")
    return Mixture(
        mixture.weights[order], mixture.means[order], mixture.slopes[order], mixture.sigmas[order]
    )
