"""Planning and running on files, against the exact geometry and a slow reading of everything."""

from __future__ import annotations

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from icepair import conventions
from icepair.conventions import S1Flag, S2Flag
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.pair import dataset
from icepair.pair.plan import plan
from icepair.products.open import open_scene


@pytest.fixture(scope="module")
def scenes(toy_pair):
    return open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))


def make_plan(scenes, **options):
    return plan(*scenes, **{"surface": "ellipsoid", **options})


@pytest.fixture(scope="module")
def aligned(scenes):
    return make_plan(scenes, source_position=True).run().compute()


def test_positions_are_exact_at_1200_points(aligned, toy_pair):
    rng = np.random.default_rng(3)
    rows, columns = rng.integers(0, 700, 1200), rng.integers(0, 800, 1200)
    exact = toy_pair.exact_line_sample(rows.astype(float), columns.astype(float))
    error = np.hypot(
        aligned.s1_line.values[rows, columns] - exact[0],
        aligned.s1_sample.values[rows, columns] - exact[1],
    )
    # 0.02 pixel of 40 m; the file's float32 places alone are good to 0.3 m.
    assert error.max() < 0.02


def test_every_value_is_that_of_the_nearest_source_pixel(aligned, toy_pair):
    line = np.floor(aligned.s1_line.values + 0.5).astype(int)
    sample = np.floor(aligned.s1_sample.values + 0.5).astype(int)
    with netCDF4.Dataset(toy_pair.s1) as file:
        file.set_auto_mask(False)
        amplitude, noise, table = (
            file[f"{name}_HV"][0].astype(np.float64)
            for name in ("Amplitude", "noiseCorrectionMatrix", "sigmaNought")
        )
    sigma0 = (amplitude**2 - noise) / table**2
    np.testing.assert_allclose(
        aligned.s1_sigma0_hv.values, sigma0[line, sample], rtol=2e-5, atol=1e-9
    )
    with netCDF4.Dataset(toy_pair.s2) as file:
        reflectance = np.asarray(file["B3"][0], dtype=np.float64) / 10000
    np.testing.assert_allclose(aligned.s2_b03.values, reflectance, atol=1e-7)


def test_coordinates_are_centres_of_the_corrected_corners(aligned, toy_pair):
    assert aligned.x.values[0] == toy_pair.left + 5
    assert aligned.y.values[0] == toy_pair.top - 5
    assert np.all(np.diff(aligned.y.values) == -10)
    assert aligned.spatial_ref.attrs["crs_wkt"].startswith("PROJCRS")
    assert aligned.valid.values.all()


def test_results_do_not_depend_on_blocks(scenes, monkeypatch):
    options = {"source_position": True, "method": "bilinear", "grid": "EPSG:3413@25"}
    whole = make_plan(scenes, **options).run().compute()
    monkeypatch.setattr(dataset, "_BLOCK", 97)
    parts = make_plan(scenes, **options).run().compute()
    for name in whole:
        np.testing.assert_array_equal(parts[name].values, whole[name].values, err_msg=name)


def test_what_lies_outside_is_flagged_and_empty(scenes):
    result = make_plan(scenes, grid="EPSG:3413@25", s1_window=Window(150, 300, 100, 400)).run()
    result = result.compute()
    outside = (result.s1_flags.values & int(S1Flag.OUTSIDE)) != 0
    assert outside.any()
    assert not outside.all()
    np.testing.assert_array_equal(np.isnan(result.s1_sigma0_hh.values), outside)
    beyond = (result.s2_flags.values & int(S2Flag.OUTSIDE)) != 0
    assert beyond.any()
    np.testing.assert_array_equal(np.isnan(result.s2_b04.values), beyond)
    expected = ~outside & ~beyond
    np.testing.assert_array_equal(result.valid.values, expected.astype(np.uint8))


def test_an_s1_window_limits_what_is_read_to_it(scenes):
    limited = make_plan(scenes, s1_window=Window(200, 260, 200, 300), source_position=True)
    result = limited.run().compute()
    seen = (result.s1_flags.values & int(S1Flag.OUTSIDE)) == 0
    line = result.s1_line.values[seen]
    assert line.min() >= 199.5
    assert line.max() < 259.5
    assert limited.grid.shape < (700, 800)


