"""The target grid: what is asked for, cut to where both scenes look."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from icepair.errors import InputError, NoOverlapError, UsageError
from icepair.geo.footprint import Footprint, local_plane
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.pair.arguments import checked_window
from icepair.pair.overlap import Overlap
from icepair.pair.target import target_grid
from icepair.products.valid import ValidFootprint
from icepair.testing.aligned import aligned_pair
from icepair.testing.swath import FlatSwath
from icepair.write.netcdf import write_netcdf

S2 = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(1098, 1098))


def radar(epsg: int, lon: float, lat: float, shape=(400, 300), spacing_m=40.0) -> FlatSwath:
    """Image centred on a place, turned with the projection."""
    unit = Grid.from_crs(f"EPSG:{epsg}", left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = unit.rows_columns(np.array([lon]), np.array([lat]))
    left = (round(column[0]) - shape[1] // 2) * spacing_m
    top = -(round(row[0]) - shape[0] // 2) * spacing_m
    return FlatSwath(Grid(unit.crs_wkt, left, top, spacing_m, shape))


def middle_of(grid: Grid) -> tuple[float, float]:
    lon, lat = grid.longitude_latitude(np.array([grid.shape[0] / 2]), np.array([grid.shape[1] / 2]))
    return float(lon[0]), float(lat[0])


def target(swath, spec="s2", optical=S2, **limits) -> Grid:
    return target_grid(Overlap(swath, optical, **limits), spec)


def seen(swath: FlatSwath, grid: Grid) -> np.ndarray:
    """Slow: every pixel's centre tested against the image."""
    rows, columns = np.mgrid[0 : grid.shape[0], 0 : grid.shape[1]].astype(float)
    line, sample = swath.line_sample(*grid.longitude_latitude(rows, columns))
    lines, samples = swath.shape
    return (line >= -0.5) & (line < lines - 0.5) & (sample >= -0.5) & (sample < samples - 0.5)


def test_a_radar_scene_around_the_tile_leaves_the_whole_tile():
    grid = target(radar(3413, *middle_of(S2)))
    assert grid == S2


def test_the_cut_holds_every_seen_pixel_and_nothing_more():
    lon, lat = S2.longitude_latitude(np.array([900.0]), np.array([850.0]))
    swath = radar(3413, lon[0], lat[0], shape=(150, 130))
    grid = target(swath)
    mask = seen(swath, S2)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    row0, column0 = (S2.top - grid.top) / 10, (grid.left - S2.left) / 10
    for first, last, start, size in (
        (rows[0], rows[-1], row0, grid.shape[0]),
        (columns[0], columns[-1], column0, grid.shape[1]),
    ):
        assert first == start
        assert start + size - 1 == last


def test_an_s2_window_is_taken_as_it_is():
    window = Window(100, 300, 40, 900)
    assert target(radar(3413, *middle_of(S2)), s2_window=window) == S2.cut(window)


def test_a_grid_by_epsg_is_snapped_to_multiples():
    grid = target(radar(3413, *middle_of(S2)), spec="EPSG:3413@40")
    assert grid.epsg == 3413
    assert grid.spacing_m == 40.0
    assert grid.left % 40 == 0
    assert grid.top % 40 == 0
    corners = S2.longitude_latitude(
        np.array([-0.5, -0.5, 1097.5, 1097.5]), np.array([-0.5, 1097.5, -0.5, 1097.5])
    )
    rows, columns = grid.rows_columns(*corners)
    assert rows.min() >= -1.5
    assert rows.max() <= grid.shape[0] + 0.5
    assert columns.min() >= -1.5
    assert columns.max() <= grid.shape[1] + 0.5


def test_a_grid_like_a_file_is_that_files_grid(tmp_path):
    path = tmp_path / "like.tif"
    like = S2.cut(Window(10, 210, 20, 320))
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=1, dtype="uint8",
        crs="EPSG:32639", transform=rasterio.Affine(*like.transform),
    ) as file:  # fmt: skip
        file.write(np.ones((1, 200, 300), np.uint8))
    grid = target(radar(3413, *middle_of(S2)), spec=f"like:{path}")
    assert (grid.left, grid.top, grid.spacing_m, grid.shape, grid.epsg) == (
        like.left, like.top, 10.0, (200, 300), 32639,
    )  # fmt: skip


