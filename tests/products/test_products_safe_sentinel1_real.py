"""A full-size product around real annotation, against the archive's own converter."""

from __future__ import annotations

import time
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from icepair.errors import DamagedFileError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.products.open import open_scene
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.testing.safe.sentinel1 import write_annotated

PRODUCT = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
WINDOW = Window(5000, 5100, 9000, 9200)
PIXELS = np.random.default_rng(5).integers(100, 900, WINDOW.shape).astype(np.uint16)
LAST_NODE = 10360
"""From here to the last sample the converter's spline rings: the last node of the calibration
holds the value of a sample beyond the image (3e-4 too small)."""


@pytest.fixture(scope="module")
def safe(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = shared_data / "s1_ew_grdm_kara_20221130"
    return write_annotated(tmp_path_factory.mktemp("real"), source, PRODUCT, {WINDOW: PIXELS})


@pytest.fixture(scope="module")
def scene(safe: Path) -> Sentinel1Scene:
    opened = open_scene(safe)
    assert isinstance(opened, Sentinel1Scene)
    return opened


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> dict[str, np.ndarray]:
    path = shared_data / "nbs_converter_output" / "s1_ew_grdm_golden.nc"
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_mask(False)
        return {name: variable[:] for name, variable in dataset.variables.items()}


def test_what_the_annotation_says(scene: Sentinel1Scene) -> None:
    assert scene.product == PRODUCT
    assert (scene.platform, scene.mode, scene.product_type) == ("S1A", "EW", "GRDM")
    assert scene.shape == (10708, 10487)
    assert scene.subswaths == ("EW1", "EW2", "EW3", "EW4", "EW5")
    assert scene.processor_version == "3.52"
    assert scene.orbit_quality == "restituted"
    assert scene.first_line_time == np.datetime64("2022-11-30T01:43:42.546629")
    assert scene.notes == ()
    assert len(scene.control_points) == 483


def test_orbit_and_records_repeat_the_geolocation_grid(scene: Sentinel1Scene) -> None:
    """To what a microsecond of azimuth time is on the ground, and the points' heights."""
    assert scene.range_doppler_misfit_m() < 0.003


def line_of(scene: Sentinel1Scene, name: str, line: int) -> np.ndarray:
    """A whole line of a raster."""
    (values,) = scene.container.read(name, (slice(line, line + 1), slice(0, scene.shape[1])))
    return values


@pytest.mark.parametrize("name", ["sigmaNought_HH", "sigmaNought_HV", "gamma_HV", "betaNought_HH"])
def test_calibration_is_the_converters(scene: Sentinel1Scene, golden, name: str) -> None:
    if name not in golden:
        pytest.skip(f"the sample of the converter's output has no {name}")
    lines, samples = golden["line"].astype(int), golden["sample"].astype(int)
    stored = golden[name].reshape(lines.size, samples.size)[::10]
    found = np.stack([line_of(scene, name, line)[samples] for line in lines[::10]])
    error = np.abs(found / stored - 1.0)
    assert error[:, samples < LAST_NODE].max() < 2e-5
    assert error.max() < 6e-4


def test_subswaths_are_the_converters(scene: Sentinel1Scene, golden) -> None:
    lines, samples = golden["line"].astype(int), golden["sample"].astype(int)
    stored = golden["swathList"].reshape(lines.size, samples.size)
    for index in range(0, lines.size, 20):
        found = scene.read_subswath(Window(lines[index], lines[index] + 1, 0, 10487))
        np.testing.assert_array_equal(found[0, samples], stored[index])


def test_places_agree_with_float32_points_to_their_precision(scene: Sentinel1Scene, golden) -> None:
    """0.6 m, of which 0.43 m are the rounding of the converter's points."""
    import pyproj

    line, sample = golden["GCP_line_HH"], golden["GCP_pixel_HH"]
    flat = golden["GCP_height_HH"] < 1.0
    swath = scene.swath(Surface("ellipsoid"))
    assert swath.method == "range-doppler"
    longitude, latitude = swath.longitude_latitude(
        line[flat].astype(np.float64), sample[flat].astype(np.float64)
    )
    stored = golden["GCP_longitude_HH"][flat], golden["GCP_latitude_HH"][flat]
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(longitude, latitude, *stored)
    assert flat.sum() > 400
    assert metres.max() < 0.6


def test_angles_pass_the_annotated_points(scene: Sentinel1Scene) -> None:
    points = scene.control_points
    for line in np.unique(points.line)[[0, 11, -1]]:
        here = points.line == line
        angles = line_of(scene, "incidence_angle", int(line))[points.sample[here].astype(int)]
        np.testing.assert_allclose(angles, points.incidence[here], atol=1e-4)


def test_a_window_of_the_image(scene: Sentinel1Scene) -> None:
    np.testing.assert_array_equal(scene.read_amplitude("HV", WINDOW), PIXELS)
    power, flags = scene.read_sigma_nought("HV", WINDOW)
    noise = scene.read_noise("HV", WINDOW).astype(np.float64)
    table = scene.read_sigma_nought_table("HV", WINDOW).astype(np.float64)
    expected = (PIXELS.astype(np.float64) ** 2 - noise) / table**2
    np.testing.assert_allclose(power, expected, rtol=1e-5, atol=1e-9)
    assert not flags.any()


def test_opening_reads_little(safe: Path) -> None:
    """Calibration is left alone, and of images the first and last kilobytes are read."""
    counters = Path("/proc/self/io")
    if not counters.exists():
        pytest.skip("this system does not count what a process reads")

    def read() -> int:
        return int(counters.read_text().split()[1])

    open_scene(safe)
    before = read()
    start = time.process_time()
    scene = open_scene(safe)
    assert time.process_time() - start < 3.0  # 0.4 s by itself
    assert read() - before < 7_500_000  # two annotations and two noise files are 6.1 MB
    before = read()
    scene.container.read("Amplitude_HH", WINDOW.slices)
    assert read() - before < 4_000_000  # of 225 MB


def test_damaged_calibration_is_no_hindrance_to_opening(safe: Path) -> None:
    (path,) = safe.glob("annotation/calibration/calibration-*-hv-*")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        scene = open_scene(safe)
        assert isinstance(scene, Sentinel1Scene)
        scene.read_sigma_nought("HH", WINDOW)
        with pytest.raises(DamagedFileError, match="not the file that the manifest lists"):
            scene.read_sigma_nought("HV", WINDOW)
    finally:
        path.write_bytes(whole)