def test_the_plan_reads_only_what_overlaps(scenes):
    made = make_plan(scenes)
    assert made.s2_window == Window(0, 700, 0, 800)
    # 7 x 8 km of 40 m pixels, turned by some 20 degrees, of 480 x 500.
    assert made.s1_window.size < 0.35 * 480 * 500
    assert made.bytes_to_read == made.s1_window.size * 20 + 700 * 800 * 8
    assert made.geolocation == "control-points"
    assert made.node_map.bound < 1e-3


def test_times_are_those_of_the_overlap(scenes):
    made = make_plan(scenes)
    assert scenes[0].start_time < made.s1_time < scenes[0].stop_time
    assert made.time_difference_hours == pytest.approx(7.25, abs=0.002)
    assert make_plan(scenes, preset="tutorial").time_difference_hours == 26101 / 3600


def test_scenes_may_come_the_other_way_round(scenes):
    assert plan(scenes[1], scenes[0]).s1 is scenes[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": ["B13"]}, r"no Sentinel-2 band 'B13'"),
        ({"bands": ["B11"]}, r"has no band B11; it has B02, B03, B04, B08"),
        ({"polarisation": ["VV"]}, r"has no polarisation VV; it has HH, HV"),
        ({"method": "cubik"}, r"no resampling method 'cubik'"),
        ({"s2_window": Window(0, 701, 0, 10)}, r"--s2-window 0:701,0:10 does not lie inside"),
        ({"s2_window": (0, 10)}, r"--s2-window has four numbers"),
        ({"bands": []}, r"No band was asked for"),
    ],
)
def test_questions_that_make_no_sense_are_refused(scenes, options, message):
    with pytest.raises(UsageError, match=message):
        make_plan(scenes, **options)


def test_two_radar_scenes_are_no_pair(scenes):
    with pytest.raises(UsageError, match="one Sentinel-1 and one Sentinel-2"):
        plan(scenes[0], scenes[0])
    with pytest.raises(UsageError, match="'a' and 'b'"):
        plan("a", "b")


def test_names_and_windows_are_taken_in_every_usual_spelling(scenes):
    made = make_plan(scenes, bands="B2, b3", polarisation="hv", s2_window="0:50,10:70")
    assert made.bands == ("B02", "B03")
    assert made.polarisations == ("HV",)
    assert made.s2_window == Window(0, 50, 10, 70)
    assert make_plan(scenes, s2_window=[0, 50, 10, 70]).grid == made.grid


def test_the_tutorial_says_what_it_reads_and_on_which_surface(scenes):
    made = make_plan(scenes, preset="tutorial", surface="geoid", bands=["B04"], polarisation=["HH"])
    assert made.bands == ("B04", "B03")
    assert made.polarisations == ("HH", "HV")
    assert made.swath.surface.name == "ellipsoid"
    assert made.geolocation == "rasters"


def test_attributes_come_from_the_one_table(aligned):
    for name in aligned:
        expected = conventions.attributes_of(name) | {"grid_mapping": "spatial_ref"}
        # How it was made is the plan's to say.
        assert aligned[name].attrs.keys() - {"resampling"} == expected.keys()


def test_the_budget_knows_what_the_products_say(scenes):
    s1, s2 = scenes
    assert (s1.orbit_quality, s2.is_refined) == ("unknown", None)
    precise, refined = replace(s1, orbit_quality="precise"), replace(s2, is_refined=True)
    plain, known = make_plan(scenes).budget, make_plan((precise, refined), drift_m_s=0.1).budget
    changed = {name for name in plain.terms_m if plain.terms_m[name] != known.terms_m[name]}
    assert changed == {"orbit", "s2_location"}
    assert known.total_m < plain.total_m
    assert known.drift_m == pytest.approx(plain.drift_m / 3)


def test_a_plan_prints_as_a_table(scenes):
    text = str(make_plan(scenes))
    assert "lines 121:357, samples 118:374 of HH, HV" in text
    assert "700 x 800 pixels of 10 m, EPSG:32639" in text
    assert "control-points, sea at the ellipsoid, nearest" in text
    assert make_plan(scenes)._repr_html_() == f"<pre>{text}</pre>"
