"""An opened Sentinel-1 GRD scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from icepair._typing import (
    AnyArray,
    BoolArray,
    ByteArray,
    Float32Array,
    IntArray,
)
from icepair.conventions import S1Flag
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.products.attributes import number
from icepair.products.container import Selection
from icepair.products.decimated import (
    CALIBRATION,
    NOISE,
    RebuiltTable,
    TablePlan,
    plan_table,
    read_table,
)
from icepair.products.noise_repair import repaired_noise, window_to_repair
from icepair.products.rasters import (
    check_window,
    missing_as_nan,
    raster_selection,
    read_pixels,
    read_raster,
)
from icepair.products.scene import IMAGED
from icepair.products.sentinel1_places import SwathScene
from icepair.products.subswath_blocks import subswath_blocks
from icepair.products.thermal_noise import NoiseStatus, usable_noise
from icepair.products.unimaged import unimaged
from icepair.radar import noise_equivalent, sigma_nought
from icepair.radar.border import FAINTEST, has_border_noise

__all__ = ["Sentinel1Scene"]


@dataclass(frozen=True)
class Sentinel1Scene(SwathScene):
    """A ground-range detected radar scene: metadata, geolocation, and rasters by window.

    Lines are rows and samples are columns, zero-based, in the order of the file's rasters.
    """

    noise_status: Mapping[str, NoiseStatus] = field(compare=False)
    """What is known of thermal noise, by polarisation."""
    tables: Mapping[str, RebuiltTable] = field(default_factory=dict, repr=False, compare=False)
    """Calibration and noise tables at hand, by variable; see `with_tables`."""

    @property
    def bytes_per_pixel(self) -> int:
        """An amplitude (2), a noise and a calibration value (4 each)."""
        return 10

    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first polarisation have a digital number above 0.

        A container with the raster `IMAGED` answers by it, true to a pixel of that raster.
        """
        names = self.container.names
        name = IMAGED if IMAGED in names else f"Amplitude_{self.polarisations[0]}"
        held: BoolArray = read_pixels(self.container, name, rows, columns) > 0
        return held

    def read_sigma_nought(
        self, polarisation: str, window: Window
    ) -> tuple[Float32Array, ByteArray]:
        """Sigma nought with thermal noise removed, and flags; see `RadarScene`."""
        amplitude = self.read_amplitude(polarisation, window)
        noise = self.read_noise(polarisation, window)
        table = self.read_sigma_nought_table(polarisation, window)
        power = sigma_nought(amplitude, noise, table)
        flags = np.zeros(power.shape, dtype=np.uint8)
        flags[np.isnan(power)] = S1Flag.NODATA
        if self.noise_status[polarisation.upper()] != "removed":
            flags[(noise <= 0) & (flags == 0)] = S1Flag.NO_NOISE
        if has_border_noise(self.processor_version):
            border = self.read_unimaged(window)
            # Zeros among the border's numbers stay what they are everywhere.
            flags[border & (flags != S1Flag.NODATA)] = S1Flag.BORDER_NOISE
            power[border] = np.nan
        return power, flags

    def read_unimaged(self, window: Window) -> BoolArray:
        """Which pixels at the image's edges have numbers but were not imaged.

        By thermal noise in the first polarisation, for processors before IPF 2.90 alone; by the
        faintest that there is where a table is missing or of zeros. See `icepair.radar.border`.
        Near an edge everything up to it is read. Raises as `read_amplitude`.
        """
        if not has_border_noise(self.processor_version):
            return np.zeros(window.shape, dtype=np.bool_)
        first = self.polarisations[0]
        known = self.noise_status[first] in ("table", "removed")
        noise = self.read_noise if known else self._faintest_noise
        return unimaged(
            partial(self.read_amplitude, first), partial(noise, first), window, self.shape
        )

    def _faintest_noise(self, polarisation: str, window: Window) -> Float32Array:
        """Noise that no image of this calibration lies below, 0 where the table says nothing."""
        table = self.read_sigma_nought_table(polarisation, window)
        return np.asarray(np.nan_to_num(FAINTEST * table**2), dtype=np.float32)

    def selections(self, polarisations: Sequence[str], window: Window) -> list[Selection]:
        """Amplitudes of a window, and what its calibration and noise are rebuilt from."""
        tables = self.plan_tables(polarisations, window)
        return [selection for table in tables for selection in table.selections] + [
            raster_selection(self.container, f"Amplitude_{polarisation}", window)
            for polarisation in polarisations
        ]

    def read_amplitude(self, polarisation: str, window: Window) -> AnyArray:
        """Digital numbers, 0 where there are none.

        Returns
        -------
        array
            uint16 as in the archive; float32 where an export stored floats.

        Raises
        ------
        UsageError
            The scene lacks the polarisation, or the window leaves the image.
        DamagedFileError
            The numbers cannot be read.
        """
        name = self._variable("Amplitude", polarisation)
        values = read_raster(self.container, name, window)
        if values.dtype.kind == "f":
            finite = np.nan_to_num(missing_as_nan(self.container, name, values), nan=0.0)
            return np.asarray(np.maximum(finite, 0.0), dtype=np.float32)
        fill = number(self.container.attributes(name).get("_FillValue"))
        if np.isfinite(fill) and fill != 0:  # exports fill with 65535
            values = np.where(values == fill, values.dtype.type(0), values)
        return values.astype(np.uint16, copy=False)

    def read_sigma_nought_table(self, polarisation: str, window: Window) -> Float32Array:
        """Calibration table A of ``sigma nought = (DN^2 - noise) / A^2``, float32.

        NaN where the table says nothing. Rebuilt from few values, to 0.01 dB of sigma nought,
        where the product lies behind a network. Raises as `read_amplitude`.
        """
        name = self._variable("sigmaNought", polarisation)
        if self.container.remote:
            return self._rebuilt(name, window)
        table = missing_as_nan(self.container, name, read_raster(self.container, name, window))
        return np.where(table > 0.0, table, np.nan).astype(np.float32)

    def read_noise(self, polarisation: str, window: Window) -> Float32Array:
        """Thermal noise to subtract from DN squared, float32, never negative.

        0 where the table says nothing, and everywhere if there is no table or the processor has
        already removed the noise. Where the archive's converter broke a sub-swath's noise off
        before its end, it is continued. Rebuilt from few values, to 0.01 dB, where the product lies
        behind a network. Raises as `read_amplitude`.
        """
        amplitude = self._variable("Amplitude", polarisation)
        if not self._has_noise(polarisation):
            check_window(self.container, amplitude, window)
            return np.zeros(window.shape, np.float32)
        name = self._variable("noiseCorrectionMatrix", polarisation)
        blocks = self.noise_blocks(polarisation)
        read = window_to_repair(window, blocks)
        if self.container.remote:
            table = self._rebuilt(name, read)
        else:
            check_window(self.container, amplitude, window)
            table = usable_noise(self.container, name, read)
        return repaired_noise(table, read, window, blocks)

    def read_nesz(self, polarisation: str, window: Window) -> Float32Array:
        """Noise equivalent sigma zero: the sigma nought that thermal noise alone would give.

        ``noise / A^2``, linear power, float32. NaN where noise or calibration says nothing, and
        everywhere if there is no noise table or the processor has already removed the noise.
        Raises as `read_amplitude`.
        """
        noise = self.read_noise(polarisation, window)
        return noise_equivalent(noise, self.read_sigma_nought_table(polarisation, window))

    def plan_tables(self, polarisations: Sequence[str], window: Window) -> tuple[TablePlan, ...]:
        """What must be read to know calibration and noise of a window, before any of it is read.

        Parameters
        ----------
        polarisations
            Of the scene.
        window
            Lines and samples.

        Returns
        -------
        tuple of TablePlan
            Calibration, then noise where it is to be subtracted, of each polarisation. Noise of a
            product that does not list its sub-swaths' borders is planned in full.

        Raises
        ------
        UsageError
            The scene lacks a polarisation, or the window leaves the image.
        """
        plans = []
        for polarisation in polarisations:
            plans.append(self._table_plan(self._variable("sigmaNought", polarisation), window))
            if self._has_noise(polarisation):
                name = self._variable("noiseCorrectionMatrix", polarisation)
                plans.append(self._table_plan(name, window))
        return tuple(plans)

    def with_tables(self, tables: Sequence[RebuiltTable]) -> Sentinel1Scene:
        """Scene that takes calibration and noise from tables read before, where they suffice.

        Parameters
        ----------
        tables
            Complete, of this scene's variables: from `TablePlan.rebuild` or `read_table`.
        """
        return replace(self, tables={table.plan.name: table for table in tables})

    def _has_noise(self, polarisation: str) -> bool:
        return self.noise_status[polarisation.upper()] not in ("removed", "absent")

    def _table_plan(self, name: str, window: Window) -> TablePlan:
        stem, polarisation = name.split("_")
        if stem == "sigmaNought":
            return plan_table(self.container, name, window, CALIBRATION, ())
        blocks = self.noise_blocks(polarisation)
        return plan_table(self.container, name, window_to_repair(window, blocks), NOISE, blocks)

    def noise_blocks(self, polarisation: str) -> tuple[Window, ...] | None:
        """Rectangles of one sub-swath and one azimuth block of noise; None where not listed."""
        # A mirrored raster is not what the list of borders counts in.
        mirrored = self.line_interval_s < 0
        return None if mirrored else self._listed_blocks[polarisation.upper()]

    @cached_property
    def _listed_blocks(self) -> Mapping[str, tuple[Window, ...] | None]:
        """Kept, for every block of a target asks: reading the list takes milliseconds."""
        return {
            name: subswath_blocks(self.container, name, self.shape) for name in self.polarisations
        }

    def _rebuilt(self, name: str, window: Window) -> Float32Array:
        table = self.tables.get(name)
        if table is None or not table.plan.window.contains(window):
            table = read_table(self._table_plan(name, window))
        return table.values(window)

    def read_subswath(self, window: Window) -> ByteArray:
        """Number of the sub-swath, uint8: 1 the nearest, 0 none or unknown."""
        if "swathList" not in self.container.names:
            return np.zeros(window.shape, dtype=np.uint8)
        numbers = missing_as_nan(
            self.container, "swathList", read_raster(self.container, "swathList", window)
        )
        return np.asarray(np.clip(np.nan_to_num(numbers, nan=0.0), 0, 255), dtype=np.uint8)

    def read_longitude_latitude(self, window: Window) -> tuple[Float32Array, Float32Array]:
        """Longitude and latitude from the product's rasters, degrees, float32, NaN for nothing.

        As the archive wrote them: on the annotation's heights, and garbage in longitude near 180
        degrees. `swath` gives places worth relying on.

        Raises
        ------
        DamagedFileError
            The product has no such rasters.
        UsageError
            The window leaves the image.
        """
        longitude, latitude = (
            missing_as_nan(self.container, name, read_raster(self.container, name, window))
            for name in ("lon", "lat")
        )
        nothing = (longitude == 0.0) & (latitude == 0.0)
        return (
            np.where(nothing, np.nan, longitude).astype(np.float32),
            np.where(nothing, np.nan, latitude).astype(np.float32),
        )

    def _variable(self, stem: str, polarisation: str) -> str:
        wanted = polarisation.upper()
        if wanted not in self.polarisations:
            raise UsageError(
                f"{self.product} has no polarisation {polarisation!r}; "
                f"it has {', '.join(self.polarisations)}."
            )
        return f"{stem}_{wanted}"
