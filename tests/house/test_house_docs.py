"""The shelves of `docs/` lead to every page of theirs, and anchors to headings that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHELVES = ("tutorials", "how-to", "concepts", "reference", "decisions")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def slug(heading: str) -> str:
    """The anchor that a heading gets: lower case, hyphens for spaces, no other marks."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_shelf_names_each_of_its_pages(shelf: str) -> None:
    folder = DOCS / shelf
    pages = {p.name for p in folder.iterdir() if p.suffix in {".md", ".ipynb"}} - {"README.md"}
    named = {target.partition("#")[0] for target in TARGET.findall(prose(folder / "README.md"))}
    assert pages
    assert pages <= named, f"docs/{shelf}/README.md does not name {sorted(pages - named)}"


def test_anchors_lead_to_headings() -> None:
    lost = []
    for page in DOCS.rglob("*.md"):
        for target in TARGET.findall(prose(page)):
            path, mark, anchor = target.partition("#")
            goal = (page.parent / path) if path else page
            if not mark or ":" in path or goal.suffix != ".md" or not goal.is_file():
                continue
            headings = re.findall(r"^#+ (.*)$", prose(goal), re.MULTILINE)
            if anchor not in map(slug, headings):
                lost.append(f"{page.relative_to(DOCS)}: {target}")
    assert not lost
