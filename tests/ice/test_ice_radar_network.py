"""The radar's network: cells, sums, what blocks may not change, and scenes with known answers."""

import itertools
import json

import numpy as np
import pytest
import xarray as xr
from toy_ice import Toy, scene

from icepair.ice import sea_ice
from icepair.ice.perceptron import Perceptron, perceptron
from icepair.ice.radar.cells import Cells


@pytest.fixture(scope="module")
def pair():
    return scene(Toy(shape=(310, 333), nodata=True, thin_share=0.2))[0]


@pytest.fixture
def gappy():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(11, 14)).astype(np.float32)
    values[2:7, 5:9] = np.nan
    return values


def test_cells_of_several_radar_pixels_are_means_of_what_is_known(gappy):
    thin = Cells(2, averages=True).thinned({"a": gappy})["a"]
    assert thin.shape == (6, 7)
    for r in range(6):
        for c in range(7):
            part = gappy[2 * r : 2 * r + 2, 2 * c : 2 * c + 2]
            known = part[np.isfinite(part)]
            if known.size:
                assert thin[r, c] == pytest.approx(known.mean(), abs=1e-6)
            else:
                assert np.isnan(thin[r, c])


def test_cells_of_one_radar_pixel_are_their_middle_and_spread_back(gappy):
    cells = Cells(4, averages=False)
    thin = cells.thinned({"a": gappy})["a"]
    np.testing.assert_array_equal(thin, gappy[np.ix_([2, 6, 10], [2, 6, 10, 13])])
    back = cells.spread(thin, gappy.shape)
    assert back.shape == gappy.shape
    for r in range(11):
        for c in range(14):
            np.testing.assert_equal(back[r, c], thin[r // 4, c // 4])


@pytest.mark.parametrize(
    ("radar_m", "grid_m", "cells"),
    [(40, 10, (4, False)), (40, 40, (1, False)), (25, 10, (2, False)), (10, 10, (2, True)),
     (10, 40, (1, True)), (40, 1000, (1, False)), (40, 20, (2, False))],
)  # fmt: skip
def test_cells_follow_the_radar_and_the_grid(radar_m, grid_m, cells):
    assert Cells.of_spacings(radar_m, grid_m) == Cells(*cells)


def test_a_perceptron_is_its_sums():
    rng = np.random.default_rng(1)
    sizes = (7, 5, 3, 1)
    weights = tuple(rng.normal(size=each).astype("f4") for each in itertools.pairwise(sizes))
    offsets = tuple(rng.normal(size=each).astype("f4") for each in sizes[1:])
    centre, scale = rng.normal(size=7).astype("f4"), rng.uniform(0.5, 2, 7).astype("f4")
    local, whole = rng.normal(size=(70_000, 4)) * 9, rng.normal(size=3)
    given = Perceptron(centre, scale, weights, offsets).share(local, whole)
    for sample in (0, 1, 65_535, 65_536, 69_999):
        values = [
            min(6.0, max(-6.0, (x - m) / s))
            for x, m, s in zip([*local[sample], *whole], centre, scale, strict=True)
        ]
        for layer, (matrix, offset) in enumerate(zip(weights, offsets, strict=True)):
            values = [
                sum(v * matrix[i, o] for i, v in enumerate(values)) + offset[o]
                for o in range(matrix.shape[1])
            ]
            if layer < 2:
                values = [max(0.0, v) for v in values]
        assert given[sample] == pytest.approx(1 / (1 + np.exp(-values[0])), abs=1e-5)


def test_the_stored_network_is_small_and_of_one_piece():
    taught = perceptron("icepair.ice.radar", "network.npz")
    inputs = [each.shape[0] for each in taught.weights]
    outputs = [each.shape[1] for each in taught.weights]
    assert inputs[0] == len(taught.centre) == len(taught.scale) == 60
    assert inputs[1:] == outputs[:-1]
    assert outputs[-1] == 1
    assert all(np.isfinite(each).all() for each in taught.weights)


@pytest.mark.parametrize("chunk", [(310, 333), (64, 100), (50, 333), (150, 30)])
def test_the_network_does_not_depend_on_chunks(pair, chunk):
    lazy = sea_ice(pair.chunk({"y": chunk[0], "x": chunk[1]}), s1_mask="network").compute()
    whole = sea_ice(pair, s1_mask="network")
    np.testing.assert_allclose(lazy.s1_ice_probability, whole.s1_ice_probability, atol=1e-5)
    xr.testing.assert_identical(lazy.valid, whole.valid)


def test_every_pixel_with_power_has_an_answer_and_no_other(pair):
    result = sea_ice(pair, s1_mask="network")
    np.testing.assert_array_equal(
        np.isfinite(result.s1_ice_probability), np.isfinite(pair.s1_sigma0_hh)
    )
    assert float(result.s1_ice_probability.min()) >= 0
    assert float(result.s1_ice_probability.max()) <= 1


def test_one_polarisation_goes_by_its_levels(pair):
    alone = pair.drop_vars("s1_sigma0_hh")
    xr.testing.assert_equal(
        sea_ice(alone, s1_mask="network").s1_ice, sea_ice(alone, s1_mask="automatic").s1_ice
    )


SCENES = {
    "usual": Toy(concentration=0.7),
    "sparse": Toy(concentration=0.1, seed=4),
    "dense": Toy(concentration=0.95, seed=5),
    "thin ice": Toy(concentration=0.6, thin_share=0.25, seed=6),
    "ponds": Toy(concentration=0.6, pond_share=0.3, seed=7),
    "windy": Toy(concentration=0.5, water_hh=-12.0, water_hv=-28.5, seed=8),
    "fine pixels": Toy(concentration=0.6, radar_m=10.0, looks=4.4, incidence=38.0, seed=9),
    "water alone": Toy(concentration=0.0, seed=10),
    "ice alone": Toy(concentration=1.0, seed=11),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_network_finds_the_share_of_ice(name):
    toy, truth = scene(SCENES[name])
    result = sea_ice(toy, s1_mask="network")
    known = result.s1_ice.values != 255
    share = float(result.s1_ice_probability.values[known].mean())
    assert share == pytest.approx(truth, abs=0.04)
    assert json.loads(result.s1_ice.attrs["rule"])["cell_pixels"] == (2 if "fine" in name else 4)
