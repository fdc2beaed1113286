"""From nodes to values in one pass: the same as by way of positions, for every cut, bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.errors import UsageError
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.resample.footprint.jacobian import half_extent, jacobian, widest_half_extent
from icepair.resample.methods import METHODS, MINIMUM_SHARE, gaussian_method
from icepair.resample.source_map import (
    NodeMap,
    ShiftMap,
    build_node_map,
    map_between_grids,
    map_from_swath,
)
from icepair.resample.to_grid import source_window, to_grid
from icepair.resample.warp import needed_window, warp
from icepair.testing.geolocation import synthetic_swath
from icepair.testing.resampling import bilinear_slow, nearest_slow
from icepair.testing.swath import FlatSwath

RNG = np.random.default_rng(20190827)
IMAGE = Grid.from_crs("EPSG:32639", left=399960.0, top=9100020.0, spacing_m=40.0, shape=(90, 110))
SHAPE = (330, 370)
"""Of the target, of 10 m, turned and larger than the image on every side."""


def turned_target() -> Grid:
    place = IMAGE.longitude_latitude(np.array([45.0]), np.array([55.0]))
    probe = Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=20.0, shape=(1, 1))
    row, column = probe.rows_columns(*place)
    left, top = 20.0 * (column[0] - SHAPE[1] / 2), -20.0 * (row[0] - SHAPE[0] / 2)
    return Grid.from_crs("EPSG:3413", left=left, top=top, spacing_m=20.0, shape=SHAPE)


STEPPED = map_from_swath(FlatSwath(IMAGE, step_samples=1.375), turned_target())
WHOLE = (slice(0, SHAPE[0]), slice(0, SHAPE[1]))


def values(dtype: str) -> np.ndarray:
    source = RNG.integers(1, 250, IMAGE.shape).astype(dtype)
    if source.dtype.kind == "f":
        source[RNG.random(IMAGE.shape) < 0.1] = np.nan
        source[RNG.random(IMAGE.shape) < 0.1] *= -0.0
    return source


def by_positions(source, source_map, name, fill_value):
    positions = source_map.positions(*(slice(0, n) for n in source_map.target_shape))
    window = Window.whole(source.shape)
    method = METHODS[name]
    return to_grid(source, *positions, window=window, method=method, fill_value=fill_value)


def bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).view(f"u{array.itemsize}")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in ("nearest", "bilinear") for dtype in ("f4", "f8")]
    + [("nearest", "u1"), ("nearest", "u2")],
)
def test_one_pass_gives_the_bits_of_going_by_positions(name, dtype):
    source = values(dtype)
    expected = by_positions(source, STEPPED, name, 7)
    result = warp(source, STEPPED, METHODS[name], fill_value=7)
    assert result.dtype == source.dtype
    np.testing.assert_array_equal(bits(result), bits(expected))
    assert (expected == 7).any()
    assert (expected != 7).mean() > 0.2


def test_one_pass_is_the_slow_reference():
    source = values("f8")
    line, sample = STEPPED.positions(*WHOLE)
    rows = slice(100, 160)
    part = line[rows], sample[rows]
    block = (rows, WHOLE[1])
    nearest = warp(source, STEPPED, METHODS["nearest"], block=block, fill_value=np.nan)
    np.testing.assert_array_equal(nearest, nearest_slow(source, *part, np.nan))
    bilinear = warp(source, STEPPED, METHODS["bilinear"], block=block, fill_value=np.nan)
    np.testing.assert_allclose(bilinear, bilinear_slow(source, *part, MINIMUM_SHARE), rtol=1e-12)


def test_positions_have_the_step_at_its_line():
    swath, target = FlatSwath(IMAGE, step_samples=1.375), turned_target()
    places = target.longitude_latitude(*(n.astype(float) for n in np.ogrid[: SHAPE[0], : SHAPE[1]]))
    exact = swath.line_sample(*places)
    line, sample = STEPPED.positions(*WHOLE)
    clear = np.abs(exact[0] - IMAGE.shape[0] / 2) > 2e-3
    assert np.hypot(line - exact[0], sample - exact[1])[clear].max() <= 1.05 * STEPPED.bound
    assert STEPPED.bound <= 1e-3
    _, smooth = map_from_swath(FlatSwath(IMAGE), target).positions(*WHOLE)
    step = np.where(line > IMAGE.shape[0] / 2, 1.375, 0.0)
    np.testing.assert_allclose(sample[clear] - smooth[clear], step[clear], atol=1e-9)


def test_positions_of_a_radar_scene_with_records_are_exact_within_the_bound():
    swath = synthetic_swath(82.0, 95.0, surface="geoid", shape=(1200, 1400))
    middle = swath.longitude_latitude(np.array([600.0]), np.array([700.0]))
    probe = Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=40.0, shape=(1, 1))
    row, column = probe.rows_columns(*middle)
    left, top = 40.0 * (column[0] - 900), -40.0 * (row[0] - 900)
    target = Grid.from_crs("EPSG:3413", left=left, top=top, spacing_m=40.0, shape=(1800, 1800))
    source_map = map_from_swath(swath, target)
    line, sample = source_map.positions(slice(0, 1800), slice(0, 1800))
    rows, columns = RNG.integers(0, 1800, (2, 20000))
    exact = swath.line_sample(*target.longitude_latitude(rows * 1.0, columns * 1.0))
    from_border = np.abs(exact[0][:, None] - swath.record_borders).min(axis=1)
    inside = (np.abs(exact[0] - 599.5) < 600) & (np.abs(exact[1] - 699.5) < 700)
    found = line[rows, columns], sample[rows, columns]
    error = np.hypot(found[0] - exact[0], found[1] - exact[1])
    assert inside.mean() > 0.3
    assert np.isfinite(error[inside]).all()
    assert error[inside & (from_border > 2e-3)].max() <= 1.05 * source_map.bound + 1e-5
    untied = np.ones(rows.size, dtype=bool)
    for position in exact:
        untied &= np.abs(position + 0.5 - np.round(position + 0.5)) > source_map.bound + 1e-5
    numbers = np.arange(1200 * 1400, dtype=np.float64).reshape(1200, 1400)
    chosen = warp(numbers, source_map, METHODS["nearest"], fill_value=-1)[rows, columns]
    picked = np.floor(exact[0] + 0.5) * 1400 + np.floor(exact[1] + 0.5)
    sure = inside & untied & (from_border > 2e-3)
    assert sure.sum() > 0.95 * inside.sum()
    np.testing.assert_array_equal(chosen[sure], picked[sure])


ALL = {**METHODS, "gaussian": gaussian_method(6.0, "gaussian@120")}
HOLED = values("f4")
"""A tenth holes, so that segments of every kind meet."""
HOLED[40:] = np.where(np.isnan(HOLED[40:]), 9.0, HOLED[40:])


@cache
def warped(name: str) -> np.ndarray:
    """The whole at once; kept, and not made before a test asks, as importing compiles nothing."""
    return warp(HOLED, STEPPED, ALL[name], fill_value=3)


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(ALL)),
    rows=st.lists(st.integers(0, SHAPE[0]), min_size=2, max_size=2, unique=True).map(sorted),
    columns=st.lists(st.integers(0, SHAPE[1]), min_size=2, max_size=2, unique=True).map(sorted),
    threads=st.sampled_from([1, 2, 3]),
)
def test_no_bit_depends_on_the_cut_or_on_what_is_read(name, rows, columns, threads):
    block = (slice(*rows), slice(*columns))
    method = ALL[name]
    expected = warped(name)[block]
    limits = Window.whole(IMAGE.shape)
    window = needed_window(STEPPED, block, method, limits)
    if window is None:
        np.testing.assert_array_equal(expected, 3)
        return
    margin = method.margin_for(STEPPED, *block)
    by_rows = source_window(*STEPPED.positions(*block), margin, limits)
    assert by_rows is None or window.contains(by_rows)
    part = warp(
        HOLED[window.slices],
        STEPPED,
        method,
        window=window,
        block=block,
        fill_value=3,
        threads=threads,
    )
    np.testing.assert_array_equal(bits(part), bits(expected))


@settings(max_examples=40, deadline=None)
@given(
    spacing_m=st.sampled_from([3.0, 20.0, 90.0, 700.0]),
    crs=st.sampled_from(["EPSG:3413", "EPSG:32641", "EPSG:6931"]),
    step=st.sampled_from([0.0, 0.25, -4.0]),
    name=st.sampled_from(["bilinear", "area", "gaussian"]),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
)
def test_the_window_of_a_map_holds_what_every_block_needs(spacing_m, crs, step, name, shares):
    place = IMAGE.longitude_latitude(np.array([45.0]), np.array([55.0]))
    probe = Grid.from_crs(crs, left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = (float(at[0]) for at in probe.rows_columns(*place))
    # Its middle half is on the image, or a part of it.
    rows, columns = (max(2, int(2400 / spacing_m)), max(2, int(2800 / spacing_m)))
    left, top = spacing_m * (column - columns / 2), -spacing_m * (row - rows / 2)
    target = Grid.from_crs(crs, left=left, top=top, spacing_m=spacing_m, shape=(rows, columns))
    source_map = map_from_swath(FlatSwath(IMAGE, step_samples=step), target)
    method = ALL[name]
    whole = source_map.window(IMAGE.shape, method.widest_margin(source_map))
    ends = [
        sorted(round(share * size) for share in shares[k::2]) for k, size in enumerate(target.shape)
    ]
    block = tuple(
        slice(min(a, n - 1), max(b, min(a, n - 1) + 1))
        for (a, b), n in zip(ends, target.shape, strict=True)
    )
    window = needed_window(source_map, block, method, Window.whole(IMAGE.shape))
    assert window is None or whole.contains(window)
    widest = widest_half_extent(source_map)
    assert half_extent(source_map, *block) <= widest * (1 + 1e-12)


def test_a_window_that_no_position_reaches_is_not_read():
    assert needed_window(STEPPED, WHOLE, METHODS["nearest"], Window(500, 600, 500, 600)) is None


def test_windows_are_no_larger_than_needed():
    block = (slice(140, 190), slice(150, 210))
    limits = Window.whole(IMAGE.shape)
    by_positions = source_window(*STEPPED.positions(*block), 0, limits)
    assert needed_window(STEPPED, block, METHODS["nearest"], limits) == by_positions


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_what_it_gives_by_positions(name):
    source = values("f4")
    block = (slice(120, 180), slice(140, 230))
    method = METHODS[name]
    window = needed_window(STEPPED, block, method, Window.whole(IMAGE.shape))
    part = warp(
        np.ascontiguousarray(source[window.slices]),
        STEPPED,
        method,
        window=window,
        block=block,
        fill_value=np.nan,
        threads=2,
    )
    slopes = jacobian(STEPPED, *block) if method.reach else None
    expected = to_grid(
        source,
        *STEPPED.positions(*block),
        window=Window.whole(IMAGE.shape),
        method=method,
        fill_value=np.nan,
        jacobian=slopes,
    )
    np.testing.assert_array_equal(part, expected)
    assert np.isfinite(part).mean() > 0.5


def test_integers_are_kept_or_averaged_as_the_method_says():
    source = values("u1")
    assert warp(source, STEPPED, METHODS["nearest"]).dtype == np.uint8
    result = warp(source, STEPPED, METHODS["bilinear"], fill_value=np.nan)
    expected = warp(source.astype("f4"), STEPPED, METHODS["bilinear"], fill_value=np.nan)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", ["nearest", "bilinear"])
def test_a_shift_returns_the_source_and_nothing_beside_it(name):
    source = values("f4")
    cut = Window(-20, 130, 20, 150)
    source_map = map_between_grids(IMAGE, IMAGE.cut(cut))
    block = (slice(5, 150), slice(3, 120))
    limits = Window(0, 80, 30, 110)
    method = METHODS[name]
    window = needed_window(source_map, block, method, limits)
    assert window == Window(0, 80, 30, 110)
    part = warp(source[window.slices], source_map, method, window=window, block=block, fill_value=7)
    expected = np.full((150, 130), np.float32(7))
    expected[20:100, 10:90] = source[0:80, 30:110]
    if name == "bilinear":
        expected[np.isnan(expected)] = 7
    np.testing.assert_array_equal(bits(part), bits(expected[block]))
    assert needed_window(source_map, (slice(0, 9), slice(0, 9)), method, limits) is None


def test_with_a_node_on_every_pixel_an_empty_neighbour_takes_nothing_away():
    row_nodes, column_nodes = np.mgrid[0:6, 0:6].astype(float)
    row_nodes[:, 3:] = np.nan
    source_map = NodeMap((5, 5), 1, row_nodes, column_nodes, 0.0)
    line, sample = source_map.positions(slice(0, 5), slice(0, 5))
    np.testing.assert_array_equal(line, row_nodes[:5, :5])
    np.testing.assert_array_equal(sample[:, :3], column_nodes[:5, :3])
    assert np.isnan(sample[:, 3:]).all()


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["nearest", "bilinear", "cubic", "lanczos", "area"]),
    dtype=st.sampled_from(["f4", "f8"]),
    seed=st.integers(0, 2**32),
)
def test_a_map_onto_the_own_pixels_keeps_every_bit_of_any_value(name, dtype, seed):
    odd = [-0.0, 0.0, np.inf, -np.inf, np.nan, 5e-324, -1e-42, np.finfo(dtype).max, 1.5]
    rng = np.random.default_rng(seed)
    source = rng.choice(np.array(odd).astype(dtype), size=(9, 70))
    row_nodes, column_nodes = 64.0 * np.mgrid[0:2, 0:3]
    itself = NodeMap(source.shape, 64, row_nodes, column_nodes, 0.0)
    result = warp(source, itself, METHODS[name], fill_value=np.nan)
    np.testing.assert_array_equal(bits(result), bits(source))


def test_more_threads_than_rows_are_harmless():
    def inverse(rows, columns):
        return rows + 0.25 + 0 * columns, columns + 0 * rows

    source_map = build_node_map(inverse, (2, 9))
    source = np.arange(18, dtype=np.uint16).reshape(2, 9)
    result = warp(source, source_map, METHODS["nearest"], threads=7)
    np.testing.assert_array_equal(result, source)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_ready_output_is_written_all_over_and_returned(name, threads):
    out = np.full(SHAPE, np.float32(-99))
    found = warp(HOLED, STEPPED, ALL[name], fill_value=3, threads=threads, out=out)
    assert found is out
    np.testing.assert_array_equal(bits(out), bits(warped(name)))


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty((SHAPE[0], 1), "u1"), r"uint8 of shape \(330, 370\).* shape \(330, 1\)"),
        (np.empty(SHAPE, "f4"), r"not go into an `out` of float32.*np.empty\(\(330, 370\), '\|u1'"),
        (np.empty(SHAPE[::-1], "u1").T, "C order"),
        (np.empty((SHAPE[0], 500), "u1")[:, : SHAPE[1]], "C order"),
        (np.frombuffer(bytes(SHAPE[0] * SHAPE[1]), "u1").reshape(SHAPE), "writable"),
    ],
)
def test_an_output_that_the_result_does_not_fit_is_refused(out, message):
    with pytest.raises(UsageError, match=message):
        warp(values("u1"), STEPPED, METHODS["nearest"], out=out)


def test_the_source_cannot_be_the_output():
    memory = np.zeros(SHAPE[0] * SHAPE[1], "u1")
    source = memory[: IMAGE.shape[0] * IMAGE.shape[1]].reshape(IMAGE.shape)
    with pytest.raises(UsageError, match="shares memory"):
        warp(source, STEPPED, METHODS["nearest"], out=memory.reshape(SHAPE))


@pytest.mark.parametrize(
    "block",
    [(slice(-1, 3), slice(0, 3)), (slice(0, 3), slice(0, 10_000)), (slice(5, 3), slice(0, 3))],
)
def test_a_block_beyond_the_target_is_refused(block):
    shift = ShiftMap((20, 30), 0, 0)
    with pytest.raises(UsageError, match="is not inside the target of 20 x 30 pixels"):
        warp(np.zeros((20, 30)), shift, METHODS["nearest"], block=block)
