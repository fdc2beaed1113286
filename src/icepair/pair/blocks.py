"""One block of the target: read what it needs of a scene, calibrate, bring it onto the grid.

Every block works out its own source window from the map, so that the result does not depend on how
the target is cut, and memory on the block alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair import conventions
from icepair._typing import AnyArray, ByteArray, Float32Array, FloatArray
from icepair.conventions import S1Flag, S2Flag
from icepair.geo.window import Window
from icepair.pair.cell_methods import resampling_attributes
from icepair.pair.clouds import Clouds
from icepair.pair.radar_processing import RadarProcessing
from icepair.products.scene import OpticalScene
from icepair.resample.methods import METHODS, Method
from icepair.resample.source_map import NodeMap, ShiftMap, SourceMap
from icepair.resample.warp import needed_window, warp

__all__ = ["Block", "OpticalReader", "RadarReader"]

Block = tuple[slice, slice]
"""Rows and columns of the target."""

_NODATA = int(S1Flag.NODATA)
"""The same bit for both sensors."""
assert _NODATA == S2Flag.NODATA


@dataclass(frozen=True)
class _Flagged:
    """What the flags of a sensor say."""

    name: str
    """Of the variable."""
    outside: int
    """Where the sensor did not look."""
    without_value: int
    """Flags under which there is no value."""


_RADAR = _Flagged(
    "s1_flags",
    int(S1Flag.OUTSIDE),
    int(S1Flag.OUTSIDE | S1Flag.NODATA | S1Flag.BORDER_NOISE),
)
# Clouds and saturated pixels keep their reflectance; they have no answer all the same.
_OPTICAL = _Flagged("s2_flags", int(S2Flag.OUTSIDE), int(S2Flag.OUTSIDE | S2Flag.NODATA))


@dataclass(frozen=True)
class _Places:
    """Where the pixels of a block lie in the source, and how they are made from it."""

    source_map: SourceMap
    block: Block
    method: Method

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the block."""
        rows, columns = self.block
        return rows.stop - rows.start, columns.stop - columns.start

    def needed(self, limits: Window) -> Window | None:
        """Part of the source that must be read."""
        return needed_window(self.source_map, self.block, self.method, limits)

    def agreeing(
        self,
        arrays: dict[str, Float32Array],
        flags: ByteArray,
        window: Window,
        flagged: _Flagged,
    ) -> dict[str, AnyArray]:
        """Arrays and flags of the source's window on the target, saying the same.

        NaN where there is no answer; flags are never averaged: they are the nearest pixel's, or
        those of most of an area.
        """
        if self.method.name == "nearest" and not isinstance(self.source_map, ShiftMap):
            result, on_target = self._looked_up(arrays, flags, window, flagged)
        else:
            result = {name: self.values(array, window) for name, array in arrays.items()}
            by = METHODS[self.method.flags]
            on_target = self._on_target(flags, window, by, flagged.outside)
        _agree(list(result.values()), on_target, flagged.without_value)
        return {**result, flagged.name: on_target}

    def values(self, array: AnyArray, window: Window) -> AnyArray:
        """Array of the source's window on the target, NaN where there is no answer."""
        return self._on_target(array, window, self.method, np.nan)

    def _looked_up(
        self,
        arrays: dict[str, Float32Array],
        flags: ByteArray,
        window: Window,
        flagged: _Flagged,
    ) -> tuple[dict[str, AnyArray], AnyArray]:
        """All arrays by one look at the map: which pixel of the window each of the target is."""
        from icepair.pair import _kernels

        pixels = np.arange(window.size, dtype=np.int32).reshape(window.shape)
        index = self._on_target(pixels, window, self.method, -1).reshape(-1)

        def look_up(source: AnyArray, nothing: float) -> AnyArray:
            out = np.empty(self.shape, dtype=source.dtype)
            fill = source.dtype.type(nothing)
            _kernels.looked_up(source.reshape(-1), index, fill, out.reshape(-1))
            return out

        result = {name: look_up(array, np.nan) for name, array in arrays.items()}
        return result, look_up(flags, flagged.outside)

    def _on_target(
        self, array: AnyArray, window: Window, method: Method, fill_value: float
    ) -> AnyArray:
        return warp(
            array,
            self.source_map,
            method,
            window=window,
            block=self.block,
            fill_value=fill_value,
        )


