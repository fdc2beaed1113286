"""What a radar product says about itself: times, orbit, grid, calibration, noise."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, ByteArray, Float32Array, FloatArray
from icepair.simulate.geometry import RadarGeometry

__all__ = ["Calibration", "ControlGrid", "NoiseBlock", "RadarAnnotation", "RangeNoise"]


@dataclass(frozen=True)
class ControlGrid:
    """Geolocation grid: values at crossings of lines and samples, arrays (lines, samples)."""

    lines: FloatArray
    """Lines of the grid, (k,)."""
    samples: FloatArray
    """Samples of the grid, (m,)."""
    azimuth_time_s: FloatArray
    """Zero-Doppler time, seconds since the first line."""
    slant_range_time_s: FloatArray
    """Two-way time, seconds."""
    longitude: FloatArray
    """Degrees east."""
    latitude: FloatArray
    """Degrees north."""
    height: FloatArray
    """Metres above the ellipsoid."""
    incidence: FloatArray
    """Degrees."""
    elevation: FloatArray
    """Degrees."""

    def rasters(self, lines: FloatArray) -> tuple[Float32Array, Float32Array]:
        """Longitude and latitude of whole lines, as the archive's converter splines them.

        Cubic splines of degrees, unwrapped nowhere: longitudes near 180 come out as garbage.
        """
        from scipy.interpolate import RectBivariateSpline

        samples = np.arange(self.samples[-1] + 1.0)
        kx, ky = min(3, self.lines.size - 1), min(3, self.samples.size - 1)
        longitude, latitude = (
            RectBivariateSpline(self.lines, self.samples, values, kx=kx, ky=ky)(lines, samples)
            for values in (self.longitude, self.latitude)
        )
        return longitude.astype(np.float32), latitude.astype(np.float32)


@dataclass(frozen=True)
class Calibration:
    """Calibration vectors: look-up values at crossings of lines and samples."""

    lines: FloatArray
    """Lines of the vectors, (k,); the last may lie beyond the image."""
    samples: FloatArray
    """Samples of the vectors, (m,)."""
    tables: Mapping[str, FloatArray]
    """``sigmaNought``, ``betaNought``, ``gamma``, ``dn``, each (k, m)."""

    def rows(self, name: str, lines: FloatArray, samples: FloatArray) -> Float32Array:
        """One table, splined to whole lines."""
        from scipy.interpolate import RectBivariateSpline

        table = self.tables[name]
        if np.ptp(table) == 0.0:
            return np.full((lines.size, samples.size), table.flat[0], dtype=np.float32)
        order = min(3, self.lines.size - 1)
        spline = RectBivariateSpline(self.lines, self.samples, table, kx=order, ky=3)
        return np.asarray(spline(lines, samples), dtype=np.float32)


@dataclass(frozen=True)
class NoiseBlock:
    """Rectangle of the image that one sub-swath fills, with its azimuth noise factors."""

    swath: str
    """``EW1`` and so on."""
    first_line: int
    """First line."""
    first_sample: int
    """First sample."""
    last_line: int
    """Last line, inclusive."""
    last_sample: int
    """Last sample, inclusive."""
    lines: FloatArray
    """Lines of the azimuth factors."""
    factors: FloatArray
    """Azimuth factors (scalloping) at `lines`."""


@dataclass(frozen=True)
class RangeNoise:
    """Noise range vectors and azimuth blocks of one polarisation."""

    lines: FloatArray
    """Line of each vector, (k,)."""
    samples: tuple[FloatArray, ...]
    """Samples of each vector."""
    power: tuple[FloatArray, ...]
    """Noise power of each vector, squared digital numbers."""
    blocks: tuple[NoiseBlock, ...]
    """Azimuth blocks."""

    def rows(self, lines: FloatArray, sample_count: int) -> Float32Array:
        """Noise power of whole lines; exactly 0 where no sub-swath was imaged.

        In each block vectors are interpolated by its own sub-swath's nodes alone, and then
        linearly along track: across the jump between sub-swaths nothing is interpolated.
        """
        noise = np.zeros((lines.size, sample_count), dtype=np.float32)
        for block in self.blocks:
            rows = np.flatnonzero((lines >= block.first_line) & (lines <= block.last_line))
            if rows.size == 0:
                continue
            samples = np.arange(block.first_sample, block.last_sample + 1)
            factors = np.interp(lines[rows], block.lines, block.factors)
            profiles = self._profiles(block, lines[rows], samples)
            noise[np.ix_(rows, samples)] = factors[:, None] * profiles
        return noise

    def _profiles(self, block: NoiseBlock, lines: FloatArray, samples: AnyArray) -> FloatArray:
        """Range noise of lines of a block, (lines, samples)."""
        numbers = self._vectors_of(block)
        position = np.interp(lines, self.lines[numbers], np.arange(numbers.size))
        below = np.minimum(position.astype(np.int64), numbers.size - 1)
        above = np.minimum(below + 1, numbers.size - 1)
        needed = {k: self._profile(int(numbers[k]), samples) for k in {*below, *above}}
        share = (position - below)[:, None]
        lower, upper = (np.stack([needed[k] for k in which]) for which in (below, above))
        return np.asarray(lower + share * (upper - lower))

    def _vectors_of(self, block: NoiseBlock) -> AnyArray:
        """Vectors inside the block's lines, or the one nearest to its first line."""
        inside = (self.lines >= block.first_line) & (self.lines <= block.last_line)
        if inside.any():
            return np.flatnonzero(inside)
        return np.array([np.abs(self.lines - block.first_line).argmin()])

    def _profile(self, vector: int, samples: AnyArray) -> FloatArray:
        nodes, power = self.samples[vector], self.power[vector]
        inside = (nodes >= samples[0]) & (nodes <= samples[-1])
        if inside.sum() < 2:
            inside = np.ones(nodes.shape, dtype=bool)
        return np.asarray(np.interp(samples, nodes[inside], power[inside]))

    def swaths(self, lines: FloatArray, sample_count: int) -> ByteArray:
        """Number of the sub-swath of each pixel of whole lines, 0 where none was imaged."""
        number = np.zeros((lines.size, sample_count), dtype=np.uint8)
        for block in self.blocks:
            rows = (lines >= block.first_line) & (lines <= block.last_line)
            number[rows, block.first_sample : block.last_sample + 1] = int(block.swath[-1])
        return number


