"""The number of looks, estimated from images whose number is known."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.errors import UsageError
from icepair.radar.speckle import estimate_looks, nominal_looks, speckle_filter
from icepair.simulate.pair import build_scenes
from icepair.simulate.radar import LOOKS
from icepair.simulate.settings import PairSettings
from icepair.testing.speckle import speckled


@pytest.mark.parametrize("looks", [1.0, 2.0, 3.0, 4.4, 8.0, 10.7, 12.0])
def test_independent_speckle(looks: float) -> None:
    found = estimate_looks(speckled(np.full((1000, 1000), 0.03), looks, seed=4))
    assert found == pytest.approx(looks, rel=0.05)


@pytest.mark.parametrize("mode", ["EW", "IW"])
def test_correlated_speckle_of_the_simulator(mode: str) -> None:
    """Correlation hides a little of the variance within a window."""
    scene, _ = build_scenes(PairSettings(mode=mode, radar_shape=(300, 300)))
    found = estimate_looks(scene._speckle("HH", 0, (1000, 1000)))
    assert found == pytest.approx(1.01 * LOOKS[mode], rel=0.05)
    assert nominal_looks(mode, {"EW": "GRDM", "IW": "GRDH"}[mode]) == LOOKS[mode]


def test_floes_of_several_kinds_and_holes_do_not_mislead() -> None:
    random = np.random.default_rng(3)
    power = 10.0 ** random.uniform(-2.5, -0.5, (12, 12)).repeat(70, 0).repeat(70, 1)
    power[:300] *= np.exp(random.normal(0.0, 0.5, (300, 840)))  # rough ice
    image = speckled(power, 10.7, seed=1)
    image[400:500, 100:300] = np.nan
    assert estimate_looks(image) == pytest.approx(10.7, rel=0.07)


def test_thermal_noise_that_was_removed_counts() -> None:
    floor = np.full((600, 600), 0.02) * np.linspace(0.7, 1.3, 600)
    image = speckled(0.01 + floor, 8.0, seed=2) - floor
    assert estimate_looks(image, floor=floor) == pytest.approx(8.0, rel=0.06)
    assert estimate_looks(image) < 2.0


def test_filters_estimate_where_nothing_is_given() -> None:
    image = speckled(np.full((200, 200), 0.03), 4.4, seed=9)
    given = speckle_filter(image, "gamma-map", looks=estimate_looks(image))
    np.testing.assert_array_equal(speckle_filter(image, "gamma-map"), given)


def test_too_little_to_tell() -> None:
    image = np.full((60, 90), 0.1, np.float32)
    image[:, ::10] = np.nan
    with pytest.raises(UsageError, match=r"0 windows of 15 x 15 .* Give the number"):
        estimate_looks(image)


def test_strip_maps_and_unknown_products() -> None:
    assert nominal_looks("S3", "GRDH") == 29.7
    with pytest.raises(UsageError, match="looks of WV OCN products is not known"):
        nominal_looks("WV", "OCN")
