"""A result appears whole or not at all, and leaves strangers' files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from icepair.errors import OutputError
from icepair.pipeline.staging import staged


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def make(out: Path, files: dict[str, str], **options: bool) -> None:
    with staged(out, **options) as folder:
        for name, text in files.items():
            (folder / name).write_text(text)
        (folder / "summary.json").write_text(json.dumps({"files": [*files, "summary.json"]}))


def fail(out: Path, error: Exception | None, **options: bool) -> None:
    """Fail after a file, with `error` or as a writer does."""
    with staged(out, **options) as folder:
        (folder / "a").write_text("new")
        raise error or OutputError(f"No space for '{folder}/a'.")


def test_it_appears_when_complete_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with staged(out) as folder:
        (folder / "a").write_text("1")
        assert not out.exists()
    assert contents(out) == {"a": "1"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_after_an_error_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="half"):
        fail(tmp_path / "out", ZeroDivisionError("half way"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(OutputError, match=r"exists and is not empty.*--overwrite"):
        make(tmp_path, {"a": "1"})
    assert contents(tmp_path) == {"mine": "x"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        make(tmp_path / "out", {"a": "1"}, overwrite=True)


def test_overwriting_replaces_the_earlier_result_and_keeps_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, {"a": "old", "gone.tif": "old"})
    (out / "mine").write_text("x")
    make(out, {"a": "new"}, overwrite=True)
    found = contents(out)
    assert json.loads(found.pop("summary.json"))["files"] == ["a", "summary.json"]
    assert found == {"a": "new", "mine": "x"}


def test_overwriting_that_fails_leaves_the_old(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, {"a": "old"})
    before = contents(out)
    with pytest.raises(OutputError, match=rf"No space for '{out}/a'. Nothing has changed in"):
        fail(out, None, overwrite=True)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_summary_cannot_delete_outside_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_text("x")
    (out / "summary.json").write_text(json.dumps({"files": ["../precious", 7]}))
    make(out, {"a": "1"}, overwrite=True)
    assert (tmp_path / "precious").read_text() == "x"


_KILLED = """
import os, sys
from pathlib import Path
from icepair.pipeline.staging import staged
with staged(sys.argv[1]) as folder:
    (folder / "large").write_text("half")
    if sys.argv[2] == "wait":
        print(folder, flush=True)
        sys.stdin.read()
    os._exit(9)
"""


def run_of(out: Path, end: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(out), end],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def aged(folder: Path) -> None:
    os.utime(folder, (time.time() - 3600,) * 2)


def test_what_a_killed_run_left_goes_with_the_next_and_a_live_one_is_left_alone(
    tmp_path: Path,
) -> None:
    out = tmp_path / "result"
    killed = run_of(out, "die")
    killed.communicate(timeout=60)
    (left,) = tmp_path.iterdir()
    live = run_of(out, "wait")
    assert live.stdout is not None
    working = Path(live.stdout.readline().strip())
    try:
        assert left.exists(), "one that was made just now is not touched"
        aged(left)
        aged(working)
        with staged(out):
            assert not left.exists()
            assert (working / "large").exists()
    finally:
        live.communicate("", timeout=60)


def make_store(out: Path, text: str, name: str = "pair.zarr", **options: bool) -> None:
    with staged(out, **options) as folder:
        (folder / name / "deep").mkdir(parents=True)
        (folder / name / "deep" / "chunk").write_text(text)
        (folder / "summary.json").write_text(json.dumps({"files": [name, "summary.json"]}))


def test_a_folder_inside_a_result_is_replaced_whole(tmp_path: Path) -> None:
    make_store(tmp_path / "out", "old")
    (tmp_path / "out" / "pair.zarr" / "left over").write_text("of the old one")
    make_store(tmp_path / "out", "new", overwrite=True)
    store = tmp_path / "out" / "pair.zarr"
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["chunk"]
    assert (store / "deep" / "chunk").read_text() == "new"


def test_a_folder_of_an_earlier_result_goes_with_it(tmp_path: Path) -> None:
    make_store(tmp_path / "out", "old")
    make(tmp_path / "out", {"pair.nc": "new"}, overwrite=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["pair.nc", "summary.json"]


def test_an_error_leaves_an_earlier_folder_alone(tmp_path: Path) -> None:
    make_store(tmp_path / "out", "old")
    with pytest.raises(ZeroDivisionError, match="half"):
        fail(tmp_path / "out", ZeroDivisionError("half way"), overwrite=True)
    assert (tmp_path / "out" / "pair.zarr" / "deep" / "chunk").read_text() == "old"


def test_a_folder_that_is_no_store_is_never_removed(tmp_path: Path) -> None:
    make_store(tmp_path / "out", "mine", name="photographs")
    make(tmp_path / "out", {"pair.nc": "new"}, overwrite=True)
    assert (tmp_path / "out" / "photographs" / "deep" / "chunk").read_text() == "mine"
