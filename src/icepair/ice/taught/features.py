"""What a taught radar is told of a cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.neighbours import filled, local_mean, local_range
from icepair.ice.radar.levels import REFERENCE_ANGLE, decibels, prior_slopes
from icepair.ice.taught.correction import odds

__all__ = [
    "AROUND", "CONTEXT", "REACH", "cell_features", "columns_of", "feature_names", "with_context",
]  # fmt: skip

_NAMES = ("cell", "mean over 3", "mean over 5", "mean over 11", "deviation over 5", "least", "most")
_LEVELS = np.array([True, True, True, True, False, True, True])
"""Which of them are levels, that fall with the incidence angle."""
CONTEXT = "ice over 21"
"""What is told besides, once a first correction is made: the share of ice around, as odds."""
REACH = 7
"""Cells on each side that features look at, one to fill gaps from among them."""
AROUND = 10
"""Cells on each side of which `CONTEXT` is the mean."""

_NARROW, _WIDE, _BROAD = (1.0, 2.0, 1.0), (1.0, 2.0, 2.0, 2.0, 1.0), (1.0,) * 11
_FLAT, _FAR = (1.0,) * 5, 4


def feature_names(polarisations: tuple[str, ...]) -> tuple[str, ...]:
    """Names of what `cell_features` gives, in its order."""
    return tuple(f"{name} {what}" for name in polarisations for what in _NAMES)


def columns_of(polarisations: int, *names: str) -> list[int]:
    """Where `cell_features` has features of these names, in each of so many polarisations."""
    return [len(_NAMES) * n + _NAMES.index(name) for n in range(polarisations) for name in names]


def cell_features(powers: Mapping[str, AnyArray], incidence: AnyArray | None) -> Float32Array:
    """Seven features of cells in each polarisation (rows, columns, features), dB.

    Parameters
    ----------
    powers : mapping of polarisation to array (rows, columns)
        Linear, one value for each cell; NaN for none.
    incidence : array (rows, columns) or None
        Degrees; 30 where it is not known. Levels are brought to 30 degrees by the usual slopes:
        a slope learnt of half a scene would be carried to angles at which nothing was taught.
    """
    names = tuple(powers)
    off = 0.0 if incidence is None else np.nan_to_num(incidence - REFERENCE_ANGLE)
    columns = []
    for name, slope in zip(names, prior_slopes(names), strict=True):
        for level, falls in zip(_levels(name, powers[name]), _LEVELS, strict=True):
            columns.append(level - slope * off if falls else level)
    return np.stack(columns, axis=-1).astype(np.float32)


def _levels(name: str, power: AnyArray) -> list[AnyArray]:
    # A cell whose middle is not known may hold pixels that are.
    power = filled(np.asarray(power, np.float32))
    narrow, wide, broad = (local_mean(power, 1, taps) for taps in (_NARROW, _WIDE, _BROAD))
    mean, square = local_mean(power, 1, _FLAT), local_mean(power * power, 1, _FLAT)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    extremes = local_range(wide, 1, _FAR)
    return [decibels(each, name) for each in (power, narrow, wide, broad, deviation, *extremes)]


def with_context(features: AnyArray, share: AnyArray) -> Float32Array:
    """Features with `CONTEXT` after them, of shares of ice (rows, columns)."""
    around = odds(local_mean(share, 1, (1.0,) * (2 * AROUND + 1)))
    return np.concatenate([features, around[..., None]], axis=-1, dtype=np.float32)
