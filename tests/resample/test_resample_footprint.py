"""Footprints: derivatives of maps, area means and modes against cut polygons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.resample.footprint.jacobian import half_extent, jacobian, widest_half_extent
from icepair.resample.methods import METHODS, MINIMUM_SHARE, gaussian_method
from icepair.resample.source_map import ShiftMap, build_node_map, map_between_grids
from icepair.resample.to_grid import source_window, to_grid
from icepair.resample.warp import warp
from icepair.testing.resampling import area_slow, covered_areas, mode_slow

SHAPE = (14, 16)
WHOLE = Window.whole(SHAPE)
UTM39 = Grid.from_crs("EPSG:32639", left=399960.0, top=9100020.0, spacing_m=10.0, shape=(600, 700))


def footprints(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions with footprints of a tenth to four pixels, turned, skewed and mirrored."""
    rng = np.random.default_rng(seed)
    line = rng.uniform(-1, SHAPE[0], (12, 12))
    sample = rng.uniform(-1, SHAPE[1], (12, 12))
    sizes = rng.uniform(0.1, 3.0, (12, 12, 1, 1))
    slopes = sizes * rng.uniform(-1, 1, (12, 12, 2, 2))
    slopes[:3] = np.round(slopes[:3])
    line[:3], sample[:3] = np.round(line[:3]), np.round(2 * sample[:3]) / 2
    slopes[np.abs(np.linalg.det(slopes)) < 1e-6] = np.eye(2)
    return line, sample, slopes


def resampled(name, source, line, sample, slopes, fill=np.nan):
    return to_grid(
        source,
        line,
        sample,
        window=Window.whole(source.shape),
        method=METHODS[name],
        fill_value=fill,
        jacobian=slopes,
    )


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_area_is_the_mean_over_the_cut_polygon(seed):
    line, sample, slopes = footprints(seed)
    rng = np.random.default_rng(seed)
    source = rng.gamma(4.0, 0.01, SHAPE)
    source[rng.random(SHAPE) < 0.15] = np.nan
    expected = area_slow(source, line, sample, slopes, MINIMUM_SHARE)
    result = resampled("area", source, line, sample, slopes)
    valid = np.isfinite(result)
    # A share of a half and an ulp may fall to either side.
    assert (valid != np.isfinite(expected)).mean() < 0.02
    both = valid & np.isfinite(expected)
    np.testing.assert_allclose(result[both], expected[both], rtol=1e-9)
    assert both.mean() > 0.5


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_mode_covers_most_of_the_cut_polygon(seed):
    line, sample, slopes = footprints(seed)
    source = np.random.default_rng(seed).integers(0, 4, SHAPE).astype(np.uint8)
    expected = mode_slow(source, line, sample, slopes, MINIMUM_SHARE, 255)
    result = resampled("mode", source, line, sample, slopes, 255)
    # Shares and leads at their limits to an ulp may fall to either side.
    assert (result != expected).mean() < 0.02
    assert (result == 255).any()


