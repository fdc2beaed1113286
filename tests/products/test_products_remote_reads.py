"""What is read of a product behind a network, and that it comes to the same."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from containers import CountingFile
from nbs_files import small_radar

import icepair as ip
from icepair.products.decimated import read_table
from icepair.products.open import scene_of
from icepair.products.rasters import read_pixels

WINDOW = ip.Window(20, 260, 30, 400)


def opened(path: Path) -> tuple[ip.Sentinel1Scene | ip.Sentinel2Scene, CountingFile]:
    container = CountingFile(str(path))
    return scene_of(container), container


def test_opening_and_planning_read_a_few_kilobytes(toy_pair) -> None:
    s1, radar = opened(toy_pair.s1)
    s2, optical = opened(toy_pair.s2)
    ip.plan(s1, s2)
    assert (len(radar.reads), len(optical.reads)) == (14, 6)
    assert radar.bytes_read < 5_000
    assert optical.bytes_read < 4_000


def test_a_plan_is_the_same_from_afar(toy_pair) -> None:
    far = ip.plan(opened(toy_pair.s1)[0], opened(toy_pair.s2)[0])
    near = ip.plan(ip.open_scene(toy_pair.s1), ip.open_scene(toy_pair.s2))
    assert (far.grid, far.s1_window, far.s2_window) == (near.grid, near.s1_window, near.s2_window)
    np.testing.assert_array_equal(far.s1.control_points.longitude, near.s1.control_points.longitude)


def test_without_borders_noise_is_the_files_and_calibration_is_rebuilt(toy_pair) -> None:
    far, container = opened(toy_pair.s1)
    near = ip.open_scene(toy_pair.s1)
    container.reads.clear()
    noise = far.read_noise("HV", WINDOW)
    assert container.bytes_read == 4 * WINDOW.size
    np.testing.assert_array_equal(noise, near.read_noise("HV", WINDOW))
    container.reads.clear()
    table = far.read_sigma_nought_table("HV", WINDOW)
    assert container.bytes_read < 0.04 * 4 * WINDOW.size
    expected = near.read_sigma_nought_table("HV", WINDOW)
    assert np.abs(20 * np.log10(table / expected)).max() <= 0.01


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Small radar product that lists one border, across which scalloping is another."""
    path = small_radar(tmp_path / "listed.nc")
    lines = np.arange(300.0)[:, np.newaxis]
    left, right = (1.0 + 0.2 * np.abs(np.sin(lines / period)) for period in (7.0, 11.0))
    noise = np.where(np.arange(420) < 200, 900.0 * left, 600.0 * right)
    noise[:, 400:] = 0.0
    with netCDF4.Dataset(path, "a") as dataset:
        for polarisation in ("HH", "HV"):
            dataset[f"noiseCorrectionMatrix_{polarisation}"][0] = noise
            variable = dataset.createVariable(f"swathMergeList_{polarisation}", "i1")
            for index, (swath, first, last) in enumerate((("EW1", 0, 199), ("EW2", 200, 419))):
                record = {swath: ["0", str(first), "299", str(last), "2025-03-01T12:00:00.25"]}
                variable.setncattr(str(index), str(record))
    return path


def test_tables_read_beforehand_serve_every_window_inside(listed: Path) -> None:
    far, container = opened(listed)
    near = ip.open_scene(listed)
    container.reads.clear()
    plans = far.plan_tables(("HH", "hv"), WINDOW)
    assert not container.reads
    assert [plan.name for plan in plans] == [
        "sigmaNought_HH",
        "noiseCorrectionMatrix_HH",
        "sigmaNought_HV",
        "noiseCorrectionMatrix_HV",
    ]
    ready = far.with_tables([read_table(plan) for plan in plans])
    assert container.bytes_read == sum(plan.bytes_to_read for plan in plans)
    assert container.bytes_read < 0.05 * 16 * WINDOW.size
    container.reads.clear()
    for window in (WINDOW, ip.Window(21, 22, 190, 240)):
        for polarisation in ("HH", "HV"):
            noise = ready.read_noise(polarisation, window)
            expected = near.read_noise(polarisation, window)
            np.testing.assert_array_equal(noise == 0, expected == 0)
            np.testing.assert_allclose(noise, expected, rtol=1e-3)
            ready.read_sigma_nought_table(polarisation, window)
    assert not container.reads
    ready.read_noise("HH", ip.Window(0, 300, 0, 420))
    assert container.reads


def test_a_mirrored_raster_does_not_trust_the_list(listed: Path) -> None:
    with netCDF4.Dataset(listed, "a") as dataset:
        dataset["GCP_line_HH"][:] = 299 - dataset["GCP_line_HH"][:]
    far, container = opened(listed)
    container.reads.clear()
    far.read_noise("HH", WINDOW)
    assert container.bytes_read == 4 * WINDOW.size


def test_removed_noise_is_not_read(listed: Path) -> None:
    with netCDF4.Dataset(listed, "a") as dataset:
        dataset.thermalNoiseCorrectionPerformed = "true"
    far, container = opened(listed)
    container.reads.clear()
    assert [plan.name for plan in far.plan_tables(("HH",), WINDOW)] == ["sigmaNought_HH"]
    assert not far.read_noise("HH", WINDOW).any()
    assert not container.reads


@pytest.mark.parametrize(
    ("rows", "columns", "reads"),
    [
        ([0, 100, 200, 299], [10, 20, 30], 2),
        ([5], [7], 1),
        ([0, 1, 5, 50, 51, 120, 121, 299], [0, 9, 10, 50, 51, 419], 6),  # by chunk
    ],
)
def test_pixels_on_a_net_come_in_strided_reads(tmp_path, rows, columns, reads) -> None:
    container = CountingFile(str(small_radar(tmp_path / "small.nc")))
    line, sample = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    values = read_pixels(container, "Amplitude_HH", line, sample)
    np.testing.assert_array_equal(values, (line * 420 + sample) % 60_000)
    assert len(container.reads) == reads


def test_scattered_pixels_are_read_chunk_by_chunk(tmp_path: Path) -> None:
    container = CountingFile(str(small_radar(tmp_path / "small.nc")))
    line, sample = np.array([0, 150, 299, 298]), np.array([400, 7, 200, 201])
    values = read_pixels(container, "Amplitude_HH", line, sample)
    np.testing.assert_array_equal(values, (line * 420 + sample) % 60_000)
    assert len(container.reads) == 3
    assert container.bytes_read < 50
