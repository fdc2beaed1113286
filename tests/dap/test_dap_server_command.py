"""``icepair serve`` as a process: what it prints, how it ends, whom it lets in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from dap_server_samples import write_raster

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    write_raster(tmp_path / "a.nc", size=100)
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "icepair", "serve", *arguments]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def root_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    found = re.fullmatch(r"Serving 1 dataset at (\S+)/ until Ctrl-C\n", process.stdout.readline())
    assert found
    return found[1]


def test_it_prints_addresses_serves_and_stops_when_interrupted(start: Start) -> None:
    process = start(".", "--port", "0")
    root = root_of(process)
    assert root.startswith("http://127.0.0.1:")
    assert process.stdout is not None
    assert process.stdout.readline() == f"  {root}/dodsC/a.nc\n"
    assert requests.get(f"{root}/dodsC/a.nc.dds", timeout=20).status_code == 200
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=20)
    assert process.returncode == 130
    assert messages.strip() == "icepair: stopped; nothing half-written was left."


def test_a_polite_kill_ends_it_too(start: Start) -> None:
    process = start(".", "--port", "0")
    root_of(process)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 143


def test_limits_and_sign_in_reach_the_server(start: Start) -> None:
    process = start(
        ".", "--port", "0", "--sign-in", "anna", "--limit", "0.001", "--limit-reply", "body",
        ICEPAIR_SERVE_PASSWORD="secret",
    )  # fmt: skip
    root = root_of(process)
    assert requests.get(root, timeout=20).status_code == 401
    reply = requests.get(f"{root}/dodsC/a.nc.dods", auth=("anna", "secret"), timeout=20)
    assert reply.status_code == 200
    assert "Request Too Large: 0.0 Mbytes, max=0.001" in reply.text


@pytest.mark.parametrize(("sign_in", "words"), [
    ((), "whoever reaches it reads every dataset"),
    (("--sign-in", "anna:secret"), "passwords included"),
])  # fmt: skip
def test_other_hosts_are_let_in_with_a_warning(
    start: Start, sign_in: tuple[str, ...], words: str
) -> None:
    process = start(".", "--port", "0", "--host", "0.0.0.0", *sign_in)
    root_of(process)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=20)
    assert "trust" in messages
    assert words in messages
    assert "secret" not in messages


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nix",), "There is no folder 'nix' to serve"),
        ((".", "--port", "99999"), "port 99999 is not within 0 to 65535"),
        ((".", "--sign-in", "anna"), "ICEPAIR_SERVE_PASSWORD"),
        ((".", "--limit", "-1"), "expected more than 0"),
        ((".", "--limit-reply", "shrug"), "shrug"),
    ],
)
def test_mistakes_are_told(start: Start, arguments: tuple[str, ...], words: str) -> None:
    process = start(*arguments, ICEPAIR_SERVE_PASSWORD="")
    out, messages = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert words in messages
    assert "Traceback" not in messages
