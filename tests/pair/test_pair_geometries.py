"""Targets anywhere on the globe, in any plane: positions, symmetry, windows, and sheer size."""

from __future__ import annotations

import itertools
from typing import ClassVar

import numpy as np
import pytest

from icepair.conventions import S1Flag
from icepair.errors import NoOverlapError
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.pair.blocks import Block
from icepair.pair.dataset import lazy_dataset
from icepair.pair.overlap import Overlap
from icepair.pair.plan import plan
from icepair.pair.target import target_grid
from icepair.products.open import open_scene
from icepair.resample.methods import METHODS
from icepair.resample.source_map import map_between_grids, map_from_swath
from icepair.resample.to_grid import to_grid
from icepair.testing.geolocation import synthetic_swath
from icepair.testing.swath import FlatSwath


def centred(crs: str, lon: float, lat: float, shape: tuple[int, int], spacing_m: float) -> Grid:
    """Grid on multiples of its spacing whose middle is a place."""
    unit = Grid.from_crs(crs, left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = unit.rows_columns(np.array([lon]), np.array([lat]))
    left = (round(column[0]) - shape[1] // 2) * spacing_m
    top = -(round(row[0]) - shape[0] // 2) * spacing_m
    return Grid(unit.crs_wkt, left, top, spacing_m, shape)


def turned_swath(lon: float, lat: float, shape=(500, 450)) -> FlatSwath:
    """Image of 40 m pixels around a place, whose lines run along no target's axis."""
    crs = f"+proj=omerc +lat_0={lat} +lonc={lon} +alpha=-17 +gamma=0 +datum=WGS84 +type=crs"
    if abs(lat) > 89:
        crs = f"+proj=laea +lat_0={lat} +lon_0={lon + 17} +datum=WGS84 +type=crs"
    return FlatSwath(centred(crs, lon, lat, shape, 40.0), step_samples=0.2)


PLACES = {
    "the far north": ("EPSG:32639", 50.3, 81.5),
    "the south": ("EPSG:32707", -142.0, -75.5),
    "across 180 degrees": ("EPSG:32660", 179.95, 75.0),
    "across 180 degrees in the south": ("EPSG:32702", -179.98, -77.0),
    "the North Pole": ("EPSG:5041", 0.0, 90.0),
    "the South Pole": ("EPSG:5042", 0.0, -90.0),
}


def targets_of(lat: float, lon: float) -> list[str]:
    polar = ["EPSG:3413", "EPSG:6931"] if lat > 0 else ["EPSG:3031", "EPSG:6932"]
    zone = 1 + int((lon + 180) % 360 // 6)
    neighbour = f"EPSG:{(32600 if lat > 0 else 32700) + zone % 60 + 1}"
    return polar if abs(lat) > 89 else [*polar, neighbour]


@pytest.mark.parametrize("place", PLACES)
def test_every_target_knows_the_exact_position_of_every_pixel(place):
    crs, lon, lat = PLACES[place]
    swath, tile = turned_swath(lon, lat), centred(crs, lon, lat, (900, 1000), 10.0)
    rng = np.random.default_rng(8)
    for target_crs in targets_of(lat, lon):
        grid = target_grid(Overlap(swath, tile), f"{target_crs}@20")
        # 9 x 10 km lie wholly in the radar image; turned by 45 degrees they fill half a square.
        # Polar planes shrink lengths by up to 3 % at the pole.
        assert 0.94 * 450 * 500 < grid.shape[0] * grid.shape[1] < 2.2 * 450 * 500, target_crs
        rows, columns = (rng.integers(0, size, 700) for size in grid.shape)
        places = grid.longitude_latitude(rows.astype(float), columns.astype(float))
        whole = slice(0, grid.shape[0]), slice(0, grid.shape[1])
        for source_map, exact in (
            (map_from_swath(swath, grid), swath.line_sample(*places)),
            (map_between_grids(tile, grid), tile.rows_columns(*places)),
        ):
            found = source_map.positions(*whole)
            # A pixel whose line is nearer than the bound to the step may lie on its other side.
            settled = np.abs(exact[0] - swath.shape[0] / 2) > 1e-3
            error = np.hypot(*(f[rows, columns] - e for f, e in zip(found, exact, strict=True)))
            # At a pole PROJ itself is exact to 0.6 mm, 1.6e-5 of a radar pixel.
            rounding = 3e-5 if abs(lat) == 90 else 1e-9
            assert error[settled].max() <= source_map.bound * 1.05 + rounding, target_crs
            assert source_map.bound <= 1e-3


@pytest.mark.parametrize(("argument", "side", "crs"), [
    (90.0, 1, "EPSG:3413"), (90.0, 1, "EPSG:6931"),
    (270.0, -1, "EPSG:3031"), (270.0, -1, "EPSG:6932"),
])  # fmt: skip
def test_a_range_doppler_scene_around_a_pole_has_no_seam(argument, side, crs):
    swath = synthetic_swath(argument, 0.0, shape=(1200, 1200), inclination=92.0, side=side)
    lon, lat = swath.longitude_latitude(np.array([600.0]), np.array([600.0]))
    pole = swath.line_sample(np.zeros(1), np.array([np.copysign(90.0, lat[0])]))
    assert all(0 < position[0] < 1200 for position in pole)
    grid = centred(crs, float(lon[0]), float(lat[0]), (700, 700), 40.0)
    source_map = map_from_swath(swath, grid)
    line, sample = source_map.positions(slice(0, 700), slice(0, 700))
    assert np.isfinite(line).all()
    assert max(np.abs(np.diff(line, axis=axis)).max() for axis in (0, 1)) < 1.2
    rows, columns = np.mgrid[0:700:23, 0:700:29].astype(float)
    exact = swath.line_sample(*grid.longitude_latitude(rows, columns))
    error = np.hypot(line[::23, ::29] - exact[0], sample[::23, ::29] - exact[1])
    assert np.quantile(error, 0.99) <= 1e-3
    assert source_map.bound <= 1e-3


def test_south_is_north_in_a_mirror():
    """Zone 39 and a polar plane, reflected at the equator: rows run the other way."""
    north = Grid.from_crs("EPSG:32639", left=4e5, top=9.05e6, spacing_m=40.0, shape=(400, 300))
    bottom = 9.05e6 - 400 * 40
    south = Grid.from_crs(
        "EPSG:32739", left=4e5, top=1e7 - bottom, spacing_m=40.0, shape=(400, 300)
    )
    polar = "+proj=stere +lat_0={0} +lat_ts={1} +lon_0=0 +datum=WGS84 +type=crs"
    lon, lat = (float(v[0]) for v in north.longitude_latitude(np.array([199.5]), np.array([149.5])))
    up = centred(polar.format(90, 70), lon, lat, (520, 480), 40.0)
    down = Grid.from_crs(
        polar.format(-90, -70), left=up.left, top=-up.bounds[1], spacing_m=40.0, shape=up.shape
    )
    whole = slice(0, 520), slice(0, 480)
    row, column = map_from_swath(FlatSwath(north), up).positions(*whole)
    mirrored_row, mirrored_column = map_from_swath(FlatSwath(south), down).positions(*whole)
    np.testing.assert_allclose(399 - mirrored_row[::-1], row, atol=2e-3)
    np.testing.assert_allclose(mirrored_column[::-1], column, atol=2e-3)


def test_tiles_of_three_zones_share_the_radar_pixels_of_one_polar_grid():
    swath = turned_swath(48.0, 83.4, shape=(1400, 1400))
    tiles = [
        centred(f"EPSG:326{zone}", lon, 83.4, (900, 2600), 10.0)
        for zone, lon in ((38, 47.0), (39, 48.0), (40, 49.0))
    ]
    seen, shared = {}, 0
    for tile in tiles:
        grid = target_grid(Overlap(swath, tile), "EPSG:3413@40")
        line, sample = map_from_swath(swath, grid).positions(
            slice(0, grid.shape[0]), slice(0, grid.shape[1])
        )
        row0, column0 = round(-grid.top / 40), round(grid.left / 40)
        assert (grid.left % 40, grid.top % 40) == (0, 0)
        for i, j in itertools.product(
            range(-row0 % 5, grid.shape[0], 5), range(-column0 % 5, grid.shape[1], 5)
        ):
            key = (i + row0, j + column0)
            position = np.array([line[i, j], sample[i, j]])
            if key in seen:
                shared += 1
                assert np.abs(seen[key] - position).max() < 2e-3
            seen[key] = position
    assert shared > 500


def test_there_and_back_again_is_where_one_was():
    swath = turned_swath(50.3, 81.5)
    lines, samples = np.mgrid[0:500, 0:450].astype(np.float64)
    grid = centred("EPSG:3413", 50.3, 81.5, (2200, 2200), 12.5)
    bilinear = METHODS["bilinear"]
    there = map_from_swath(swath, grid).positions(slice(0, 2200), slice(0, 2200))
    back = grid.rows_columns(*swath.longitude_latitude(lines, samples))
    inside = (slice(2, 248), slice(2, 448))  # the step between records begins at line 250
    for field in (lines, samples):
        on_grid = to_grid(
            field, *there, window=Window.whole(swath.shape), method=bilinear, fill_value=np.nan
        )
        again = to_grid(
            on_grid, *back, window=Window.whole(grid.shape), method=bilinear, fill_value=np.nan
        )
        # Linear fields survive bilinear interpolation but for the curvature of the planes.
        np.testing.assert_allclose(again[inside], field[inside], atol=3e-3)


@pytest.fixture(scope="module")
def scenes(toy_pair):
    return open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))


@pytest.fixture(scope="module")
def whole(scenes):
    return plan(*scenes, surface="ellipsoid").run().compute()


@pytest.mark.parametrize("window", [
    (0, 40, 0, 50), (0, 30, 760, 800), (660, 700, 0, 33), (699, 700, 799, 800), (300, 301, 0, 800),
    (0, 700, 799, 800),
])  # fmt: skip
def test_windows_at_edges_and_corners_hold_what_the_whole_holds(scenes, whole, window):
    part = plan(*scenes, surface="ellipsoid", s2_window=window).run().compute()
    row0, row1, column0, column1 = window
    expected = whole.isel(y=slice(row0, row1), x=slice(column0, column1))
    for name in ("s1_sigma0_hh", "s1_flags", "s2_b03", "s2_flags", "valid"):
        np.testing.assert_array_equal(part[name].values, expected[name].values, err_msg=name)
    np.testing.assert_array_equal(part.x.values, expected.x.values)
    np.testing.assert_array_equal(part.y.values, expected.y.values)


@pytest.mark.parametrize(
    "strip", [(130, 134, 118, 374), (121, 357, 240, 241), (200, 201, 250, 251)]
)
def test_a_strip_of_the_radar_image_changes_nothing_inside_it(scenes, whole, strip):
    part = plan(*scenes, surface="ellipsoid", s1_window=strip).run().compute()
    inside = (part.s1_flags.values & int(S1Flag.OUTSIDE)) == 0
    assert inside.any()
    expected = whole.sel(x=part.x, y=part.y).s1_sigma0_hv.values
    np.testing.assert_array_equal(part.s1_sigma0_hv.values[inside], expected[inside])


def test_a_corner_of_the_radar_image_where_nothing_was_seen_is_an_empty_overlap(scenes):
    with pytest.raises(NoOverlapError, match=r"not inside what was asked for with --s1-window"):
        plan(*scenes, surface="ellipsoid", s1_window=(0, 20, 0, 20))


def test_50_000_by_50_000_pixels_need_few_nodes_and_are_read_where_they_are_asked():
    """A whole EW scene at 10 m, and a tile that is a twentieth of it."""
    swath = synthetic_swath(75.0, 10.0, is_stepped=False)
    middle = swath.longitude_latitude(np.array([5300.0]), np.array([5200.0]))
    lon, lat = (float(value[0]) for value in middle)
    tile = centred("EPSG:32629", lon, lat, (10_980, 10_980), 10.0)
    huge = centred("EPSG:3413", lon, lat, (50_000, 50_000), 10.0)
    rng = np.random.default_rng(4)
    for source_map, inverse in (
        (map_from_swath(swath, huge), swath.line_sample),
        (map_between_grids(tile, huge), tile.rows_columns),
    ):
        assert source_map.row_nodes.nbytes < 6e6
        rows, columns = (rng.integers(24_000, 26_000, 500) for _ in range(2))
        block = slice(24_000, 26_000), slice(24_000, 26_000)
        found = source_map.positions(*block)
        exact = inverse(*huge.longitude_latitude(rows.astype(float), columns.astype(float)))
        error = np.hypot(
            *(f[rows - 24_000, columns - 24_000] - e for f, e in zip(found, exact, strict=True))
        )
        assert error.max() <= source_map.bound * 1.05 + 1e-9
        assert source_map.bound <= 1e-3


def test_of_2400_blocks_only_those_are_read_that_are_asked():
    huge = centred("EPSG:3413", -20.0, 76.0, (50_000, 50_000), 10.0)
    reader = Places()
    lazy = lazy_dataset(huge, [reader], {})
    assert lazy.sizes == {"y": 50_000, "x": 50_000}
    part = lazy.isel(y=slice(1020, 1030), x=slice(49_990, 50_000)).compute()
    np.testing.assert_array_equal(part.s1_line.values[:, 0], np.arange(1020, 1030))
    np.testing.assert_array_equal(part.s1_sample.values[0], np.arange(49_990, 50_000))
    # Rows 1020 to 1030 lie in two blocks.
    assert sorted(rows.start for rows, _ in reader.asked) == [0, 1024]


class Places:
    """A reader that gives rows and columns and remembers which blocks it was asked for."""

    names: ClassVar = {"s1_line": "f8", "s1_sample": "f8", "s1_flags": "u1", "s2_flags": "u1"}
    resampling: ClassVar[dict[str, dict[str, str]]] = {}

    def __init__(self) -> None:
        self.asked: list[Block] = []

    def read(self, block: Block) -> dict[str, np.ndarray]:
        self.asked.append(block)
        rows, columns = np.mgrid[block]
        nothing = np.zeros(rows.shape, np.uint8)
        return {
            "s1_line": rows.astype(float), "s1_sample": columns.astype(float),
            "s1_flags": nothing, "s2_flags": nothing,
        }  # fmt: skip
