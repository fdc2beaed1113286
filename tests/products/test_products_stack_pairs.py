"""Pairs in which one scene, or both, lie on a grid already."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import rasterio
import xarray as xr
from pyproj import Transformer
from rasterio.transform import Affine
from stack_files import LEFT, TIME, TOP, decibels, geotiff, numbers

import icepair as ip
from icepair.cli.door import run
from icepair.errors import NoOverlapError, UsageError
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.summary import schema
from icepair.resample.source_map import ShiftMap
from other_generator import ToyPair

RNG = np.random.default_rng(5)
NAMES = ("B02", "B03", "B04", "B08")
SHAPE = (130, 170)


def power_of(values: np.ndarray) -> np.ndarray:
    return (10 ** (values.astype(float) / 10)).astype(np.float32)


def optical(path: Path, **options: object) -> tuple[Path, np.ndarray]:
    values = numbers(RNG, (4, *SHAPE))
    tags = TIME | {"PROCESSING_BASELINE": "05.09"}
    return geotiff(path, values, descriptions=NAMES, tags=tags, **options), values


@pytest.mark.parametrize(
    ("name", "standard_name", "is_remarked"),
    [
        ("S2A_MSIL1C_20190403T120000_N0208_R001_T39XVL_20190403T130000",
         "toa_bidirectional_reflectance", False),
        ("S2A_MSIL2A_20190403T120000_N0211_R001_T39XVL_20190403T130000",
         "surface_bidirectional_reflectance", False),
        ("x", "toa_bidirectional_reflectance", True),
    ],
)  # fmt: skip
def test_a_pair_says_whether_reflectance_is_at_the_surface(
    tmp_path: Path, name: str, standard_name: str, is_remarked: bool
) -> None:
    db = decibels(RNG, (1, *SHAPE))
    s1 = geotiff(tmp_path / "s1.tif", db, descriptions=("HH",), tags=TIME)
    s2, _ = optical(tmp_path / f"{name}.tif")
    attributes = ip.plan(ip.open_scene(s1), ip.open_scene(s2)).run()["s2_b03"].attrs
    assert attributes["standard_name"] == standard_name
    assert attributes["resampling"] == "none"
    assert ("does not say its level" in attributes.get("comment", "")) == is_remarked


@pytest.mark.parametrize("left", [LEFT, 500_000.9493058195])
def test_both_on_the_same_pixels_come_through_bit_for_bit(tmp_path: Path, left: float) -> None:
    place = Affine(10, 0, left, 0, -10, TOP + 0.017304195)
    db = decibels(RNG, (2, *SHAPE))
    db[:, 20:30, 40:90] = np.nan
    s1 = geotiff(tmp_path / "s1.tif", db, descriptions=("HH", "HV"), tags=TIME, transform=place)
    s2, counts = optical(tmp_path / "s2.tif", transform=place)
    for window, method in ((None, "nearest"), ("13:121,7:160", "nearest"), (None, "cubic")):
        plan = ip.plan(ip.open_scene(s2), ip.open_scene(s1), s2_window=window, method=method)
        assert isinstance(plan.s1_map, ShiftMap)
        assert plan.geolocation == "grid"
        pair = plan.run().compute()
        part = np.s_[13:121, 7:160] if window else np.s_[:, :]
        np.testing.assert_array_equal(pair["s1_sigma0_hv"], power_of(db[1])[part])
        expected = ((counts[1].astype(float) - 1000) / 10000).astype("f4")
        np.testing.assert_array_equal(pair["s2_b03"], expected[part])
        np.testing.assert_array_equal(pair["valid"], np.isfinite(db[0])[part])
        assert pair["s1_incidence_angle"].isnull().all()
    assert set(plan.budget.terms_m) == {
        "geolocation", "orbit", "map", "s1_location", "s2_location", "resampling",
    }  # fmt: skip
    assert np.isfinite(plan.budget.total_m)
    assert "where the file has its pixels" in str(plan)


def polar_radar(path: Path, longitude: float, latitude: float, size: int = 300) -> Path:
    """Radar of 40 m in EPSG:3413 around a place."""
    x, y = Transformer.from_crs(4326, 3413, always_xy=True).transform(longitude, latitude)
    place = Affine(40, 0, x - size * 20, 0, -40, y + size * 20)
    db = decibels(RNG, (2, size, size))
    return geotiff(path, db, descriptions=("HH", "HV"), tags=TIME, crs="EPSG:3413", transform=place)


def nearest_by_brute_force(
    file: Path, lon: np.ndarray, lat: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """HV of the pixel that holds each place, and pixels from each place to the next border."""
    with rasterio.open(file) as source:
        x, y = Transformer.from_crs(4326, source.crs, always_xy=True).transform(lon, lat)
        left, top = source.transform.c, source.transform.f
        columns, rows = (np.asarray(x) - left) / 40, (top - np.asarray(y)) / 40
        values = source.read(2)
    inside = (rows >= 0) & (rows < values.shape[0]) & (columns >= 0) & (columns < values.shape[1])
    i, j = (np.where(inside, np.floor(part), 0).astype(int) for part in (rows, columns))
    from_border = np.minimum(*(0.5 - np.abs(part % 1 - 0.5) for part in (rows, columns)))
    return np.where(inside, power_of(values[i, j]), np.nan), from_border


def test_radar_of_another_projection_onto_an_archive_product(
    tmp_path: Path, toy_pair: ToyPair
) -> None:
    file = polar_radar(tmp_path / "s1.tif", toy_pair.toy.longitude, toy_pair.toy.latitude)
    plan = ip.plan(ip.open_scene(file), ip.open_scene(toy_pair.s2), source_position=True)
    pair = plan.run().compute()
    x, y = np.meshgrid(pair["x"], pair["y"])
    place = Transformer.from_crs(toy_pair.toy.epsg, 4326, always_xy=True).transform(x, y)
    expected, from_border = nearest_by_brute_force(file, *place)
    certain = from_border > 2e-3
    assert certain.mean() > 0.98
    assert np.isfinite(expected).mean() > 0.5
    np.testing.assert_array_equal(pair["s1_sigma0_hv"].values[certain], expected[certain])
    assert float(np.abs(pair["s1_line"] % 1).max()) < 1.0


def test_the_pixels_of_a_gridded_radar_scene_as_the_target(tmp_path: Path) -> None:
    s2 = ip.open_scene(optical(tmp_path / "s2.tif")[0])
    x, y = (part[[0]] for part in s2.grid.longitude_latitude(np.array([65.0]), np.array([85.0])))
    file = polar_radar(tmp_path / "s1.tif", float(x[0]), float(y[0]), size=200)
    plan = ip.plan(ip.open_scene(file), s2, grid="s1", bands="B03")
    assert (plan.grid.epsg, plan.grid.spacing_m) == (3413, 40.0)
    pair = plan.run().compute()
    with rasterio.open(file) as source:
        stored = power_of(source.read(2))[plan.s1_window.slices]
    np.testing.assert_array_equal(pair["s1_sigma0_hv"], stored)
    assert 0.3 < np.isfinite(pair["s2_b03"]).mean().item() < 1.0


def test_a_swath_with_the_same_optical_scene_as_geotiffs(tmp_path: Path, toy_pair: ToyPair) -> None:
    archive = ip.open_scene(toy_pair.s2)
    folder = tmp_path / "bands"
    folder.mkdir()
    whole = ip.Window.whole(archive.shape)
    place = Affine(*archive.grid.transform)
    for band in archive.bands:
        stored = archive.read_digital_numbers(band, whole)
        geotiff(
            folder / f"{band}.tif", stored[np.newaxis], transform=place, crs=archive.grid.crs_wkt
        )
    s2 = ip.open_scene(
        folder,
        time=archive.time,
        offset=archive.offsets[archive.bands[0]],
    )
    s1 = ip.open_scene(toy_pair.s1)
    bands = [band for band in NAMES if band in archive.bands]
    expected = ip.plan(s1, archive, bands=bands).run().compute()
    found = ip.plan(s1, s2, bands=bands).run().compute()
    for name in ("s1_sigma0_hv", "s1_flags", *(f"s2_{band.lower()}" for band in bands)):
        xr.testing.assert_equal(found[name], expected[name])


def test_incidence_angles_of_a_band_and_masks_without_any(tmp_path: Path) -> None:
    db = decibels(RNG, (2, *SHAPE))
    db[1] -= 8
    db[:, :60] -= 10
    angle = np.broadcast_to(np.linspace(20, 40, SHAPE[1], dtype=np.float32), (1, *SHAPE))
    names = ("HH", "HV", "angle")
    with_angle = geotiff(
        tmp_path / "a.tif", np.concatenate([db, angle]), descriptions=names, tags=TIME
    )
    without = geotiff(tmp_path / "b.tif", db, descriptions=names[:2], tags=TIME)
    s2 = ip.open_scene(optical(tmp_path / "s2.tif")[0])
    pair = ip.plan(ip.open_scene(with_angle), s2).run().compute()
    np.testing.assert_allclose(pair["s1_incidence_angle"], angle[0], atol=0.02)
    blind = ip.plan(ip.open_scene(without), s2).run().compute()
    assert blind["s1_incidence_angle"].isnull().all()
    masks = ip.sea_ice(blind)
    xr.testing.assert_equal(
        masks["s1_ice"], ip.sea_ice(blind.drop_vars("s1_incidence_angle"))["s1_ice"]
    )
    assert set(np.unique(masks["s1_ice"])) == {0, 1}


def test_one_incidence_angle_needs_angles_and_withholds_pixels_without(tmp_path: Path) -> None:
    db = decibels(RNG, (1, *SHAPE))
    angle = np.broadcast_to(np.linspace(20, 40, SHAPE[1], dtype=np.float32), (1, *SHAPE)).copy()
    angle[:, 40:60, 50:90] = np.nan
    both = np.concatenate([db, angle])
    names = ("HH", "angle")
    seen = ip.open_scene(geotiff(tmp_path / "a.tif", both, descriptions=names, tags=TIME))
    blind = ip.open_scene(geotiff(tmp_path / "b.tif", db, descriptions=names[:1], tags=TIME))
    s2 = ip.open_scene(optical(tmp_path / "s2.tif")[0])
    with pytest.raises(UsageError, match=r"tells none.*--s1-bands, for example HH,HV,incidence"):
        ip.plan(blind, s2, incidence="30")
    plain = ip.plan(seen, s2).run().compute()
    pair = ip.plan(seen, s2, incidence="30:-0.2").run().compute()
    expected = plain.s1_sigma0_hh * 10 ** (-0.02 * (30 - plain.s1_incidence_angle))
    np.testing.assert_allclose(pair.s1_sigma0_hh, expected, rtol=1e-6)
    unknown = np.isnan(plain.s1_incidence_angle)
    assert 700 < unknown.sum() < 2000
    np.testing.assert_array_equal(pair.s1_flags, np.where(unknown, 2, plain.s1_flags))


def test_what_gridded_scenes_cannot_do(tmp_path: Path) -> None:
    s1 = geotiff(tmp_path / "s1.tif", decibels(RNG, (1, *SHAPE)), descriptions=("HV",), tags=TIME)
    s2 = optical(tmp_path / "s2.tif")[0]
    with pytest.raises(UsageError, match=r"tutorial preset works on amplitudes.*s1 is a gridded"):
        ip.plan(ip.open_scene(s1), ip.open_scene(s2), preset="tutorial")
    with pytest.raises(UsageError, match="gridded scenes have none"):
        ip.open_scene(s2).read_mask("MSK_OPAQUE", ip.Window(0, 1, 0, 1))
    far = polar_radar(tmp_path / "far.tif", -60.0, 75.0, size=20)
    with pytest.raises(NoOverlapError, match="km"):
        ip.plan(ip.open_scene(far), ip.open_scene(s2))


def test_a_recipe_says_what_files_do_not(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(
        's1_bands = "VV,-,VH"\ns1_units = "dB"\ns2_offset = -1000\ns2_time = 2020-01-11T16:40:00Z\n'
    )
    recipe = Recipe.from_toml(file)
    assert recipe.of_scene("s1") == {"roles": ("VV", "-", "VH"), "units": "db", "time": None}
    assert recipe.of_scene("s2") == {
        "roles": None, "units": None, "offset": -1000.0, "quantification": None,
        "time": "2020-01-11T16:40:00+00:00",
    }  # fmt: skip
    assert Recipe.from_options(json.loads(json.dumps(recipe.to_dict()))) == recipe
    with pytest.raises(UsageError, match="s2_offset is a number, not 'much'"):
        Recipe(s2_offset="much")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"quantification must be above 0, not -1\.0"):
        Recipe(s2_quantification=-1)


def test_real_crops_through_the_command_line(
    tmp_path: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "s1s2_terramind"
    if not folder.is_dir():
        pytest.skip("s1s2_terramind is not among the real data")
    s1, s2 = (folder / each / "609U_541L_3_0.tif" for each in ("S1RTC", "S2L1C"))
    bands = "B01,B02,B03,B04,B05,B06,B07,B08,B8A,B09,B10,B11,B12"
    arguments = [
        "align", str(s1), str(s2), "--out", str(tmp_path / "out"), "--s1-bands", "VV,VH",
        "--s1-units", "db", "--s2-bands", bands, "--s2-offset", "-1000", "--s2-time",
        "2020-01-11T16:40", "--bands", "B03,B04", "--json",
    ]  # fmt: skip
    assert run(arguments) == 0
    summary = json.loads(capsys.readouterr().out)
    jsonschema.validate(summary, schema())
    assert summary["alignment"]["geolocation"] == "grid"
    assert summary["s1"]["time_source"] == "tag DATETIME"
    assert summary["provenance"]["recipe"]["s2_offset"] == -1000.0
    assert summary["s2"]["ice_concentration"] > 0.9  # snow all over
    with xr.open_dataset(tmp_path / "out" / "pair.nc", engine="h5netcdf") as pair:
        for band, name in enumerate(("s1_sigma0_vv", "s1_sigma0_vh"), 1):
            with rasterio.open(s1) as file:
                np.testing.assert_array_equal(pair[name], power_of(file.read(band)))
    assert run([*arguments[:-3], "--overwrite", "--s2-offset", "x"]) == 2
