"""Noise balanced, backscatter at one angle, and the noise equivalent, on the target's pixels."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from icepair.dap.server import serve
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.pair import dataset
from icepair.pair.plan import plan
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.products.open import open_scene
from icepair.products.power_balance import read_balanced
from icepair.simulate import PairSettings, simulate_pair


@pytest.fixture(scope="module")
def scenes(toy_pair):
    return open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))


@pytest.fixture(scope="module")
def files_over_a_border(tmp_path_factory):
    """A simulated pair whose radar image has two sub-swaths."""
    settings = PairSettings(seed=3, radar_shape=(600, 1200), optical_shape=(400, 500))
    made = simulate_pair(tmp_path_factory.mktemp("border"), settings)
    return str(made.s1), str(made.s2)


@pytest.fixture(scope="module")
def over_a_border(files_over_a_border):
    return tuple(open_scene(path) for path in files_over_a_border)


def make_pair(scenes, **options):
    made = plan(*scenes, **{"surface": "ellipsoid", "source_position": True, **options})
    return made, made.run().compute()


def looked_up(image, pair):
    """Pixels of a radar image at the places of a pair, and where they are."""
    seen = np.isfinite(pair.s1_sigma0_hv.values)
    assert seen.mean() > 0.5
    line, sample = (
        np.floor(place.values[seen] + 0.5).astype(int) for place in (pair.s1_line, pair.s1_sample)
    )
    return image[line, sample], seen


def test_the_noise_equivalent_is_that_of_every_pixel(scenes):
    _, pair = make_pair(scenes, nesz=True)
    for polarisation in ("HH", "HV"):
        image = scenes[0].read_nesz(polarisation, Window.whole(scenes[0].shape))
        expected, seen = looked_up(image, pair)
        nesz = pair[f"s1_nesz_{polarisation.lower()}"]
        np.testing.assert_array_equal(nesz.values[seen], expected)
        assert nesz.attrs["polarisation"] == polarisation
        assert 1e-4 < np.nanmedian(nesz) < 1e-1
    assert "s1_nesz_hv" not in make_pair(scenes)[1]


def test_flags_do_not_depend_on_what_is_known_of_noise(over_a_border):
    _, plain = make_pair(over_a_border)
    _, pair = make_pair(over_a_border, nesz=True, balance=True)
    np.testing.assert_array_equal(pair.s1_flags, plain.s1_flags)
    np.testing.assert_array_equal(pair.s1_sigma0_hh, plain.s1_sigma0_hh)


def test_balanced_power_is_that_of_every_pixel_however_cut(over_a_border, monkeypatch):
    made, pair = make_pair(over_a_border, balance=True)
    balance = made.processing.balances["HV"]
    whole = Window.whole(over_a_border[0].shape)
    image, _ = read_balanced(over_a_border[0], "HV", whole, balance)
    expected, seen = looked_up(image, pair)
    np.testing.assert_array_equal(pair.s1_sigma0_hv.values[seen], expected)
    assert pair.attrs["noise_balanced"] == "HV"
    monkeypatch.setattr(dataset, "_BLOCK", 37)
    _, cut = make_pair(over_a_border, balance=True, speckle="median:3")
    monkeypatch.undo()
    _, one = make_pair(over_a_border, balance=True, speckle="median:3")
    np.testing.assert_array_equal(cut.s1_sigma0_hv, one.s1_sigma0_hv)


def test_what_a_balance_reads_over_a_network_is_told_and_announced(
    files_over_a_border, over_a_border, monkeypatch, tmp_path
):
    monkeypatch.setenv("ICEPAIR_CACHE_DIR", str(tmp_path))
    file = Path(files_over_a_border[0])
    with serve(file.parent) as server:
        remote = open_scene(f"{server.url}/dodsC/{file.name}")
        options = {"surface": "ellipsoid", "bands": "B03"}
        plain = plan(remote, over_a_border[1], **options).cost
        made = plan(remote, over_a_border[1], balance=True, **options)
        cost, before = made.cost, remote.container.traffic()
        pair = made.run().compute()
        taken = remote.container.traffic()
        remote.container.close()
    assert cost.bytes > plain.bytes
    assert taken.requests - before.requests == cost.requests
    local = plan(*over_a_border, balance=True, **options)
    shares = (each.processing.balances["HV"].shares for each in (made, local))
    np.testing.assert_allclose(*shares, atol=1e-3)
    expected = local.run().s1_sigma0_hv.values
    np.testing.assert_allclose(pair.s1_sigma0_hv, expected, rtol=5e-3, atol=2e-5)


@pytest.mark.parametrize(
    ("spelled", "factor"),
    [
        ("30:-0.2", lambda angle: 10 ** (0.1 * -0.2 * (30 - angle))),
        ("30:HV=-0.16,HH=-1", lambda angle: 10 ** (0.1 * -0.16 * (30 - angle))),
        ("30", lambda angle: 10 ** (0.1 * -0.16 * (30 - angle))),
        ("30:cos2", lambda angle: (np.cos(np.radians(30)) / np.cos(np.radians(angle))) ** 2),
    ],
)
def test_backscatter_is_brought_to_one_angle(scenes, spelled, factor):
    _, plain = make_pair(scenes)
    made, pair = make_pair(scenes, incidence=spelled)
    angle = plain.s1_incidence_angle.values.astype(float)
    expected = plain.s1_sigma0_hv.values * factor(angle)
    np.testing.assert_allclose(pair.s1_sigma0_hv.values, expected, rtol=1e-6)
    np.testing.assert_array_equal(pair.s1_incidence_angle, plain.s1_incidence_angle)
    np.testing.assert_array_equal(pair.s1_flags, plain.s1_flags)
    assert pair.attrs["reference_incidence"] == str(made.processing.incidence)
    assert "backscatter as at 30:" in str(made)


@pytest.mark.parametrize("spelled", ["", "steep", "30:", "30:HH=", "30:=-0.2", "95", "30:nan"])
def test_what_is_no_angle_with_a_law_is_refused(spelled):
    with pytest.raises(UsageError, match="incidence"):
        Recipe(incidence=spelled)


def test_a_polarisation_without_a_known_slope_is_asked_for(scenes):
    with pytest.raises(UsageError, match="No slope of HV over incidence"):
        plan(*scenes, surface="ellipsoid", incidence="30:HH=-0.2")


def test_balance_needs_noise_in_cross_polarisation_and_borders(scenes, over_a_border):
    with pytest.raises(UsageError, match=r"no cross-polarisation \(HV or VH\) is read"):
        plan(*over_a_border, surface="ellipsoid", polarisation="HH", balance=True)
    with pytest.raises(UsageError, match="it has no sub-swaths"):
        plan(*scenes, surface="ellipsoid", balance=True)


@pytest.mark.parametrize("option", [{"balance": True}, {"nesz": True}, {"incidence": "30"}])
def test_the_tutorial_takes_backscatter_as_it_was_seen(option):
    with pytest.raises(UsageError, match="tutorial preset takes backscatter as it was seen"):
        Recipe(preset="tutorial", **option)


def test_a_run_records_what_was_done(files_over_a_border, tmp_path):
    recipe = Recipe(balance=True, nesz=True, incidence="32:-0.2", surface="ellipsoid", bands="B03")
    summary = align(*files_over_a_border, tmp_path / "out", recipe)
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    schema = files("icepair.pipeline") / "summary.schema.json"
    jsonschema.validate(written, json.loads(schema.read_text()))
    assert summary["alignment.noise_balanced"] == ["HV"]
    assert summary["alignment.reference_incidence"] == "32:-0.2"
    assert list(summary["s1.power_balance"]) == ["HV"]
    assert Recipe.from_options(written["provenance"]["recipe"]) == recipe
