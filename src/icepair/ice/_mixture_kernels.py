"""Inner loops over samples of a mixture of normal distributions: plain arrays, nothing raised."""

from __future__ import annotations

import math

import numpy as np

from icepair._jit import jit


@jit
def _fill_log_densities(values, off_angle, base, means, slopes, sigmas, densities):
    """Log densities of one sample, (components,); parameters as for `log_densities`."""
    for k in range(base.size):
        densities[k] = base[k]
        for f in range(values.size):
            z = (values[f] - means[k, f] - slopes[k, f] * off_angle) / sigmas[k, f]
            densities[k] -= 0.5 * z * z


@jit
def log_densities(features, off_angle, base, means, slopes, sigmas):
    """Log of weight times density of every component.

    Parameters
    ----------
    features : array of float64 (samples, features)
    off_angle : array of float64 (samples,)
        Degrees from the reference angle.
    base : array of float64 (components,)
        Log of the weight over the product of the deviations.
    means, slopes, sigmas : arrays of float64 (components, features)

    Returns
    -------
    array of float64 (samples, components)
    """
    densities = np.empty((off_angle.size, base.size))
    for n in range(off_angle.size):
        _fill_log_densities(features[n], off_angle[n], base, means, slopes, sigmas, densities[n])
    return densities


@jit
def _responsibilities(densities):
    """Turn log densities of a sample into its shares in the components."""
    top = densities[0]
    for k in range(1, densities.size):
        top = max(top, densities[k])
    total = 0.0
    for k in range(densities.size):
        densities[k] = math.exp(densities[k] - top)
        total += densities[k]
    for k in range(densities.size):
        densities[k] /= total


@jit
def gather(features, off_angle, base, means, slopes, sigmas):
    """Gather the sums over a sample that its components are made of anew.

    Parameters
    ----------
    features, off_angle, base, means, slopes, sigmas
        As for `log_densities`.

    Returns
    -------
    of_angle : array of float64 (3, components)
        Of shares, and of shares times the angle and its square.
    of_features : array of float64 (3, components, features)
        Of shares times each feature, its square, and its product with the angle.
    """
    of_angle = np.zeros((3, base.size))
    of_features = np.zeros((3, base.size, features.shape[1]))
    share = np.empty(base.size)
    for n in range(off_angle.size):
        angle = off_angle[n]
        _fill_log_densities(features[n], angle, base, means, slopes, sigmas, share)
        _responsibilities(share)
        for k in range(base.size):
            of_angle[0, k] += share[k]
            of_angle[1, k] += share[k] * angle
            of_angle[2, k] += share[k] * angle * angle
            for f in range(features.shape[1]):
                value = features[n, f]
                of_features[0, k, f] += share[k] * value
                of_features[1, k, f] += share[k] * value * value
                of_features[2, k, f] += share[k] * value * angle
    return of_angle, of_features
