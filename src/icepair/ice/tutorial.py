"""The tutorial's arithmetic, faults included, so that a user can compare.

Source: *Aligning Sentinel 1 and 2 data in Python*, Norwegian Meteorological Institute (2019).
Nodata counts as water in both scenes, floes that water surrounds are lost to the filling of
holes, and each concentration is over all pixels of the optical window. What is not repeated: the
square that stays in 16 bits, and the upside-down display.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray
from icepair.conventions import ICE, WATER, attributes_of
from icepair.ice.concentration import count_features
from icepair.radar.speckle.median.windows import median_over_windows

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["TutorialMasks", "optical_water", "radar_bytes", "sea_ice_tutorial", "tutorial_masks"]

WATER_BELOW = 2500
"""Digital numbers of band 3 below this are water."""
DARKEST_DB, BRIGHTEST_DB = -30.0, -4.0
"""Backscatter that becomes byte 0 and byte 255."""
_MEDIAN_PIXELS = 5


def radar_bytes(amplitude: AnyArray, noise: AnyArray, table: AnyArray) -> ByteArray:
    """Backscatter as bytes: denoised, 5 x 5 median, decibels, -30 … -4 dB to 0 … 255.

    Parameters
    ----------
    amplitude : array of uint16 (lines, samples)
        Digital numbers; 0 is nodata.
    noise : array of float32 (lines, samples)
        Thermal noise in squared digital numbers.
    table : array of float32 (lines, samples)
        ``sigmaNought`` of the product.

    Returns
    -------
    array of uint8 (lines, samples)
        0 also where the median is not positive, whose decibels are not a number.

    Notes
    -----
    The tutorial's arrays are masked where the amplitude is 0, and its median filter sees what
    lies beneath the mask: NumPy leaves the first operand of a masked operation there, and the
    mask itself is lost. Beneath nodata that is the squared amplitude, 0, so nodata takes part in
    the median of its neighbours as power 0. Beyond its edges the image goes on as in a mirror.
    """
    square = amplitude.astype(np.int64) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        power = (square - noise) / table**2
    power = np.where(amplitude == 0, 0.0, power)
    beyond = _MEDIAN_PIXELS // 2
    mirrored = np.pad(power, beyond, mode="symmetric")
    steady = median_over_windows(mirrored, _MEDIAN_PIXELS)[beyond:-beyond, beyond:-beyond]
    return _rescaled(steady)


def _rescaled(power: AnyArray) -> ByteArray:
    positive = power > 0
    decibels = np.full(power.shape, DARKEST_DB, dtype=power.dtype)
    decibels[positive] = 10 * np.log10(power[positive])
    share = (np.clip(decibels, DARKEST_DB, BRIGHTEST_DB) - DARKEST_DB) / (BRIGHTEST_DB - DARKEST_DB)
    return np.asarray(share * 255, dtype=power.dtype).astype(np.uint8)


def optical_water(digital_numbers: AnyArray) -> BoolArray:
    """Water as the tutorial sees it: band 3 below 2500, its holes filled; nodata (0) is water.

    Parameters
    ----------
    digital_numbers : array of uint16 (rows, columns)
    """
    from scipy import ndimage

    return np.asarray(ndimage.binary_fill_holes(digital_numbers < WATER_BELOW), dtype=bool)


@dataclass(frozen=True)
class TutorialMasks:
    """What the tutorial makes of a pair."""

    s1_ice: ByteArray
    """1 where the regridded byte is at least 1 (rows, columns)."""
    s2_ice: ByteArray
    """1 where the hole-filled water is not (rows, columns)."""
    features: int
    """8-connected objects of the hole-filled water, which the tutorial calls ice features."""

    @property
    def s1_concentration(self) -> float:
        """Share of all pixels of the window."""
        return 1 - int((self.s1_ice == WATER).sum()) / self.s1_ice.size

    @property
    def s2_concentration(self) -> float:
        """Share of all pixels of the window."""
        return 1 - int((self.s2_ice == WATER).sum()) / self.s2_ice.size


def tutorial_masks(
    regridded_bytes: AnyArray, digital_numbers: AnyArray, filled: BoolArray | None = None
) -> TutorialMasks:
    """Masks, concentrations and feature count of the tutorial.

    Parameters
    ----------
    regridded_bytes : array of uint8 (rows, columns)
        `radar_bytes` on the optical grid.
    digital_numbers : array of uint16 (rows, columns)
        Band 3 on that grid; 0 is nodata.
    filled : array of bool (rows, columns), optional
        Where the regridding found a radar pixel; elsewhere is water, as it is where byte 0 was
        left. None: everywhere.
    """
    s1_ice = regridded_bytes >= 1
    if filled is not None:
        s1_ice = s1_ice & filled
    water = optical_water(digital_numbers)
    return TutorialMasks(
        s1_ice=np.where(s1_ice, ICE, WATER).astype(np.uint8),
        s2_ice=np.where(water, WATER, ICE).astype(np.uint8),
        features=count_features(water),
    )


def sea_ice_tutorial(
    pair: xr.Dataset,
    regridded_bytes: AnyArray,
    digital_numbers: AnyArray,
    filled: BoolArray | None = None,
) -> xr.Dataset:
    """Aligned pair with the tutorial's masks added, in the form of `mask.sea_ice`.

    Parameters
    ----------
    pair : Dataset
        On (y, x); its masks, if any, are replaced.
    regridded_bytes, digital_numbers, filled : array (rows, columns)
        As for `tutorial_masks`.

    Returns
    -------
    Dataset
        With ``s1_ice``, ``s2_ice`` (1 where not water, never 255) and ``valid``, 1 everywhere
        because the tutorial counts every pixel.
    """
    masks = tutorial_masks(regridded_bytes, digital_numbers, filled)
    s1_record = {"method": "tutorial", "threshold_db": DARKEST_DB}
    s2_record = {"method": "tutorial", "threshold_digital_number": WATER_BELOW}
    every = np.ones(masks.s1_ice.shape, dtype=np.uint8)

    def variable(name: str, values: ByteArray, record: dict[str, object] | None = None) -> object:
        rule = {} if record is None else {"rule": json.dumps(record)}
        return ("y", "x"), values, attributes_of(name) | rule

    return pair.assign(
        s1_ice=variable("s1_ice", masks.s1_ice, s1_record),
        s2_ice=variable("s2_ice", masks.s2_ice, s2_record),
        valid=variable("valid", every),
    )
