"""``icepair cache`` as a person meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from icepair.cli.door import run
from icepair.dap.cache import BlockStore
from icepair.dap.hyperslab import Hyperslab
from icepair.pair.tables import size

ADDRESS = "https://data.example.org/dodsC/a.nc"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ICEPAIR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ICEPAIR_CACHE_BYTES", "5e6")
    return tmp_path / "cache"


@pytest.fixture
def filled(cache: Path) -> BlockStore:
    store = BlockStore(cache, 10**7)
    values = np.zeros((100, 100), "f8")
    store.dataset(f"{ADDRESS}\nstamp").put("B2", Hyperslab.of([], values.shape), values)
    return store


def test_an_empty_cache(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "info"]) == 0
    assert run(["cache", "clear"]) == 0
    text = capsys.readouterr().out
    assert re.search(rf"Folder +{re.escape(str(cache))}", text)
    assert re.search(r"Holds +0 B\n", text)
    # Other runs may use the same folder with another limit: whose this is must be said.
    assert re.search(r"Limit +5 MB with the settings of this shell\n", text)
    assert "0 B freed" in text
    assert "Last used" not in text
    assert not cache.exists(), "looking makes nothing"


def test_info_names_the_products(filled: BlockStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "info"]) == 0
    text = capsys.readouterr().out
    assert re.search(rf"20\d\d-\d\d-\d\d \d\d:\d\dZ +80\.\d kB +{re.escape(ADDRESS)}", text)
    assert run(["cache", "info", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["bytes"] == filled.info().bytes
    assert (values["blocks"], values["limit_bytes"]) == (1, 5_000_000)
    (dataset,) = values["datasets"]
    assert (dataset["address"], dataset["state"], dataset["blocks"]) == (ADDRESS, "stamp", 1)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", dataset["used"])


def test_a_product_whose_description_was_lost(
    filled: BlockStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (about,) = filled.folder.rglob("dataset.json")
    about.unlink()
    assert run(["cache", "info"]) == 0
    assert "(unknown)" in capsys.readouterr().out


def test_clear_says_what_it_freed(filled: BlockStore, capsys: pytest.CaptureFixture[str]) -> None:
    held = filled.info().bytes
    assert run(["cache", "clear", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values == {"folder": str(filled.folder), "freed_bytes": held}
    assert filled.info().bytes == 0


def test_quiet_says_nothing(filled: BlockStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "clear", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert filled.info().bytes == 0


def test_a_file_in_place_of_the_folder(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache.write_text("not a folder")
    for words in (["cache", "info"], ["cache", "clear"]):
        assert run(words) == 2
        assert "is a file, expected a folder" in capsys.readouterr().err


@pytest.fixture
def as_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of a user whom permissions bind, even where root runs the tests."""
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setenv("ICEPAIR_CACHE_DIR", str(folder))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
        shutil.rmtree(folder)


def test_what_cannot_be_removed(as_nobody: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = BlockStore(as_nobody, 10**7).dataset(ADDRESS)
    dataset.put("B2", Hyperslab.of([], (50,)), np.zeros(50))
    (block,) = as_nobody.rglob("*.block")
    block.parent.chmod(0o500)
    assert run(["cache", "clear"]) == 6
    assert re.search(r"\d+ B in .* could not be removed", capsys.readouterr().err)
    assert block.exists()


def test_help_and_no_word_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "--help"]) == 0
    text = capsys.readouterr().out
    assert "info" in text
    assert "clear" in text
    assert "ICEPAIR_CACHE_DIR" in text
    assert "\\b" not in text
    assert run(["cache"]) == 2


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_499, "999 kB"), (999_600, "1 MB"),
     (20_000_000_000, "20 GB"), (123_456_000_000, "123 GB")],
)  # fmt: skip
def test_sizes(n_bytes: int, text: str) -> None:
    assert size(n_bytes) == text
