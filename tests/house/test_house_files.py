"""What may not lie in the repository: addresses, places of one machine, big files, outputs."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000

# Spelled in pieces, so that this file does not find itself.
REGISTRY = re.compile(
    r"pypi\.(?:" + "org|python)|files\\.python" + r"hosted|conda\.(?:" + "anaconda|io)"
    r"|registry\.npm" + "js|--(?:extra-)?index-" + "url|--find-" + "links"
)
MACHINE = re.compile(r"(?<![\w.:/\-}>])/(?:" + "work|home|tmp|opt|root|mnt|Users" + r")/[\w.]")
LOCK_LINE = re.compile(
    r"#.*|[a-z0-9][a-z0-9._-]*==[^\s;@]+( ; .+)? \\| {4}--hash=sha256:[0-9a-f]{64}( \\)?"
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


@cache
def tracked() -> tuple[Path, ...]:
    """Files that git keeps, as they are in the working tree; skips where this is no checkout."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or git is absent: no list of tracked files")
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def named(*suffixes: str) -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix in suffixes)


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """``file:line: text`` of every hit in the tracked text files."""
    hits = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        hits += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return hits


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, "https://" + "pypi." + "org/simple"),
        (REGISTRY, "--extra-" + "index-url file:somewhere"),
        (MACHINE, "open('" + "/ho" + "me/someone/x.nc')"),
        (MACHINE, "see " + "/t" + "mp/out"),
    ],
)
def test_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize("text", ["../shared/data", "a/work/b", "simulate/home.py", "{DIR}/tmp/x"])
def test_relative_paths_are_no_places_of_one_machine(text: str) -> None:
    assert not MACHINE.search(text)


def test_no_registry_address() -> None:
    assert lines_with(REGISTRY) == []


def test_no_path_of_one_machine() -> None:
    assert lines_with(MACHINE) == []


def test_no_file_over_a_megabyte() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > MEGABYTE} == {}


def test_locks_hold_versions_and_hashes_alone() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert [lock.stem for lock in locks] == [
        "bench",
        "clouds",
        "land",
        "lint",
        "lock",
        "notebooks",
        "runtime",
        "test",
        "viewer",
    ]
    strange = [
        f"{lock.name}: {line}"
        for lock in locks
        for line in lock.read_text().splitlines()
        if not LOCK_LINE.fullmatch(line)
    ]
    assert strange == []


def pins(lock: Path) -> dict[str, str]:
    """Version by name."""
    rows = re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text(), flags=re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("name", ["test", "lint", "notebooks", "bench"])
def test_every_lock_agrees_with_the_runtime_lock(name: str) -> None:
    runtime = pins(ROOT / "requirements" / "runtime.txt")
    other = pins(ROOT / "requirements" / f"{name}.txt")
    assert {package: other.get(package) for package in runtime} == runtime


def test_locks_cover_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for extra, wanted in {"runtime": [], **extras}.items():
        # What a user may add is locked with what tests it.
        lock = "test" if extra in ("zarr", "floes") else extra
        have = pins(ROOT / "requirements" / f"{lock}.txt")
        asked = [re.split(r"[\[<>=~! ]", r)[0].lower() for r in project["dependencies"] + wanted]
        assert [name for name in asked if name not in have] == [], lock


def test_notebooks_are_kept_without_outputs() -> None:
    kept = [
        f"{path.relative_to(ROOT)}: cell {number}"
        for path in named(".ipynb")
        for number, cell in enumerate(json.loads(path.read_text())["cells"], start=1)
        if cell.get("outputs") or cell.get("execution_count") is not None
    ]
    assert kept == []


def test_json_and_toml_files_parse() -> None:
    for path in named(".json", ".ipynb"):
        json.loads(path.read_text(encoding="utf-8"))
    for path in named(".toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))


def test_citation_names_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = dict(
        re.findall(r"^([a-z-]+): (.+)$", (ROOT / "CITATION.cff").read_text(), flags=re.MULTILINE)
    )
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert f'__version__ = "{project["version"]}"' in (ROOT / "src/icepair/__init__.py").read_text()


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in named(".md"):
        prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for groups in LINK.findall(prose):
            target = next(filter(None, groups))
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{path.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_recipes_named_in_prose_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipes = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    prose = [*named(".md"), ROOT / ".ci" / "run"]
    named_in = {
        (path.name, recipe)
        for path in prose
        for recipe in re.findall(r"(?:`|^|\$ )make ([a-z-]+)", path.read_text(), flags=re.MULTILINE)
    }
    assert {pair for pair in named_in if pair[1] not in recipes} == set()
