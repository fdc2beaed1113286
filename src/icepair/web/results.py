"""Which results lie in a folder, and which of their files may be seen."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icepair.errors import DamagedFileError, InputError

__all__ = ["SUMMARY", "Result", "results_in"]

SUMMARY = "summary.json"
"""Its presence says that the rest of a result is complete."""

_SEEN = re.compile(r"[A-Za-z0-9_-]+\.(?:tif|geojson)", re.ASCII)


@dataclass(frozen=True)
class Result:
    """A folder that ``icepair align`` wrote."""

    name: str
    """Of the folder, for people; nothing is opened by it."""
    folder: Path
    """Resolved."""

    def summary(self) -> dict[str, Any]:
        """What is in ``summary.json``.

        Raises
        ------
        DamagedFileError
            It cannot be read, is not JSON, or lacks what the map needs.
        """
        path = self.folder / SUMMARY
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedFileError(
                f"{SUMMARY} of {self.name!r} cannot be read: {error}. Make the result anew: "
                "icepair align … --overwrite."
            ) from error
        missing = [key for key in ("s1", "s2", "grid") if not isinstance(_of(values, key), dict)]
        if missing:
            raise DamagedFileError(
                f"{SUMMARY} of {self.name!r} has no {', '.join(missing)}; it is not one that "
                "icepair align wrote."
            )
        found: dict[str, Any] = values
        return found

    def files(self) -> dict[str, int]:
        """Sizes in bytes of the files that a map may show, by name."""
        return {
            path.name: size
            for path in sorted(self.folder.iterdir())
            if (size := self._size(path.name)) is not None
        }

    def file(self, name: str) -> Path | None:
        """Place of a file that may be shown; None for every other name."""
        return self.folder / name if self._size(name) is not None else None

    def problems(self) -> list[str]:
        """Files that the summary names and the map would show, but which are not there."""
        named = self.summary().get("files", [])
        wanted = [n for n in named if isinstance(n, str) and _SEEN.fullmatch(n)]
        return [
            f"{name} is missing: the summary names it. Make the result anew to see it."
            for name in wanted
            if self.file(name) is None
        ]

    def _size(self, name: str) -> int | None:
        """Of a regular file right in the folder, not of what a link leads out of it to."""
        if not _SEEN.fullmatch(name):
            return None
        path = self.folder / name
        try:
            inside = path.resolve(strict=True).parent == self.folder
        except OSError:
            return None
        return path.stat().st_size if inside and path.is_file() else None


def results_in(directory: str | os.PathLike[str]) -> tuple[Result, ...]:
    """The result that a folder is, or those in its sub-folders, by name.

    Raises
    ------
    InputError
        There is no such folder, or no result in it.
    """
    folder = Path(directory).expanduser()
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {str(directory)!r}. icepair view shows what icepair align wrote "
            "with --out DIR; icepair demo DIR makes a result to look at."
        )
    folder = folder.resolve()
    if (folder / SUMMARY).is_file():
        return (Result(folder.name, folder),)
    found = tuple(
        Result(entry.name, entry)
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and not entry.is_symlink() and (entry / SUMMARY).is_file()
    )
    if not found:
        raise InputError(
            f"{str(directory)!r} is no result of icepair align, nor has it folders that are: there "
            f"is no {SUMMARY}. {_instead(folder)}"
        )
    return found


def _instead(folder: Path) -> str:
    if (folder / "pair.nc").exists() or (folder / "pair.zarr").exists():
        return "The pair is there, so a run may have been cut short: repeat it with --overwrite."
    return "Give the folder that was named with icepair align … --out DIR."


def _of(values: Any, key: str) -> Any:
    return values.get(key) if isinstance(values, dict) else None
