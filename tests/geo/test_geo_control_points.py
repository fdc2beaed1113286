"""Control points against exact geometry: float32, the pole, 180 degrees, mountains, scattered."""

from __future__ import annotations

import functools
from dataclasses import replace

import h5netcdf
import numpy as np
import pyproj
import pytest

from icepair.errors import InputError
from icepair.geo.control_points import ControlPoints, ControlPointSwath
from icepair.geo.reduction import SightPath
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath
from icepair.geo.tensor_fit import TensorFit
from icepair.testing import geolocation

synthetic_swath = functools.cache(geolocation.synthetic_swath)
"""The slow part of most tests here; several of them look at the same scene."""

GEOD = pyproj.Geod(ellps="WGS84")


def metres(one, other):
    return np.asarray(GEOD.inv(*one, *other)[2])


def geocentric_incidence(swath, line, sample):
    """Incidence as annotation has it: from the geocentric direction."""
    lon, lat = swath.place(line, sample, np.zeros(line.size))
    to_earth = pyproj.Transformer.from_crs(4979, 4978, always_xy=True)
    foot = np.stack(to_earth.transform(lon, lat, 0 * lon), axis=1)
    u = swath.azimuth_time_s(line, sample)
    piece = np.clip(np.searchsorted(swath.orbit.times_s, u) - 1, 0, len(swath.orbit_pieces) - 1)
    t = (u - swath.orbit.times_s[piece])[:, None, None] ** np.arange(swath.orbit_pieces.shape[2])
    sight = (swath.orbit_pieces[piece] * t).sum(axis=2) - foot
    cosine = (sight * foot).sum(1) / np.linalg.norm(sight, axis=1) / np.linalg.norm(foot, axis=1)
    return np.degrees(np.arccos(cosine))


