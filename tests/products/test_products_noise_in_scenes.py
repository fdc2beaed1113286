"""Steps between sub-swaths, equivalent backscatter and unimaged borders, on real annotation."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from icepair.conventions import S1Flag
from icepair.geo.window import Window
from icepair.products.open import open_scene
from icepair.products.power_balance import balance_of_scene, read_balanced
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.testing.safe.sentinel1 import write_annotated

PRODUCT = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
LINES = (5120, 5632)
"""Two of the stretches of 256 lines over which steps are averaged."""
BORDERS = (3112, 5013, 7084, 8959)
SHARES = np.array([0.0, 0.10, -0.05, 0.08, -0.06, 0.04])
"""By which the real noise is more than annotated, by number of the sub-swath."""
ICE = 10**-2.6
EDGE, UNIMAGED = Window(8000, 8100, 0, 400), 150


@pytest.fixture(scope="module")
def scene(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Sentinel1Scene:
    """Even ice of -26 dB around the borders, and an edge with low numbers before the image."""
    source = shared_data / "s1_ew_grdm_kara_20221130"
    empty = open_scene(write_annotated(tmp_path_factory.mktemp("empty"), source, PRODUCT, {}))
    assert isinstance(empty, Sentinel1Scene)
    rng = np.random.default_rng(8)
    windows = [Window(*LINES, border - 80, border + 80) for border in BORDERS]
    pixels = {window: imaged(empty, window, rng) for window in windows}
    pixels[EDGE] = imaged(empty, EDGE, rng)
    pixels[EDGE][:, :UNIMAGED] = rng.integers(0, 15, (EDGE.shape[0], UNIMAGED))
    opened = open_scene(write_annotated(tmp_path_factory.mktemp("ice"), source, PRODUCT, pixels))
    assert isinstance(opened, Sentinel1Scene)
    return opened


def imaged(scene: Sentinel1Scene, window: Window, rng: np.random.Generator) -> np.ndarray:
    noise = scene.read_noise("HV", window) * (1 + SHARES[scene.read_subswath(window)])
    power = ICE * scene.read_sigma_nought_table("HV", window).astype(float) ** 2 + noise
    return np.rint(np.sqrt(power * rng.gamma(10, 0.1, window.shape))).astype(np.uint16)


def test_steps_between_sub_swaths_are_measured_and_balanced(scene: Sentinel1Scene) -> None:
    balance = balance_of_scene(scene, "HV")
    assert len(balance.shares) == 5
    assert balance.before_db > 0.3
    assert balance.after_db < 0.1
    across = Window(*LINES, BORDERS[0] - 70, BORDERS[0] + 70)
    power = read_balanced(scene, "HV", across, balance)[0].mean(axis=0)
    # Sides, away from the samples in which the step lies.
    assert power[:60].mean() == pytest.approx(power[80:].mean(), rel=0.02)
    assert power.mean() == pytest.approx(ICE, rel=0.1)


def test_a_scene_without_pixels_has_nothing_to_balance(scene: Sentinel1Scene) -> None:
    balance = balance_of_scene(dataclasses.replace(scene, shape=(4000, scene.shape[1])), "HV")
    assert balance.shares == (0,) * 5
    assert np.isnan(balance.before_db)


def test_noise_equivalent_backscatter_is_that_of_the_mode(scene: Sentinel1Scene) -> None:
    """Specified to be below -22 dB; -25 to -34 is what Sentinel-1 has in EW, less at the ends."""
    window = Window(6000, 6050, 0, scene.shape[1])
    nesz = scene.read_nesz("HV", window)
    table = scene.read_sigma_nought_table("HV", window)
    np.testing.assert_allclose(nesz, scene.read_noise("HV", window) / table**2, rtol=1e-5)
    assert -31 < 10 * np.log10(np.median(nesz)) < -27
    assert (10 * np.log10(nesz) < -18).all()


def test_edges_of_old_products_are_border_noise_where_nothing_was_imaged(
    scene: Sentinel1Scene,
) -> None:
    old = dataclasses.replace(scene, processor_version="2.84")
    power, flags = old.read_sigma_nought("HH", EDGE)
    zeros = old.read_amplitude("HH", EDGE) == 0
    np.testing.assert_array_equal(flags == S1Flag.NODATA, zeros)
    unimaged = flags == S1Flag.BORDER_NOISE
    np.testing.assert_array_equal(unimaged, old.read_unimaged(EDGE) & ~zeros)
    unimaged |= zeros
    assert unimaged[:, :UNIMAGED].all()
    assert np.isnan(power[unimaged]).all()
    assert not unimaged[:, UNIMAGED + 26 :].any()
    part = Window(8010, 8020, 120, 170)
    np.testing.assert_array_equal(old.read_unimaged(part), old.read_unimaged(EDGE)[10:20, 120:170])


def test_edges_of_new_products_are_left_alone(scene: Sentinel1Scene) -> None:
    _, flags = scene.read_sigma_nought("HH", EDGE)
    amplitude = scene.read_amplitude("HH", EDGE)
    np.testing.assert_array_equal(flags == S1Flag.NODATA, amplitude == 0)
    assert not scene.read_unimaged(EDGE).any()
