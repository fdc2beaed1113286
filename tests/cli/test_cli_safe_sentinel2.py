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


def aligned(folder: Path, *products: Path) -> tuple[xr.Dataset, dict[str, object]]:
    words = ["align", *map(str, products), "--out", str(folder), "--bands", "B01,B02,B03,B04,B8A"]
    assert run([*words, "--quiet"]) == 0
    return xr.load_dataset(folder / "pair.nc"), json.loads((folder / "summary.json").read_text())


def test_one_and_two_products_give_the_pair_of_the_netcdf(
    products: tuple[Path, Path, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    s1, netcdf, (whole, *halves) = products
    expected, _ = aligned(tmp_path / "nc", s1, netcdf)
    safe, summary = aligned(tmp_path / "safe", s1, whole)
    merged, told = aligned(tmp_path / "merged", s1, *halves)
    capsys.readouterr()
    for name in [*(f"s2_b{band}" for band in ("01", "02", "03", "04", "8a")), "s2_flags", "s2_ice"]:
        np.testing.assert_array_equal(safe[name], expected[name], err_msg=name)
        np.testing.assert_array_equal(merged[name], expected[name], err_msg=name)
    assert np.isfinite(expected["s2_b01"]).mean() > 0.5
    assert summary["s2"]["time_source"] == "sensing time of the tile"  # type: ignore[index]
    assert any("2 products are merged" in note for note in told["s2"]["notes"])  # type: ignore[index]


def test_products_that_cannot_be_merged_are_refused(
    products: tuple[Path, Path, list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    s1, _, (whole, *_) = products
    assert run(["plan", str(s1), str(whole), str(s1)]) == 2
    assert "are merged if all are Sentinel-2 L1C or L2A of one tile" in capsys.readouterr().err
