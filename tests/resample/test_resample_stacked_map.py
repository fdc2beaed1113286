"""A raster in the radar's geometry: exact up to the borders of records, the same for every cut."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion

from icepair.geo.grid import Grid
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.resample.methods import METHODS, gaussian_method
from icepair.resample.source_map import map_from_swath
from icepair.resample.stacked_map import StackedMap, map_onto_swath
from icepair.resample.warp import needed_window, warp
from icepair.testing.geolocation import synthetic_swath
from icepair.testing.resampling import nearest_slow
from icepair.testing.swath import FlatSwath

ALL = [*METHODS.values(), gaussian_method(3.0, "gaussian@30")]
LINES, SAMPLES = 520, 300
WINDOW = Window(9, 509, 13, 293)


def tile_around(swath, crs: str, size: int, spacing_m: float) -> Grid:
    """Square grid whose middle is that of the radar image."""
    middle = swath.longitude_latitude(*(np.array([count / 2]) for count in swath.shape))
    unit = Grid.from_crs(crs, left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = (float(value[0]) for value in unit.rows_columns(*middle))
    half = size / 2
    return Grid.from_crs(
        crs, left=(column - half) * spacing_m, top=(half - row) * spacing_m, spacing_m=spacing_m,
        shape=(size, size),
    )  # fmt: skip


def ew(argument: float, node: float, **more):
    return synthetic_swath(argument, node, shape=(LINES, SAMPLES), **more)


GEOMETRIES = {
    "EW ascending": (lambda: ew(62.0, 20.0), "EPSG:32632", 2400, 10.0),
    "EW descending": (lambda: ew(118.0, 20.0), "EPSG:3413", 1200, 20.0),
    "IW ascending": (
        lambda: synthetic_swath(60.0, 5.0, mode="IW", shape=(2100, 400)),
        "EPSG:32631",
        2400,
        10.0,
    ),
    "across 180 degrees": (lambda: ew(75.0, 118.0), "EPSG:3413", 1200, 20.0),
    "the North Pole": (lambda: ew(90.0, 0.0, inclination=95.17), "EPSG:5041", 1200, 20.0),
    "the far south, to the left": (lambda: ew(280.0, 60.0, side=-1), "EPSG:3031", 1200, 20.0),
}


@functools.cache
def made(name: str) -> tuple[SwathGrid, Grid, StackedMap]:
    make, crs, size, spacing_m = GEOMETRIES[name]
    swath = make()
    target = SwathGrid(swath, Window.whole(swath.shape), (swath.sample_spacing_m,) * 2)
    tile = tile_around(swath, crs, size, spacing_m)
    return target, tile, map_onto_swath(tile, target)


def whole(shape: tuple[int, int]) -> tuple[slice, slice]:
    return slice(0, shape[0]), slice(0, shape[1])


def jumps_m(target: SwathGrid, line: int) -> float:
    """Way between neighbouring lines beside the usual one, metres."""
    places = target.longitude_latitude(np.arange(line - 2.0, line + 2.0), np.array(150.0))
    x, y = np.radians(places)
    steps = 6.37e6 * np.hypot(np.diff(x) * np.cos(y[0]), np.diff(y))
    return abs(steps[1] - 0.5 * (steps[0] + steps[2]))


@pytest.mark.parametrize("name", GEOMETRIES)
def test_every_line_is_exact_and_those_beside_a_border_too(name):
    target, tile, stack = made(name)
    borders = target.swath.record_borders
    inside = borders[(borders > 0) & (borders < target.shape[0] - 1)]
    assert len(stack.bands) == len(inside) + 1 >= 2
    assert [band.start for band in stack.bands[1:]] == [int(border) + 1 for border in inside]
    row, column = stack.positions(*whole(target.shape))
    lines, samples = np.meshgrid(
        np.arange(target.shape[0], dtype=float),
        np.unique([0, target.shape[1] - 1, *range(5, target.shape[1], 17)]).astype(float),
        indexing="ij",
    )
    exact = tile.rows_columns(*target.longitude_latitude(lines, samples))
    at = lines.astype(int), samples.astype(int)
    error = np.hypot(row[at] - exact[0], column[at] - exact[1])
    assert 0 < stack.bound <= 1e-3
    # The table of steps, and PROJ at a pole, are exact to less than a millimetre.
    assert error.max() <= stack.bound * 1.05 + 1e-4
    assert stack.window(tile.shape, 0).contains(
        Window(
            max(0, int(row.min())), min(tile.shape[0], int(row.max()) + 1),
            max(0, int(column.min())), min(tile.shape[1], int(column.max()) + 1),
        )
    )  # fmt: skip


def test_places_do_jump_at_a_border_so_that_one_net_could_not_hold():
    target, _, stack = made("EW ascending")
    at_border = jumps_m(target, stack.bands[1].start)
    assert at_border > 20 * jumps_m(target, stack.bands[1].start + 40)


def test_a_swath_without_records_is_one_band():
    image = Grid.from_crs("EPSG:32639", left=4e5, top=9.1e6, spacing_m=40.0, shape=(120, 90))
    flat = FlatSwath(image)
    tile = Grid.from_crs("EPSG:32639", left=4e5, top=9.1e6, spacing_m=10.0, shape=(480, 360))
    for step, bands in ((0.0, 2), (1.5, 2)):
        stepped = FlatSwath(image, step_samples=step)
        stack = map_onto_swath(tile, SwathGrid(stepped, Window(3, 100, 2, 80), (40.0, 40.0)))
        assert len(stack.bands) == bands
        row, column = stack.positions(slice(0, 97), slice(0, 78))
        # Pixel (l, s) of 40 m has its centre between four pixels of 10 m.
        lines, samples = np.mgrid[3:100, 2:80].astype(float)
        np.testing.assert_allclose(row, 4 * lines + 1.5, atol=1e-6)
        moved = samples - np.where(lines >= 60, step, 0.0)
        np.testing.assert_allclose(column, 4 * moved + 1.5, atol=1e-6)
    assert flat.steps.held(np.array([59.0]), np.array([7.0]), 1) == pytest.approx(7.0)


def test_a_held_sample_keeps_its_slant_range():
    swath = made("EW ascending")[0].swath
    steps = swath.steps
    lines, samples = np.linspace(100, 400, 31), np.linspace(0, SAMPLES - 1, 31)
    for record in np.unique(steps.records(lines)):
        held = steps.held(lines, samples, int(record))
        own = steps.records(lines) == record
        np.testing.assert_array_equal(held[own], samples[own])
        middle = np.full(31, lines[own].mean())
        wanted = swath.slant_range_m(middle, samples)
        assert np.abs(swath.slant_range_m(lines, held) - wanted).max() < 1e-3
        assert np.abs(held - samples)[~own].max() > 0.01


CUT = "EW descending"


@functools.cache
def cut_source() -> np.ndarray:
    rng, shape = np.random.default_rng(3), made(CUT)[1].shape
    source = rng.normal(0.4, 0.1, shape).astype(np.float32)
    source[rng.random(shape) < 0.01] = np.nan
    return source


@pytest.mark.parametrize("method", ALL, ids=lambda method: method.name)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_no_cut_of_target_or_source_changes_a_bit(method, data):
    _, tile, stack = made(CUT)
    row = data.draw(st.integers(0, LINES - 2))
    column = data.draw(st.integers(0, SAMPLES - 2))
    block = (
        slice(row, data.draw(st.integers(row + 1, min(LINES, row + 190)))),
        slice(column, data.draw(st.integers(column + 1, min(SAMPLES, column + 60)))),
    )
    expected = _whole_of(method.name)[block]
    limits = Window.whole(tile.shape)
    needed = needed_window(stack, block, method, limits)
    if needed is None:
        assert np.isnan(expected).all()
        return
    found = warp(
        cut_source()[needed.slices], stack, method, window=needed, block=block, fill_value=np.nan
    )
    np.testing.assert_array_equal(found.view("u4"), expected.view("u4"))


@functools.cache
def _whole_of(name: str) -> np.ndarray:
    stack = made(CUT)[2]
    method = next(each for each in ALL if each.name == name)
    result = warp(cut_source(), stack, method, fill_value=np.nan, threads=2)
    assert np.isfinite(result).mean() > 0.5
    return np.ascontiguousarray(result)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_nearest_is_the_exact_nearest_wherever_it_is_no_tie(name):
    target, tile, stack = made(name)
    numbers = np.arange(tile.shape[0] * tile.shape[1], dtype=np.int64).reshape(tile.shape)
    found = warp(numbers, stack, METHODS["nearest"], fill_value=-1)
    rng = np.random.default_rng(5)
    lines, samples = (rng.integers(0, size, 3000) for size in target.shape)
    places = target.longitude_latitude(lines.astype(float), samples.astype(float))
    row, column = tile.rows_columns(*places)
    from_tie = np.minimum(*(np.abs(np.mod(p, 1.0) - 0.5) for p in (row, column)))
    expected = nearest_slow(numbers, row, column, -1)
    settled = from_tie > 1.1e-3
    assert settled.mean() > 0.99
    np.testing.assert_array_equal(found[lines, samples][settled], expected[settled])
    assert (expected >= 0).mean() > 0.5


@pytest.mark.parametrize("name", GEOMETRIES)
def test_from_swath_to_grid_to_swath_every_pixel_comes_home(name):
    target, tile, stack = made(name)
    numbers = np.arange(target.shape[0] * target.shape[1], dtype=np.int64).reshape(target.shape)
    on_grid = warp(numbers, map_from_swath(target.swath, tile), METHODS["nearest"], fill_value=-1)
    again = warp(on_grid, stack, METHODS["nearest"], fill_value=-1)
    inside = again >= 0
    assert inside.mean() > 0.5
    # The grid's pixel lies within half a grid pixel of the radar's centre. A radar pixel is twice
    # to four times as wide, IW as wide as one: then two halves meet.
    if target.spacing_m > 15.0:
        assert (again == numbers)[inside].mean() > 0.998
    off = np.divmod(again[inside], target.shape[1])
    own = np.divmod(numbers[inside], target.shape[1])
    assert max(np.abs(a - b).max() for a, b in zip(off, own, strict=True)) <= 1


@pytest.mark.parametrize("name", ["EW ascending", "EW descending", "the North Pole"])
def test_a_smooth_field_survives_the_way_there_and_back_by_cubic_convolution(name):
    target, tile, stack = made(name)
    line, sample = np.mgrid[: target.shape[0], : target.shape[1]].astype(float)
    field = np.sin(line / 23.0) * np.cos(sample / 31.0)
    cubic = METHODS["cubic"]
    on_grid = warp(field, map_from_swath(target.swath, tile), cubic, fill_value=np.nan)
    again = warp(on_grid, stack, cubic, fill_value=np.nan)
    known = np.isfinite(again)
    # At the edges of tile and image a mean is taken over what is there.
    known = binary_erosion(known, iterations=4)
    # Beside a border the field itself jumps, by a step of a third of a sample.
    beside = [band.start + shift for band in stack.bands[1:] for shift in range(-3, 3)]
    known[beside] = False
    assert known.mean() > 0.4
    # Keys' kernel errs by the third order of the spacing over the wavelength, (1/23)^3; the
    # maps' 1e-3 pixels on slopes of 1/23 add 5e-5.
    assert np.abs(again - field)[known].max() < 1.5e-4
