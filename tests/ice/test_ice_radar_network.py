"""The radar's network: cells, sums, what blocks may not change, and scenes with known answers."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
import xarray as xr
from toy_ice import Toy, scene

from icepair.ice import sea_ice
from icepair.ice.perceptron import Perceptron
from icepair.ice.radar.automatic import rule_of_parts
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.features import AROUND, VOTE, cell_features, scene_traits
from icepair.ice.radar.taught import taught


@pytest.fixture(scope="module")
def pair():
    return scene(Toy(shape=(310, 333), nodata=True, thin_share=0.2))[0]


@pytest.fixture
def gappy():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(11, 14)).astype(np.float32)
    values[2:7, 5:9] = np.nan
    return values


@pytest.fixture(scope="module")
def powers():
    """Dark cells on the left, bright ones on the right, and a gap."""
    rng = np.random.default_rng(5)
    bright = np.arange(160) > 80
    powers = {
        name: (np.where(bright, ice, water) * rng.gamma(10, 0.1, (120, 160))).astype("f4")
        for name, water, ice in (("HV", 1e-3, 1e-2), ("HH", 2e-2, 8e-2))
    }
    powers["HV"][59, 72] = np.nan
    return powers


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


def _one_by_one(network, values):
    """Sums and ramps of one sample, written out."""
    for layer, (matrix, offset) in enumerate(zip(network.weights, network.offsets, strict=True)):
        if layer:
            values = [max(0.0, v) for v in values]
        values = [
            sum(v * matrix[i, o] for i, v in enumerate(values)) + offset[o]
            for o in range(matrix.shape[1])
        ]
    return values


def test_a_perceptron_is_its_sums():
    rng = np.random.default_rng(1)
    sizes = (7, 5, 3, 2)
    weights = tuple(rng.normal(size=each).astype("f4") for each in itertools.pairwise(sizes))
    offsets = tuple(rng.normal(size=each).astype("f4") for each in sizes[1:])
    network = Perceptron(weights, offsets)
    own, common = rng.normal(size=(70_000, 4)), rng.normal(size=3)
    given = network(own, common)
    assert given.shape == (70_000, 2)
    for sample in (0, 1, 65_535, 65_536, 69_999):
        expected = _one_by_one(network, [*own[sample], *common])
        assert given[sample] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(network(np.hstack([own[:9], [common] * 9])), given[:9], atol=1e-4)


def test_the_taught_network_fits_together():
    net = taught()
    features, traits = 2 * 9 + 3, 7
    assert net.centre.shape == net.scale.shape == (features,)
    means = net.cell.offsets[-1].size
    of_scene = net.scene.offsets[-1].size
    assert net.cell.weights[0].shape[0] == features + traits
    assert net.scene.weights[0].shape[0] == means + traits
    assert net.of_ice.weights[0].shape[0] == features + of_scene
    assert net.of_ice.offsets[-1].size == 1
    for part in (net.cell, net.scene, net.of_ice):
        assert all(np.isfinite(each).all() for each in (*part.weights, *part.offsets))


def test_features_are_levels_of_the_surroundings_and_what_automatic_says(powers):
    rule = rule_of_parts([powers], [None], AROUND)
    told = cell_features(rule, powers, None)
    levels = 10 ** (told[..., :9] / 10) - 5e-4
    row, column, power = 60, 74, powers["HV"]
    around = {n: power[row - n : row + n + 1, column - n : column + n + 1] for n in (2, 5)}
    here = levels[row, column]
    np.testing.assert_allclose(here[0], power[row, column], rtol=1e-3)
    np.testing.assert_allclose(here[3], np.nanmean(around[5]), rtol=1e-3)
    np.testing.assert_allclose(here[4], np.nanstd(around[2]), rtol=1e-3)
    narrow = levels[row - 2 : row + 3, column - 2 : column + 3, 1]
    np.testing.assert_allclose(here[5:7], [np.nanmin(narrow), np.nanmax(narrow)], rtol=1e-3)
    assert np.isnan(told[59, 72]).any()
    np.testing.assert_array_equal(told[..., 18], 30)
    known = np.isfinite(told[..., VOTE])
    np.testing.assert_array_equal(
        told[..., VOTE][known], rule.classify(powers, None, AROUND)[known]
    )
    assert 0.2 < told[..., VOTE][known].mean() < 0.8


def test_traits_say_what_automatic_learnt(powers):
    rule = rule_of_parts([powers], [None], AROUND)
    assert rule.method == "two classes"
    told = scene_traits(rule, 0.4, averages=True)
    assert told[:4].tolist() == [1, 0, 0, 0]
    assert told[4:] == pytest.approx([rule.threshold, min(rule.separability, 8) / 4, 0.4])
    alone = scene_traits(dataclasses.replace(rule, method="all ice", threshold=None,
                                             separability=None), 1.0, averages=False)  # fmt: skip
    assert alone.tolist() == [0, 0, 1, 0, -1, 0, 1]


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


def test_a_pair_without_radar_pixels_has_no_answer(pair):
    result = sea_ice(pair.assign(s1_sigma0_hv=pair.s1_sigma0_hv * np.nan), s1_mask="network")
    assert (result.s1_ice == 255).all()
    assert json.loads(result.s1_ice.attrs["rule"])["method"] == "no pixels"


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
