"""Rebuilt tables against real annotation, over every pixel of the windows and not where checked."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from containers import Arrays
from nbs_files import read_header

from icepair.geo.window import Window
from icepair.products.decimated import CALIBRATION, NOISE, plan_table, read_table
from icepair.products.subswath_blocks import subswath_blocks
from icepair.simulate.annotation import RadarAnnotation
from icepair.simulate.real import read_annotation
from icepair.simulate.settings import PairSettings

SHAPE = (10708, 10487)
WINDOWS = {  # and the share of the noise's bytes that may be read
    "inside": (Window(5906, 6356, 100, 700), 0.02),
    "two sub-swaths": (Window(2667, 3117, 2800, 3400), 0.03),
    "far range, last nodes zero": (Window(10061, 10511, 9887, 10487), 0.02),
    "two sub-swaths, borders that move": (Window(1116, 1566, 6900, 7500), 0.04),
    "the start of one sub-swath": (Window(0, 450, 100, 700), 0.05),
    "late starts, zeros": (Window(0, 450, 2800, 3400), 0.07),
    "many short blocks": (Window(60, 510, 4700, 5300), 0.11),
}


@pytest.fixture(scope="module")
def annotation(shared_data: Path) -> RadarAnnotation:
    folder = str(shared_data / "s1_ew_grdm_kara_20221130")
    return read_annotation(PairSettings(annotation=folder, full=True), None, None)[0]


@pytest.fixture(scope="module")
def blocks(shared_data: Path) -> tuple[Window, ...]:
    """Borders as the archive's converter wrote them."""
    stated = read_header(shared_data / "nbs_converter_output" / "s1_ew_grdm.cdl").attributes
    found = subswath_blocks(Arrays({}, stated), "HV", SHAPE)
    assert found is not None
    return found


def moved(blocks: tuple[Window, ...], window: Window) -> list[Window]:
    """Blocks counted from the window's first line and sample."""
    line, sample = window.row_start, window.column_start
    here = (block.intersection(window) for block in blocks)
    return [
        Window(
            b.row_start - line, b.row_stop - line, b.column_start - sample, b.column_stop - sample
        )
        for b in here
        if not b.is_empty
    ]


def errors(array: np.ndarray, kind, blocks) -> tuple[float, float, float]:
    """Largest error anywhere and bound, decibels; share of the bytes read. Zeros are exact."""
    whole = Window.whole(array.shape)
    container = Arrays({"table": array})
    table = read_table(plan_table(container, "table", whole, kind, blocks))
    values, something = table.values(whole), array > kind.least
    assert not values[~something].any()
    miss = np.log(values[something] / array[something].astype(float))
    return (
        float(kind.decibels * np.abs(miss).max()),
        table.bound_db,
        container.bytes_read / array.nbytes,
    )


def test_the_list_is_that_of_the_noise(blocks, annotation: RadarAnnotation) -> None:
    of_noise = {
        Window(b.first_line, b.last_line + 1, b.first_sample, b.last_sample + 1)
        for b in annotation.noise["HV"].blocks
    }
    assert set(blocks) == of_noise


@pytest.mark.parametrize("polarisation", ["HH", "HV"])
@pytest.mark.parametrize("where", WINDOWS)
def test_tables_of_real_annotation(where, polarisation, blocks, annotation) -> None:
    window, most = WINDOWS[where]
    lines, samples = (np.arange(part.start, part.stop, dtype=float) for part in window.slices)
    noise = annotation.noise[polarisation].rows(lines, SHAPE[1])[:, window.slices[1]]
    error, bound, share = errors(noise, NOISE, moved(blocks, window))
    assert error <= 1e-4
    assert error <= max(bound, 1e-6)
    assert share < most
    table = annotation.calibration[polarisation].rows("sigmaNought", lines, samples)
    error, bound, share = errors(table, CALIBRATION, ())
    assert error <= bound + 2e-6
    assert bound <= 1e-4
    assert share < 0.02


@pytest.mark.parametrize("polarisation", ["HH", "HV"])
def test_the_converters_faults_come_back_as_they_are(shared_data, blocks, polarisation) -> None:
    folder = shared_data / "nbs_converter_output"
    with h5py.File(folder / "s1_ew_grdm_edges.nc") as file:
        for group in file.values():
            array = group[f"noiseCorrectionMatrix_{polarisation}"][()]
            line, sample = int(group["line"][0]), int(group["sample"][0])
            window = Window(line, line + array.shape[0], sample, sample + array.shape[1])
            error, bound, share = errors(array, NOISE, moved(blocks, window))
            assert error <= max(bound, 2e-6)
            assert bound <= 0.01
            assert share < 0.7
