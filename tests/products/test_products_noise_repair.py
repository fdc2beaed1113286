"""Noise tables of NetCDF files that break off before the end of a sub-swath."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from icepair.geo.window import Window
from icepair.products.noise_repair import repaired_noise, window_to_repair
from icepair.radar import noise_equivalent

CONVERTED = Path(__file__).parents[3] / "shared" / "data" / "nbs_converter_output"
FAULTS = {"a": "EW1", "b": "EW3", "c": "EW4"}
"""Windows over the converter's faults, and whose end they show."""

LEFT, RIGHT = Window(0, 60, 0, 500), Window(0, 60, 500, 1000)
BLOCKS = (LEFT, RIGHT, Window(60, 100, 0, 510), Window(60, 100, 510, 1000))
WHOLE = Window(0, 100, 0, 1000)


def sound_table() -> np.ndarray:
    """Noise of two sub-swaths: nodes every 40 samples, scalloping along lines, a jump between."""
    nodes = np.arange(0, 1041, 40)
    line = 1 + 0.2 * np.sin(np.arange(100) / 9)
    left, right = (
        np.interp(np.arange(1000), nodes, 600 + 300 * ((nodes - middle) / 250.0) ** 2)
        for middle in (200, 800)
    )
    table = np.where(np.arange(1000) < 500, left, right * 0.4) * line[:, np.newaxis]
    table[60:] = np.where(np.arange(1000) < 510, left, right * 0.4) * line[60:, np.newaxis]
    return table.astype(np.float32)


def broken_table() -> np.ndarray:
    """The same, continued across the jump at the end of the left block's first lines."""
    table = sound_table()
    jump = table[:60, [485]] * 0.4
    run_on = jump + (jump - table[:60, [484]]) * np.arange(15)
    table[:60, 485:500] = np.maximum(run_on, 0.0)
    return table


def read(table: np.ndarray, window: Window) -> np.ndarray:
    wider = window_to_repair(window, BLOCKS)
    return repaired_noise(table[wider.slices], wider, window, BLOCKS)


def test_a_sound_table_is_left_alone_bit_for_bit():
    np.testing.assert_array_equal(read(sound_table(), WHOLE), sound_table())


def test_noise_continued_across_the_jump_is_put_right():
    np.testing.assert_allclose(read(broken_table(), WHOLE), sound_table(), rtol=0.03)
    untouched = sound_table() == broken_table()
    np.testing.assert_array_equal(read(broken_table(), WHOLE)[untouched], sound_table()[untouched])


def test_noise_broken_off_at_the_beginning_of_a_sub_swath_is_put_right():
    mirrored = [
        Window(b.row_start, b.row_stop, 1000 - b.column_stop, 1000 - b.column_start) for b in BLOCKS
    ]
    mended = repaired_noise(broken_table()[:, ::-1].copy(), WHOLE, WHOLE, mirrored)
    np.testing.assert_array_equal(mended[:, ::-1], read(broken_table(), WHOLE))


def test_noise_that_falls_to_zero_over_imaged_samples_is_continued():
    table = sound_table()
    ramp = np.clip(1 - np.arange(1, 48) / 40, 0, None)
    table[:, 953:] = table[:, [952]] * ramp
    np.testing.assert_allclose(read(table, WHOLE)[:, 953:], sound_table()[:, 953:], rtol=0.05)


def test_lines_without_noise_stay_without():
    table = sound_table()
    table[:20] = 0
    np.testing.assert_array_equal(read(table, WHOLE), table)


@pytest.mark.parametrize(
    "window",
    [
        Window(0, 100, 486, 498),
        Window(10, 70, 480, 520),
        Window(59, 61, 0, 486),
        Window(5, 90, 300, 501),
        Window(30, 31, 499, 500),
        Window(0, 100, 600, 700),
    ],
)
def test_a_window_gives_what_the_whole_gives(window):
    np.testing.assert_array_equal(
        read(broken_table(), window), read(broken_table(), WHOLE)[window.slices]
    )


def test_a_window_is_widened_only_near_the_ends_of_sub_swaths():
    middle = Window(0, 60, 170, 320)
    assert window_to_repair(middle, BLOCKS) == middle
    assert window_to_repair(Window(0, 60, 480, 490), BLOCKS) == Window(0, 60, 250, 490)
    assert window_to_repair(WHOLE, None) == WHOLE


def test_without_known_sub_swaths_nothing_is_judged():
    table = broken_table()
    assert (repaired_noise(table, WHOLE, WHOLE, None) == table).all()


@pytest.mark.skipif(not CONVERTED.exists(), reason="needs the converter's output of ../shared/data")
@pytest.mark.parametrize("polarisation", ["HH", "HV"])
@pytest.mark.parametrize("group", FAULTS)
def test_the_converters_own_faults_are_put_right(group, polarisation):
    """Beside noise computed from the annotation; 3 % is what another vector's time may make."""
    import netCDF4

    with netCDF4.Dataset(CONVERTED / "s1_ew_grdm_edges.nc") as file:
        file.set_auto_mask(False)
        table = file[group][f"noiseCorrectionMatrix_{polarisation}"][:]
        truth = file[group][f"noise_own_{polarisation}"][:]
        swath = file[group]["swathList"][:]
    number = int(FAULTS[group][-1])
    mended = _mended_left_of_the_border(np.maximum(table, 0), swath == number)
    wrong = np.abs(table - truth) > 0.2 * truth
    assert wrong.sum() > 100
    assert (table < 0).sum() > 100
    np.testing.assert_allclose(mended[wrong], truth[wrong], rtol=0.03)
    sound = np.abs(table - truth) < 1e-4 * truth
    np.testing.assert_array_equal(mended[sound], table[sound])


def _mended_left_of_the_border(table, own):
    """Each line by itself; the window shows fewer samples than a whole block has."""
    from icepair.radar.noise.repair import mend_towards

    mended = table.copy()
    for row in range(table.shape[0]):
        columns = np.flatnonzero(own[row])
        if columns.size:
            mend_towards(mended, slice(row, row + 1), int(columns[0]), int(columns[-1]))
    return mended


def test_noise_equivalent_is_noise_over_the_square_of_the_table():
    noise, table = np.float32([[400, 0, 400, 400]]), np.float32([[100, 100, np.nan, 0]])
    nesz = noise_equivalent(noise, table)
    assert nesz.dtype == np.float32
    np.testing.assert_allclose(nesz, [[0.04, np.nan, np.nan, np.nan]])
