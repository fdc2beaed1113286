"""From two files of another generator to numbers, against the truth and the literal tutorial."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

import literal_tutorial
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from other_generator import Toy, make_pair

TOYS = {
    "near 82 N": Toy(53.0, 81.9, 32639, share=0.7),
    "across 180": Toy(
        179.95, 75.0, 32660, heading=160.0, baseline="N0510", drift_m=(2500.0, -1500.0),
        share=0.45, seed=5,
    ),
    "Antarctic": Toy(-175.0, -76.0, 32702, heading=330.0, baseline="N0510", share=0.8, seed=9),
}  # fmt: skip


@pytest.fixture(scope="module", params=TOYS)
def pair(request, tmp_path_factory):
    return make_pair(TOYS[request.param], tmp_path_factory.mktemp("pair"))


def run(pair, folder, **options):
    recipe = Recipe(surface="ellipsoid", **options)
    return align(str(pair.s1), str(pair.s2), folder, recipe)


def test_the_tutorial_preset_is_the_tutorial(pair, tmp_path):
    s1, s2 = [20, 470, 10, 480], [50, 650, 100, 780]
    printed = literal_tutorial.run(pair.s1, pair.s2, s1, s2)
    summary = run(
        pair, tmp_path / "out", preset="tutorial",
        s1_window="20:470,10:480", s2_window="50:650,100:780",
    )  # fmt: skip
    assert summary["s1.ice_concentration"] == pytest.approx(printed.s1_concentration, abs=0.005)
    assert summary["s2.ice_concentration"] == pytest.approx(printed.s2_concentration, abs=1e-6)
    assert summary["s2.features"] == printed.features
    assert summary["time_difference_hours"] == pytest.approx(printed.hours, abs=1e-9)


def test_the_default_is_near_the_truth_and_in_the_right_place(pair, tmp_path):
    out = tmp_path / "out"
    summary = run(pair, out, source_position=True)
    assert summary["s1.ice_concentration"] == pytest.approx(pair.s1_share, abs=0.03)
    assert summary["s2.ice_concentration"] == pytest.approx(pair.s2_share, abs=0.03)
    assert json.loads((out / "summary.json").read_text()) == summary.values
    rng = np.random.default_rng(3)
    with xr.open_dataset(out / "pair.nc", engine="h5netcdf") as written:
        line, sample = written.s1_line.values, written.s1_sample.values
    rows, columns = rng.integers(0, 700, 1200), rng.integers(0, 800, 1200)
    exact = pair.exact_line_sample(rows.astype(float), columns.astype(float))
    error = np.hypot(line[rows, columns] - exact[0], sample[rows, columns] - exact[1])
    assert error.max() < 0.02
