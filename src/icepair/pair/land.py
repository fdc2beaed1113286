"""Land on a pair: which pixels it takes the answer from, and what is said of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.conventions import S1Flag, S2Flag
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.land.choose import coastline_named
from icepair.land.mask import LandMask, land_mask
from icepair.pair.blocks import Block
from icepair.pair.dataset import SensorReader

__all__ = ["Land", "LandReader", "land_on", "with_land"]

_BLOCKS_HELD = 8
"""Sensors ask for a block at about the same time; a megabyte each."""
_FLAGS = {"s1_flags": int(S1Flag.LAND), "s2_flags": int(S2Flag.LAND)}


@dataclass(frozen=True, eq=False)
class Land:
    """Land on a target, and where it was taken from."""

    mask: LandMask
    source: str
    """What the coastline is."""
    error_m: float | None
    """Median distance to the real coast; None where not known."""
    shelves_are_land: bool
    """Whether ice shelves are known to be land in it."""
    coast_buffer_m: float
    """Metres by which it was widened."""

    def values(self) -> dict[str, Any]:
        """As plain values, for a summary."""
        return {
            "source": self.source,
            "error_m": self.error_m,
            "coast_buffer_m": self.coast_buffer_m,
        }


def land_on(target: Grid | SwathGrid, spec: str, coast_buffer_m: float) -> Land | None:
    """Land by the spelling of the command line; None where none is wanted or known.

    Raises
    ------
    UsageError
        The buffer is no width of a coast.
    InputError
        The file of land cannot be used.
    """
    coastline = coastline_named(spec)
    if coastline is None:
        return None
    mask = land_mask(target, coastline, coast_buffer_m)
    return Land(
        mask, coastline.source, coastline.error_m, coastline.shelves_are_land, coast_buffer_m
    )


def with_land(sensors: Sequence[SensorReader], mask: LandMask) -> list[SensorReader]:
    """Readers whose flags tell of land too; what is land in a block is worked out once for all."""

    @functools.lru_cache(maxsize=_BLOCKS_HELD)
    def land_in(top: int, bottom: int, left: int, right: int) -> BoolArray:
        return mask.block(slice(top, bottom), slice(left, right))

    return [LandReader(sensor, land_in) for sensor in sensors]


@dataclass(frozen=True)
class LandReader:
    """A sensor's reader whose flags tell of land too; values over land are kept."""

    sensor: SensorReader
    land_in: Callable[[int, int, int, int], BoolArray]
    """Which pixels from row to row and from column to column are land."""

    @property
    def names(self) -> dict[str, str]:
        """Those of the sensor."""
        return self.sensor.names

    @property
    def resampling(self) -> dict[str, dict[str, str]]:
        """Those of the sensor."""
        return self.sensor.resampling

    def read(self, block: Block) -> dict[str, AnyArray]:
        """All variables of a block by name."""
        result = self.sensor.read(block)
        rows, columns = block
        land = self.land_in(rows.start, rows.stop, columns.start, columns.stop)
        for name, flag in _FLAGS.items():
            if name in result:
                result[name] = result[name] | land * np.uint8(flag)
        return result
