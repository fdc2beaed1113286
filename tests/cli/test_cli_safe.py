"""Products as the Copernicus archives hand them out, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from icepair.cli.door import run
from icepair.testing.safe.packing import zip_product


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """One radar image as NetCDF and as SAFE, and an optical one."""
    from icepair.simulate import PairSettings, simulate_pair
    from icepair.simulate.pair import build_scenes
    from icepair.testing.safe.sentinel1 import write_radar_product

    folder = tmp_path_factory.mktemp("pair")
    settings = PairSettings(radar_shape=(300, 300), optical_shape=(400, 450))
    made = simulate_pair(folder, settings)
    return made.s1, write_radar_product(folder, build_scenes(settings)[0]), made.s2


def test_plan_counts_the_same_windows(
    pair: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    netcdf, safe, s2 = pair
    plans = []
    for s1 in (netcdf, safe, safe / "manifest.safe", zip_product(safe)):
        assert run(["plan", str(s1), str(s2), "--json"]) == 0
        plans.append(json.loads(capsys.readouterr().out))
    for plan in plans[1:]:
        assert plan["alignment"]["window"] == plans[0]["alignment"]["window"]
        assert plan["alignment"]["geolocation"] == "range-doppler"
        assert plan["s1"]["product"] == plans[0]["s1"]["product"]


@pytest.mark.parametrize("preset", ["default", "tutorial"])
def test_align_gives_the_same_pair(
    pair: tuple[Path, Path, Path], tmp_path: Path, preset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    netcdf, safe, s2 = pair
    results = []
    for name, s1 in (("nc", netcdf), ("safe", safe)):
        words = ["align", str(s1), str(s2), "--out", str(tmp_path / name), "--preset", preset]
        assert run([*words, "--quiet"]) == 0
        results.append(xr.load_dataset(tmp_path / name / "pair.nc"))
    capsys.readouterr()
    one, other = results
    assert set(one.variables) == set(other.variables)
    for name in ("s1_flags", "s2_flags"):
        if name in one:
            assert (one[name] != other[name]).mean() < 1e-4  # places differ by 0.1 mm
    for name in ("s1_sigma0_hh", "s1_sigma0_hv"):
        if name in one:
            both = np.isfinite(one[name].values) & np.isfinite(other[name].values)
            same = np.isclose(
                one[name].values[both], other[name].values[both], rtol=1e-3, atol=1e-4
            )
            assert both.any()
            assert same.mean() > 0.9999


def test_a_damaged_product_ends_in_one_sentence(
    pair: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, safe, s2 = pair
    cut = tmp_path / "cut.zip"
    cut.write_bytes(zip_product(safe).read_bytes()[:-1000])
    assert run(["plan", str(cut), str(s2)]) == 3
    said = capsys.readouterr().err
    assert "was probably cut short; fetch it again" in said
    assert "Traceback" not in said