def test_a_like_file_that_is_none_says_so(tmp_path):
    path = tmp_path / "like.tif"
    path.write_text("not a raster")
    with pytest.raises(InputError, match=r"like\.tif' cannot be read"):
        target(radar(3413, *middle_of(S2)), spec=f"like:{path}")


@pytest.mark.parametrize(("epsg", "lon", "lat"), [(32660, 179.99, 75.0), (32702, -172.0, -76.0)])
def test_a_box_limits_the_grid_also_over_180_degrees(epsg, lon, lat):
    optical = radar(epsg, lon, lat, shape=(900, 900), spacing_m=10.0).grid
    polar = 3413 if lat > 0 else 3031
    swath = radar(polar, lon, lat, shape=(400, 400))
    west, east = lon - 0.05, ((lon + 0.07) + 180) % 360 - 180
    bbox = (west, lat - 0.01, east, lat + 0.012)
    grid = target(swath, bbox=bbox, optical=optical)
    rows, columns = np.mgrid[0 : optical.shape[0], 0 : optical.shape[1]].astype(float)
    place_lon, place_lat = optical.longitude_latitude(rows, columns)
    width = (east - west) % 360
    mask = ((place_lon - west) % 360 <= width) & (place_lat >= bbox[1]) & (place_lat <= bbox[3])
    assert mask.any()
    expected = (np.ptp(np.flatnonzero(mask.any(1))) + 1, np.ptp(np.flatnonzero(mask.any(0))) + 1)
    assert all(0 <= got - want <= 10 for got, want in zip(grid.shape, expected, strict=True))


def test_scenes_apart_say_how_far():
    lon, lat = middle_of(S2)
    with pytest.raises(NoOverlapError, match=r"do not overlap.* (3[0-9][0-9]) km apart"):
        target(radar(3413, lon, lat + 3.1, shape=(100, 100)))


def test_an_empty_box_names_the_option():
    with pytest.raises(NoOverlapError, match=r"--bbox.*leave it out"):
        target(radar(3413, *middle_of(S2)), bbox=(0, 70, 1, 71))


def test_a_window_that_leaves_its_scene_is_refused():
    with pytest.raises(UsageError, match=r"--s1-window 0:11,0:5 .*10 lines and 20 samples"):
        checked_window(Window(0, 11, 0, 5), (10, 20), "--s1-window", ("lines", "samples"))


def test_a_grid_nobody_knows_is_refused():
    with pytest.raises(UsageError, match=r"'s3' is none of s2, s1, CRS@metres"):
        target(radar(3413, *middle_of(S2)), spec="s3")
    with pytest.raises(UsageError, match="unknown to PROJ"):
        target(radar(3413, *middle_of(S2)), spec="EPSG:999999@40")


@pytest.mark.parametrize(
    ("crs", "epsg"),
    [
        ("EPSG:6931", 6931),
        ("ESRI:102017", 6931),
        ("EPSG:32640", 32640),
        ("EPSG:3575", 3575),
        ("+proj=laea +lat_0=82 +lon_0=50 +datum=WGS84 +type=crs", None),
        ("EPSG:3413+5773", 3413),
    ],
)
def test_any_coordinate_system_makes_a_grid_around_the_tile(crs, epsg):
    grid = target(radar(3413, *middle_of(S2), shape=(600, 600)), spec=f"{crs}@25")
    assert (grid.epsg, grid.spacing_m) == (epsg, 25.0)
    rows, columns = np.mgrid[0:1098:61, 0:1098:61].astype(float)
    row, column = grid.rows_columns(*S2.longitude_latitude(rows, columns))
    # The tip of a corner may fall between the places of a lattice 3 pixels wide.
    assert row.min() > -3.5
    assert row.max() < grid.shape[0] + 2.5
    assert column.min() > -3.5
    assert column.max() < grid.shape[1] + 2.5
    # The tile's rectangle turned by 45 degrees is twice as large.
    assert grid.shape[0] * grid.shape[1] < 2.1 * (1098 * 10 / 25) ** 2


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("EPSG:4326@10", r"axes are Geodetic latitude \(north, degree\)"),
        ("EPSG:2225@10", r"projected in metres: .* US survey foot"),
        ("EPSG:2065@10", r"Westing \(west, metre\)"),
        ("IAU_2015:30110@10", r"PROJ knows no way from WGS 84 .*Moon"),
        ("EPSG:3413@0", r"above 0 m, not 0"),
    ],
)
def test_coordinate_systems_that_make_no_raster_of_metres_are_refused(spec, message):
    with pytest.raises(UsageError, match=message):
        target(radar(3413, *middle_of(S2)), spec=spec)


