"""Where the radar's threshold lies among thin ice, leads and brash."""

from __future__ import annotations

import numpy as np
import pytest
from toy_ice import Toy, scene

from icepair.ice import concentrations, sea_ice
from icepair.ice.radar.cut import clear_of_mixtures, half_of_dark


def _samples(dark_flat: int, dark_rough: int):
    """Water, even edges, thick ice, and dark shares of which some are flat."""
    rng = np.random.default_rng(8)
    parts = [
        (rng.normal(0.0, 0.02, 2000), True),
        (rng.uniform(0.1, 0.6, 500), False),
        (rng.uniform(0.9, 1.2, 4000), True),
        (rng.uniform(0.2, 0.35, dark_flat), True),
        (rng.uniform(0.2, 0.35, dark_rough), False),
    ]
    share = np.concatenate([values for values, _ in parts])
    return share, np.concatenate([np.full(len(values), flat) for values, flat in parts])


def test_dark_shares_that_lie_flat_keep_the_low_threshold():
    assert clear_of_mixtures(0.14, *_samples(1000, 0)) == 0.14


def test_dark_shares_that_lie_in_leads_raise_the_threshold():
    assert clear_of_mixtures(0.14, *_samples(0, 1000)) == 0.42


def test_ordinary_edges_leave_the_threshold_alone():
    assert clear_of_mixtures(0.14, *_samples(0, 0)) == 0.14


def test_half_of_dark_stays_between_the_waters_spread_and_the_middle():
    dark, bright = np.full(100, 0.3), np.full(100, 1.0)
    assert half_of_dark([dark, bright], 0.01) == pytest.approx(0.15)
    assert half_of_dark([dark, bright], 0.1) == pytest.approx(0.2)
    assert half_of_dark([dark, bright], 1.0) == 0.46
    assert half_of_dark([bright], 0.01) == 0.42


def test_narrow_leads_between_small_floes_stay_water():
    toy = Toy(
        shape=(420, 520), seed=77, concentration=0.75, thin_share=0.12, smallest_m=80.0,
        largest_m=900.0, incidence=36.0, thin_hv=-25.0,
    )  # fmt: skip
    pair, truth = scene(toy)
    assert concentrations(sea_ice(pair)).s1 == pytest.approx(truth, abs=0.04)
