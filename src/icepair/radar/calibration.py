"""Sentinel-1 numbers to physics: calibration, decibels, incidence angle."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray

__all__ = ["incidence_from_tables", "noise_equivalent", "sigma_nought", "to_decibel"]


def sigma_nought(amplitude: AnyArray, noise: AnyArray, table: AnyArray) -> Float32Array:
    """Sigma nought with thermal noise removed, linear power.

    ``(amplitude^2 - noise) / table^2`` (Sentinel-1 Level 1 Detailed Algorithm Definition,
    S1-TN-MDA-52-7445, radiometric calibration; noise removal after MPC-0392).

    Parameters
    ----------
    amplitude : array
        Digital numbers, any real type, 0 where there are none.
    noise : array
        Thermal noise power in squared digital numbers, 0 where unknown; shape of `amplitude`.
    table : array
        Calibration table ``sigmaNought``, NaN or not positive where unknown; shape of `amplitude`.

    Returns
    -------
    array
        float32. Negative where the noise exceeds what was measured: that is normal over calm
        water and must survive averaging. NaN where the amplitude is 0 or the table has no value.
    """
    from icepair.radar import _kernels

    power = np.empty(np.shape(amplitude), dtype=np.float32)
    number, noises, scale = (
        np.ascontiguousarray(values).reshape(-1) for values in (amplitude, noise, table)
    )
    _kernels.sigma_nought(number, noises, scale, power.reshape(-1))
    return power


def noise_equivalent(noise: AnyArray, table: AnyArray) -> Float32Array:
    """Noise equivalent sigma zero (NESZ), linear power: ``noise / table^2``.

    Parameters
    ----------
    noise : array
        Thermal noise power in squared digital numbers, not positive where unknown.
    table : array
        Calibration table ``sigmaNought``, NaN or not positive where unknown; shape of `noise`.

    Returns
    -------
    array
        float32, NaN where either is unknown.
    """
    known = (np.asarray(noise) > 0) & (np.asarray(table) > 0)
    scale = np.square(np.where(known, table, np.nan), dtype=np.float64)
    return np.asarray(noise / scale, dtype=np.float32)


def to_decibel(power: AnyArray, floor_db: float | None = None) -> Float32Array:
    """Ten times the decimal logarithm of linear power.

    Parameters
    ----------
    power : array
        Linear power.
    floor_db : float, optional
        Decibels given to power at or below that level, zero and negative power included; without
        it such power has no decibels.

    Returns
    -------
    array
        float32 decibels; NaN where `power` is NaN and, without a floor, where it is not positive.
    """
    values = np.asarray(power, dtype=np.float64)
    decibels = np.full(values.shape, np.nan)
    np.log10(values, out=decibels, where=values > 0.0)
    decibels *= 10.0
    if floor_db is not None:
        decibels = np.where(np.isnan(values), np.nan, np.fmax(decibels, floor_db))
    return np.asarray(decibels, dtype=np.float32)


def incidence_from_tables(sigma_table: AnyArray, gamma_table: AnyArray) -> FloatArray:
    """Incidence angle from two calibration tables, ``arccos((gamma / sigmaNought)^2)``.

    The tables differ by the cosine of the angle, since gamma nought is sigma nought over it;
    on real annotation the result is good to 0.03 degrees rms.

    Parameters
    ----------
    sigma_table, gamma_table : array
        Tables ``sigmaNought`` and ``gamma`` of one polarisation.

    Returns
    -------
    array
        Degrees; NaN where a table has no value or the two allow no angle.
    """
    sigma = np.asarray(sigma_table, dtype=np.float64)
    gamma = np.asarray(gamma_table, dtype=np.float64)
    possible = (gamma > 0.0) & (sigma >= gamma)
    ratio = np.divide(gamma, sigma, out=np.full(possible.shape, np.nan), where=possible)
    return np.asarray(np.degrees(np.arccos(ratio**2)))
