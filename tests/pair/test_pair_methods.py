"""Every method through a whole plan: blocks, coarse grids, flags, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.conventions import S1Flag, S2Flag
from icepair.errors import UsageError
from icepair.pair import dataset
from icepair.pair.plan import plan
from icepair.products.open import open_scene


@pytest.fixture(scope="module")
def scenes(toy_pair):
    return open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))


def run(scenes, method, grid):
    asked = plan(
        *scenes, method=method, grid=grid, surface="ellipsoid", bands="B02", polarisation="HV"
    )
    return asked.run().compute()


@pytest.mark.parametrize(
    ("method", "grid"),
    [
        ("cubic", "EPSG:3413@50"),
        ("lanczos", "EPSG:3413@50"),
        ("area", "EPSG:3413@50"),
        ("area", "s2"),
        ("gaussian@120", "EPSG:3413@50"),
    ],
)
def test_results_do_not_depend_on_blocks(scenes, method, grid, monkeypatch):
    whole = run(scenes, method, grid)
    monkeypatch.setattr(dataset, "_BLOCK", 131)
    parts = run(scenes, method, grid)
    for name in whole:
        np.testing.assert_array_equal(parts[name].values, whole[name].values, err_msg=name)
    assert whole.attrs["method"] == method


@pytest.mark.parametrize("method", ["cubic", "lanczos", "area"])
def test_optical_pixels_on_their_own_grid_stay_as_they_are(scenes, method):
    np.testing.assert_array_equal(
        run(scenes, method, "s2").s2_b02.values, run(scenes, "nearest", "s2").s2_b02.values
    )


EDGES = {"x": -1, "y": 1}
"""Side of a pixel on which coordinates begin."""


def at_edge(centres: np.ndarray, side: int) -> np.ndarray:
    """Whether pixels of 8 m begin where one of 200 m does."""
    return np.abs((centres + side * 4) % 200) < 1e-6


def test_a_pixel_of_a_coarse_grid_is_the_mean_of_what_it_covers(scenes):
    coarse = run(scenes, "area", "EPSG:3413@200")
    fine = run(scenes, "nearest", "EPSG:3413@8")
    first = {name: int(np.argmax(at_edge(fine[name].values, sign))) for name, sign in EDGES.items()}
    fine = fine.isel({name: slice(start, None) for name, start in first.items()})
    fine = fine.coarsen(y=25, x=25, boundary="trim")
    for name, outside, flags in (
        ("s2_b02", S2Flag.OUTSIDE, "s2_flags"),
        ("s1_sigma0_hv", S1Flag.OUTSIDE, "s1_flags"),
    ):
        complete = fine.count()[name] == 625
        expected = fine.mean()[name].where(complete)
        both = np.isfinite(expected) & ((coarse[flags] & int(outside)) == 0)
        expected, result = expected.where(both, drop=True), coarse[name].where(both, drop=True)
        assert both.sum() > 100
        np.testing.assert_allclose(result.x, expected.x, atol=1e-6)
        spread = float(expected.std())
        # 625 probes of a pixel of the grid are not quite its mean.
        assert float(np.sqrt(((result - expected) ** 2).mean())) < 0.03 * spread


def test_a_method_that_does_not_exist_is_refused_with_the_nearest(scenes):
    with pytest.raises(UsageError, match=r"'lanzcos'; did you mean 'lanczos'"):
        run(scenes, "lanzcos", "s2")


def test_modes_are_no_values(scenes):
    with pytest.raises(UsageError, match="no resampling method 'mode'"):
        run(scenes, "mode", "s2")


@pytest.mark.parametrize(
    ("method", "grid", "values", "flags", "cells"),
    [
        ("nearest", "EPSG:3413@50", "nearest", "nearest", [None, None]),
        ("bilinear", "EPSG:3413@50", "bilinear", "nearest", [None, None]),
        ("area", "EPSG:3413@50", "area", "mode", ["area: mean", "area: mode"]),
        (
            "gaussian@120", "EPSG:3413@50", "gaussian@120", "nearest",
            ["area: mean (comment: Gaussian weights, full width at half maximum 120 m)", None],
        ),
    ],
)  # fmt: skip
def test_every_variable_says_how_it_was_made(scenes, method, grid, values, flags, cells):
    pair = plan(*scenes, method=method, grid=grid, surface="ellipsoid").run()
    for names, resampling, cell_methods in (
        (["s1_sigma0_hh", "s1_sigma0_hv", "s2_b02"], values, cells[0]),
        (["s1_flags", "s2_flags"], flags, cells[1]),
    ):
        for name in names:
            assert pair[name].attrs["resampling"] == resampling
            assert pair[name].attrs.get("cell_methods") == cell_methods
    assert "resampling" not in pair["s1_incidence_angle"].attrs


def test_the_products_own_pixels_are_not_called_means(scenes):
    pair = plan(*scenes, method="area", grid="s2", surface="ellipsoid").run()
    assert pair["s2_b02"].attrs["resampling"] == "none"
    assert "cell_methods" not in pair["s2_b02"].attrs
    assert pair["s1_sigma0_hv"].attrs["cell_methods"] == "area: mean"