def grid_points(swath, mode, dtype=np.float32):
    """The geolocation grid as annotated, on the ellipsoid, with an irregular last interval."""
    lines, samples = swath.shape
    step = (500, 500) if mode == "EW" else (lines // 9 - 7, samples // 20 - 3)
    line, sample = (
        np.append(np.arange(0, n - s // 2, s), n - 1.0).astype(float)
        for n, s in zip((lines, samples), step, strict=True)
    )
    line, sample = (axis.ravel() for axis in np.meshgrid(line, sample, indexing="ij"))
    lon, lat = swath.place(line, sample, np.zeros(line.size))
    incidence = geocentric_incidence(swath, line, sample)
    columns = [c.astype(dtype).astype(float) for c in (lon, lat, incidence)]
    return ControlPoints(line, sample, columns[0], columns[1], np.zeros(line.size), columns[2])


def random_pixels(shape, count=1200, seed=11):
    return np.random.default_rng(seed).uniform(0, np.array(shape) - 1.0, (count, 2)).T


CASES = {
    "zone 39, EW": ("EW", 83.0, 95.0, 98.18),
    "zone 39, IW": ("IW", 83.0, 92.0, 98.18),
    "across 180, EW": ("EW", 78.0, 204.0, 98.18),
    "across 180, IW": ("IW", 75.0, 195.0, 98.18),
    "antarctic, EW": ("EW", 270.0, 200.0, 98.18),
    "antarctic, IW": ("IW", 290.0, 200.0, 98.18),
    "pole inside": ("EW", 88.0, 0.0, 94.0),
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def case(request):
    mode, u, node, inclination = request.param
    exact = synthetic_swath(u, node, mode=mode, inclination=inclination, is_stepped=False)
    return exact, grid_points(exact, mode)


@pytest.mark.parametrize("surface", ["ellipsoid", "geoid", "46"])
def test_float32_points_place_every_pixel(case, surface):
    exact, points = case
    exact = replace(exact, surface=Surface.parse(surface))
    swath = ControlPointSwath.fit(points, exact.shape, exact.surface)
    assert isinstance(swath, Swath)
    line, sample = random_pixels(exact.shape)
    place = exact.longitude_latitude(line, sample)
    found = swath.line_sample(*place)
    off_m = np.hypot(found[0] - line, found[1] - sample) * exact.sample_spacing_m
    assert off_m.max() < 0.6
    assert np.sqrt(np.mean(off_m**2)) < 0.15
    assert 0.1 < swath.residual_m < 0.5  # what rounding to float32 leaves
    back = swath.line_sample(*swath.longitude_latitude(line, sample))
    assert np.abs(back[0] - line).max() < 1e-6
    assert np.abs(back[1] - sample).max() < 1e-6
    np.testing.assert_allclose(
        swath.incidence_angle(line, sample), exact.incidence_angle(line, sample), atol=2e-3
    )


def test_some_cases_cross_180_and_hold_the_pole():
    exact = synthetic_swath(*CASES["across 180, EW"][1:3], is_stepped=False)
    lon, _ = exact.longitude_latitude(*random_pixels(exact.shape))
    assert lon.min() < -175
    assert lon.max() > 175
    iw = synthetic_swath(*CASES["across 180, IW"][1:3], mode="IW", is_stepped=False)
    lon, _ = iw.longitude_latitude(*random_pixels(iw.shape))
    assert lon.min() < -179
    assert lon.max() > 179
    polar = synthetic_swath(88.0, 0.0, inclination=94.0, is_stepped=False)
    line, sample = polar.line_sample(np.array(0.0), np.array(90.0))
    assert 0 < line < polar.shape[0] - 1
    assert 0 < sample < polar.shape[1] - 1


@pytest.mark.parametrize("flip", ["lines", "samples"])
def test_a_mirrored_order_is_just_another_image(flip):
    exact = synthetic_swath(83.0, 95.0, is_stepped=False)
    points = grid_points(exact, "EW")
    line, sample = random_pixels(exact.shape, 50)
    place = replace(exact, surface=Surface("geoid")).longitude_latitude(line, sample)
    if flip != "samples":
        points = replace(points, line=exact.shape[0] - 1 - points.line)
        line = exact.shape[0] - 1 - line
    if flip != "lines":
        points = replace(points, sample=exact.shape[1] - 1 - points.sample)
        sample = exact.shape[1] - 1 - sample
    found = ControlPointSwath.fit(points, exact.shape, Surface("geoid")).line_sample(*place)
    assert np.abs(found[0] - line).max() * 40 < 0.6
    assert np.abs(found[1] - sample).max() * 40 < 0.6


@pytest.mark.parametrize("size", [(100, 120), (400, 500), (1500, 1500)])
def test_small_float32_scenes_reach_the_geoid(size):
    # Over 4 to 60 km neither the Earth's curvature nor crossing lines of sight say much.
    exact = synthetic_swath(83.0, 95.0, surface="geoid", is_stepped=False, shape=size)
    line, sample = (np.linspace(0, n - 1.0, k) for n, k in zip(size, (9, 10), strict=True))
    line, sample = (axis.ravel() for axis in np.meshgrid(line, sample, indexing="ij"))
    place = exact.place(line, sample, np.zeros(line.size))
    lon, lat, incidence = (
        column.astype(np.float32).astype(float)
        for column in (*place, geocentric_incidence(exact, line, sample))
    )
    points = ControlPoints(line, sample, lon, lat, np.zeros(line.size), incidence)
    swath = ControlPointSwath.fit(points, size, Surface("geoid"))
    at = random_pixels(size, 300)
    off = np.array(swath.line_sample(*exact.longitude_latitude(*at))) - at
    assert np.hypot(*off).max() * 40 < 0.6


def test_angles_that_contradict_the_places_still_give_a_path():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False, shape=(480, 500))
    line, sample = (a.ravel() for a in np.meshgrid(np.linspace(0, 479, 9), np.linspace(0, 499, 10)))
    lon, lat = exact.place(line, sample, np.zeros(line.size))
    invented = 28.0 + 8.0 * sample / 499.0  # six times too steep for 20 km
    points = ControlPoints(line, sample, lon, lat, np.zeros(line.size), invented)
    swath = ControlPointSwath.fit(points, (480, 500), Surface("46"))
    at = random_pixels((480, 500), 50)
    level = exact.longitude_latitude(*at)
    moved = metres(swath.longitude_latitude(*at), level)
    assert (46 / np.tan(np.radians(37)) < moved).all()
    assert (moved < 46 / np.tan(np.radians(27))).all()


def test_scattered_points_work_in_any_order():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False)
    line, sample = random_pixels(exact.shape, 400, seed=5)
    lon, lat = exact.place(line, sample, np.zeros(line.size))
    points = ControlPoints(
        line, sample, lon, lat, np.zeros(line.size), geocentric_incidence(exact, line, sample)
    )
    swath = ControlPointSwath.fit(points, exact.shape, Surface("geoid"), method="rasters")
    place = replace(exact, surface=Surface("geoid")).longitude_latitude(*random_pixels(exact.shape))
    found = swath.line_sample(*place)
    off_m = 40 * np.hypot(*(np.array(found) - random_pixels(exact.shape)))
    assert swath.method == "rasters"
    assert np.sqrt(np.mean(off_m**2)) < 0.2
    assert off_m.max() < 3.0  # beyond the outermost points it extrapolates


def test_far_places_have_no_position(case):
    exact, points = case
    swath = ControlPointSwath.fit(points, exact.shape, Surface("ellipsoid"))
    lon, lat = np.meshgrid(np.arange(-180.0, 180.0, 4.0), np.arange(-90.0, 90.1, 4.0))
    line, sample = swath.line_sample(lon, lat)
    seen = np.isfinite(line)
    np.testing.assert_array_equal(seen, np.isfinite(sample))
    back = swath.longitude_latitude(line[seen], sample[seen])
    assert metres(back, (lon[seen], lat[seen])).max(initial=0.0) < 1e-3
    far = np.abs(line - 0.5 * exact.shape[0]) > 0.54 * exact.shape[0]
    assert not far.any()


def test_it_reaches_fifty_pixels_beyond_the_image(case):
    exact, points = case
    swath = ControlPointSwath.fit(points, exact.shape, Surface("ellipsoid"))
    lines, samples = exact.shape
    line = np.array([-50.0, lines + 49.0, 0.5 * lines, 0.5 * lines])
    sample = np.array([0.5 * samples, 0.5 * samples, -50.0, samples + 49.0])
    off = np.array(swath.line_sample(*exact.longitude_latitude(line, sample))) - [line, sample]
    assert np.abs(off).max() * exact.sample_spacing_m < 2.0


def test_real_points_slide_down_from_mountains(kara):
    points, exact = kara.points, kara.swath("ellipsoid")
    path = SightPath.through(points, kara.shape)
    for height in (0.0, 46.0):
        wanted = np.full(len(points), height)
        found = path.slide(points.line, points.longitude, points.latitude, points.height, wanted)
        error = metres(found[:2], exact.place(points.line, points.sample, wanted))
        moved = metres(found[:2], (points.longitude, points.latitude))
        assert moved.max() > 1200.0
        assert error.max() < 0.05


def test_real_float32_points_against_range_doppler(kara, shared_data):
    path = shared_data / "nbs_converter_output" / "s1_ew_grdm_golden.nc"
    with h5netcdf.File(path) as file:
        columns = [
            file[f"GCP_{name}_HH"][:].astype(float)
            for name in ("line", "pixel", "longitude", "latitude", "height", "incidenceAngle")
        ]
    points = ControlPoints(*columns)
    exact = kara.swath("geoid")
    swath = ControlPointSwath.fit(points, kara.shape, exact.surface)
    line, sample = random_pixels(kara.shape, 4000)
    off_m = 40 * np.hypot(
        *(np.array(swath.line_sample(*exact.longitude_latitude(line, sample))) - [line, sample])
    )
    open_sea = away_from_mountains(kara, line)
    assert 0.1 < open_sea.mean() < 0.9
    assert np.sqrt(np.mean(off_m[open_sea] ** 2)) < 5.0
    assert np.sqrt(np.mean(off_m[~open_sea] ** 2)) < 25.0
    assert off_m.max() < 100.0
    assert swath.residual_m < 15.0


def away_from_mountains(kara, line):
    """Lines whose ground-to-slant records differ from their neighbours as over flat sea."""
    raised = np.unique(kara.points.line[kara.points.height > 5.0])
    return np.abs(line[:, None] - raised).min(axis=1) > 1000.0


def test_residual_is_that_of_refits_without_each_point():
    rng = np.random.default_rng(0)
    line, sample = (a.ravel() for a in np.meshgrid(np.arange(0, 90, 10.0), np.arange(0, 70, 10.0)))
    values = np.sin(line / 20)[:, None] + rng.normal(0, 0.1, (line.size, 2))
    kinds = [{"degrees": (3, 2)}, {"degrees": (3, 3), "intervals": (8, 6), "ridge": 0.01}]
    for kind in kinds:
        fit = TensorFit.of_degrees(line, sample, values, (90, 70), **kind)
        for i in (0, 20, 33):
            rest = np.arange(line.size) != i
            other = TensorFit.of_degrees(line[rest], sample[rest], values[rest], (90, 70), **kind)
            missed = other.value(line[i : i + 1], sample[i : i + 1])[0] - values[i]
            assert np.linalg.norm(missed) == pytest.approx(fit.leave_out[i], rel=1e-6)


def test_heights_that_are_unknown_count_as_nought():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False, shape=(3000, 3000))
    points = grid_points(exact, "EW")
    unknown = replace(points, height=points.height * np.nan)
    one, other = (
        ControlPointSwath.fit(p, exact.shape, Surface("ellipsoid")) for p in (points, unknown)
    )
    at = random_pixels(exact.shape, 20)
    np.testing.assert_array_equal(one.longitude_latitude(*at), other.longitude_latitude(*at))


def test_without_incidence_only_the_ellipsoid_is_possible():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False, shape=(3000, 3000))
    points = grid_points(exact, "EW")
    blind = replace(points, incidence=points.incidence * np.nan)
    swath = ControlPointSwath.fit(blind, exact.shape, Surface("ellipsoid"))
    line, sample = random_pixels(exact.shape, 20)
    found = swath.line_sample(*exact.longitude_latitude(line, sample))
    assert np.abs(np.array(found) - [line, sample]).max() * 40 < 0.6
    assert np.isnan(swath.incidence_angle(line, sample)).all()
    with pytest.raises(InputError, match=r"no incidence angles.*--surface ellipsoid"):
        ControlPointSwath.fit(blind, exact.shape, Surface("geoid"))


