"""``icepair change`` through real files: simulated, aligned, compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import rasterio
import xarray as xr

from icepair.cli.door import run
from icepair.errors import DamagedFileError, OutputError, UsageError
from icepair.pipeline.change import change
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.simulate import PairSettings, simulate_pair

Results = tuple[Path, Path]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two results of one place, two days apart; much of the ice is gone by the second."""
    folder = tmp_path_factory.mktemp("change")
    base = PairSettings(
        seed=4, radar_shape=(260, 260), optical_shape=(220, 260), drift_m_s=0.0, concentration=0.8,
        nodata_share=0.0,
    )  # fmt: skip
    later = replace(base, concentration=0.4, wind_m_s=5.0, time="2019-08-29T05:10:00")
    for name, settings in (("one", base), ("two", later)):
        made = simulate_pair(folder / f"scenes-{name}", settings)
        align(made.s1, made.s2, folder / name, Recipe.from_options(land="none", cells="none"))
    return folder / "one", folder / "two"


@pytest.fixture(scope="module")
def compared(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "change"
    assert run(["change", *map(str, results), "--out", str(out), "--cells", "500", "--quiet"]) == 0
    return out


@pytest.fixture
def copied(results: Results, tmp_path: Path) -> Callable[[int], Path]:
    def copy(number: int) -> Path:
        return Path(shutil.copytree(results[number], tmp_path / f"copy{number}"))

    return copy


def test_the_optical_change_is_that_of_the_truth(results: Results, compared: Path) -> None:
    truths = []
    for folder in results:
        with xr.open_dataset(next(folder.parent.glob(f"scenes-{folder.name}/truth.nc"))) as truth:
            truths.append(float(truth["s2_ice_share"].mean()))
    values = json.loads((compared / "summary.json").read_text())
    (step,) = values["changes"]
    assert step["s2"]["estimate"] == pytest.approx(truths[1] - truths[0], abs=0.02)
    assert step["s2"]["significant"] is True
    assert step["s2"]["ice_lost"] > 5 * step["s2"]["ice_gained"]
    assert step["s2"]["cells"]["less_ice"] > 0
    assert step["together"]["significant"] is True
    assert step["hours"] == pytest.approx(47.8, abs=0.2)
    assert [pair["name"] for pair in values["pairs"]] == [str(folder) for folder in results]
    assert sorted(values["files"]) == sorted(path.name for path in compared.iterdir())


def test_files_say_the_same_as_the_summary_and_are_cf(results: Results, compared: Path) -> None:
    values = json.loads((compared / "summary.json").read_text())
    with netCDF4.Dataset(compared / "change.nc") as file:
        assert file.Conventions == "CF-1.11"
        name = file["s2_concentration_change"]
        assert name[0] == pytest.approx(values["changes"][0]["s2"]["estimate"])
        assert name.coordinates == "step_start step_end"
        assert file["time"].units.startswith("seconds since")
        assert file["s2_cell_change"].grid_mapping == "spatial_ref"
        assert file["s2_cell_change_verdict"].flag_meanings.split()[1] == "more_ice"
        assert file["spatial_ref"].grid_mapping_name == "lambert_azimuthal_equal_area"
    with xr.open_dataset(compared / "change.nc", decode_coords="all") as series:
        times = [pair["s2"]["time"][:19] for pair in values["pairs"]]
        assert [str(time)[:19] for time in series["s2_time"].values] == times
        assert series["s1_cell_concentration"].dims == ("time", "y", "x")
        assert np.isfinite(series["s2_cell_concentration"]).any()
    with xr.open_dataset(compared / "change_pixels.nc", mask_and_scale=False) as pixels:
        classes = pixels["s2_change"].values[0]
        compared_ = classes != 255
        lost = (classes == 3).sum() / compared_.sum()
        assert lost == pytest.approx(values["changes"][0]["s2"]["ice_lost"], abs=1e-6)
    with (
        rasterio.open(f"netcdf:{compared / 'change_pixels.nc'}:s2_change") as drawn,
        rasterio.open(f"netcdf:{results[0] / 'pair.nc'}:s2_ice") as ice,
    ):
        assert drawn.crs == ice.crs
        assert drawn.transform.almost_equals(ice.transform, 1e-3)
        np.testing.assert_array_equal(drawn.read(1), classes)


def test_pictures_are_drawn(compared: Path) -> None:
    from matplotlib.image import imread

    for name in ("series.png", "change_1.png"):
        image = imread(compared / name)
        assert image.shape[1] > 1000
        colours = (image[..., :3] * 255).astype(np.int64) @ [65536, 256, 1]
        assert np.unique(colours).size > 50


def test_the_table_is_for_people_and_json_for_programs(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["change", *map(str, results), "--sensor", "s2", "--drift", "0,0"]
    assert run([*words, "--out", str(tmp_path / "a")]) == 0
    text = capsys.readouterr().out
    assert "Sentinel-2" in text
    assert "Sentinel-1" not in text
    assert "significant" in text
    assert run([*words, "--out", str(tmp_path / "b"), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["sensors"] == ["s2"]
    assert values["drift"] == ["0,0"]
    assert values["changes"][0]["s2"]["ice_moved_in"] == 0.0


def test_a_drift_file_is_read(results: Results, tmp_path: Path) -> None:
    with xr.open_dataset(results[0] / "pair.nc", decode_coords="all") as pair:
        x, y = pair["x"].values, pair["y"].values
    drift = xr.Dataset(
        {name: (("y", "x"), np.full((2, 2), metres)) for name, metres in (("dx", 50.0), ("dy", 0))},
        coords={"x": x[[0, -1]] + [-2000, 2000], "y": y[[0, -1]] + [2000, -2000]},
    )
    drift.to_netcdf(tmp_path / "drift.nc", engine="h5netcdf")
    by_file = change(results, tmp_path / "a", drift=[tmp_path / "drift.nc"], sensor="s1")
    by_number = change(results, tmp_path / "b", drift=["50,0"], sensor="s1")
    assert by_file.values["changes"] == by_number.values["changes"]
    assert by_number.values["changes"][0]["s1"]["compared_fraction"] < 1.0


def test_a_result_is_replaced_only_when_asked(results: Results, compared: Path) -> None:
    before = (compared / "summary.json").read_bytes()
    with pytest.raises(OutputError, match="--overwrite"):
        change(results, compared)
    assert (compared / "summary.json").read_bytes() == before


def test_a_gap_is_kept_and_said(
    results: Results, copied: Callable[[int], Path], capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    cloudy = copied(1)
    with h5py.File(cloudy / "pair.nc", "r+") as file:
        file["s2_ice_probability"][...] = 255
    assert run(["change", str(results[0]), str(cloudy), "--out", str(tmp_path / "out")]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "gap" in text
    assert "Sentinel-2 has no answer in the common area of" in text
    values = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert values["changes"][0]["s2"]["significant"] is None
    assert values["series"]["s2"][1]["ice_concentration"] is None
    assert values["changes"][0]["s1"]["significant"] is not None


def _is_refused(words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["change", *words]) == code
    told = capsys.readouterr()
    assert says in " ".join(told.err.split())
    assert told.out == ""


def test_wrong_folders_are_refused_and_nothing_is_left(
    results: Results, copied: Callable[[int], Path], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    one, two = map(str, results)
    out = tmp_path / "out"
    end = ["--out", str(out)]
    _is_refused([one, *end], 2, "at least two pairs", capsys)
    _is_refused([two, one, *end], 2, f"Earliest first is: {one} {two}", capsys)
    _is_refused([one, one, *end], 2, "nothing can have changed", capsys)
    _is_refused([one, str(tmp_path), *end], 3, "is no result of icepair align", capsys)
    _is_refused([one, two, *end, "--drift", "nowhere.nc"], 2, "neither DX,DY", capsys)
    _is_refused([one, two, *end, "--drift", str(Path(one) / "pair.png")], 3, "drift field", capsys)
    _is_refused([one, two, *end, "--cells", "3"], 2, "smaller than the pixels", capsys)
    broken = copied(1)
    (broken / "pair.nc").write_bytes((broken / "pair.nc").read_bytes()[:5000])
    _is_refused([one, str(broken), *end], 3, "damaged or was cut short", capsys)
    (broken / "pair.nc").unlink()
    _is_refused([one, str(broken), *end], 3, "a summary but no pair.nc", capsys)
    assert not out.exists()
    assert not list(tmp_path.glob(".out*"))


def test_damage_inside_a_file_is_told(
    results: Results, copied: Callable[[int], Path], tmp_path: Path
) -> None:
    broken = copied(1)
    with h5py.File(broken / "pair.nc") as file:
        chunk = file["s2_ice_probability"].id.get_chunk_info(0)
    with (broken / "pair.nc").open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\xff" * min(200, chunk.size))
    with pytest.raises(DamagedFileError, match=r"s2_ice_probability of .* cannot be read"):
        change([results[0], broken], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_sensor_is_refused(results: Results, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'s3' is none of s1, s2, both"):
        change(results, tmp_path / "out", sensor="s3")
