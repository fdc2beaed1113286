"""Concentrations and counts of ice masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from icepair._typing import BoolArray, ByteArray
from icepair.conventions import ICE, NO_ANSWER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Concentrations", "concentrations", "count_features"]


@dataclass(frozen=True)
class Concentrations:
    """Shares of area, 0 to 1; None where there is no pixel to speak of."""

    s1: float | None
    """Ice seen by the radar among the pixels valid in both scenes."""
    s2: float | None
    """Ice seen by the optical sensor among the pixels valid in both scenes."""
    s1_own_area: float | None
    """Ice seen by the radar among its own valid pixels."""
    s2_own_area: float | None
    """Ice seen by the optical sensor among its own valid pixels."""
    s1_valid_fraction: float
    """Share of the grid's pixels with an answer of the radar."""
    s2_valid_fraction: float
    """Share of the grid's pixels with an answer of the optical sensor."""
    valid_fraction: float
    """Share of the grid's pixels valid in both."""
    pixels: int
    """Pixels of the grid."""


def concentrations(ice: xr.Dataset) -> Concentrations:
    """Ice concentrations of a pair with masks, computed in one pass.

    Parameters
    ----------
    ice : Dataset
        ``s1_ice`` and ``s2_ice`` on (y, x), as `sea_ice` makes them.

    Returns
    -------
    Concentrations
        Shares from 0 to 1, without unit; None where no pixel has an answer.

    Raises
    ------
    KeyError
        A mask is missing: call `sea_ice` first.

    Notes
    -----
    Every pixel counts alike. In a UTM zone a pixel's area varies by 0.1 % over a tile; the areas
    of a polar stereographic grid are not yet weighted.
    """
    from dask.base import compute

    s1, s2 = ice["s1_ice"], ice["s2_ice"]
    has_s1, has_s2 = s1 != NO_ANSWER, s2 != NO_ANSWER
    both = has_s1 & has_s2
    masks = (
        has_s1, has_s2, both, s1 == ICE, s2 == ICE, both & (s1 == ICE), both & (s2 == ICE),
    )  # fmt: skip
    n1, n2, n, ice1, ice2, ice1_both, ice2_both = (
        int(each) for each in compute(*(mask.sum() for mask in masks))
    )
    return Concentrations(
        s1=_share(ice1_both, n),
        s2=_share(ice2_both, n),
        s1_own_area=_share(ice1, n1),
        s2_own_area=_share(ice2, n2),
        s1_valid_fraction=_share(n1, s1.size) or 0.0,
        s2_valid_fraction=_share(n2, s1.size) or 0.0,
        valid_fraction=_share(n, s1.size) or 0.0,
        pixels=int(s1.size),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def count_features(mask: BoolArray | ByteArray, value: int = True) -> int:
    """Number of 8-connected objects of a value in a mask (rows, columns).

    Needs the memory of two rows besides the mask.
    """
    from icepair.ice import _kernels

    return int(_kernels.count_objects(mask, value))
