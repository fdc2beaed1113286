"""Sentinel-2 SAFE products, one and two of them, from the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import icepair as ip
from icepair.cli.door import run
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.testing.safe.sentinel2 import SafeTile, tile_of, write_tile


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Path]]:
    """A simulated pair, the optical scene once as it was and in two halves as SAFE."""
    from icepair.simulate import PairSettings, simulate_pair

    folder = tmp_path_factory.mktemp("pair")
    made = simulate_pair(folder, PairSettings(radar_shape=(300, 300), optical_shape=(420, 480)))
    scene = ip.open_scene(made.s2)
    assert isinstance(scene, Sentinel2Scene)
    whole = tile_of(scene)
    halves = [
        dataclasses.replace(half(whole, slice(None, 8)), generated="20190827T130000"),
        dataclasses.replace(half(whole, slice(8, None)), generated="20190827T140000"),
    ]
    return made.s1, made.s2, [write_tile(folder, each) for each in (whole, *halves)]


def half(tile: SafeTile, kept: slice) -> SafeTile:
    """A tile with some columns, counted in 300 m, and nothing in the others."""
    bands = {}
    for band, numbers in tile.bands.items():
        part = np.zeros_like(numbers)
        pixels = numbers.shape[1] // 16
        columns = slice(*(None if end is None else end * pixels for end in (kept.start, kept.stop)))
        part[:, columns] = numbers[:, columns]
        bands[band] = part
    return dataclasses.replace(tile, bands=bands)


BANDS = ("B01", "B02", "B03", "B04", "B8A")


def planned(s1: Path, s2: Path) -> xr.Dataset:
    pair = ip.plan(ip.open_scene(s1), ip.open_scene(s2), bands=BANDS).run()
    return pair[[name for name in pair if str(name).startswith("s2_")]].compute()


def test_one_and_two_products_give_the_pair_of_the_netcdf(
    products: tuple[Path, Path, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    s1, netcdf, (whole, *halves) = products
    words = ["align", str(s1), *map(str, halves), "--out", str(tmp_path), "--overwrite"]
    assert run([*words, "--bands", ",".join(BANDS), "--quiet"]) == 0
    capsys.readouterr()
    expected, safe = planned(s1, netcdf), planned(s1, whole)
    with xr.open_dataset(tmp_path / "pair.nc") as merged:
        for name in expected:
            np.testing.assert_array_equal(safe[name], expected[name], err_msg=str(name))
            np.testing.assert_array_equal(merged[name], expected[name], err_msg=str(name))
    assert {f"s2_{band.lower()}" for band in BANDS} < set(expected)
    assert np.isfinite(expected["s2_b01"]).mean() > 0.5
    told = json.loads((tmp_path / "summary.json").read_text())["s2"]
    assert told["time_source"].startswith("sensing time of the tile")
    assert any("2 products are merged" in note for note in told["notes"])


def test_products_that_cannot_be_merged_are_refused(
    products: tuple[Path, Path, list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    s1, _, (whole, *_) = products
    assert run(["plan", str(s1), str(whole), str(s1)]) == 2
    assert "are merged if all are Sentinel-2 L1C or L2A of one tile" in capsys.readouterr().err
