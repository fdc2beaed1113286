"""Tables rebuilt from few values: exact enough, or read in full."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from containers import Arrays
from hypothesis import given
from hypothesis import strategies as st

from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.products.decimated import CALIBRATION, NOISE, plan_table, read_table
from icepair.products.lattice import partition
from icepair.products.subswath_blocks import subswath_blocks

SHAPE = (500, 640)
WHOLE = Window.whole(SHAPE)


def scalloped(shape=SHAPE, *, seed=3, period=37.0) -> np.ndarray:
    """Noise as the processor makes it: a rough profile each way, slowly changing its shape."""
    rng = np.random.default_rng(seed)
    lines, samples = (np.arange(n, dtype=float) for n in shape)
    along = 1.0 + 0.2 * np.abs(np.sin(np.pi * lines / period)) + 0.01 * rng.random(lines.size)
    across = np.interp(samples, samples[::40], rng.uniform(500.0, 900.0, samples[::40].size))
    tilt = 1.0 + 1e-9 * np.outer(lines, samples**2)
    return (np.outer(along, across) * tilt).astype(np.float32)


def rebuilt(array, kind=NOISE, blocks=(), window=WHOLE):
    container = Arrays({"table": array[np.newaxis]})
    table = read_table(plan_table(container, "table", window, kind, blocks))
    return table, container.bytes_read


def decibels(found, true, kind=NOISE) -> float:
    return float(kind.decibels * np.abs(np.log(found.astype(float) / true)).max())


@pytest.mark.parametrize("kind", [NOISE, CALIBRATION])
def test_a_scalloped_table_takes_two_per_cent_of_its_bytes(kind) -> None:
    array = scalloped()
    table, bytes_read = rebuilt(array, kind)
    error = decibels(table.values(WHOLE), array, kind)
    assert bytes_read < 0.02 * array.nbytes
    assert 0.0 < error <= table.bound_db <= 0.01
    assert table.plan.bytes_to_read == bytes_read


def test_lines_and_samples_that_were_read_come_back_unchanged() -> None:
    array = scalloped()
    table, _ = rebuilt(array)
    lines, samples = (slabs[-2:] for _, slabs in table.plan.selections)
    for slab in (lines, samples):
        np.testing.assert_array_equal(table.values(WHOLE)[slab], array[slab])


def test_parts_are_those_of_the_whole() -> None:
    table, _ = rebuilt(scalloped(), blocks=(Window(0, 222, 0, 640), Window(222, 500, 0, 333)))
    whole = table.values(WHOLE)
    for part in (Window(0, 1, 0, 1), Window(210, 240, 320, 350), Window(499, 500, 0, 640)):
        np.testing.assert_array_equal(table.values(part), whole[part.slices])


def test_what_is_not_smooth_is_read_in_full() -> None:
    array = scalloped() * np.random.default_rng(1).uniform(0.9, 1.1, SHAPE).astype(np.float32)
    table, bytes_read = rebuilt(array)
    np.testing.assert_array_equal(table.values(WHOLE), array)
    assert table.bound_db == 0.0
    assert bytes_read > array.nbytes


def test_a_change_of_shape_just_beyond_the_limit_is_refused() -> None:
    twist = np.outer(np.linspace(0, 1, 500) ** 2, np.linspace(0, 1, 640) ** 2)
    refused = []
    for strength in (0.01, 1.0):
        array = (700.0 * np.exp(strength * twist)).astype(np.float32)
        table, _ = rebuilt(array)
        assert decibels(table.values(WHOLE), array) <= 0.01
        refused.append(table.bound_db == 0.0)
    assert refused == [False, True]


def test_borders_are_respected_and_only_a_faulty_rectangle_is_read_in_full() -> None:
    left, right = scalloped(seed=1, period=37.0), scalloped(seed=2, period=53.0)
    array = np.where(np.arange(640) < 300, left, 3.0 * right)
    blocks = (Window(0, 500, 0, 300), Window(0, 200, 300, 640), Window(200, 500, 300, 640))
    table, bytes_read = rebuilt(array, blocks=blocks)
    assert decibels(table.values(WHOLE), array) <= table.bound_db <= 0.01
    assert bytes_read < 0.05 * array.nbytes
    faulty = array.copy()
    faulty[200:, 300:] *= np.random.default_rng(1).uniform(0.9, 1.1, (300, 340))
    table, bytes_read = rebuilt(faulty, blocks=blocks)
    np.testing.assert_array_equal(table.values(WHOLE)[200:, 300:], faulty[200:, 300:])
    assert decibels(table.values(WHOLE), faulty) <= 0.01
    assert bytes_read < 0.05 * array.nbytes + faulty[200:, 300:].nbytes


@pytest.mark.parametrize("off_by", [1, 2, 30])
def test_a_border_in_the_wrong_place_is_noticed(off_by: int) -> None:
    left, right = scalloped(seed=1, period=37.0), scalloped(seed=2, period=53.0)
    array = np.where(np.arange(640) < 300, left, 3.0 * right)
    border = 300 + off_by
    blocks = (Window(0, 500, 0, border), Window(0, 500, border, 640))
    table, _ = rebuilt(array, blocks=blocks)
    assert decibels(table.values(WHOLE), array) <= 0.01


@pytest.mark.parametrize("nothing", [0.0, -3e-13, np.nan, 9.969209968386869e36])
def test_far_range_without_values(nothing: float) -> None:
    array = scalloped()
    array[:, 560:600] *= np.linspace(1, 0.01, 40, dtype=np.float32)
    array[:, 600:] = nothing
    table, bytes_read = rebuilt(array)
    values = table.values(WHOLE)
    np.testing.assert_array_equal(values[:, 600:], 0.0)
    assert decibels(values[:, :600], array[:, :600]) <= table.bound_db <= 0.01
    assert bytes_read < 0.02 * array.nbytes
    calibration, _ = rebuilt(array, CALIBRATION)
    assert np.isnan(calibration.values(WHOLE)[:, 600:]).all()


def test_holes_of_any_other_form_are_read_in_full() -> None:
    lines, samples = np.indices(SHAPE)
    array = scalloped()
    array[samples > 400 + 0.2 * lines] = 0.0
    table, _ = rebuilt(array)
    np.testing.assert_array_equal(table.values(WHOLE), array)


@pytest.mark.parametrize("first_empty", [1, 100, 200])
def test_too_few_samples_with_values_to_check_are_read_in_full(first_empty: int) -> None:
    array = scalloped()
    array[:, first_empty:] = 0.0
    table, bytes_read = rebuilt(array)
    np.testing.assert_array_equal(table.values(WHOLE), array)
    assert bytes_read > array.nbytes


def test_values_that_only_the_samples_show_are_not_lost() -> None:
    array = scalloped()
    lines, samples = (slabs[-2:] for _, slabs in rebuilt(array)[0].plan.selections)
    array[lines[0], samples[1].start] = 0.0
    table, _ = rebuilt(array)
    np.testing.assert_array_equal(table.values(WHOLE), array)


def test_an_empty_gap_between_blocks_stays_empty() -> None:
    array = scalloped()
    array[:100, 320:] = 0.0
    blocks = (Window(0, 500, 0, 320), Window(100, 500, 320, 640))
    table, bytes_read = rebuilt(array, blocks=blocks)
    np.testing.assert_array_equal(table.values(WHOLE)[:100, 320:], 0.0)
    assert decibels(table.values(Window(0, 500, 0, 320)), array[:, :320]) <= 0.01
    assert bytes_read < 0.06 * array.nbytes


def test_lines_and_samples_that_contradict_each_other_are_not_believed() -> None:
    array = scalloped()
    plan = plan_table(Arrays({"table": array[np.newaxis]}), "table", WHOLE, NOISE, ())
    lines, samples = (array[np.newaxis][slabs] for _, slabs in plan.selections)
    assert plan.rebuild([lines, samples]).refused == ()
    other = samples * np.float32(1.0001)
    refused = plan.rebuild([lines, other])
    ((name, slabs),) = refused.refused
    assert (name, slabs[-2:]) == ("table", WHOLE.slices)
    np.testing.assert_array_equal(refused.completed([array[np.newaxis]]).values(WHOLE), array)


@pytest.mark.parametrize(
    "window", [Window(3, 4, 5, 6), Window(0, 7, 0, 640), Window(0, 500, 9, 13)]
)
def test_small_windows_are_read_in_full(window: Window) -> None:
    array = scalloped()
    table, bytes_read = rebuilt(array, window=window)
    np.testing.assert_array_equal(table.values(window), array[window.slices])
    assert bytes_read == 4 * window.size
    assert table.bound_db == 0.0


def test_without_borders_a_table_is_read_in_full() -> None:
    array = scalloped()
    table, bytes_read = rebuilt(array, blocks=None)
    np.testing.assert_array_equal(table.values(WHOLE), array)
    assert (len(table.plan.selections), bytes_read) == (1, array.nbytes)


def test_a_window_outside_the_table() -> None:
    with pytest.raises(UsageError, match="not inside table of 500 x 640"):
        rebuilt(scalloped(), window=Window(0, 501, 0, 640))


@given(st.data())
def test_cells_cover_a_window_once_and_lie_in_one_block_each(data: st.DataObject) -> None:
    columns = sorted(data.draw(st.sets(st.integers(1, 99), max_size=4)) | {0, 100})
    blocks = []
    for left, right in itertools.pairwise(columns):
        rows = sorted(data.draw(st.sets(st.integers(1, 79), max_size=4)) | {0, 80})
        bounds = itertools.pairwise(rows)
        blocks += [Window(a, b, left, right) for a, b in bounds if data.draw(st.booleans())]
    top, left = data.draw(st.integers(0, 79)), data.draw(st.integers(0, 99))
    window = Window(
        top, data.draw(st.integers(top + 1, 80)), left, data.draw(st.integers(left + 1, 100))
    )
    covered = np.zeros((80, 100), dtype=int)
    for band in partition(window, blocks):
        for cell in band.cells:
            covered[cell.window.slices] += 1
            for block in blocks:
                common = block.intersection(cell.window)
                assert common.is_empty or common == cell.window
    expected = np.zeros_like(covered)
    expected[window.slices] = 1
    np.testing.assert_array_equal(covered, expected)


def listed(**records: str) -> Arrays:
    return Arrays({}, {"swathMergeList_HV": {"comment": "index: {swath: …}", **records}})


def test_blocks_of_a_list() -> None:
    container = listed(
        **{
            "10": "{'EW2': ['0', '300', '499', '639', '2022-11-30T01:43:42.5']}",
            "2": "{'EW1': ['0', '0', '499', '299', '2022-11-30T01:43:42.5']}",
        }
    )
    expected = (Window(0, 500, 0, 300), Window(0, 500, 300, 640))
    assert subswath_blocks(container, "HV", SHAPE) == expected
    assert subswath_blocks(container, "HH", SHAPE) is None


@pytest.mark.parametrize(
    "record",
    [
        "{'EW2': ['0', '300', '499', '640', 't']}",  # leaves the raster
        "{'EW2': ['0', '299', '499', '639', 't']}",  # overlaps
        "{'EW2': ['0', '300', '499']}",
        "{'EW2': ['0', '300', 'x', '639', 't']}",
        "{'EW2': ['9', '300', '8', '639', 't']}",
        "{'EW2': ['0', '300', '499.5', '639', 't']}",
        "{'EW2': ['0', '300', '499', '639', 't'], 'EW3': []}",
        "['0', '300', '499', '639', 't']",
        "{'EW2': ",
    ],
)
def test_a_list_with_an_odd_record_is_not_used(record: str) -> None:
    good = "{'EW1': ['0', '0', '499', '299', '2022-11-30T01:43:42.5']}"
    assert subswath_blocks(listed(**{"0": good, "1": record}), "HV", SHAPE) is None
    assert subswath_blocks(listed(), "HV", SHAPE) is None