@dataclass(frozen=True)
class RadarReader:
    """Makes the radar's variables of any block of the target."""

    processing: RadarProcessing
    """What is read, and what its power goes through."""
    source_map: SourceMap
    """Which pixel goes where."""
    node_map: NodeMap
    """Exact positions, on whose nodes the incidence angle is known."""
    incidence_nodes: FloatArray
    """Degrees at the nodes of `node_map`."""
    method: Method
    source_position: bool
    """Whether line and sample are among the variables."""

    @property
    def names(self) -> dict[str, str]:
        """Names and types of the variables that a block has."""
        names = {conventions.sigma0_name(p): "f4" for p in self.processing.polarisations}
        if self.processing.nesz:
            names |= {conventions.nesz_name(p): "f4" for p in self.processing.polarisations}
        names |= {"s1_incidence_angle": "f4", "s1_flags": "u1"}
        if self.source_position:
            names |= {"s1_line": "f8", "s1_sample": "f8"}
        return names

    @property
    def resampling(self) -> dict[str, dict[str, str]]:
        """Attributes of those variables that are made from the product's pixels."""
        names = [conventions.sigma0_name(p) for p in self.processing.polarisations]
        if self.processing.nesz:
            names += [conventions.nesz_name(p) for p in self.processing.polarisations]
        return _resampling(names, _RADAR, self.method, self.source_map)

    def read(self, block: Block) -> dict[str, AnyArray]:
        """All variables of a block by name."""
        places = _Places(self.source_map, block, self.method)
        result = self._sigma0_and_flags(places)
        outside = (result["s1_flags"] & int(S1Flag.OUTSIDE)) != 0
        incidence = self.node_map.interpolate(self.incidence_nodes, *block)
        incidence[outside] = np.nan
        result["s1_incidence_angle"] = incidence
        if self.processing.incidence is not None:
            self._bring_to_one_angle(result, incidence)
        if self.processing.nesz:
            result |= self._nesz(places, outside)
        if self.source_position:
            line, sample = self.source_map.positions(*block)
            result["s1_line"] = np.where(outside, np.nan, line)
            result["s1_sample"] = np.where(outside, np.nan, sample)
        return result

    def _sigma0_and_flags(self, places: _Places) -> dict[str, AnyArray]:
        needed = places.needed(self.processing.limits)
        names = [conventions.sigma0_name(p) for p in self.processing.polarisations]
        if needed is None:
            return _nothing(names, places.shape, _RADAR)
        flags = np.zeros(needed.shape, dtype=np.uint8)
        powers = {}
        for name, polarisation in zip(names, self.processing.polarisations, strict=True):
            powers[name], more = self.processing.read_power(polarisation, needed)
            flags |= more
        return places.agreeing(powers, flags, needed, _RADAR)

    def _bring_to_one_angle(self, result: dict[str, AnyArray], incidence: AnyArray) -> None:
        """Backscatter as at the reference angle; none, and a flag, where the angle is unknown."""
        names = {p: conventions.sigma0_name(p) for p in self.processing.polarisations}
        for polarisation, name in names.items():
            result[name] = self.processing.at_reference(polarisation, result[name], incidence)
        powers = [result[name] for name in names.values()]
        _agree(powers, result["s1_flags"], _RADAR.without_value)

    def _nesz(self, places: _Places, outside: AnyArray) -> dict[str, AnyArray]:
        """Noise equivalent of every polarisation; NaN where unknown, which flags nothing."""
        needed = places.needed(self.processing.limits)
        if needed is None:
            names = [conventions.nesz_name(p) for p in self.processing.polarisations]
            return {name: np.full(places.shape, np.nan, np.float32) for name in names}
        result = {}
        for polarisation in self.processing.polarisations:
            floor = places.values(self.processing.read_nesz(polarisation, needed), needed)
            floor[outside] = np.nan
            result[conventions.nesz_name(polarisation)] = floor
        return result


@dataclass(frozen=True)
class OpticalReader:
    """Makes the optical variables of any block of the target."""

    scene: OpticalScene
    window: Window
    """Part of the product that may be read."""
    source_map: SourceMap
    """Which pixel goes where."""
    bands: tuple[str, ...]
    method: Method
    clouds: Clouds
    """Who tells cloud."""

    @property
    def names(self) -> dict[str, str]:
        """Names and types of the variables that a block has."""
        names = {conventions.reflectance_name(band): "f4" for band in self.bands}
        return names | {"s2_flags": "u1"}

    @property
    def resampling(self) -> dict[str, dict[str, str]]:
        """Attributes of those variables that are made from the product's pixels."""
        names = [conventions.reflectance_name(band) for band in self.bands]
        made = _resampling(names, _OPTICAL, self.method, self.source_map)
        return made | {name: made[name] | self.scene.reflectance_attributes for name in names}

    def read(self, block: Block) -> dict[str, AnyArray]:
        """All variables of a block by name."""
        places = _Places(self.source_map, block, self.method)
        needed = places.needed(self.window)
        names = [conventions.reflectance_name(band) for band in self.bands]
        if needed is None:
            return _nothing(names, places.shape, _OPTICAL)
        flags = self.clouds.flags(needed)
        reflectances = {}
        for name, band in zip(names, self.bands, strict=True):
            # What has no value leaves as NaN before anything is averaged or offset.
            reflectances[name], more = self.scene.read_reflectance(band, needed)
            flags |= more
        return places.agreeing(reflectances, flags, needed, _OPTICAL)


def _resampling(
    names: list[str], flagged: _Flagged, method: Method, source_map: SourceMap
) -> dict[str, dict[str, str]]:
    of_flags = resampling_attributes(method, source_map, is_flag=True)
    of_values = resampling_attributes(method, source_map)
    return {**dict.fromkeys(names, of_values), flagged.name: of_flags}


def _agree(arrays: list[AnyArray], flags: AnyArray, without_value: int) -> None:
    """Make values and flags say the same: no value under a flag, a flag under every hole."""
    from icepair.pair import _kernels

    flat, without = flags.reshape(-1), np.uint8(without_value)
    for values in arrays:
        _kernels.flag_holes(values.reshape(-1), without, np.uint8(_NODATA), flat)
    for values in arrays:
        _kernels.withhold(flat, without, values.reshape(-1))


def _nothing(names: list[str], shape: tuple[int, ...], flagged: _Flagged) -> dict[str, AnyArray]:
    result: dict[str, AnyArray] = {name: np.full(shape, np.nan, np.float32) for name in names}
    result[flagged.name] = np.full(shape, flagged.outside, dtype=np.uint8)
    return result
