"""An opened Sentinel-2 scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, IntArray
from icepair.conventions import S2Flag, band_name
from icepair.errors import UnsupportedProductError, UsageError
from icepair.geo.window import Window
from icepair.optical import NO_DATA, is_saturated, reflectance
from icepair.products.enlarged import restored, stored_window
from icepair.products.rasters import check_window, read_pixels, read_raster
from icepair.products.scene import IMAGED, OpticalScene
from icepair.products.tile_angles import Angles, TileAngles, angles_at

__all__ = ["IMAGED", "Sentinel2Scene"]


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
    datatake: str = field(default="", kw_only=True)
    """Unit, start and absolute orbit, ``S2B_20221130T084444_032624``; empty where not told."""
    angles: TileAngles | None = field(default=None, repr=False, compare=False, kw_only=True)
    """Grids of angles; None where the product has none that can be used."""
    enlarged: frozenset[str] = field(default=frozenset(), repr=False, kw_only=True)
    """Bands of 60 m that were brought to 10 m wrongly and are put right as they are read."""

    @property
    def reflectance_attributes(self) -> dict[str, str]:
        """CF attributes that differ; level 2A is reflectance at the surface."""
        at_surface = {"standard_name": "surface_bidirectional_reflectance"}
        return at_surface if self.level == "L2A" else {}

    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first band have a digital number above 0.

        A container with the raster `IMAGED` answers by it, true to a pixel of that raster.
        """
        name = IMAGED if IMAGED in self.container.names else self.variables[self.bands[0]]
        held: BoolArray = read_pixels(self.container, name, rows, columns) > 0
        return held

    def read_reflectance(self, band: str, window: Window) -> tuple[Float32Array, ByteArray]:
        """Reflectance of a window and its flags; see `OpticalScene`."""
        numbers = self.read_digital_numbers(band, window)
        values = reflectance(numbers, self.offsets[band_name(band)], self.quantification)
        flags = np.zeros(numbers.shape, dtype=np.uint8)
        flags[numbers == NO_DATA] = int(S2Flag.NODATA)
        flags[is_saturated(numbers)] = int(S2Flag.SATURATED)
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
        name = self._known_band(band)
        variable = self.variables[name]
        check_window(self.container, variable, window)
        stored = read_raster(self.container, variable, self.stored_window(name, window))
        numbers = stored.astype(np.uint16, copy=False)
        return restored(numbers, window, self.shape) if name in self.enlarged else numbers

    def stored_window(self, band: str, window: Window) -> Window:
        """Part of the stored band that a window of it is made from; see `OpticalScene`."""
        return stored_window(window, self.shape) if band in self.enlarged else window

    def read_angles(self, window: Window, band: str = "B03") -> Angles:
        """Angles of the sun, and of the satellite as a band's detectors saw it.

        Parameters
        ----------
        window
            Rows and columns of the whole tile.
        band
            Any usual spelling. Bands look in directions up to a degree apart.

        Returns
        -------
        Angles
            Interpolated to the centres of the pixels. At a seam between two detectors the angles
            jump where the band's detector footprints (``MSK_DETFOO``) say so; in a product without
            these they are the mean of both within half a node (2.5 km) of what both saw.

        Raises
        ------
        UsageError
            The product lacks the band, or the window leaves the tile.
        UnsupportedProductError
            The product has no angles per detector, as the archive's NetCDF.
        DamagedFileError
            The footprints cannot be read.
        """
        name = self._known_band(band)
        check_window(self.container, self.variables[name], window)
        if self.angles is None:
            raise UnsupportedProductError(
                f"{self.address} has no grids of angles by detector; take the SAFE product of the "
                "same scene."
            )
        footprints = f"MSK_DETFOO_{name}"
        known = footprints in self.masks
        detectors = self.read_mask(footprints, window) if known else None
        return angles_at(self.angles, name, window, detectors)

    def _known_band(self, band: str) -> str:
        try:
            name = band_name(band)
            self.variables[name]
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"{self.product} has no band {band!r}; it has {', '.join(self.bands)}."
            ) from error
        return name

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
