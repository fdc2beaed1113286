"""What the server of the map gives, and what it does not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from browsing import HOSTILE

from icepair.cli.door import run
from icepair.errors import InputError, UsageError
from icepair.web import view


def get(url: str, **headers: str) -> requests.Response:
    """Reply to a path that is sent as it is: dots in it are not tidied away."""
    request = requests.Request("GET", url, headers=headers).prepare()
    request.url = url
    with requests.Session() as session:
        return session.send(request, timeout=30, allow_redirects=False)


def test_files_are_given_whole_and_in_part(served, results: Path) -> None:
    url = f"{served.url}results/0/s1_ice.tif"
    octets = (results / "a-utm" / "s1_ice.tif").read_bytes()
    assert get(url).content == octets
    part = get(url, Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, octets[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(octets)}"
    assert get(url, Range=f"bytes={len(octets)}-").status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "results/0/../../pyproject.toml", "results/0/..%2fb-north%2fs1_ice.tif",
        "results/0/%2e%2e/summary.json", "results/0/summary.json", "results/0/pair.nc",
        "results/0//etc/passwd", "results/0/%00.tif", "results/99/s1_ice.tif", "results/-1",
        "results/0/s1_ice.tif/", "..%2fapp.py", "app.py", "bundle/index.html",
    ],
)  # fmt: skip
def test_nothing_else_is_given(served, path: str) -> None:
    assert get(f"{served.url}{path}").status_code in (404, 405)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.tif").write_bytes(b"II*\0")
    inside = tmp_path / "result"
    inside.mkdir()
    (inside / "summary.json").write_text(json.dumps({"s1": {}, "s2": {}, "grid": {}}))
    (inside / "led.tif").symlink_to(tmp_path / "outside.tif")
    (inside / "own.tif").write_bytes(b"II*\0")
    with view(inside, port=0) as viewing:
        assert get(f"{viewing.url}results/0").json()["files"] == {"own.tif": 4}
        assert get(f"{viewing.url}results/0/led.tif").status_code == 404


def test_replies_keep_other_sites_out(served) -> None:
    headers = get(served.url).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    # A name of another site that was made to lead to this machine.
    assert get(served.url, Host="elsewhere.example").status_code == 400


def test_results_are_listed_with_their_problems(served) -> None:
    listed = get(f"{served.url}results.json").json()["results"]
    assert [r["name"][:1] for r in listed] == list("abcdef")
    assert listed[3]["s1"]["product"] == HOSTILE
    assert "cannot be read" in listed[5]["problem"]
    assert any("s2_b04.tif is missing" in problem for problem in served.problems)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ((), "nor has it folders that are: there is no summary.json. Give the folder"),
        (("pair.nc",), "a run may have been cut short: repeat it with --overwrite"),
    ],
)
def test_a_folder_without_a_result_is_refused(tmp_path: Path, made, words: str) -> None:
    for name in made:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=re.escape(words)), view(tmp_path):
        pass


def test_a_folder_that_is_not_there_ends_the_command(capsys, tmp_path: Path) -> None:
    assert run(["view", str(tmp_path / "nowhere"), "--no-browser"]) == 3
    assert "icepair demo DIR makes a result to look at" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(served, results: Path) -> None:
    port = int(served.url.rstrip("/").rpartition(":")[2])
    with (
        pytest.raises(UsageError, match=f"Cannot listen on 127.0.0.1 port {port}"),
        view(results, port=port),
    ):
        pass


def test_the_command_shows_until_it_is_interrupted(results: Path) -> None:
    command = [sys.executable, "-m", "icepair", "view", str(results), "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        found = re.fullmatch(
            r"Showing 6 results at (\S+) until Ctrl-C\n", process.stdout.readline()
        )
        assert found
        assert "<title>icepair</title>" in get(found[1]).text
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "e-broken: s2_b04.tif is missing" in messages


def test_the_server_needs_neither_numpy_nor_gdal(results: Path) -> None:
    code = (
        "import sys; from icepair.web import view\n"
        f"with view({str(results)!r}, port=0): pass\n"
        "print(sorted({'numpy', 'xarray', 'rasterio', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
