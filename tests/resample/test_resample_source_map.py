"""Maps between grids: exactness against the projection itself, blocks, shifts."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.resample.by_distance import map_by_distance
from icepair.resample.source_map import NodeMap, ShiftMap, build_node_map, map_between_grids

UTM39 = Grid.from_crs(
    "EPSG:32639", left=399960.0, top=9100020.0, spacing_m=10.0, shape=(1500, 2000)
)


def polar_target(spacing_m: float) -> Grid:
    """Polar stereographic grid over the same ground."""
    place = UTM39.longitude_latitude(np.array([750.0]), np.array([1000.0]))
    probe = Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = probe.rows_columns(*place)
    left, top = column[0] * spacing_m - 9000, -row[0] * spacing_m + 9000
    size = int(18000 / spacing_m)
    return Grid.from_crs("EPSG:3413", left=left, top=top, spacing_m=spacing_m, shape=(size, size))


@pytest.mark.parametrize("spacing_m", [10.0, 20.0, 1000.0])
def test_positions_are_the_exact_inverse_within_the_bound(spacing_m):
    target = polar_target(spacing_m)
    source_map = map_between_grids(UTM39, target)
    assert isinstance(source_map, NodeMap)
    rows, columns = target.shape
    row, column = source_map.positions(slice(0, rows), slice(0, columns))
    exact = UTM39.rows_columns(
        *target.longitude_latitude(np.arange(rows)[:, None] * 1.0, np.arange(columns)[None] * 1.0)
    )
    error = np.hypot(row - exact[0], column - exact[1]).max()
    assert error <= max(1.05 * source_map.bound, 1e-9)
    assert source_map.bound <= 1e-3


def test_positions_do_not_depend_on_blocks():
    source_map = map_between_grids(UTM39, polar_target(20.0))
    whole = source_map.positions(slice(0, 900), slice(0, 900))
    for rows, columns in [((17, 400), (333, 900)), ((0, 1), (899, 900)), ((64, 128), (64, 128))]:
        part = source_map.positions(slice(*rows), slice(*columns))
        for a, b in zip(part, whole, strict=True):
            np.testing.assert_array_equal(a, b[slice(*rows), slice(*columns)])


def test_the_same_pixels_are_a_shift_exactly():
    cut = Window(100, 300, 40, 90)
    source_map = map_between_grids(UTM39, UTM39.cut(cut))
    assert source_map == ShiftMap((200, 50), 100, 40)
    row, column = source_map.positions(slice(3, 5), slice(0, 2))
    np.testing.assert_array_equal(row, [[103, 103], [104, 104]])
    np.testing.assert_array_equal(column, [[40, 41], [40, 41]])


def test_half_a_pixel_of_offset_is_not_mistaken_for_a_shift():
    moved = Grid(UTM39.crs_wkt, UTM39.left + 5, UTM39.top, UTM39.spacing_m, (8, 8))
    source_map = map_between_grids(UTM39, moved)
    _, column = source_map.positions(slice(0, 8), slice(0, 8))
    np.testing.assert_allclose(column[0], np.arange(8) + 0.5, atol=1e-6)


def test_a_strongly_curved_inverse_gets_closer_nodes():
    def inverse(rows, columns):
        return rows * rows / 4000 + 0 * columns, columns + 0 * rows

    source_map = build_node_map(inverse, (500, 500))
    assert source_map.spacing < 64
    row, _ = source_map.positions(slice(0, 500), slice(0, 1))
    np.testing.assert_allclose(row[:, 0], np.arange(500) ** 2 / 4000, atol=1e-3)


def test_a_source_smaller_than_a_wide_cell_is_not_lost():
    source = UTM39.cut(Window(700, 780, 900, 980))
    target = polar_target(100.0)
    source_map = map_between_grids(source, target)
    row, column = source_map.positions(slice(0, 180), slice(0, 180))
    inside = (row > -0.5) & (row < 79.5) & (column > -0.5) & (column < 79.5)
    assert 50 < inside.sum() < 80


def test_by_distance_picks_the_nearest_place_within_the_radius():
    places = np.meshgrid(np.arange(0, 400, 4.0), np.arange(0, 300, 4.0))
    longitude, latitude = UTM39.longitude_latitude(places[1], places[0])
    window = Window(5400, 5400 + 75, 3000, 3000 + 100)
    grid = UTM39.cut(Window(0, 350, 0, 420))
    source_map = map_by_distance(longitude, latitude, window, grid)
    line, sample = source_map.positions(slice(0, 350), slice(0, 420))
    rows, columns = np.mgrid[0:290, 0:390]
    untied = (rows % 4 != 2) & (columns % 4 != 2)
    np.testing.assert_array_equal(line[:290, :390][untied], (5400 + np.round(rows / 4))[untied])
    np.testing.assert_array_equal(
        sample[:290, :390][untied], (3000 + np.round(columns / 4))[untied]
    )
    # 50 m are 5 target pixels beyond the last place, which lies at row 296 and column 396.
    assert np.isfinite(line[300, 100])
    assert np.isnan(line[303, 100])
    assert np.isnan(line[100, 403])


def test_one_system_in_other_words_is_the_same_plane():
    place = {"left": 399960.0, "top": 9100020.0, "spacing_m": 10.0, "shape": (60, 50)}
    source = Grid.from_crs("EPSG:32639", **place)
    in_other_words = Grid.from_crs(pyproj.CRS.from_epsg(32639).to_wkt("WKT1_GDAL"), **place)
    assert in_other_words.crs_wkt != source.crs_wkt
    assert map_between_grids(source, in_other_words) == ShiftMap((60, 50), 0, 0)
    next_door = Grid.from_crs("EPSG:32640", **place)
    assert isinstance(map_between_grids(source, next_door), NodeMap)
