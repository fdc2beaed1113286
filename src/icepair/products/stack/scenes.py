"""Opened scenes whose pixels lie on a grid already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, FloatArray, IntArray
from icepair.conventions import S1Flag, S2Flag, band_name
from icepair.errors import UsageError
from icepair.geo.grid import Grid
from icepair.geo.grid_swath import AngleNet, GridSwath
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.optical import SATURATED
from icepair.products.container import Selection
from icepair.products.rasters import raster_selection
from icepair.products.scene import OpticalScene, RadarScene
from icepair.products.stack.container import StackContainer
from icepair.products.stack.radar_units import to_power
from icepair.products.stack.reflectance import Scaling

__all__ = ["GriddedOpticalScene", "GriddedRadarScene"]


@dataclass(frozen=True)
class GriddedRadarScene(RadarScene):
    """Radar backscatter on a grid, such as terrain-corrected products."""

    grid: Grid
    """Where the pixels lie."""
    units: str
    """``linear`` or ``db``, as stored."""
    stated_time_source: str
    """What `time` is the time of."""
    angles: AngleNet | None = field(default=None, repr=False, compare=False)
    """Incidence angles, where there is a band of them."""

    @property
    def time_source(self) -> str:
        """What `time` is the time of: a grid does not tell when each of its lines was seen."""
        return self.stated_time_source

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of a stored value."""
        return self.container.dtype(self.polarisations[0]).itemsize

    def swath(self, surface: Surface) -> GridSwath:
        """The grid as a swath; its places do not depend on the surface."""
        return GridSwath(self.grid, surface, self.angles)

    def line_time(self, line: FloatArray | float) -> AnyArray:
        """The scene's time for all lines."""
        time = np.datetime64(self.time.replace(tzinfo=None), "us")
        return np.full(np.shape(line), time)[()]

    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first polarisation have a value."""
        values = _stack(self).measured_pixels(self.polarisations[0], rows, columns)
        held: BoolArray = np.isfinite(to_power(values, self.units))
        return held

    def read_sigma_nought(
        self, polarisation: str, window: Window
    ) -> tuple[Float32Array, ByteArray]:
        """Linear power of a window as the file has it, and flags; see `RadarScene`."""
        name = polarisation.upper()
        if name not in self.polarisations:
            raise UsageError(
                f"{self.product} has no polarisation {polarisation!r}; "
                f"it has {', '.join(self.polarisations)}."
            )
        values = _stack(self).read_measured(name, window)
        power = to_power(values, self.units).astype(np.float32)
        flags = np.where(np.isnan(power), np.uint8(S1Flag.NODATA), np.uint8(0))
        return power, flags

    def selections(self, polarisations: Sequence[str], window: Window) -> list[Selection]:
        """Bands of a window."""
        return [raster_selection(self.container, name, window) for name in polarisations]


@dataclass(frozen=True)
class GriddedOpticalScene(OpticalScene):
    """Optical bands on a grid."""

    scaling: Scaling
    """How values become reflectance."""

    @property
    def reflectance_attributes(self) -> dict[str, str]:
        """CF attributes that differ, by the level in the product's name where there is one."""
        if "_MSIL2A_" in self.product:
            return {"standard_name": "surface_bidirectional_reflectance"}
        if "_MSIL1C_" in self.product:
            return {}
        said = "Taken as reflectance at the top of the atmosphere; the file does not say its level."
        return {"comment": said}

    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first band have a value."""
        values = _stack(self).measured_pixels(self.bands[0], rows, columns)
        held: BoolArray = np.isfinite(self._reflectance(self.bands[0], values))
        return held

    def read_reflectance(self, band: str, window: Window) -> tuple[Float32Array, ByteArray]:
        """Reflectance of a window and its flags; see `OpticalScene`."""
        try:
            name = self.variables[band_name(band)]
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"{self.product} has no band {band!r}; it has {', '.join(self.bands)}."
            ) from error
        values = _stack(self).read_measured(name, window)
        result = self._reflectance(name, values)
        saturated = values == _stack(self).layers[name].scaled(np.array(SATURATED, np.float64))
        result[saturated] = np.nan
        flags = np.where(np.isnan(result), np.uint8(S2Flag.NODATA), np.uint8(0))
        flags[saturated] = int(S2Flag.SATURATED)
        return result, flags

    def read_mask(self, name: str, window: Window) -> AnyArray:
        """No gridded scene has quality rasters.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(f"{self.product} has no mask {name!r}; gridded scenes have none.")

    def _reflectance(self, band: str, values: FloatArray) -> Float32Array:
        return self.scaling.apply(values, _stack(self).layers[band].declares_missing)


def _stack(scene: GriddedRadarScene | GriddedOpticalScene) -> StackContainer:
    return cast(StackContainer, scene.container)
