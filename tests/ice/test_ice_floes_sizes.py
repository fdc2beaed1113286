"""Size distributions of floes that were drawn from a known law."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import icepair
from icepair.errors import UsageError

WIDTH, HEIGHT, PIXEL = 20_000.0, 30_000.0, 100.0


def drawn(seed: int, exponent: float, count: int) -> icepair.Floes:
    """Discs of a power law from 200 m, thrown into a window that cuts some of them."""
    rng = np.random.default_rng(seed)
    diameter = 200.0 * rng.uniform(size=count) ** (-1 / (exponent - 1))
    x, y = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    half = diameter / 2
    cut = (x < half) | (x > WIDTH - half) | (y < half) | (y > HEIGHT - half)
    table = pd.DataFrame({"caliper": diameter, "area": np.pi * half**2, "cut": cut})
    shape = round(HEIGHT / PIXEL), round(WIDTH / PIXEL)
    labels = xr.DataArray(
        np.zeros(shape, np.int32),
        dims=("y", "x"),
        coords={"y": -PIXEL * np.arange(shape[0]), "x": PIXEL * np.arange(shape[1])},
    )
    return icepair.Floes(labels, table, 200.0, 0, "")


@pytest.mark.parametrize("exponent", [1.8, 2.6, 3.4])
def test_exponent_is_found_although_large_floes_are_cut(exponent: float) -> None:
    laws = [
        icepair.size_distribution(drawn(seed, exponent, 900), least_m=200.0).power_law
        for seed in range(40)
    ]
    off = np.array([law.exponent for law in laws]) - exponent
    stated = np.mean([law.standard_error for law in laws])
    assert abs(off.mean()) < 4 * stated / np.sqrt(40)
    assert off.std() == pytest.approx(stated, rel=0.4)


def test_lower_end_is_found_where_small_floes_are_missing() -> None:
    found = drawn(3, 2.6, 4000)
    small = found.table["caliper"] < 500
    # Of small floes only some are seen.
    table = found.table[~small | (np.arange(4000) % 4 == 0)]
    seen = icepair.Floes(found.labels, table, 200.0, 0, "")
    law = icepair.size_distribution(seen).power_law
    assert 400 < law.least_m < 1500
    assert abs(law.exponent - 2.6) < 3 * law.standard_error
    # The whole of it would be taken for a flatter law.
    assert icepair.size_distribution(seen, least_m=200.0).power_law.exponent < 2.3


def test_counts_are_of_whole_floes() -> None:
    found = drawn(1, 2.6, 300)
    sizes = icepair.size_distribution(found)
    whole = found.table[~found.table["cut"]]
    np.testing.assert_array_equal(sizes.diameter_m, np.sort(whole["caliper"])[::-1])
    np.testing.assert_array_equal(sizes.number, np.arange(len(whole)) + 1)
    assert sizes.cut_floes == found.table["cut"].sum()
    cut_area = found.table["area"][found.table["cut"]].sum()
    assert sizes.cut_area_share == pytest.approx(cut_area / found.table["area"].sum())
    assert sizes.note == ""


def test_too_few_floes_give_no_law_and_say_so() -> None:
    sizes = icepair.size_distribution(drawn(2, 2.6, 45))
    assert sizes.power_law is None
    assert "50 are the fewest" in sizes.note
    empty = icepair.floes(drawn(2, 2.6, 1).labels)
    assert icepair.size_distribution(empty).diameter_m.size == 0


def test_lengths_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="diameter in metres"):
        icepair.size_distribution(drawn(2, 2.6, 45), least_m=0.0)