def test_a_cylinder_torn_at_180_degrees_is_refused_there_and_only_there():
    across = radar(32660, 180.0, 75.0, shape=(900, 900), spacing_m=10.0).grid
    with pytest.raises(UsageError, match=r"Equidistant Cylindrical' stretches .* EPSG:3413"):
        target(radar(3413, 180.0, 75.0), spec="EPSG:4087@40", optical=across)
    away = radar(32659, 171.0, 75.0, shape=(900, 900), spacing_m=10.0).grid
    assert target(radar(3413, 171.0, 75.0), spec="EPSG:4087@40", optical=away).epsg == 4087


def test_what_holds_only_nodata_is_left_out():
    thirds = ValidFootprint((1098, 1098), (1098, 366), np.array([[True, False, False]]))
    grid = target(radar(3413, *middle_of(S2)), s2_holds=thirds)
    # The way there and back may end a hair before column 366.
    assert grid.left == S2.left
    assert grid.shape[0] == 1098
    assert 366 <= grid.shape[1] <= 367
    nothing = ValidFootprint((1098, 1098), (1098, 366), np.zeros((1, 3), dtype=bool))
    with pytest.raises(NoOverlapError, match="only nodata"):
        target(radar(3413, *middle_of(S2)), s2_holds=nothing)


def test_a_grid_like_a_netcdf_of_ours_is_its_first_rasters(tmp_path):
    part = S2.cut(Window(10, 60, 20, 80))
    write_netcdf(aligned_pair(part), tmp_path / "pair.nc")
    grid = target(radar(3413, *middle_of(S2)), spec=f"like:{tmp_path / 'pair.nc'}")
    assert (grid.left, grid.top, grid.spacing_m, grid.shape) == (
        part.left,
        part.top,
        10.0,
        (50, 60),
    )


def test_a_polar_grid_at_the_other_pole_is_refused():
    with pytest.raises(UsageError, match=r"polar grids at the other pole"):
        target(radar(3413, *middle_of(S2)), spec="EPSG:6932@40")


def test_a_grid_of_more_pixels_than_can_be_is_refused():
    with pytest.raises(UsageError, match=r"EPSG:3413@0.01 would have \d+ x \d+ pixels; 200000"):
        target(radar(3413, *middle_of(S2), shape=(600, 600)), spec="EPSG:3413@0.01")


def test_a_grid_of_a_hemisphere_whose_corners_are_not_on_earth_is_taken(tmp_path):
    path = tmp_path / "ease.tif"
    profile = {"driver": "GTiff", "height": 7400, "width": 7400, "count": 1, "dtype": "uint8"}
    place = {"crs": "EPSG:6931", "transform": rasterio.Affine(2500, 0, -9.25e6, 0, -2500, 9.25e6)}
    with rasterio.open(path, "w", sparse_ok=True, **profile, **place):
        pass
    swath = radar(3413, *middle_of(S2), shape=(4000, 4000))
    grid = target(swath, spec=f"like:{path}")
    assert grid.shape == (7400, 7400)
    outline = Footprint.of_grid(grid)
    assert len(outline.longitude) < 4 * 64
    assert np.isfinite(outline.centre).all()
    assert outline.polygon(local_plane(outline)).is_valid


def test_a_like_file_without_a_place_says_so_and_no_more(tmp_path):
    path = tmp_path / "nowhere.tif"
    profile = {"driver": "GTiff", "height": 10, "width": 10, "count": 1, "dtype": "uint8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile):
            pass
    with pytest.raises(InputError, match="not north-up with square pixels"):
        target(radar(3413, *middle_of(S2)), spec=f"like:{path}")
