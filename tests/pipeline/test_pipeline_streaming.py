"""The main job from a server: the same answer as from files, and nothing lost on the way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from icepair.simulate import PairSettings, simulate_pair
from icepair.testing.link import Link

ICEPAIR = (sys.executable, "-m", "icepair")
SMALL = PairSettings(optical_shape=(300, 400), radar_shape=(200, 220), baseline="N0510", seed=3)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    made = simulate_pair(tmp_path_factory.mktemp("scenes"), SMALL)
    return made.s1, made.s2


@pytest.fixture(scope="module")
def server(scenes: tuple[Path, Path]) -> Iterator[str]:
    """``icepair serve`` as a user starts it."""
    process = subprocess.Popen(
        [*ICEPAIR, "serve", str(scenes[0].parent), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                break
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def aligned(
    server: str, scenes: tuple[Path, Path], out: Path, cache: Path, *options: str, **extra: str
) -> subprocess.Popen[str]:
    addresses = [f"{server}/dodsC/{scene.name}" for scene in scenes]
    return subprocess.Popen(
        [*ICEPAIR, "align", *addresses, "--out", str(out), "--json", "--overwrite", *options],
        env=os.environ | {"ICEPAIR_CACHE_DIR": str(cache)} | extra,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return dict(json.loads(out))


def test_streamed_and_from_files_agree_and_a_second_run_only_validates(
    server: str, scenes: tuple[Path, Path], tmp_path: Path
):
    from icepair.pipeline.run import align

    align(*scenes, tmp_path / "files")
    first = finished(aligned(server, scenes, tmp_path / "streamed", tmp_path / "cache"))
    second = finished(aligned(server, scenes, tmp_path / "again", tmp_path / "cache"))

    expect_same(tmp_path / "files", tmp_path / "streamed")
    expect_same(tmp_path / "streamed", tmp_path / "again")
    assert first["streaming"]["requests"] > 10
    assert first["s1"]["address"].startswith(server)
    # The DMR of each scene, and no pixel.
    assert second["streaming"]["requests"] == 2
    assert second["streaming"]["bytes"] < 0.1 * first["streaming"]["bytes"]


def expect_same(one: Path, other: Path) -> None:
    with (
        xr.open_dataset(one / "pair.nc", engine="h5netcdf") as left,
        xr.open_dataset(other / "pair.nc", engine="h5netcdf") as right,
    ):
        for name in left.data_vars:
            a, b = left[name].values, right[name].values
            if str(name).startswith("s1_sigma0"):
                # Tables are rebuilt to 0.01 dB of noise and of calibration.
                np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
                np.testing.assert_allclose(b, a, rtol=2.5e-3, atol=1e-6)
            else:
                np.testing.assert_array_equal(a, b)


def test_a_killed_run_goes_on_where_it_stopped(
    server: str, scenes: tuple[Path, Path], tmp_path: Path
):
    few = {"ICEPAIR_REQUEST_BYTES": "40000", "ICEPAIR_WORKERS": "1"}
    with Link(server, bits_per_s=4e6) as link:
        process = aligned(link.url, scenes, tmp_path / "out", tmp_path / "cache", **few)
        while size_of(tmp_path / "cache") < 400_000:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=20)
        assert not (tmp_path / "out").exists()
        rest = finished(aligned(link.url, scenes, tmp_path / "out", tmp_path / "cache", **few))
    whole = finished(aligned(server, scenes, tmp_path / "whole", tmp_path / "other", **few))
    assert rest["streaming"]["bytes"] < whole["streaming"]["bytes"] - 300_000
    expect_same(tmp_path / "out", tmp_path / "whole")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_two_processes_share_a_cache(server: str, scenes: tuple[Path, Path], tmp_path: Path):
    running = [
        aligned(server, scenes, tmp_path / name, tmp_path / "cache") for name in ("one", "two")
    ]
    for process in running:
        finished(process)
    expect_same(tmp_path / "one", tmp_path / "two")


def test_a_plan_prints_what_it_will_cost_and_the_run_takes_it(
    server: str, scenes: tuple[Path, Path], tmp_path: Path
):
    addresses = [f"{server}/dodsC/{scene.name}" for scene in scenes]
    environment = os.environ | {"ICEPAIR_CACHE_DIR": str(tmp_path / "cache")}
    printed = subprocess.run(
        [*ICEPAIR, "plan", *addresses], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"To stream +\d.* MB in \d+ requests, without compression", printed)
    planned = json.loads(
        subprocess.run(
            [*ICEPAIR, "plan", *addresses, "--json"],
            env=environment, capture_output=True, text=True, check=True,
        ).stdout
    )["streaming"]  # fmt: skip
    taken = finished(aligned(server, scenes, tmp_path / "out", tmp_path / "cache"))["streaming"]
    # Two validations, then what the plan said: its probes are in the cache.
    assert taken["requests"] == planned["requests_to_come"] + 2
    assert taken["bytes"] == pytest.approx(planned["bytes_to_come"] + planned["bytes"], rel=0.05)
    assert taken["bytes_to_come"] == 0


def test_a_server_that_is_gone_ends_in_one_line_and_exit_5(
    scenes: tuple[Path, Path], tmp_path: Path
):
    process = aligned(
        "http://127.0.0.1:9", scenes, tmp_path / "out", tmp_path / "cache",
        ICEPAIR_ATTEMPTS="2", ICEPAIR_BACKOFF_S="0.01",
    )  # fmt: skip
    _, err = process.communicate(timeout=300)
    assert process.returncode == 5
    assert re.search(rf"{re.escape(scenes[0].name)}.*no answer.*2 tries.*Check the address", err)
    assert "Traceback" not in err
