"""``icepair teach`` through real files: simulated under cloud, aligned, taught, aligned again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from icepair import load_taught_radar
from icepair.cli.door import run
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.simulate import PairSettings, simulate_pair


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes under half a sky of cloud, their result, and what it taught as FILE and JSON."""
    folder = tmp_path_factory.mktemp("teach")
    settings = PairSettings(
        seed=6, radar_shape=(260, 260), optical_shape=(300, 360), drift_m_s=0.02, cloud_cover=0.5,
        concentration=0.6,
    )  # fmt: skip
    made = simulate_pair(folder / "scenes", settings)
    align(made.s1, made.s2, folder / "result", Recipe.from_options(land="none", cells="none"))
    return folder


@pytest.fixture(scope="module")
def taught(folder: Path) -> Path:
    file = folder / "radar.json"
    assert run(["teach", str(folder / "result"), "--out", str(file), "--quiet"]) == 0
    return file


def test_a_radar_taught_by_a_result_aligns_the_pair_anew(folder: Path, taught: Path) -> None:
    radar = load_taught_radar(taught)
    assert radar.lessons.by == "place"
    assert (radar.validity.month, radar.validity.hemisphere) == (8, "north")
    scenes = folder / "scenes"
    products = [str(next(scenes.glob(f"{sensor}*.nc"))) for sensor in ("S1", "S2")]
    words = ["--land", "none", "--cells", "none", "--quiet", "--s1-mask", f"taught:{taught}"]
    assert run(["align", *products, "--out", str(folder / "again"), *words]) == 0
    values = json.loads((folder / "again" / "summary.json").read_text())
    assert values["provenance"]["recipe"]["s1_mask"] == f"taught:{taught}"
    with xr.open_dataset(scenes / "truth.nc") as truth:
        share = float(truth["s1_ice_share"].mean())
    own = values["s1"]["ice_concentration_own_area"]
    assert abs(own - share) < 2 * values["s1"]["ice_concentration_own_area_uncertainty"]
    assert abs(own - share) < 0.04


def test_outside_its_range_align_refuses_and_when_forced_says_so_in_the_summary(
    folder: Path, taught: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = load_taught_radar(taught)
    other = taught.with_name("february.json")
    replace(whole, validity=replace(whole.validity, month=2)).save(other)
    scenes = [str(next((folder / "scenes").glob(f"{sensor}*.nc"))) for sensor in ("S1", "S2")]
    words = ["align", *scenes, "--out", str(folder / "forced"), "--land", "none", "--quiet"]
    assert run([*words, "--s1-mask", f"taught:{other}"]) == 2
    assert "month 8, 6 months from month 2 it was taught in" in capsys.readouterr().err
    assert not (folder / "forced").exists()
    with pytest.warns(UserWarning, match="outside its range of validity"):
        assert run([*words, "--s1-mask", f"taught-anyway:{other}"]) == 0
    notes = json.loads((folder / "forced" / "summary.json").read_text())["notes"]
    assert any("outside its range of validity: month 8" in note for note in notes)


def test_people_read_what_it_was_taught_and_an_existing_file_is_kept(
    folder: Path, taught: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["teach", str(folder / "result"), "--out", str(taught)]
    assert run(words) == 6
    assert "exists. Choose another name" in capsys.readouterr().err
    assert run([*words, "--overwrite"]) == 0
    told = capsys.readouterr().out
    assert "cells of the radar, by place" in told
    assert "HV, HH of 40 m" in told
    assert run([*words, "--overwrite", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert set(values["s1"]) == {"taught", "untaught"}
    assert values["lessons"]["by"] == "place"


def test_what_is_no_result_or_no_method_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["teach", str(tmp_path), "--out", str(tmp_path / "a.json")]) == 3
    assert "is no result of icepair align" in capsys.readouterr().err
    words = ["teach", str(tmp_path), "--out", str(tmp_path / "a.json"), "--s2-mask", "spectrum"]
    assert run(words) == 2
    assert "did you mean 'spectral'" in capsys.readouterr().err
