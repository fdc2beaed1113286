"""Where a radar pixel lies, exactly: orbit, timing and ground-to-slant records.

An image line has an azimuth time, a sample has a ground range; the product's nearest record turns
the ground range into a slant range; time, range and the height of the surface give the place.
Focusing stamps a pixel with the time at which its echo came back to mid swath, so its zero-Doppler
time is the line's plus half the difference of its two-way time from a reference (the bistatic
term).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.errors import InputError
from icepair.geo import _kernels
from icepair.geo.ground_range import (
    GroundRangeRecords,
    ground_range_m,
    slant_range_m,
    step_table,
)
from icepair.geo.image_positions import answer_margin, flat, is_near
from icepair.geo.orbit import OrbitStates
from icepair.geo.steps import SampleSteps
from icepair.geo.surface import Surface

__all__ = ["LIGHT_M_S", "GroundRangeRecords", "OrbitStates", "RangeDopplerSwath"]

LIGHT_M_S = 299_792_458.0
"""Speed of light, metres per second."""


@dataclass(frozen=True, eq=False)
class RangeDopplerSwath:
    """A `Swath` from orbit, timing and ground-to-slant records."""

    orbit: OrbitStates
    """The satellite's path."""
    records: GroundRangeRecords
    """Ground range to slant range."""
    first_line_s: float
    """Time of line 0, seconds since the orbit's epoch."""
    line_interval_s: float
    """Time from line to line, seconds."""
    sample_spacing_m: float
    """Ground range from sample to sample, metres."""
    shape: tuple[int, int]
    """Lines and samples of the whole image."""
    surface: Surface
    """Surface on which the places lie."""
    bistatic_reference_s: float | None
    """Two-way time at which the bistatic term is zero; None where there is no such term."""
    look_side: int
    """1 to the right of the flight, -1 to the left."""
    orbit_pieces: FloatArray
    """Coefficients of the path between the states, see `OrbitStates.pieces`."""
    record_borders: FloatArray
    """Shape (k - 1,): fractional lines at which a record gives way to the next."""
    reference_record: int
    """Record that `smooth_line_sample` uses throughout."""
    step_table: FloatArray
    """Shape (k, m): sample by each record minus sample by the reference record."""
    step_first_sample: float
    """Smooth sample of the table's first column."""
    step_spacing_samples: float
    """Smooth samples from column to column of the table."""
    method: str = "range-doppler"
    """How positions are found."""
    residual_m: float | None = None
    """None: nothing is fitted, so nothing can be left out."""

    @classmethod
    def from_annotation(
        cls,
        orbit: OrbitStates,
        records: GroundRangeRecords,
        *,
        first_line_time: np.datetime64,
        line_interval_s: float,
        sample_spacing_m: float,
        shape: tuple[int, int],
        surface: Surface,
        bistatic_reference_s: float | None,
        look_side: int = 1,
    ) -> RangeDopplerSwath:
        """Swath from what a product's annotation says.

        Parameters
        ----------
        orbit, records
            Times of both count from ``orbit.epoch``.
        first_line_time
            Azimuth time of line 0, UTC.
        line_interval_s, sample_spacing_m
            Spacing of lines in seconds, of samples in metres of ground range.
        shape
            Lines and samples.
        surface
            Where the pixels are placed.
        bistatic_reference_s
            Two-way time (s) at which a pixel's azimuth time equals its line's; None: always.
        look_side
            1 right (Sentinel-1), -1 left.

        Raises
        ------
        InputError
            The spacings are not positive, or the orbit or the records do not cover the image.
        """
        if not (line_interval_s > 0 and sample_spacing_m > 0):
            raise InputError(
                f"The line interval {line_interval_s} s and the sample spacing {sample_spacing_m} "
                "m must both be above 0; the product's image information is damaged."
            )
        first_line_s = orbit.seconds(first_line_time)
        last_line_s = first_line_s + (shape[0] - 1) * line_interval_s
        _check_cover(orbit, first_line_s, last_line_s)
        middle_s = 0.5 * (first_line_s + last_line_s)
        reference = int(np.abs(records.times_s - middle_s).argmin())
        midpoints_s = 0.5 * (records.times_s[1:] + records.times_s[:-1])
        table, spacing = step_table(records, reference, sample_spacing_m, shape[1])
        return cls(
            orbit=orbit,
            records=records,
            first_line_s=first_line_s,
            line_interval_s=line_interval_s,
            sample_spacing_m=sample_spacing_m,
            shape=shape,
            surface=surface,
            bistatic_reference_s=bistatic_reference_s,
            look_side=look_side,
            orbit_pieces=orbit.pieces(),
            record_borders=(midpoints_s - first_line_s) / line_interval_s,
            reference_record=reference,
            step_table=table,
            step_first_sample=-answer_margin(shape[1]),
            step_spacing_samples=spacing,
        )

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of image positions on the surface, degrees; NaN far outside the image."""
        longitude, latitude, _ = self._on_surface(line, sample)
        return longitude, latitude

    def incidence_angle(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Angle between the line of sight and the ellipsoid's normal at the surface, degrees."""
        return self._on_surface(line, sample)[2]

    def place(
        self, line: FloatArray, sample: FloatArray, height_m: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of image positions at given heights above the ellipsoid.

        Parameters
        ----------
        line, sample, height_m : array
            Broadcast together.

        Returns
        -------
        longitude, latitude : array
            Degrees; NaN far outside the image.
        """
        columns, shape = flat(line, sample, height_m)
        longitude, latitude, _ = self._place(*self._time_range(columns[0], columns[1]), columns[2])
        return longitude.reshape(shape), latitude.reshape(shape)

    def line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Image position of places on the surface; NaN where the radar did not look.

        Answers reach 3 % of the image, at least 64 pixels, beyond its edges.
        """
        line, slant_m, shape = self._line_range(longitude, latitude)
        sample = self._sample(slant_m, np.searchsorted(self.record_borders, line))
        return self._answer(line, sample, shape)

    def smooth_line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `line_sample`, but with one record, that of mid scene, for all lines."""
        line, slant_m, shape = self._line_range(longitude, latitude)
        record = np.full(line.size, self.reference_record)
        return self._answer(line, self._sample(slant_m, record), shape)

    @property
    def steps(self) -> SampleSteps:
        """What the records add to the sample of `smooth_line_sample`."""
        return SampleSteps(
            self.record_borders, self.step_table, self.step_first_sample, self.step_spacing_samples
        )

    def add_steps(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """Sample from what `smooth_line_sample` gave, exact to 1e-5 pixel."""
        return self.steps.added(line, smooth_sample)

    def slant_range_m(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Distance from the satellite to the pixel, metres, by the nearest record."""
        columns, shape = flat(line, sample)
        return self._time_range(columns[0], columns[1])[1].reshape(shape)

    def azimuth_time_s(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Zero-Doppler time of the pixel, seconds since the orbit's epoch."""
        columns, shape = flat(line, sample)
        return self._time_range(columns[0], columns[1])[0].reshape(shape)

    def _bistatic_s(self, slant_m: FloatArray) -> FloatArray | float:
        if self.bistatic_reference_s is None:
            return 0.0
        return slant_m / LIGHT_M_S - 0.5 * self.bistatic_reference_s

    def _time_range(self, line: FloatArray, sample: FloatArray) -> tuple[FloatArray, FloatArray]:
        near = is_near(line, sample, self.shape)
        record = np.searchsorted(self.record_borders, line)
        ground_m = np.where(near, sample * self.sample_spacing_m, np.nan)
        slant_m = slant_range_m(self.records, ground_m, record)
        time_s = self.first_line_s + line * self.line_interval_s + self._bistatic_s(slant_m)
        return np.where(near, time_s, np.nan), slant_m

    def _place(
        self, time_s: FloatArray, slant_m: FloatArray, height_m: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        longitude, latitude, incidence = _kernels.place(
            time_s, slant_m, height_m, self.orbit.times_s, self.orbit_pieces, self.look_side
        )
        return longitude, latitude, incidence

    def _on_surface(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        columns, shape = flat(line, sample)
        time_s, slant_m = self._time_range(columns[0], columns[1])
        height_m = np.zeros(time_s.size)
        longitude, latitude, incidence = self._place(time_s, slant_m, height_m)
        # The geoid's slope is below 1e-3, so each turn gains three digits.
        for _ in range(8):
            surface_m = self.surface.height(longitude, latitude)
            change_m = np.abs(surface_m - height_m)
            if not np.any(change_m > 1e-7):
                break
            height_m = surface_m
            longitude, latitude, incidence = self._place(time_s, slant_m, height_m)
        return longitude.reshape(shape), latitude.reshape(shape), incidence.reshape(shape)

    def _line_range(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray, tuple[int, ...]]:
        columns, shape = flat(longitude, latitude)
        height_m = self.surface.height(columns[0], columns[1])
        # One second more than the margin covers the bistatic term.
        slack_s = answer_margin(self.shape[0]) * self.line_interval_s + 1.0
        time_s, slant_m = _kernels.zero_doppler(
            columns[0],
            columns[1],
            height_m,
            self.orbit.times_s,
            self.orbit_pieces,
            self.first_line_s - slack_s,
            self.first_line_s + (self.shape[0] - 1) * self.line_interval_s + slack_s,
            self.look_side,
        )
        line = (time_s - self._bistatic_s(slant_m) - self.first_line_s) / self.line_interval_s
        return line, slant_m, shape

    def _sample(self, slant_m: FloatArray, record: IntArray) -> FloatArray:
        spacing_m = self.sample_spacing_m
        return ground_range_m(self.records, slant_m, record, spacing_m, self.shape[1]) / spacing_m

    def _answer(
        self, line: FloatArray, sample: FloatArray, shape: tuple[int, ...]
    ) -> tuple[FloatArray, FloatArray]:
        near = is_near(line, sample, self.shape)
        return (
            np.where(near, line, np.nan).reshape(shape),
            np.where(near, sample, np.nan).reshape(shape),
        )


def _check_cover(orbit: OrbitStates, first_s: float, last_s: float) -> None:
    begin_s, end_s = float(orbit.times_s[0]), float(orbit.times_s[-1])
    slack_s = 0.5 * float(np.diff(orbit.times_s).max())
    if first_s < begin_s - slack_s or last_s > end_s + slack_s:
        raise InputError(
            f"The orbit's states cover {begin_s:.1f} to {end_s:.1f} s, the image {first_s:.1f} to "
            f"{last_s:.1f} s after {orbit.epoch}; states around the whole image are needed."
        )