@dataclass(frozen=True)
class RadarAnnotation:
    """All that the pixels of a radar image are made and placed with."""

    product: str
    """Product name without suffix."""
    mode: str
    """``EW`` or ``IW``."""
    shape: tuple[int, int]
    """Lines and samples."""
    first_line_time: np.datetime64
    """UTC of the first line."""
    geometry: RadarGeometry
    """Orbit, ground-range records and timing."""
    grid: ControlGrid
    """Geolocation grid."""
    calibration: Mapping[str, Calibration]
    """By polarisation."""
    noise: Mapping[str, RangeNoise]
    """By polarisation."""
    header: Mapping[str, Mapping[str, str]]
    """By polarisation: the leaves of the annotation's general part, as text."""
    pass_direction: str
    """``ascending`` or ``descending``."""

    @property
    def polarisations(self) -> tuple[str, ...]:
        """Polarisations in the product's order."""
        return tuple(self.calibration)

    @property
    def seconds(self) -> float:
        """Time from the first line to the last."""
        return (self.shape[0] - 1) * self.geometry.line_interval_s

    def time_at(self, seconds: float) -> np.datetime64:
        """UTC at seconds after the first line, to the microsecond."""
        return self.first_line_time + np.timedelta64(round(seconds * 1e6), "us")

    def strips(self, most_lines: int) -> list[tuple[int, int, int]]:
        """First line, stop and ground-range record of strips that share one record."""
        lines = np.arange(float(self.shape[0]))
        records = self.geometry.records.nearest(lines * self.geometry.line_interval_s)
        edges = [0, *(np.flatnonzero(np.diff(records)) + 1).tolist(), self.shape[0]]
        return [
            (line, min(line + most_lines, stop), int(records[line]))
            for start, stop in itertools.pairwise(edges)
            for line in range(start, stop, most_lines)
        ]
