"""Orbit and geometry of simulated products, against another implementation and brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from icepair.geo.range_doppler import GroundRangeRecords, OrbitStates, RangeDopplerSwath
from icepair.geo.surface import Surface
from icepair.simulate import PairSettings
from icepair.simulate.geometry import SPEED_OF_LIGHT, from_ecef, to_ecef
from icepair.simulate.orbit import CircularOrbit, orbit_over, slant_range_at
from icepair.simulate.synthesis import synthesise

PLACES = [
    pytest.param("EW", "descending", 49.5, 81.6, id="franz-josef"),
    pytest.param("EW", "ascending", 179.9, 70.0, id="across-180"),
    pytest.param("IW", "descending", -170.0, -74.5, id="antarctic"),
    pytest.param("EW", "ascending", 0.0, 89.9, id="north-pole"),
    pytest.param("EW", "descending", 30.0, -89.5, id="south-pole"),
    pytest.param("IW", "ascending", 20.0, 60.0, id="baltic"),
]


def annotation_of(mode: str, direction: str, longitude: float, latitude: float):
    settings = PairSettings(mode=mode, pass_direction=direction, radar_shape=(400, 300))
    return synthesise(settings, longitude, latitude)


def swath_of(annotation, surface: Surface) -> RangeDopplerSwath:
    geometry = annotation.geometry
    orbit, records = geometry.orbit, geometry.records
    return RangeDopplerSwath.from_annotation(
        OrbitStates(orbit.times_s, orbit.positions, orbit.velocities, annotation.first_line_time),
        GroundRangeRecords(
            records.times_s,
            records.slant_range_start_m,
            records.ground_range_start_m,
            records.slant_to_ground,
            records.ground_to_slant,
        ),
        first_line_time=annotation.first_line_time,
        line_interval_s=geometry.line_interval_s,
        sample_spacing_m=geometry.spacing_m,
        shape=annotation.shape,
        surface=surface,
        bistatic_reference_s=geometry.reference_time_s,
    )


@pytest.mark.parametrize(("mode", "direction", "longitude", "latitude"), PLACES)
def test_two_implementations_agree_on_every_pixel(mode, direction, longitude, latitude) -> None:
    """Forward on the geoid and back; 1 mm and 1e-4 pixel."""
    annotation = annotation_of(mode, direction, longitude, latitude)
    surface = Surface("geoid")
    line, sample = np.meshgrid(np.linspace(0, 399, 23), np.linspace(0, 299, 19), indexing="ij")
    here = annotation.geometry.longitude_latitude(line, sample, surface)
    swath = swath_of(annotation, surface)
    there = swath.longitude_latitude(line, sample)
    apart = to_ecef(*here, 0.0 * line) - to_ecef(*there, 0.0 * line)
    assert np.linalg.norm(apart, axis=-1).max() < 1e-3
    found = swath.line_sample(*here)
    assert np.abs(found[0] - line).max() < 1e-4
    assert np.abs(found[1] - sample).max() < 1e-4


@pytest.mark.parametrize(("mode", "direction", "longitude", "latitude"), PLACES)
def test_there_and_back(mode, direction, longitude, latitude) -> None:
    """To what raising the ellipsoid's axes by 30 m leaves: 0.3 mm."""
    geometry = annotation_of(mode, direction, longitude, latitude).geometry
    line, sample = np.meshgrid(np.linspace(0, 399, 23), np.linspace(0, 299, 19), indexing="ij")
    height = Surface("30").height(line, sample)
    places = geometry.longitude_latitude(line, sample, Surface("30"))
    back, slant_range = geometry.line_slant_range(to_ecef(*places, height))
    np.testing.assert_allclose(back, line, atol=1e-7)
    np.testing.assert_allclose(geometry.sample(back, slant_range), sample, atol=5e-5)


@pytest.mark.parametrize(("mode", "direction", "longitude", "latitude"), PLACES)
def test_the_place_asked_for_is_at_the_centre(mode, direction, longitude, latitude) -> None:
    annotation = annotation_of(mode, direction, longitude, latitude)
    places = to_ecef(np.array([longitude]), np.array([latitude]), np.zeros(1))
    line, slant_range = annotation.geometry.line_slant_range(places)
    sample = annotation.geometry.sample(line, slant_range)
    assert abs(line[0] - 200.0) < 2.0
    assert abs(sample[0] - 150.0) < 2.0
    moving = annotation.geometry.orbit.at(np.array([0.5 * annotation.seconds]))[1][0]
    # At the poles no pass goes up or down.
    if abs(latitude) < 85.0:
        assert (moving[2] > 0.0) == (direction == "ascending")