def test_too_few_points_are_refused():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False, shape=(3000, 3000))
    points = grid_points(exact, "EW")

    def only(chosen):
        names = ("line", "sample", "longitude", "latitude", "height", "incidence")
        return ControlPoints(*(getattr(points, name)[chosen] for name in names))

    with pytest.raises(InputError, match="at least 6 are needed"):
        ControlPointSwath.fit(only(slice(0, 5)), exact.shape, Surface("ellipsoid"))
    with pytest.raises(InputError, match="too few different lines or samples"):
        ControlPointSwath.fit(only(points.line == 0), exact.shape, Surface("ellipsoid"))
    lost = replace(points, longitude=np.full(len(points), np.nan))
    with pytest.raises(InputError, match="0 of 49 control points are usable"):
        ControlPointSwath.fit(lost, exact.shape, Surface("ellipsoid"))
    with pytest.raises(InputError, match="equally long"):
        replace(points, line=points.line[:-1])
    few = only(np.array([0, 3, 6, 21, 24, 27, 42, 45, 48]))
    assert ControlPointSwath.fit(few, exact.shape, Surface("ellipsoid")).residual_m > 0


def test_steps_are_none():
    exact = synthetic_swath(83.0, 95.0, is_stepped=False, shape=(3000, 3000))
    swath = ControlPointSwath.fit(grid_points(exact, "EW"), exact.shape, Surface("geoid"))
    place = exact.longitude_latitude(*random_pixels(exact.shape, 9))
    np.testing.assert_array_equal(swath.smooth_line_sample(*place), swath.line_sample(*place))
    line, sample = random_pixels(exact.shape, 9)
    np.testing.assert_array_equal(swath.add_steps(line, sample), sample)
