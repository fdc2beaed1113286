"""Outlines over 180 degrees and the pole, and distances against geodesics."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from icepair.geo.footprint import Footprint, distance_apart_km, local_plane
from icepair.geo.grid import Grid
from icepair.geo.window import Window


def polar(left_km: float, top_km: float, size_km: int = 100) -> Grid:
    return Grid.from_crs(
        "EPSG:3413", left=left_km * 1e3, top=top_km * 1e3, spacing_m=1000.0,
        shape=(size_km, size_km),
    )  # fmt: skip


def test_the_ring_runs_along_the_outer_edges():
    grid = polar(100, 200)
    footprint = Footprint.of_grid(grid)
    rows, columns = grid.rows_columns(footprint.longitude, footprint.latitude)
    on_edge = np.isclose(np.abs(rows - 49.5), 50) | np.isclose(np.abs(columns - 49.5), 50)
    assert on_edge.all()
    assert rows.min() == pytest.approx(-0.5)
    assert columns.max() == pytest.approx(99.5)


def test_a_window_has_its_own_ring():
    grid = polar(100, 200)
    part = Footprint.of_grid(grid, Window(10, 20, 30, 50))
    rows, columns = grid.rows_columns(part.longitude, part.latitude)
    assert (rows.min(), rows.max()) == (pytest.approx(9.5), pytest.approx(19.5))
    assert (columns.min(), columns.max()) == (pytest.approx(29.5), pytest.approx(49.5))


@pytest.mark.parametrize("left_km", [-50.0, 900.0])
def test_areas_are_right_with_the_pole_inside_and_over_180_degrees(left_km):
    grid = polar(left_km, 50.0)
    footprint = Footprint.of_grid(grid)
    area = footprint.polygon(local_plane(footprint)).area
    geod, _ = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(
        footprint.longitude, footprint.latitude
    )
    # The geodesic polygon with the pole inside is counted by its other side.
    sphere = 510.0656e12
    expected = abs(geod) if abs(geod) < sphere / 4 else sphere / 2 - abs(geod)
    if left_km > 0:
        assert area == pytest.approx(expected, rel=1e-3)
    else:
        assert area == pytest.approx(1e10, rel=0.07)  # EPSG:3413 is 6 % off at the pole


def test_distance_is_the_geodesic_between_the_nearest_edges():
    first, second = polar(0, 0), polar(350, 0)
    apart = distance_apart_km(Footprint.of_grid(first), Footprint.of_grid(second))
    lon, lat = first.longitude_latitude(np.linspace(-0.5, 99.5, 101), np.full(101, 99.5))
    lon2, lat2 = second.longitude_latitude(np.linspace(-0.5, 99.5, 101), np.full(101, -0.5))
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon, lat, lon2, lat2)
    assert apart == pytest.approx(metres.min() / 1000, rel=5e-3)


def test_overlapping_footprints_are_no_distance_apart():
    assert distance_apart_km(Footprint.of_grid(polar(0, 0)), Footprint.of_grid(polar(50, 50))) == 0
