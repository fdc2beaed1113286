"""Commands as a person meets them: help, tables, JSON, exit codes, and no traceback ever."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
import rasterio
import xarray as xr

from icepair.cli.console import result_table
from icepair.cli.door import run
from icepair.cli.simulate import _SETTINGS
from icepair.conventions import S2Flag
from icepair.pipeline.summary import schema
from icepair.simulate import PairSettings

RESULT = {
    "pair.nc", "summary.json", "footprints.png", "pair.png", "masks.png", "difference.png",
    "s1_sigma0_hh.tif", "s1_sigma0_hv.tif", "s2_b02.tif", "s2_b03.tif", "s2_b04.tif", "s2_b08.tif",
    "s1_ice.tif", "s2_ice.tif", "valid.tif", "s1_flags.tif", "s2_flags.tif", "cells.nc",
    "cells_s1_ice_concentration.tif", "cells_s1_ice_concentration_standard_error.tif",
    "cells_s2_ice_concentration.tif", "cells_s2_ice_concentration_standard_error.tif",
}  # fmt: skip


def words(*arguments: object) -> list[str]:
    return [str(argument) for argument in arguments]


def process(*arguments: object, limit: int | None = None) -> subprocess.Popen[str]:
    def before() -> None:
        if limit is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-B", "-m", "icepair", *words(*arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


@pytest.mark.parametrize("command", ["", "plan", "align", "simulate", "demo"])
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(*command.split(), "--help")) == 0
    text = capsys.readouterr().out
    assert "Usage: icepair" in text
    assert "\\b" not in text
    assert "\b" not in text
    assert command in ("", "demo") or "Examples" in text


def test_help_states_the_true_defaults() -> None:
    """Defaults are written out in the help, to keep it light; here they are held to the truth."""
    true = {field.name: field.default for field in fields(PairSettings)}
    for flag, name, how in _SETTINGS:
        stated = re.search(r"\[([^]]+)\]$", how["help"])
        if stated and "/" in flag:
            assert stated[1] == flag.split("/")[0 if true[name] else 1], name
        elif stated:
            value = true[name]
            text = {"polarisations": ",", "optical_shape": " "}.get(name)
            expected = text.join(map(str, value)) if text else f"{value}".removesuffix(".0")
            assert stated[1] == expected, name


def test_every_setting_has_an_option() -> None:
    assert {name for _, name, _ in _SETTINGS} == set(PairSettings.names())


@pytest.fixture(scope="module")
def aligned(
    scenes: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, str]:
    out = tmp_path_factory.mktemp("align") / "out"
    done = process("align", *scenes, "--out", out, "--json", "--source-position")
    stdout, stderr = done.communicate(timeout=300)
    assert done.returncode == 0, stderr
    return out, stdout, stderr


class TestAlign:
    def test_json_alone_on_standard_output(self, aligned: tuple[Path, str, str]) -> None:
        out, stdout, stderr = aligned
        assert json.loads(stdout) == json.loads((out / "summary.json").read_text())
        assert stderr == "", "no progress where there is no terminal"

    def test_folder_holds_everything_and_nothing_else(self, aligned: tuple[Path, str, str]) -> None:
        out = aligned[0]
        values = json.loads(aligned[1])
        assert {path.name for path in out.iterdir()} == RESULT == set(values["files"])
        assert [path.name for path in out.parent.iterdir()] == ["out"]

    def test_summary_obeys_the_schema(self, aligned: tuple[Path, str, str]) -> None:
        validator = jsonschema.Draft202012Validator(schema())
        values = json.loads(aligned[1])
        validator.validate(values)
        for side in ("s1", "s2"):
            del values[side]["ice_concentration_uncertainty"]
        assert len(list(validator.iter_errors(values))) == 2, "a missing key must be noticed"

    def test_pair_agrees_with_the_summary(self, aligned: tuple[Path, str, str]) -> None:
        out, values = aligned[0], json.loads(aligned[1])
        with xr.open_dataset(out / "pair.nc", decode_coords="all") as pair:
            both = pair["valid"].values == 1
            for side in ("s1", "s2"):
                mask = pair[f"{side}_ice"].values
                share = pair[f"{side}_ice_probability"].values[both].mean(dtype=float)
                assert values[side]["ice_concentration"] == pytest.approx(share, abs=1e-6)
                assert values[side]["valid_fraction"] == (mask != 255).mean()
            assert {"s1_line", "s1_sample", "s1_flags", "s2_flags"} <= set(pair)
            assert list(pair["s1_ice"].shape) == values["grid"]["shape"]
            assert pair.attrs["Conventions"] == "CF-1.11"
        with rasterio.open(out / "s2_ice.tif") as tiff:
            assert list(tiff.transform)[:6] == values["grid"]["transform"]

    def test_the_table_says_why_pixels_have_no_answer(self, aligned: tuple[Path, str, str]) -> None:
        out, values = aligned[0], json.loads(aligned[1])
        with xr.open_dataset(out / "pair.nc") as pair:
            share = ((pair["s2_flags"].values & int(S2Flag.NODATA)) != 0).mean()
        assert share > 0.001
        text = result_table({**values, "folder": str(out)})
        assert re.search(rf"Sentinel-2 has no answer +{100 * share:.1f} % without data\n", text)
        values["s2"]["reasons"]["land"] = {"pixels": 1, "share": 0.9}
        text = result_table({**values, "folder": str(out)})
        assert re.search(r"Sentinel-2 has no answer +90.0 % land, \S+ % without data\n", text)

    def test_not_empty_is_refused(
        self,
        aligned: tuple[Path, str, str],
        scenes: tuple[Path, Path],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert run(words("align", *scenes, "--out", aligned[0])) == 6
        assert "exists and is not empty" in capsys.readouterr().err


def test_zarr_holds_what_the_netcdf_holds(
    aligned: tuple[Path, str, str], scenes: tuple[Path, Path], tmp_path: Path, monkeypatch
) -> None:
    # As a large pair is: written, and read back for all that follows.
    monkeypatch.setattr("icepair.pipeline.run._SMALL", 0)
    out = tmp_path / "out"
    asked = words("align", *scenes, "--out", out, "--format", "zarr", "--source-position", "-q")
    assert run(asked) == 0
    assert run([*asked, "--overwrite"]) == 0
    assert {path.name for path in out.iterdir()} == RESULT - {"pair.nc"} | {"pair.zarr"}
    with (
        xr.open_zarr(out / "pair.zarr", decode_coords="all") as store,
        xr.open_dataset(aligned[0] / "pair.nc", decode_coords="all") as netcdf,
    ):
        # JSON knows no single precision: the scale of packed probabilities reads as double there.
        shares = ["s1_ice_probability", "s2_ice_probability"]
        xr.testing.assert_equal(store.drop_vars(shares), netcdf.drop_vars(shares))
        xr.testing.assert_allclose(store[shares], netcdf[shares].astype(float), atol=1e-6)
    written = json.loads((out / "summary.json").read_text())
    assert written["provenance"]["recipe"]["format"] == "zarr"
    assert "pair.zarr" in written["files"]


def test_tutorial_preset(
    scenes: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(words("align", *scenes, "--out", out, "--preset", "tutorial", "--json")) == 0
    values = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema()).validate(values)
    assert values["valid_fraction"] == 1.0
    assert values["alignment"]["geolocation"] == "rasters"


def test_plan_prints_a_table_or_json(
    scenes: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words("plan", *scenes, "--bands", "B3")) == 0
    table = capsys.readouterr().out
    assert "Read of S2" in table
    assert "of B03" in table
    assert run(words("plan", *scenes, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["grid"]["spacing_m"] == 10.0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["align", "S1", "S2"], 2, "Missing option '--out'"),
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["plan", "S1", "S2", "--bands", "B99"], 2, "band 'B99' does not exist"),
        (["plan", "nowhere.nc", "S2"], 3, "nowhere.nc"),
        (["plan", "S1", "S2", "--s1-window", "0:9999,0:10"], 2, "9999"),
        (["plan", "S1", "S2", "--polarisation", "VV"], 2, "no polarisation VV"),
        (["plan", "S1", "S2", "--bbox", "0", "10", "5", "12"], 4, ""),
        (["plan", "S1", "S1"], 2, "one Sentinel-1 and one Sentinel-2"),
        (["simulate", "X", "--mode", "SM"], 2, "mode must be EW or IW"),
    ],
)
def test_exit_codes(
    arguments: list[str],
    code: int,
    message: str,
    scenes: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = {"S1": str(scenes[0]), "S2": str(scenes[1])}
    assert run([named.get(word, word) for word in arguments]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_file_cut_short(
    scenes: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.nc"
    cut.write_bytes(scenes[0].read_bytes()[:100_000])
    assert run(words("align", cut, scenes[1], "--out", tmp_path / "out")) == 3
    assert "cut.nc" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["cut.nc"]


def test_our_own_mistake_is_owned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("icepair.pipeline.run.describe_plan", broken)
    monkeypatch.delenv("ICEPAIR_DEBUG", raising=False)
    assert run(["plan", "a", "b"]) == 1
    error = capsys.readouterr().err
    assert "RuntimeError: boom" in error
    assert "bug in icepair" in error
    assert "Traceback" not in error
    monkeypatch.setenv("ICEPAIR_DEBUG", "1")
    assert run(["plan", "a", "b"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("limit", [20_000, 800_000])
def test_full_disk(limit: int, scenes: tuple[Path, Path], tmp_path: Path) -> None:
    done = process("align", *scenes, "--out", tmp_path / "out", limit=limit)
    stdout, stderr = done.communicate(timeout=300)
    assert done.returncode == 6, stderr
    assert "could not be written" in stderr
    assert str(tmp_path / "out") in stderr
    assert "Traceback" not in stderr
    assert stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_kill_in_mid_write(
    number: signal.Signals, code: int, scenes: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = process("align", *scenes, "--out", out)
    while not list(tmp_path.glob(".out.*/pair.nc")):
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.01)
    os.kill(running.pid, number)
    stderr = running.communicate(timeout=60)[1]
    assert running.returncode == code, stderr
    assert not out.exists()
    assert "Traceback" not in stderr
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []


def test_simulate_and_its_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--radar-shape", 300, 300, "--optical-shape", 300, 300, "--json"]
    assert run(words("simulate", tmp_path / "s", *small)) == 0
    values = json.loads(capsys.readouterr().out)
    assert all(Path(values[name]).is_file() for name in ("s1", "s2", "truth"))
    assert run(words("simulate", tmp_path / "s", *small)) == 6
    assert "not empty" in capsys.readouterr().err
