"""A result appears whole or not at all, and leaves strangers' files alone."""

from __future__ import annotations

import json
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
