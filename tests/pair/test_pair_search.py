"""The window of an overlap is that of looking at every pixel, however thin its tips."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.errors import NoOverlapError
from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.pair.overlap import Overlap
from icepair.pair.search import Cells, smallest_window
from icepair.products.valid import ValidFootprint
from icepair.testing.geolocation import synthetic_swath
from icepair.testing.swath import FlatSwath


def around(crs: str, lon: float, lat: float, shape: tuple[int, int], spacing_m: float) -> Grid:
    unit = Grid.from_crs(crs, left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = (float(v[0]) for v in unit.rows_columns(np.array([lon]), np.array([lat])))
    left = round(column - shape[1] / 2) * spacing_m
    return Grid(unit.crs_wkt, left, -round(row - shape[0] / 2) * spacing_m, spacing_m, shape)


def by_looking_at_every_pixel(overlap: Overlap, target) -> Window | None:
    rows, columns = np.mgrid[0 : target.shape[0], 0 : target.shape[1]].astype(float)
    seen = overlap.seen(*target.longitude_latitude(rows, columns))
    if not seen.any():
        return None
    down, right = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return Window(int(down[0]), int(down[-1]) + 1, int(right[0]), int(right[-1]) + 1)


def by_search(overlap: Overlap, target) -> Window | None:
    try:
        return overlap.window_in(target)
    except NoOverlapError:
        return None


@pytest.mark.parametrize(("lat", "lon", "polar"), [
    (81.5, 50.3, "EPSG:3413"), (75.0, 179.98, "EPSG:6931"), (-76.0, -179.99, "EPSG:3031"),
    (89.97, 20.0, "EPSG:5041"),
])  # fmt: skip
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_search_finds_what_looking_at_every_pixel_finds(lat, lon, polar, data):
    draw = data.draw
    turn = draw(st.floats(-180, 180))
    plane = f"+proj=laea +lat_0={lat} +lon_0={lon + turn} +datum=WGS84 +type=crs"
    shape = draw(st.tuples(st.integers(3, 150), st.integers(3, 150)))
    near = lon + draw(st.floats(-0.1, 0.1)), min(89.99, lat + draw(st.floats(-0.02, 0.02)))
    swath = FlatSwath(around(plane, *near, shape, 40.0), step_samples=draw(st.floats(0, 2.5)))
    optical = around(polar, lon, lat, draw(st.tuples(st.integers(5, 400), st.integers(5, 400))), 10)
    limits = {}
    if draw(st.booleans()):
        row = draw(st.integers(0, shape[0] - 1))
        limits["s1_window"] = Window(row, draw(st.integers(row + 1, shape[0])), 0, shape[1])
    if draw(st.booleans()):
        west = ((near[0] - 0.03 + 180) % 360) - 180
        limits["bbox"] = (
            west,
            near[1] - 0.006,
            ((near[0] + 0.05 + 180) % 360) - 180,
            near[1] + 0.01,
        )
    if draw(st.booleans()):
        cells = np.random.default_rng(draw(st.integers(0, 99))).random((7, 5)) < 0.4
        steps = max(1, optical.shape[0] // 7), max(1, optical.shape[1] // 5)
        limits["s2_holds"] = ValidFootprint(optical.shape, steps, cells)
    overlap = Overlap(swath, optical, **limits)
    target = draw(st.sampled_from([
        optical,
        around(polar, lon, lat, (260, 230), 23.0),
        SwathGrid(swath, Window.whole(shape), (40.0, 40.0)),
    ]))  # fmt: skip
    assert by_search(overlap, target) == by_looking_at_every_pixel(overlap, target)


@pytest.mark.parametrize("turn", [7.0, 45.0, 101.0])
def test_the_tips_of_a_turned_strip_are_kept(turn):
    """One radar line across a tile: thinner than any cell that is looked at first."""
    optical = around("EPSG:3413", 0.0, 80.0, (1000, 1000), 10.0)
    plane = f"+proj=laea +lat_0=80 +lon_0={turn} +datum=WGS84 +type=crs"
    swath = FlatSwath(around(plane, 0.02, 79.99, (150, 180), 40.0))
    overlap = Overlap(swath, optical, s1_window=Window(71, 72, 20, 170))
    expected = by_looking_at_every_pixel(overlap, optical)
    assert max(expected.shape) > 300
    assert overlap.window_in(optical) == expected


@pytest.mark.parametrize("crs", ["EPSG:3413", "EPSG:32632"])
def test_it_finds_a_range_doppler_image_beyond_which_there_are_no_answers(crs):
    swath = synthetic_swath(75.0, 10.0, shape=(300, 200))
    lon, lat = (float(v[0]) for v in swath.longitude_latitude(np.array([150.0]), np.array([100.0])))
    optical = around(crs, lon, lat, (2600, 2600), 10.0)
    overlap = Overlap(swath, optical)
    for target in (
        around("EPSG:3413", lon, lat, (1400, 1500), 40.0),
        around("EPSG:3413", lon, lat, (900, 900), 2000.0),
        SwathGrid(swath, Window.whole(swath.shape), (40.0, 40.0)),
    ):
        assert overlap.window_in(target) == by_looking_at_every_pixel(overlap, target)


@dataclass
class Counted:
    """Pixels of a mask, counted as they are looked at."""

    mask: np.ndarray
    looked: int = field(default=0)

    def look(self, rows, columns):
        self.looked += rows.size
        possible = [
            self.mask[r.min() : r.max() + 1, c.min() : c.max() + 1].any()
            for r, c in zip(rows, columns, strict=True)
        ]
        return self.mask[rows, columns], np.array(possible, dtype=bool)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_mask_has_the_window_of_its_pixels(data):
    shape = data.draw(st.tuples(st.integers(1, 130), st.integers(1, 130)))
    mask = np.zeros(shape, dtype=bool)
    for _ in range(data.draw(st.integers(0, 3))):
        mask[data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))] = 1
    found = smallest_window(shape, Counted(mask).look)
    if not mask.any():
        assert found is None
        return
    rows, columns = np.nonzero(mask)
    expected = Window(rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
    assert found == expected


def test_few_pixels_of_many_are_looked_at():
    row, column = np.mgrid[0:3000, 0:3000]
    counted = Counted(np.abs(row - 1400) + np.abs(column - 1600) < 1234)
    assert smallest_window((3000, 3000), counted.look) == Window(167, 2634, 367, 2834)
    assert counted.looked < 30_000


def test_cells_cover_a_raster_once():
    for shape in ((1, 1), (7, 200), (49, 48)):
        count = np.zeros(shape, dtype=int)
        cells = Cells.of(shape)
        while True:
            count[...] = 0
            for top, bottom, left, right in zip(
                cells.row_start, cells.row_stop, cells.column_start, cells.column_stop, strict=True
            ):
                count[top:bottom, left:right] += 1
            assert (count == 1).all()
            if cells.is_split:
                break
            cells = cells.halves()
