"""Polygons of a whole world: kept in files, brought to a box, and those of the package."""

from __future__ import annotations

import logging

import numpy as np
import pyproj
import pytest
import shapely
from shapely.affinity import translate

from icepair.errors import DamagedFileError
from icepair.geo.grid import Grid
from icepair.land import osm
from icepair.land.box import Box
from icepair.land.mask import land_mask
from icepair.land.osm import Osm, installed_osm
from icepair.land.stored import StoredPolygons
from icepair.options import options


def ragged(longitude: float, latitude: float, reach: float, seed: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    away = reach * np.random.default_rng(seed).uniform(0.6, 1.0, 300)
    return np.column_stack([longitude + away * np.cos(angle), latitude + away * np.sin(angle)])


ISLANDS = [
    shapely.Polygon(ragged(57, 80, 2, 1), [ragged(57, 80, 0.6, 2), ragged(57.9, 80, 0.2, 3)]),
    shapely.Polygon(ragged(57, 80, 0.3, 4)),
    shapely.Polygon(ragged(178.5, 71, 1.4, 5)),
    shapely.Polygon(ragged(-179, 70, 0.9, 6)),
    shapely.Polygon([(-180, -90), (180, -90), (180, -80), (-180, -80)]),
]
WORLD = shapely.to_wkb(shapely.MultiPolygon(ISLANDS), byte_order=1)


@pytest.fixture
def package(monkeypatch):
    """A package of a few islands instead of 100 MB; counts how often it is unpacked."""
    unpacked = []

    def unpack() -> StoredPolygons:
        unpacked.append(True)
        return StoredPolygons.from_wkb(WORLD)

    monkeypatch.setattr(osm, "_unpacked", unpack)
    osm._polygons.cache_clear()
    yield unpacked
    osm._polygons.cache_clear()


@pytest.mark.parametrize(
    ("box", "turn"),
    [
        (Box(55.5, 79, 58.5, 81), 0),
        (Box(175, 69, 183, 73), 360),
        (Box(-184, 69, -176, 73), -360),
        (Box(-180, -90, 180, 90), 0),
    ],
)
def test_polygons_in_a_box_are_those_of_the_world(box: Box, turn: float) -> None:
    found = shapely.union_all(StoredPolygons.from_wkb(WORLD).inside(box))
    area = shapely.box(box.west, box.south, box.east, box.north)
    turned = [translate(island, turns) for island in ISLANDS for turns in (0, turn)]
    expected = shapely.union_all(turned).intersection(area)
    assert expected.area > 0
    assert found.symmetric_difference(expected).area < 1e-5 * expected.area


def test_what_is_kept_is_what_was_unpacked(tmp_path, package) -> None:
    with options(cache_dir=tmp_path):
        first = Osm("1").shores(Box(55, 79, 59, 81)).polygons
        osm._polygons.cache_clear()
        again = Osm("1").shores(Box(55, 79, 59, 81)).polygons
    assert len(package) == 1
    assert shapely.equals_exact(first, again).all()
    assert [part.name for part in (tmp_path / "land").iterdir()] == ["osm-1"]


def test_another_version_is_unpacked_anew(tmp_path, package) -> None:
    with options(cache_dir=tmp_path):
        for version in ("1", "2"):
            Osm(version).shores(Box(0, 0, 1, 1))
    assert len(package) == 2


@pytest.mark.parametrize("name", StoredPolygons._fields)
def test_files_that_are_not_whole_are_made_again(tmp_path, package, name) -> None:
    with options(cache_dir=tmp_path):
        expected = Osm("1").shores(Box(55, 79, 59, 81)).polygons
        file = tmp_path / "land" / "osm-1" / f"{name}.npy"
        file.write_bytes(file.read_bytes()[:-8])
        osm._polygons.cache_clear()
        assert shapely.equals_exact(Osm("1").shores(Box(55, 79, 59, 81)).polygons, expected).all()
        osm._polygons.cache_clear()
        Osm("1").shores(Box(55, 79, 59, 81))
    assert len(package) == 2


def test_nothing_is_kept_where_nothing_can_be_or_shall_be(tmp_path, package, caplog) -> None:
    with options(cache_dir=tmp_path / "off", cache=False):
        assert Osm("1").shores(Box(55, 79, 59, 81)).polygons
    assert not (tmp_path / "off").exists()
    (tmp_path / "file").write_text("")
    osm._polygons.cache_clear()
    with options(cache_dir=tmp_path / "file"), caplog.at_level(logging.WARNING, "icepair"):
        assert Osm("1").shores(Box(55, 79, 59, 81)).polygons
    assert "set ICEPAIR_CACHE_DIR" in caplog.text


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (WORLD[:-1], "cut short|not as long|buffer is smaller"),
        (WORLD[:1000], "cut short"),
        (WORLD + b"\0", "not as long as it says"),
        (shapely.to_wkb(shapely.Point(1, 2)), "no multipolygon"),
        (b"", "cut short"),
    ],
)
def test_what_is_no_multipolygon_is_refused(text: bytes, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        StoredPolygons.from_wkb(text)


def test_the_installed_coast_is_what_its_package_says(tmp_path) -> None:
    """Point by point, at Svalbard, the Ross Ice Shelf, over 180 degrees and at the South Pole."""
    coastline = installed_osm()
    if coastline is None:
        pytest.skip("roaring-landmask, 100 MB, is not installed (pip install 'icepair[land]')")
    from roaring_landmask import LandmaskProvider, Shapes

    theirs = Shapes.new(LandmaskProvider.Osm)
    for crs, longitude, latitude in (
        ("EPSG:32633", 13, 78.5), ("EPSG:3031", 178, -78), ("EPSG:32660", 180, 71.2),
        ("EPSG:3031", 0, -90),
    ):  # fmt: skip
        place = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        easting, northing = place.transform(longitude, latitude)
        target = Grid.from_crs(
            crs, left=easting - 6e4, top=northing + 6e4, spacing_m=600.0, shape=(200, 200)
        )
        rows, columns = np.indices(target.shape, dtype=np.float64)
        degrees = target.longitude_latitude(rows.ravel(), columns.ravel())
        expected = theirs.contains_many((degrees[0] + 180) % 360 - 180, degrees[1])
        found = land_mask(target, coastline).whole().ravel()
        assert np.count_nonzero(found != expected) <= 4


def test_a_package_that_brings_something_else_is_told(monkeypatch) -> None:
    if installed_osm() is None:
        pytest.skip("roaring-landmask, 100 MB, is not installed (pip install 'icepair[land]')")
    monkeypatch.setattr(osm.StoredPolygons, "from_wkb", _fails)
    with pytest.raises(DamagedFileError, match="cannot be used: cut short"):
        osm._unpacked()


def _fails(text: bytes) -> StoredPolygons:
    raise ValueError("cut short")
