"""The real Kara Sea annotation, and synthetic scenes, read once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from icepair.geo.control_points import ControlPoints, bistatic_reference
from icepair.geo.range_doppler import GroundRangeRecords, OrbitStates, RangeDopplerSwath
from icepair.geo.surface import Surface
from icepair.testing.geolocation import SlowRangeDoppler


def _column(elements, tag):
    return np.array([float(element.findtext(tag)) for element in elements])


def _polynomials(elements, tag):
    return np.array([np.array(element.findtext(tag).split(), float) for element in elements])


@dataclass(frozen=True)
class Annotation:
    orbit: OrbitStates
    records: GroundRangeRecords
    points: ControlPoints
    first_line_time: np.datetime64
    line_interval_s: float
    spacing_m: float
    shape: tuple[int, int]

    def swath(self, surface: str) -> RangeDopplerSwath:
        return RangeDopplerSwath.from_annotation(
            self.orbit,
            self.records,
            first_line_time=self.first_line_time,
            line_interval_s=self.line_interval_s,
            sample_spacing_m=self.spacing_m,
            shape=self.shape,
            surface=Surface.parse(surface),
            bistatic_reference_s=self.bistatic_reference_s,
        )

    @property
    def bistatic_reference_s(self) -> float | None:
        return bistatic_reference(self.points, self.first_line_time, self.line_interval_s)

    def slow(self) -> SlowRangeDoppler:
        return SlowRangeDoppler(
            self.orbit,
            self.records,
            self.orbit.seconds(self.first_line_time),
            self.line_interval_s,
            self.spacing_m,
            self.bistatic_reference_s,
        )


def read_annotation(path: Path) -> Annotation:
    root = ET.parse(path).getroot()
    epoch = np.datetime64(root.findtext(".//productFirstLineUtcTime"), "us")

    def seconds(elements, tag):
        times = np.array([element.findtext(tag) for element in elements], "datetime64[us]")
        return (times - epoch) / np.timedelta64(1, "us") * 1e-6

    def vectors(elements, tag):
        return np.stack([_column(elements, f"{tag}/{axis}") for axis in "xyz"], axis=1)

    states = root.findall(".//orbitList/orbit")
    records = root.findall(".//coordinateConversionList/coordinateConversion")
    grid = root.findall(".//geolocationGridPointList/geolocationGridPoint")
    return Annotation(
        orbit=OrbitStates(
            seconds(states, "time"),
            vectors(states, "position"),
            vectors(states, "velocity"),
            epoch,
        ),
        records=GroundRangeRecords(
            seconds(records, "azimuthTime"),
            _column(records, "sr0"),
            _column(records, "gr0"),
            _polynomials(records, "srgrCoefficients"),
            _polynomials(records, "grsrCoefficients"),
        ),
        points=ControlPoints(
            _column(grid, "line"),
            _column(grid, "pixel"),
            _column(grid, "longitude"),
            _column(grid, "latitude"),
            _column(grid, "height"),
            _column(grid, "incidenceAngle"),
            seconds(grid, "azimuthTime"),
            _column(grid, "slantRangeTime"),
            epoch,
        ),
        first_line_time=epoch,
        line_interval_s=float(root.findtext(".//azimuthTimeInterval")),
        spacing_m=float(root.findtext(".//rangePixelSpacing")),
        shape=(
            int(root.findtext(".//numberOfLines")),
            int(root.findtext(".//numberOfSamples")),
        ),
    )


@pytest.fixture(scope="session")
def kara(shared_data: Path) -> Annotation:
    """Complete annotation of a real EW product: 483 points, 58 of them on mountains."""
    return read_annotation(shared_data / "s1_ew_grdm_kara_20221130" / "ew-hh.xml")
