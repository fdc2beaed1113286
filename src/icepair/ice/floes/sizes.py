"""How the sizes of floes are distributed, and the power law that fits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.errors import UsageError
from icepair.ice.floes.place import places_of

if TYPE_CHECKING:
    from icepair.ice.floes.objects import Floes

__all__ = ["PowerLaw", "SizeDistribution", "size_distribution"]

FEWEST = 50
"""Floes above the lower end of a fit; with fewer, exponents are not to be trusted (Clauset)."""
_CANDIDATES = 40
"""Lower ends that are tried."""
_NODES = 400
"""Of the integrals over diameters."""
_EXPONENTS = (-2.0, 12.0)


@dataclass(frozen=True)
class PowerLaw:
    """Number of floes per diameter in proportion to diameter to the power of -`exponent`."""

    exponent: float
    """Of the density; N(> d) of an endless law falls by one less."""
    standard_error: float
    """Of the exponent, from the number of floes alone."""
    least_m: float
    """Diameter from which on it is fitted."""
    largest_m: float
    """Diameter to which it is: no larger floe could lie in the window uncut."""
    floes: int
    """In that range."""
    distance: float
    """Kolmogorov's: the largest difference of the shares N(> d), seen and fitted."""


@dataclass(frozen=True)
class SizeDistribution:
    """Diameters of whole floes, and what they say."""

    diameter_m: FloatArray
    """Mean caliper diameters of floes that are not cut, falling."""
    number: IntArray
    """Floes at least so large: 1, 2, …"""
    area_weighted_m: float
    """Mean diameter weighted by area; NaN without floes."""
    cut_floes: int
    """Left out because they go on outside the window or under what has no answer."""
    cut_area_share: float
    """Of the area of all floes; large floes are cut more often, so this is what is missing most."""
    power_law: PowerLaw | None
    """None where it cannot be told."""
    note: str
    """Why it cannot be told; else empty."""


def size_distribution(found: Floes, *, least_m: float | None = None) -> SizeDistribution:
    """Sizes of floes with their power law.

    Parameters
    ----------
    found : Floes
        What `icepair.floes` gives.
    least_m : float, optional
        Diameter from which on a power law is fitted. None: that from which on the law fits best,
        by Kolmogorov's distance.

    Returns
    -------
    SizeDistribution

    Raises
    ------
    UsageError
        `least_m` is not a length.

    Notes
    -----
    Maximum likelihood, continuous, with a lower end (Clauset, Shalizi and Newman, 2009). A floe of
    diameter d lies whole in a window of W by H with a probability of (1 - d/W)(1 - d/H) at most, so
    the density that is fitted is that times the power, up to the window's shorter side: neither
    the end of the window nor the loss of cut floes is taken for a steeper law (Miles, 1974).
    Pixels without an answer inside the window cut floes too; that is not corrected.
    """
    if least_m is not None and not (np.isfinite(least_m) and least_m > 0):
        raise UsageError(f"least_m is a diameter in metres above 0, not {least_m!r}.")
    table = found.table
    whole = table[~table["cut"]] if len(table) else table
    area = whole["area"].to_numpy(dtype=float)
    diameter = whole["caliper"].to_numpy(dtype=float)
    law, note = _law(diameter, found, least_m)
    total = float(table["area"].sum())
    return SizeDistribution(
        diameter_m=np.sort(diameter)[::-1],
        number=np.arange(1, diameter.size + 1),
        area_weighted_m=float(np.sum(diameter * area) / area.sum()) if area.size else float("nan"),
        cut_floes=len(table) - len(whole),
        cut_area_share=1.0 - float(area.sum()) / total if total else 0.0,
        power_law=law,
        note=note,
    )


def _law(diameter: FloatArray, found: Floes, least_m: float | None) -> tuple[PowerLaw | None, str]:
    """The law, or why there is none."""
    pixel = places_of(found.labels).pixel_m
    window = (pixel * found.labels.shape[1], pixel * found.labels.shape[0])
    seen = np.sort(diameter[diameter < min(window)])
    least = max(least_m or 0.0, found.smallest_m)
    usable = seen[seen >= least]
    if usable.size < FEWEST:
        return None, (
            f"There are {usable.size} whole floes of {least:g} m or more, and {FEWEST} are the "
            "fewest that tell a power law: look at a larger window, or pool several."
        )
    if least_m is not None:
        return _fit(usable, least, window), ""
    ends = usable[: usable.size - FEWEST + 1]
    ends = np.unique(np.quantile(ends, np.linspace(0.0, 1.0, _CANDIDATES), method="lower"))
    laws = [_fit(usable[usable >= end], float(end), window) for end in ends]
    return min(laws, key=lambda law: law.distance), ""


def _fit(diameter: FloatArray, least: float, window: tuple[float, float]) -> PowerLaw:
    """Law of sorted diameters that are at least `least`."""
    from scipy.optimize import brentq

    largest = min(window)
    nodes = np.geomspace(least, largest, _NODES)
    logs, mean = np.log(nodes), float(np.log(diameter).mean())
    # By the logarithm of the diameter, so one power of it more.
    seen = (1 - nodes / window[0]) * (1 - nodes / window[1]) * nodes

    def moments(exponent: float) -> tuple[float, float, FloatArray]:
        weight = seen * np.exp(-exponent * (logs - logs[0]))
        between = 0.5 * (weight[1:] + weight[:-1])
        share = between / between.sum()
        middle = 0.5 * (logs[1:] + logs[:-1])
        first = float(share @ middle)
        return first, float(share @ (middle - first) ** 2), share

    low, high = _EXPONENTS
    if moments(low)[0] <= mean:
        exponent = low
    elif moments(high)[0] >= mean:
        exponent = high
    else:
        exponent = float(brentq(lambda guess: moments(guess)[0] - mean, low, high, xtol=1e-6))
    _, variance, share = moments(exponent)
    fitted = np.interp(np.log(diameter), logs, np.concatenate([[0.0], np.cumsum(share)]))
    steps = np.arange(diameter.size + 1) / diameter.size
    distance = max(np.abs(fitted - steps[1:]).max(), np.abs(fitted - steps[:-1]).max())
    return PowerLaw(
        exponent=exponent,
        standard_error=float(1.0 / np.sqrt(diameter.size * variance)),
        least_m=float(least),
        largest_m=float(largest),
        floes=int(diameter.size),
        distance=float(distance),
    )