def test_mode_gives_ties_to_the_smaller_value_and_nothing_to_nan():
    source = np.array([[2.0, 1.0], [1.0, 2.0]])
    middle = np.array([[0.5]])
    twice = 2 * np.eye(2)[None, None]
    assert resampled("mode", source, middle, middle, twice) == 1.0
    source[0, 1] = np.nan
    assert resampled("mode", source, middle, middle, twice) == 2.0
    source[0, 0] = source[1, 1] = np.nan
    assert np.isnan(resampled("mode", source, middle, middle, twice))


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_area_on_whole_blocks_is_the_mean_of_each_block(factor):
    source = np.random.default_rng(factor).normal(size=(30, 30))
    index = np.arange(30 // factor) * factor + (factor - 1) / 2
    line, sample = np.meshgrid(index, index, indexing="ij")
    slopes = np.broadcast_to(factor * np.eye(2), (*line.shape, 2, 2))
    blocks = source.reshape(30 // factor, factor, 30 // factor, factor)
    result = resampled("area", source, line, sample, slopes)
    np.testing.assert_allclose(result, blocks.mean(axis=(1, 3)), rtol=1e-12)


def test_footprints_that_tile_the_source_count_each_pixel_once():
    turn = np.array([[1.7, 0.6], [-0.5, 1.4]])
    total = np.zeros(SHAPE)
    for row in range(-12, 13):
        for column in range(-12, 13):
            line, sample = np.array([7.0, 8.0]) + turn @ [row, column]
            total += covered_areas(SHAPE, line, sample, turn)
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)


@pytest.mark.parametrize("name", ["area", "mode"])
def test_where_the_footprint_is_not_known_the_nearest_pixel_is_taken(name):
    source = np.arange(224, dtype=np.float64).reshape(SHAPE)
    source[0, 0] = np.nan
    place = np.array([[3.4, 0.1]])
    for slopes in (np.full((1, 2, 2, 2), np.nan), np.zeros((1, 2, 2, 2))):
        result = resampled(name, source, place, place, slopes)
        np.testing.assert_array_equal(result, [[source[3, 3], np.nan]])


def test_derivatives_are_those_of_the_map():
    def inverse(rows, columns):
        return 3 + 2 * rows - 0.25 * columns, 5 + 0.5 * rows + columns**2 / 400

    source_map = build_node_map(inverse, (50, 60))
    slopes = jacobian(source_map, slice(0, 50), slice(0, 60))
    np.testing.assert_allclose(slopes[..., 0, 0], 2, rtol=1e-9)
    np.testing.assert_allclose(slopes[..., 0, 1], -0.25, rtol=1e-9)
    np.testing.assert_allclose(slopes[..., 1, 0], 0.5, rtol=1e-9)
    np.testing.assert_allclose(
        slopes[:, 1:-1, 1, 1], np.broadcast_to(np.arange(1, 59) / 200, (50, 58)), atol=0.02
    )
    widest = half_extent(source_map, slice(0, 50), slice(0, 60))
    assert widest == 0.5 * np.abs(slopes).sum(axis=-1).max()
    assert widest <= widest_half_extent(source_map) < 1.2 * widest


def test_derivatives_do_not_depend_on_blocks():
    target = Grid.from_crs("EPSG:3413", **corner_in_3413(), spacing_m=40.0, shape=(150, 130))
    source_map = map_between_grids(UTM39, target)
    whole = jacobian(source_map, slice(0, 150), slice(0, 130))
    for rows, columns in [((0, 150), (0, 1)), ((17, 40), (33, 130)), ((149, 150), (129, 130))]:
        part = jacobian(source_map, slice(*rows), slice(*columns))
        np.testing.assert_array_equal(part, whole[slice(*rows), slice(*columns)])


def corner_in_3413() -> dict[str, float]:
    """Upper left of a target that lies partly on the scene."""
    probe = Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=1.0, shape=(1, 1))
    row, column = probe.rows_columns(
        *UTM39.longitude_latitude(np.array([300.0]), np.array([350.0]))
    )
    return {"left": float(column[0]) - 600, "top": -float(row[0]) + 3900}


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_a_target_one_pixel_high_or_wide_has_square_pixels(shape):
    def inverse(rows, columns):
        return 4 + 2 * columns + 0 * rows, 9 - 2 * rows + 0 * columns

    source_map = build_node_map(inverse, shape)
    slopes = jacobian(source_map, slice(0, shape[0]), slice(0, shape[1]))
    if shape == (1, 1):
        assert np.isnan(slopes).all()
    else:
        np.testing.assert_array_equal(slopes, np.broadcast_to([[0, 2], [-2, 0]], slopes.shape))


@pytest.mark.parametrize("name", METHODS)
def test_the_source_itself_comes_back_bit_for_bit(name):
    source = np.random.default_rng(5).normal(size=SHAPE)
    source[3, 4], source[5, 6] = np.nan, -0.0
    itself = ShiftMap(SHAPE, 0, 0)
    block = slice(0, SHAPE[0]), slice(0, SHAPE[1])
    by_positions = resampled(name, source, *itself.positions(*block), jacobian(itself, *block))
    for result in (by_positions, warp(source, itself, METHODS[name], fill_value=np.nan)):
        np.testing.assert_array_equal(result.view("u8"), source.view("u8"))


def test_a_gaussian_smooths_on_the_own_pixels_of_the_source_too():
    source = np.random.default_rng(5).normal(size=SHAPE)
    method = gaussian_method(3.0, "gaussian@30")
    assert warp(source, ShiftMap(SHAPE, 0, 0), method).std() < 0.5 * source.std()


@pytest.mark.parametrize("spacing_m", [7.0, 35.0, 220.0])
@pytest.mark.parametrize(
    "method", [*METHODS.values(), gaussian_method(1.5, "gaussian@1")], ids=lambda m: m.name
)
def test_results_do_not_depend_on_how_the_target_is_cut(method, spacing_m):
    rng = np.random.default_rng(6)
    source = rng.gamma(4.0, 0.01, UTM39.shape).astype(np.float32)
    source[rng.random(source.shape) < 0.02] = np.nan
    size = int(2750 / spacing_m)
    target = Grid.from_crs("EPSG:3413", **corner_in_3413(), spacing_m=spacing_m, shape=(size, size))
    source_map = map_between_grids(UTM39, target)
    limits = source_map.window(UTM39.shape, method.widest_margin(source_map))

    def in_blocks(side: int) -> np.ndarray:
        out = np.empty((size, size), dtype=np.float32)
        for row in range(0, size, side):
            for column in range(0, size, side):
                block = slice(row, min(row + side, size)), slice(column, min(column + side, size))
                out[block] = one_block(block)
        return out

    def one_block(block: tuple[slice, slice]) -> np.ndarray:
        line, sample = source_map.positions(*block)
        slopes = jacobian(source_map, *block)
        window = source_window(line, sample, method.margin_for(source_map, *block), limits)
        if window is None:
            return np.full(line.shape, np.nan, dtype=np.float32)
        return to_grid(
            source[window.slices],
            line,
            sample,
            window=window,
            method=method,
            fill_value=np.nan,
            jacobian=slopes,
        )

    whole = in_blocks(size)
    assert 0.1 < np.isfinite(whole).mean() < 1.0
    np.testing.assert_array_equal(in_blocks(max(7, size // 3)), whole)
