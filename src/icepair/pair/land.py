"""Land on a pair: which pixels it takes the answer from, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray
from icepair.conventions import S1Flag, S2Flag
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.land.choose import coastline_named
from icepair.land.mask import LandMask, land_mask
from icepair.pair.blocks import Block
from icepair.pair.dataset import SensorReader

__all__ = ["Land", "LandReader", "land_on"]

_FLAGS = {"s1_flags": int(S1Flag.LAND), "s2_flags": int(S2Flag.LAND)}


@dataclass(frozen=True, eq=False)
class Land:
    """Land on a target, and where it was taken from."""

    mask: LandMask
    source: str
    """What the coastline is."""
    error_m: float | None
    """Median distance to the real coast; None where not known."""
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
    return Land(mask, coastline.source, coastline.error_m, coast_buffer_m)


@dataclass(frozen=True)
class LandReader:
    """A sensor's reader whose flags tell of land too; values over land are kept."""

    sensor: SensorReader
    mask: LandMask

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
        land = self.mask.block(*block)
        for name, flag in _FLAGS.items():
            if name in result:
                result[name] = result[name] | land * np.uint8(flag)
        return result
