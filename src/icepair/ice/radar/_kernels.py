"""Inner loops over the radar's power: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit

_ZERO = np.float32(0)
LEAST_CONTRAST = np.float32(1e-3)


@jit
def _exponential(x):
    """The exponential of float64 without a call, so that rows of them are done by vectors.

    The polynomial of a 64th, to the power of 64: within 2e-8 of it for -7 < x < 7, beyond which no
    change with the angle leads (0.5 dB per degree over 60 degrees).
    """
    y = x * (1.0 / 64.0)
    y = 1.0 + y * (1.0 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720))))))
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y


@jit
def _fill_gains(angle, reference, law, low, gain, whole):
    """Fill a row with the power of water and the worth of what is above; add to the whole."""
    water, ice, water_rate, ice_rate, weight = law
    for c in range(angle.size):
        off = angle[c] - reference if angle[c] == angle[c] else _ZERO
        low[c] = water * _exponential(np.float64(off * water_rate))
        contrast = ice * _exponential(np.float64(off * ice_rate)) - low[c]
        gain[c] = contrast * weight
        whole[c] += gain[c] * contrast


@jit
def _add_above(power, low, gain, above):
    for c in range(power.size):
        above[c] += gain[c] * (power[c] - low[c])


@jit
def _divide(above, whole):
    for c in range(above.size):
        above[c] /= max(whole[c], LEAST_CONTRAST)


@jit
def shares_of_power(looks, angle, reference, laws, shares):
    """Fill with the shares of ice that several looks at the same pixels amount to.

    Row by row, so that the levels at every pixel's angle are computed once for all looks.

    Parameters
    ----------
    looks : tuple of tuple of array of float32 (rows, columns)
        Linear power by look and polarisation.
    angle : array of float32 (rows, columns)
        Of incidence, degrees; NaN stands for the reference angle.
    reference : float32
    laws : tuple of tuple of 5 float32
        By polarisation: power of water and of ice at the reference angle, the change of either
        (logarithm per degree), and the weight of a polarisation for its squared contrast.
    shares : array of float32 (looks, rows, columns)
    """
    rows, columns = angle.shape
    low = np.empty((len(laws), columns), np.float32)
    gain = np.empty((len(laws), columns), np.float32)
    whole = np.empty(columns, np.float32)
    for r in range(rows):
        whole[:] = _ZERO
        for k in range(len(laws)):
            _fill_gains(angle[r], reference, laws[k], low[k], gain[k], whole)
        for n in range(len(looks)):
            above = shares[n, r]
            above[:] = _ZERO
            for k in range(len(laws)):
                _add_above(looks[n][k][r], low[k], gain[k], above)
            _divide(above, whole)
