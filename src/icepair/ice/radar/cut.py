"""Which share of ice is enough for a radar pixel to be ice."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, BoolArray, FloatArray

__all__ = ["MIDDLE", "clear_of_mixtures", "half_of_dark"]

MIDDLE = 0.46
"""A little below the half: ice varies more than water, and its dark side must not be lost."""

_NO_THIN = 0.42
_THIN_BELOW = 0.6
_DARK, _EDGE, _THICK = (0.1, 0.4), (0.4, 0.6), 0.8
_MOST_FLAT_EDGE, _LEAST_CONTRAST = 0.1, 0.05
_FEW, _MANY = 0.05, 0.08


def half_of_dark(kinds: list[FloatArray], water_sigma: float) -> float:
    """Half of the dark kinds of ice; without a dark kind, clear of the water's own spread.

    Parameters
    ----------
    kinds : list of array (samples,)
        Shares of the flat samples of every kind of ice.
    water_sigma : float
        Deviation of the share over flat water.
    """
    dark = [share for share in kinds if share.size and np.median(share) < _THIN_BELOW]
    if dark:
        return float(np.clip(0.5 * np.median(np.concatenate(dark)), 2 * water_sigma, MIDDLE))
    return float(np.clip(4 * water_sigma, _NO_THIN, MIDDLE))


def clear_of_mixtures(threshold: float, share: AnyArray, flat: BoolArray) -> float:
    """Threshold, raised where more mixtures than thin ice would come above it.

    Parameters
    ----------
    threshold : float
        Half of the dark kinds of ice.
    share : array (samples,)
        Share of ice of samples from everywhere, edges too.
    flat : array (samples,)
        Which of them have flat surroundings.

    Notes
    -----
    A low threshold is for thin ice, which lies flat like thick ice; and ordinary edges fill all
    shares between water and ice alike. Dark samples that are neither are narrow leads and brash
    thinned out by water, and most of their area is water. Water's own spread is taken off by its
    lower side, which no mixture reaches.
    """
    dark, dark_flat = _above_water(share, flat, _DARK)
    edge, edge_flat = _above_water(share, flat, _EDGE)
    thick = flat[share > _THICK].mean() if (share > _THICK).any() else 1.0
    mixed = min(edge_flat / edge, _MOST_FLAT_EDGE)
    thin = np.clip((dark_flat / dark - mixed) / max(thick - mixed, _LEAST_CONTRAST), 0.0, 1.0)
    of_edges = edge * (_DARK[1] - _DARK[0]) / (_EDGE[1] - _EDGE[0])
    unexplained = (dark * (1 - thin) - of_edges) / max(1, np.count_nonzero(share > 0.5))
    raised = np.interp(unexplained, [_FEW, _MANY], [threshold, _NO_THIN])
    return max(threshold, float(raised))


def _above_water(share: AnyArray, flat: BoolArray, limits: tuple[float, float]) -> tuple[int, int]:
    """Samples between two shares, all and flat ones, less as many as water's spread explains."""
    low, high = limits
    above = (share > low) & (share <= high)
    below = (share >= -high) & (share < -low)
    of_all = int(np.count_nonzero(above)) - int(np.count_nonzero(below))
    of_flat = int(np.count_nonzero(above & flat)) - int(np.count_nonzero(below & flat))
    return max(1, of_all), max(0, of_flat)