def test_a_zero_doppler_search_in_plain_python_finds_the_same_pixel() -> None:
    """Bisection on the range rate, one point, no vectors, no Newton."""
    annotation = annotation_of("EW", "descending", 49.5, 81.6)
    geometry = annotation.geometry
    line, sample = 123.0, 45.0
    surface = Surface("20")
    place = geometry.longitude_latitude(np.array([line]), np.array([sample]), surface)
    target = to_ecef(*place, np.array([20.0]))[0]

    def closing(time: float) -> float:
        position, velocity, _ = geometry.orbit.at(np.array([time]))
        return float((target - position[0]) @ velocity[0])

    time = brentq(closing, -30.0, 30.0, xtol=1e-13)
    reach = float(np.linalg.norm(target - geometry.orbit.at(np.array([time]))[0][0]))
    two_way = 2.0 * reach / SPEED_OF_LIGHT
    line_time = time - 0.5 * (two_way - geometry.reference_time_s)
    assert line_time / geometry.line_interval_s == pytest.approx(line, abs=1e-6)
    record = int(np.abs(geometry.records.times_s - line_time).argmin())
    slant = sum(
        c * (sample * 40.0) ** power
        for power, c in enumerate(geometry.records.ground_to_slant[record])
    )
    assert reach == pytest.approx(slant, abs=1e-4)


def test_the_grid_is_on_the_ellipsoid_and_carries_the_bistatic_term() -> None:
    annotation = annotation_of("EW", "descending", 49.5, 81.6)
    grid = annotation.grid
    assert np.abs(grid.height).max() < 1e-6
    line_time = grid.lines[:, None] * annotation.geometry.line_interval_s
    late = grid.azimuth_time_s - line_time
    expected = 0.5 * (grid.slant_range_time_s - annotation.geometry.reference_time_s)
    np.testing.assert_allclose(late, expected, atol=1e-12)
    assert np.ptp(late) > 1e-5
    assert (grid.lines[-1], grid.samples[-1]) == (399.0, 299.0)


def test_ground_range_is_length_along_the_ellipsoid() -> None:
    """Pixels are 40 m apart on the ground both ways, measured as chords of one pixel."""
    annotation = annotation_of("EW", "descending", 49.5, 81.6)
    geometry = annotation.geometry
    line, sample = np.array([200.0, 200.0, 201.0]), np.array([100.0, 101.0, 100.0])
    slant_range = geometry.slant_range(line, sample)
    # At one azimuth time, as the records are made.
    times = np.array([1.0, 1.0])
    places = geometry.place(times, slant_range[:2], 0.0)
    assert np.linalg.norm(places[1] - places[0]) == pytest.approx(40.0, abs=0.02)
    places = geometry.place(geometry.azimuth_time(line, slant_range), slant_range, 0.0)
    assert np.linalg.norm(places[2] - places[0]) == pytest.approx(40.0, abs=0.1)


def test_sea_level_moves_pixels_as_the_incidence_says() -> None:
    annotation = annotation_of("EW", "descending", 49.5, 81.6)
    line, sample = np.array([200.0]), np.array([150.0])
    flat = annotation.geometry.longitude_latitude(line, sample, Surface("ellipsoid"))
    raised = annotation.geometry.longitude_latitude(line, sample, Surface("20"))
    moved = np.linalg.norm(to_ecef(*flat, np.zeros(1)) - to_ecef(*raised, np.zeros(1)))
    incidence = np.deg2rad(annotation.grid.incidence.mean())
    assert moved == pytest.approx(20.0 / np.tan(incidence), rel=0.01)


def test_the_orbit_is_sentinel_one_s() -> None:
    """Height, speed over ground and inclination; velocity is the derivative of position."""
    flight = orbit_over(49.5, 81.6, slant_range_at(29.2, 81.6), ascending=False)
    assert flight.inclination_deg == 98.18
    times = np.linspace(-60.0, 60.0, 25)
    positions, velocities = flight.states(times)
    _, _, height = from_ecef(positions)
    assert 690e3 < height.min() < height.max() < 725e3
    step = 1e-3
    numeric = (flight.states(times + step)[0] - flight.states(times - step)[0]) / (2 * step)
    np.testing.assert_allclose(velocities, numeric, atol=1e-3)
    orbit = flight.sampled(-20.0, 20.0)
    np.testing.assert_allclose(np.diff(orbit.times_s), 10.0)
    between = flight.states(np.array([3.3]))[0]
    np.testing.assert_allclose(orbit.at(np.array([3.3]))[0], between, atol=1e-3)


def test_only_where_no_satellite_sees_is_the_orbit_turned() -> None:
    assert (
        orbit_over(0.0, 84.0, slant_range_at(29.2, 84.0), ascending=True).inclination_deg == 98.18
    )
    assert (
        orbit_over(0.0, 90.0, slant_range_at(29.2, 90.0), ascending=True).inclination_deg != 98.18
    )
    assert isinstance(
        orbit_over(5.0, -90.0, slant_range_at(29.2, 90.0), ascending=False), CircularOrbit
    )


def test_full_size_products_have_the_real_shape_and_late_sub_swaths() -> None:
    annotation = synthesise(replace(PairSettings(), full=True), 49.5, 81.6)
    assert annotation.shape == (10708, 10487)
    blocks = annotation.noise["HH"].blocks
    assert [block.swath for block in blocks] == ["EW1", "EW2", "EW3", "EW4", "EW5"]
    assert [block.first_line > 0 for block in blocks] == [False, True, True, True, True]
    assert annotation.grid.latitude.shape == (23, 21)
    # Records differ from second to second, at far range by metres: steps, as in real annotation.
    records = annotation.geometry.records
    far = records.slant_range(np.array([30, 31]), np.array([4.1e5, 4.1e5]))
    assert 1.0 < abs(far[1] - far[0]) < 20.0
