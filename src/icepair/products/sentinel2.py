"""An opened Sentinel-2 scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, IntArray
from icepair.conventions import S2Flag, band_name
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.optical import NO_DATA, SATURATED, reflectance
from icepair.products.rasters import read_pixels, read_raster
from icepair.products.scene import OpticalScene

__all__ = ["Sentinel2Scene"]


@dataclass(frozen=True)
class Sentinel2Scene(OpticalScene):
    """An optical tile: metadata, grid, and rasters by window."""

    level: str
    """``L1C`` or ``L2A``."""
    tile: str
    """Tile of the military grid, ``39XVL``; empty where the file does not say."""
    baseline: str
    """Processing baseline, ``05.09``; empty where only the offset is known."""
    offsets: Mapping[str, int] = field(compare=False)
    """What is added to a digital number before division, by band: 0 or -1000."""
    quantification: float
    """Divisor of ``reflectance = (DN + offset) / quantification``."""

    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first band have a digital number above 0."""
        name = self.variables[self.bands[0]]
        held: BoolArray = read_pixels(self.container, name, rows, columns) > 0
        return held

    def read_reflectance(self, band: str, window: Window) -> tuple[Float32Array, ByteArray]:
        """Reflectance of a window and its flags; see `OpticalScene`."""
        numbers = self.read_digital_numbers(band, window)
        values = reflectance(numbers, self.offsets[band_name(band)], self.quantification)
        flags = np.zeros(numbers.shape, dtype=np.uint8)
        flags[numbers == NO_DATA] = int(S2Flag.NODATA)
        flags[numbers == SATURATED] = int(S2Flag.SATURATED)
        return values, flags

    def read_digital_numbers(self, band: str, window: Window) -> AnyArray:
        """Digital numbers of a band, uint16, 0 where there are none, 65535 where saturated.

        Parameters
        ----------
        band
            Any usual spelling: ``B02``, ``B2``, ``b8a``.
        window
            Rows and columns of the whole tile.

        Raises
        ------
        UsageError
            The product lacks the band, or the window leaves the tile.
        DamagedFileError
            The numbers cannot be read.
        """
        try:
            variable = self.variables[band_name(band)]
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"{self.product} has no band {band!r}; it has {', '.join(self.bands)}."
            ) from error
        return read_raster(self.container, variable, window).astype(np.uint16, copy=False)

    def read_mask(self, name: str, window: Window) -> AnyArray:
        """Quality raster as stored, uint8 or uint16; 0 is a value there, not a gap.

        Raises
        ------
        UsageError
            The product has no raster of this name, or the window leaves the tile.
        DamagedFileError
            The numbers cannot be read.
        """
        if name not in self.masks:
            raise UsageError(
                f"{self.product} has no mask {name!r}; "
                f"it has {', '.join(self.masks) or 'none at all'}."
            )
        return read_raster(self.container, name, window)
