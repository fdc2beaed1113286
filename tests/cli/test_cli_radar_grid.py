"""`--grid s1` from end to end: radar pixels as they are, and every reader in the right place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pyproj
import pytest
import rasterio
import xarray as xr
from rasterio.transform import GCPTransformer
from rasterio.vrt import WarpedVRT

from icepair.cli.door import run
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.pipeline.summary import schema
from icepair.products.open import open_scene

pytestmark = pytest.mark.filterwarnings("ignore:Dataset has no geotransform")


@pytest.fixture(scope="module")
def out(scenes: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("radar") / "out"
    done = run([
        "align", *map(str, scenes), "--out", str(folder), "--grid", "s1", "--quiet",
        "--source-position",
    ])  # fmt: skip
    assert done == 0
    return folder


@pytest.fixture(scope="module")
def pair(out: Path):
    with xr.open_dataset(out / "pair.nc", decode_coords="all") as opened:
        yield opened.load()


def window_of(pair: xr.Dataset) -> Window:
    return Window(
        int(pair.y[0]), int(pair.y[-1]) + 1, int(pair.x[0]), int(pair.x[-1]) + 1
    )  # fmt: skip


def test_radar_pixels_are_those_of_the_product_bit_for_bit(pair, scenes):
    power, _ = open_scene(str(scenes[0])).read_sigma_nought("HH", window_of(pair))
    np.testing.assert_array_equal(pair.s1_sigma0_hh.values.view("u4"), power.view("u4"))
    np.testing.assert_array_equal(pair.s1_line.values[:, 0], pair.y.values)
    np.testing.assert_array_equal(pair.s1_sample.values[0], pair.x.values)


def test_places_are_those_of_the_geolocation_and_optical_pixels_those_that_lie_there(pair, scenes):
    s1, s2 = (open_scene(str(scene)) for scene in scenes)
    swath = s1.swath(Surface("geoid"))
    lines, samples = np.meshgrid(pair.y.values, pair.x.values, indexing="ij")
    lon, lat = swath.longitude_latitude(lines, samples)
    # A hundredth of a metre, the bound of the optical map.
    np.testing.assert_allclose(pair.latitude.values, lat, atol=1.2e-7)
    np.testing.assert_allclose(pair.longitude.values, lon, atol=1.2e-7 / np.cos(np.radians(83)))
    reflectance, _ = s2.read_reflectance("B03", Window.whole(s2.shape))
    row, column = s2.grid.rows_columns(lon, lat)
    off_tie = np.minimum(*(np.abs(np.mod(p, 1.0) - 0.5) for p in (row, column))) > 2e-3
    held = (pair.valid.values == 1) & off_tie
    assert held.mean() > 0.3
    i, j = (np.floor(p[held] + 0.5).astype(int) for p in (row, column))
    np.testing.assert_array_equal(pair.s2_b03.values[held], reflectance[i, j])
    np.testing.assert_allclose(
        pair.s1_incidence_angle.values, swath.incidence_angle(lines, samples), atol=2e-3
    )


def test_the_file_says_what_its_axes_are(pair):
    assert pair.y.attrs["long_name"].startswith("line of the radar image")
    assert pair.longitude.attrs["standard_name"] == "longitude"
    assert pair.s2_b03.encoding["coordinates"] == "longitude latitude"
    assert "s1_ice" in pair
    assert set(pair.s1_ice.coords) == {"y", "x", "longitude", "latitude", "spatial_ref"}
    assert pair.spatial_ref.attrs["grid_mapping_name"] == "latitude_longitude"
    assert pair.attrs["grid_spacing_m"] == pytest.approx(40.0, rel=0.02)


def test_gdal_finds_places_in_the_netcdf_by_geolocation_arrays(out, pair):
    address = "netcdf:{}:{}"
    with rasterio.open(address.format(out / "pair.nc", "s1_sigma0_hh")) as dataset:
        tags = dataset.tags(ns="GEOLOCATION")
        values = dataset.read(1)
    assert tags["GEOREFERENCING_CONVENTION"] == "PIXEL_CENTER"
    places = {}
    for axis, name in (("X", "longitude"), ("Y", "latitude")):
        assert tags[f"{axis}_DATASET"].endswith(name)
        with rasterio.open(address.format(out / "pair.nc", name)) as dataset:
            places[name] = dataset.read(1)
    # GDAL turns rows over, those of the arrays too: each value keeps its place.
    found = {
        (lon, lat): value
        for lon, lat, value in zip(
            *(p.ravel() for p in places.values()), values.ravel(), strict=True
        )
    }
    for i, j in ((0, 0), (3, 17), (-1, -1)):
        key = (pair.longitude.values[i, j], pair.latitude.values[i, j])
        np.testing.assert_array_equal(found[key], pair.s1_sigma0_hh.values[i, j])


def test_geotiffs_carry_control_points_that_place_pixels_within_one(out, pair):
    with rasterio.open(out / "s2_b03.tif") as tiff:
        points, crs = tiff.gcps
        np.testing.assert_array_equal(tiff.read(1), pair.s2_b03.values)
        to_plane = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        easting, northing = to_plane.transform(pair.longitude.values, pair.latitude.values)
        rows, columns = (part.ravel() for part in np.indices(tiff.shape))
        for is_spline in (False, True):
            with GCPTransformer(points, tps=is_spline) as transformer:
                x, y = transformer.xy(rows, columns)
            off_m = np.hypot(np.array(x) - easting.ravel(), np.array(y) - northing.ravel())
            assert off_m.max() < 20.0
        # What a map program does with such a file: what lies at a place is found where it should.
        with WarpedVRT(tiff, crs=crs, src_crs=crs) as warped:
            i, j = np.argwhere(pair.valid.values == 1)[5000]
            row, column = warped.index(easting[i, j], northing[i, j])
            near = warped.read(1, window=((row - 1, row + 2), (column - 1, column + 2)))
    assert np.isclose(near, pair.s2_b03.values[i, j]).any()


def test_the_summary_names_the_window_and_no_plane(out, pair):
    values = json.loads((out / "summary.json").read_text())
    jsonschema.Draft202012Validator(schema()).validate(values)
    grid = values["grid"]
    assert (grid["crs"], grid["epsg"], grid["transform"]) == (None, None, None)
    assert grid["radar_window"] == window_of(pair).as_list() == values["alignment"]["window"]["s1"]
    assert grid["shape"] == list(pair.s1_ice.shape)
    assert values["alignment"]["position_error_budget_m"]["resampling"] == pytest.approx(
        10.0 / np.sqrt(6.0)
    )
    assert 0.0 < values["s1"]["ice_concentration"] <= 1.0


@pytest.mark.parametrize("method", ["area", "cubic", "gaussian@80"])
def test_blocks_give_what_the_whole_gives(scenes, method):
    from icepair.pair.plan import plan

    opened = [open_scene(str(scene)) for scene in scenes]
    made = plan(*opened, grid="s1", method=method)
    whole = made.run().compute()
    window = made.grid.window
    cut = [window.row_start + 11, window.row_stop - 7, window.column_start + 5, window.column_stop]
    part = plan(*opened, grid="s1", method=method, s1_window=Window(*cut)).run().compute()
    same = whole.sel(y=part.y, x=part.x)
    for name in ("s2_b03", "s2_flags", "longitude"):
        # The part's own net of nodes is another one: positions differ within their bounds.
        np.testing.assert_allclose(part[name].values, same[name].values, atol=2e-3, err_msg=name)
    if method != "gaussian@80":
        np.testing.assert_array_equal(part.s1_sigma0_hh.values, same.s1_sigma0_hh.values)


def test_the_plan_says_it_in_words(scenes, capsys):
    assert run(["plan", *map(str, scenes), "--grid", "s1"]) == 0
    assert "the radar's own lines and samples" in capsys.readouterr().out
