"""Range-Doppler against the real annotation, a slow independent solver and itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.errors import InputError
from icepair.geo.control_points import bistatic_reference
from icepair.geo.ground_range import slant_range_m, steps_rms_m
from icepair.geo.range_doppler import LIGHT_M_S, GroundRangeRecords, OrbitStates, RangeDopplerSwath
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath
from icepair.testing.geolocation import SlowRangeDoppler, circular_orbit, synthetic_swath

GEOD = pyproj.Geod(ellps="WGS84")


def metres(one, other):
    return np.asarray(GEOD.inv(*one, *other)[2])


def random_pixels(shape, count, seed=7, beyond=0.0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-beyond, np.array(shape) - 1 + beyond, (count, 2)).T


def slow_twin(swath):
    return SlowRangeDoppler(
        swath.orbit,
        swath.records,
        swath.first_line_s,
        swath.line_interval_s,
        swath.sample_spacing_m,
        swath.bistatic_reference_s,
        swath.look_side,
    )


# Where the scenes lie: over 82 N in zone 39, across 180 in the north, with the north pole's
# neighbourhood, descending, ascending and turning in the Antarctic, across 180 in the south.
SCENES = {
    "zone 39": (82.0, 95.0),
    "across 180, north": (80.0, 211.0),
    "top of the orbit": (90.0, -30.0),
    "descending": (110.0, 60.0),
    "antarctic": (270.0, 200.0),
    "across 180, south": (250.0, 28.0),
    "equator": (3.0, 178.5),
}


@pytest.fixture(scope="module", params=SCENES.values(), ids=SCENES.keys())
def scene(request):
    return synthetic_swath(*request.param, surface="geoid", shape=(2600, 3000))


def test_it_is_a_swath(scene):
    assert isinstance(scene, Swath)
    assert scene.method == "range-doppler"
    assert scene.residual_m is None


def test_real_points_are_reproduced_to_a_centimetre(kara):
    points = kara.points
    found = kara.swath("geoid").place(points.line, points.sample, points.height)
    error = metres(found, (points.longitude, points.latitude))
    assert len(points) == 483
    assert error.max() < 0.010
    assert np.sqrt(np.mean(error**2)) < 0.004


def test_real_points_come_back_to_whole_lines_and_samples(kara):
    # Height 0 stands for the points over sea: their lines and samples are pixel centres, the last
    # being count - 1.
    points = kara.points
    level = np.abs(points.height) < 0.01
    line, sample = kara.swath("ellipsoid").line_sample(points.longitude, points.latitude)
    assert np.abs(line - points.line)[level].max() < 5e-4
    assert np.abs(sample - points.sample)[level].max() < 5e-4
    assert (points.line.max(), points.sample.max()) == (10707, 10486)
    assert kara.shape == (10708, 10487)


def test_annotated_ranges_and_times(kara):
    points, swath = kara.points, kara.swath("ellipsoid")
    slant_m = swath.slant_range_m(points.line, points.sample)
    time_s = swath.azimuth_time_s(points.line, points.sample)
    assert np.abs(slant_m - 0.5 * LIGHT_M_S * points.slant_range_time_s).max() < 1e-8
    assert np.abs(time_s - points.azimuth_time_s).max() < 2e-6  # annotated in whole microseconds


@pytest.mark.parametrize("surface", ["geoid", "46"])
def test_real_sea_agrees_with_the_slow_solver(kara, surface):
    swath, slow = kara.swath(surface), kara.slow()
    points = kara.points
    raised = points.height > 5.0
    assert raised.sum() == 58
    line, sample = np.hstack(
        [random_pixels(kara.shape, 40), [points.line[raised], points.sample[raised]]]
    )
    slowly = [slow.longitude_latitude(*at, swath.surface) for at in zip(line, sample, strict=True)]
    error = metres(swath.longitude_latitude(line, sample), np.array(slowly).T)
    # Two ways to interpolate the real orbit's states differ by this much.
    assert error.max() < 3e-3


def test_synthetic_scenes_agree_with_the_slow_solver_both_ways(scene):
    slow = slow_twin(scene)
    line, sample = random_pixels(scene.shape, 25)
    place = scene.longitude_latitude(line, sample)
    slowly = [slow.longitude_latitude(*at, scene.surface) for at in zip(line, sample, strict=True)]
    assert metres(place, np.array(slowly).T).max() < 2e-3
    height = scene.surface.height(*place)
    back = [slow.line_sample(*at) for at in zip(*place, height, strict=True)]
    found = np.array(scene.line_sample(*place))
    assert np.abs(found - np.array(back).T).max() < 1e-4


def test_there_and_back(scene):
    line, sample = random_pixels(scene.shape, 3000, beyond=60.0)
    found = scene.line_sample(*scene.longitude_latitude(line, sample))
    assert np.abs(found[0] - line).max() < 1e-6
    assert np.abs(found[1] - sample).max() < 1e-6


def test_there_and_back_on_the_real_scene(kara):
    swath = kara.swath("geoid")
    line, sample = random_pixels(swath.shape, 3000, beyond=60.0)
    found = swath.line_sample(*swath.longitude_latitude(line, sample))
    assert np.abs(found[0] - line).max() < 1e-6
    assert np.abs(found[1] - sample).max() < 1e-6


def test_smooth_sample_and_steps_make_the_exact_sample(kara):
    swath = kara.swath("geoid")
    place = swath.longitude_latitude(*random_pixels(swath.shape, 20000, beyond=60.0))
    line, sample = swath.line_sample(*place)
    smooth_line, smooth_sample = swath.smooth_line_sample(*place)
    from_border = np.abs(line[:, None] - swath.record_borders).min(axis=1)
    error = np.abs(swath.add_steps(smooth_line, smooth_sample) - sample)[from_border > 1e-3]
    np.testing.assert_array_equal(smooth_line, line)
    assert np.abs(sample - smooth_sample).max() > 5.0  # the steps are real
    assert error.max() < 1e-5


def test_steps_lie_midway_between_records(kara):
    # Annotated records are 1 s apart; the border is where a line is as far from both.
    swath = kara.swath("ellipsoid")
    border_s = swath.first_line_s + swath.record_borders * swath.line_interval_s
    expected = 0.5 * (kara.records.times_s[1:] + kara.records.times_s[:-1])
    np.testing.assert_allclose(border_s, expected, atol=1e-9)
    border = swath.record_borders[20]
    around = swath.slant_range_m(border + np.array([-1e-6, 1e-6]), np.array([3000.0, 3000.0]))
    assert 0.3 < abs(np.diff(around)[0]) < 60.0


def test_smooth_sample_has_no_steps(kara):
    swath = kara.swath("ellipsoid")
    border = swath.record_borders[20]
    line = border + np.array([-1e-3, 1e-3])
    lon, lat = swath.longitude_latitude(np.full(1, border - 5.0), np.full(1, 3000.0))
    track = swath.longitude_latitude(np.array([border - 50.0]), np.array([3000.0]))
    azimuth = GEOD.inv(lon, lat, *track)[0] + 180.0
    where = GEOD.fwd(lon[0].repeat(400), lat[0].repeat(400), azimuth.repeat(400),
                     np.linspace(0.0, 400.0, 400))  # fmt: skip
    smooth = swath.smooth_line_sample(where[0], where[1])[1]
    exact = swath.line_sample(where[0], where[1])[1]
    assert line.size == 2
    assert np.abs(np.diff(smooth, 2)).max() < 1e-5
    assert np.abs(np.diff(exact, 2)).max() > 1e-2


def test_steps_rms_is_that_of_nearest_against_linear(kara):
    times = kara.records.times_s
    rng = np.random.default_rng(3)
    at_s = rng.uniform(times[0], times[-1], 20000)
    ground_m = rng.uniform(0, 10486 * 40.0, at_s.size)
    below = np.searchsorted(times, at_s) - 1
    weight = (at_s - times[below]) / (times[below + 1] - times[below])
    low = slant_range_m(kara.records, ground_m, below)
    high = slant_range_m(kara.records, ground_m, below + 1)
    nearest = np.where(weight < 0.5, low, high)
    slope = (
        slant_range_m(kara.records, ground_m + 1.0, below)
        - slant_range_m(kara.records, ground_m - 1.0, below)
    ) / 2.0
    direct = np.sqrt(np.mean(((nearest - (1 - weight) * low - weight * high) / slope) ** 2))
    measured = steps_rms_m(kara.records, 40.0, 10487)
    assert measured == pytest.approx(direct, rel=0.05)
    assert 5.0 < measured < 8.0


def test_incidence_angle(kara):
    # Annotated angles are those from the geocentric direction; ours from the ellipsoid's normal.
    points, swath, slow = kara.points, kara.swath("ellipsoid"), kara.slow()
    level = np.flatnonzero(np.abs(points.height) < 0.01)[::10]
    ours = swath.incidence_angle(points.line[level], points.sample[level])
    to_earth = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    for i, angle in zip(level, ours, strict=True):
        lon, lat = points.longitude[i], points.latitude[i]
        foot = np.array(to_earth.transform(lon, lat, 0.0))
        normal = np.array(to_earth.transform(lon, lat, 1.0)) - foot
        sight = slow.satellite(points.azimuth_time_s[i])[0] - foot
        sight /= np.linalg.norm(sight)
        assert angle == pytest.approx(np.degrees(np.arccos(sight @ normal)), abs=1e-5)
        geocentric = np.degrees(np.arccos(sight @ foot / np.linalg.norm(foot)))
        assert points.incidence[i] == pytest.approx(geocentric, abs=1e-5)
    assert np.abs(ours - points.incidence[level]).max() < 0.05


def test_far_places_have_no_position(scene):
    middle = scene.longitude_latitude(np.array(1300.0), np.array(1500.0))
    # Antipode, mirrored about the track (left of it), 5 degrees along, not a number.
    position, velocity = slow_twin(scene).satellite(scene.first_line_s + 5.0)
    down = pyproj.Transformer.from_crs(4978, 4979, always_xy=True).transform(*position)
    azimuth, _, distance = GEOD.inv(*middle, down[0], down[1])
    mirror = GEOD.fwd(*middle, azimuth, 2 * distance)[:2]
    lon = np.array([middle[0] + 180.0, mirror[0], middle[0], np.nan, middle[0]])
    shift = 5.0 if middle[1] < 0 else -5.0
    lat = np.array([-middle[1], mirror[1], middle[1] + shift, middle[1], np.nan])
    assert velocity.shape == (3,)
    for answer in (scene.line_sample(lon, lat), scene.smooth_line_sample(lon, lat)):
        assert np.isnan(answer[0]).all()
        assert np.isnan(answer[1]).all()


def test_no_mirror_or_garbage_anywhere_on_the_globe(scene):
    lon, lat = np.meshgrid(np.arange(-180.0, 180.0, 3.0), np.arange(-90.0, 90.1, 3.0))
    line, sample = scene.line_sample(lon, lat)
    seen = np.isfinite(line)
    np.testing.assert_array_equal(seen, np.isfinite(sample))
    place = scene.longitude_latitude(line[seen], sample[seen])
    assert metres(place, (lon[seen], lat[seen])).max(initial=0.0) < 1e-3


@pytest.mark.parametrize(("u", "pole"), [(89.5, 90.0), (269.5, -90.0)])
def test_the_pole_has_one_position_whatever_its_longitude(u, pole):
    # The satellite flies west at both ends of its orbit: the south pole is then to its left.
    side = 1 if pole > 0 else -1
    swath = synthetic_swath(
        u, 0.0, surface="geoid", shape=(2600, 10400), inclination=94.0, side=side
    )
    line, sample = swath.line_sample(np.linspace(-180.0, 180.0, 9), np.full(9, pole))
    assert 0 < line[0] < 2599
    assert 0 < sample[0] < 10399
    assert np.ptp(line) < 1e-6
    assert np.ptp(sample) < 1e-6
    around = np.add.outer(line[0], np.linspace(-9, 9, 7)), np.linspace(-9, 9, 7) + sample[0]
    back = swath.line_sample(*swath.longitude_latitude(*around))
    assert np.abs(back[0] - around[0]).max() < 1e-6
    assert np.abs(back[1] - around[1]).max() < 1e-6


def test_left_looking_is_the_other_side():
    right = synthetic_swath(60.0, 0.0, shape=(600, 800))
    left = synthetic_swath(60.0, 0.0, shape=(600, 800), side=-1)
    at = np.array(300.0), np.array(400.0)
    away = GEOD.inv(*right.longitude_latitude(*at), *left.longitude_latitude(*at))[2]
    assert 4e5 < away < 9e5
    found = left.line_sample(*left.longitude_latitude(*at))
    assert np.abs(np.array(found).ravel() - [300.0, 400.0]).max() < 1e-6
    assert np.isnan(right.line_sample(*left.longitude_latitude(*at))[0])


@settings(max_examples=15, deadline=None)
@given(
    u=st.floats(0.0, 360.0),
    node=st.floats(-180.0, 180.0),
    line=st.floats(-60.0, 659.0),
    sample=st.floats(-60.0, 859.0),
)
def test_there_and_back_anywhere(u, node, line, sample):
    orbit = circular_orbit(u, node)
    swath = replace_orbit(BASE, orbit)
    found = swath.line_sample(*swath.longitude_latitude(np.array(line), np.array(sample)))
    assert np.abs(np.array(found).ravel() - [line, sample]).max() < 1e-6


def replace_orbit(swath, orbit):
    return RangeDopplerSwath.from_annotation(
        orbit,
        swath.records,
        first_line_time=orbit.epoch,
        line_interval_s=swath.line_interval_s,
        sample_spacing_m=swath.sample_spacing_m,
        shape=swath.shape,
        surface=swath.surface,
        bistatic_reference_s=swath.bistatic_reference_s,
    )


BASE = synthetic_swath(45.0, 0.0, surface="geoid", shape=(600, 800))


def test_shapes_and_scalars():
    lon, lat = BASE.longitude_latitude(np.arange(3.0)[:, None], np.arange(4.0))
    assert lon.shape == lat.shape == (3, 4)
    assert BASE.incidence_angle(np.array(0.0), np.array(0.0)).shape == ()
    assert BASE.add_steps(np.zeros((2, 2)), np.zeros((2, 2))).shape == (2, 2)


def test_bistatic_reference_from_float32_times(kara):
    points = kara.points
    coarse = replace(
        points,
        azimuth_time_s=points.azimuth_time_s.astype(np.float32),
        slant_range_time_s=points.slant_range_time_s.astype(np.float32),
    )
    exact = bistatic_reference(points, kara.first_line_time, kara.line_interval_s)
    found = bistatic_reference(coarse, kara.first_line_time, kara.line_interval_s)
    assert exact == pytest.approx(5.73482e-3, abs=5e-8)
    assert found == pytest.approx(exact, abs=1e-7)


def test_no_bistatic_reference_where_there_is_no_such_term(kara):
    points = kara.points
    plain = replace(points, azimuth_time_s=points.line * kara.line_interval_s)
    silent = replace(points, azimuth_time_s=None)
    for without in (plain, silent):
        assert bistatic_reference(without, kara.first_line_time, kara.line_interval_s) is None
    swath = replace(kara.swath("ellipsoid"), bistatic_reference_s=None)
    line = np.array([0.0, 100.0])
    time_s = swath.azimuth_time_s(line, np.array([0.0, 9000.0]))
    np.testing.assert_allclose(time_s, line * kara.line_interval_s, atol=1e-9)


def test_orbit_pieces_pass_through_all_states(kara):
    orbit, pieces = kara.orbit, kara.orbit.pieces()
    assert pieces.shape == (19, 3, 8)
    np.testing.assert_allclose(pieces[:, :, 0], orbit.positions[:-1], atol=1e-6)
    np.testing.assert_allclose(pieces[:, :, 1], orbit.velocities[:-1], atol=1e-9)
    step = np.diff(orbit.times_s)[:, None, None] ** np.arange(8)
    np.testing.assert_allclose((pieces * step).sum(axis=2), orbit.positions[1:], atol=1e-5)


def test_damaged_ingredients_are_refused():
    orbit, records = BASE.orbit, BASE.records
    with pytest.raises(InputError, match="times do not increase"):
        replace(orbit, times_s=orbit.times_s[::-1])
    with pytest.raises(InputError, match="at least 2 states"):
        OrbitStates(
            orbit.times_s[:1], orbit.positions[:1], orbit.velocities[:1], orbit.epoch
        )  # fmt: skip
    with pytest.raises(InputError, match="one polynomial for each time"):
        replace(records, times_s=records.times_s[:-1])
    with pytest.raises(InputError, match="not finite"):
        GroundRangeRecords(
            records.times_s * np.nan,
            records.slant_range_start_m,
            records.ground_range_start_m,
            records.slant_to_ground,
            records.ground_to_slant,
        )
    arguments = {
        "first_line_time": orbit.epoch,
        "line_interval_s": 0.006,
        "sample_spacing_m": 40.0,
        "shape": (600, 800),
        "surface": Surface.parse("geoid"),
        "bistatic_reference_s": None,
    }
    with pytest.raises(InputError, match="above 0"):
        RangeDopplerSwath.from_annotation(orbit, records, **{**arguments, "line_interval_s": 0.0})
    late = {**arguments, "first_line_time": orbit.epoch + np.timedelta64(600, "s")}
    with pytest.raises(InputError, match="states around the whole image"):
        RangeDopplerSwath.from_annotation(orbit, records, **late)
