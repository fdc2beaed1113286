"""`--balance --nesz --incidence` from end to end: noise off by known shares, and formulas."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import jsonschema
import numpy as np
import pytest
import xarray as xr

from icepair.cli.door import run
from icepair.pipeline.summary import schema
from icepair.simulate import PairSettings, simulate_pair

ICE = 10**-2.6
"""Even backscatter in HV."""
SHARES = np.array([0.0, 0.10, -0.12])
"""By which noise is more than the file says, by number of the sub-swath."""
OPTIONS = (
    "--balance", "--nesz", "--incidence", "30:HH=-0.24,HV=-0.16", "--surface", "ellipsoid",
    "--bands", "B03", "--source-position",
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Pair whose HV is even ice under noise that the annotation does not get right."""
    settings = PairSettings(seed=3, radar_shape=(600, 1200), optical_shape=(300, 400))
    made = simulate_pair(tmp_path_factory.mktemp("scenes"), settings)
    rng = np.random.default_rng(4)
    s1 = Path(shutil.copy(made.s1, tmp_path_factory.mktemp("off") / made.s1.name))
    with h5py.File(s1, "r+") as file:
        noise = file["noiseCorrectionMatrix_HV"][0].astype(float)
        table = file["sigmaNought_HV"][0].astype(float)
        subswath = file["swathList"][...].reshape(noise.shape)
        assert set(np.unique(subswath)) == {1, 2}
        power = ICE * table**2 + noise * (1 + SHARES[subswath])
        numbers = np.sqrt(power * rng.gamma(10.7, 1 / 10.7, power.shape))
        file["Amplitude_HV"][0] = np.maximum(np.rint(numbers), 1).astype(np.uint16)
    return s1, made.s2


@pytest.fixture(scope="module")
def result(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("out") / "out"
    assert run(["align", *map(str, files), "--out", str(out), "--quiet", *OPTIONS]) == 0
    with xr.open_dataset(out / "pair.nc", engine="h5netcdf") as pair:
        yield json.loads((out / "summary.json").read_text()), pair.load()


def test_steps_come_down_and_the_summary_says_so(result) -> None:
    summary, _ = result
    jsonschema.validate(summary, schema())
    balance = summary["s1"]["power_balance"]["HV"]
    assert balance["steps_before_db"] > 0.5
    assert balance["steps_after_db"] < 0.15
    # Steps tell how shares differ, not what is common to both; noise of the first is twice as much.
    assert balance["shares"][0] > 0.05
    assert balance["shares"][1] < -0.03


def test_every_pixel_is_what_the_formulas_make_of_the_file(result, files) -> None:
    summary, pair = result
    shares = np.array([0.0, *summary["s1"]["power_balance"]["HV"]["shares"]])
    seen = (pair.s1_flags == 0).values & np.isfinite(pair.s1_line.values)
    assert seen.mean() > 0.9
    line, sample = (
        np.floor(place.values[seen] + 0.5).astype(int) for place in (pair.s1_line, pair.s1_sample)
    )
    tilt = pair.s1_incidence_angle.values[seen].astype(float) - 30
    with h5py.File(files[0]) as file:
        subswath = file["swathList"][...].reshape(file["sigmaNought_HV"].shape[-2:])
        for name, slope, share in (("HH", 0.24, 0 * shares), ("HV", 0.16, shares)):
            numbers, noise, table = (
                file[f"{stem}_{name}"][0].astype(float)[line, sample]
                for stem in ("Amplitude", "noiseCorrectionMatrix", "sigmaNought")
            )
            nesz = noise / table**2
            power = (numbers**2 - noise) / table**2 - share[subswath[line, sample]] * nesz
            found = (pair[f"s1_{stem}_{name.lower()}"].values[seen] for stem in ("nesz", "sigma0"))
            np.testing.assert_allclose(next(found), nesz, rtol=1e-5)
            np.testing.assert_allclose(
                next(found), power * 10 ** (0.1 * slope * tilt), rtol=1e-4, atol=1e-7
            )


def test_a_plan_says_what_will_be_done(files, capsys) -> None:
    assert run(["plan", *map(str, files), *OPTIONS]) == 0
    printed = capsys.readouterr().out
    assert "balanced between sub-swaths in HV\n" in printed
    assert "backscatter as at 30:HH=-0.24,HV=-0.16" in printed


def test_the_printed_result_has_the_steps(files, tmp_path, capsys) -> None:
    options = ("--balance", "--bands", "B03", "--surface", "ellipsoid")
    assert run(["align", *map(str, files), "--out", str(tmp_path / "out"), *options]) == 0
    assert " dB before, 0." in capsys.readouterr().out


def test_refusals_teach(files, tmp_path, capsys) -> None:
    for options, words in (
        (("--incidence", "steep"), "for example 30:-0.2 (degrees, decibels per degree)"),
        (("--incidence", "30:VV=-0.2"), "No slope of HH over incidence is known"),
        (("--balance", "--polarisation", "HH"), "no cross-polarisation (HV or VH) is read"),
        (("--preset", "tutorial", "--nesz"), "need the default preset"),
        (("--preset", "tutorial", "--s1-mask", "network"), "methods 'network' and 'spectral' need"),
    ):
        assert run(["plan", *map(str, files), *options]) != 0
        assert words in " ".join(capsys.readouterr().err.split())
