"""Which files of a folder may be seen: nothing outside it, nothing hidden, HDF5 alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from icepair.dap.server.refusal import Refusal

__all__ = ["Folder", "Stamp"]

SUFFIXES = frozenset({".nc", ".nc4", ".h5", ".cdf"})
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Stamp:
    """What tells one state of a file from another."""

    inode: int
    modified_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Stamp of a file's status."""
        return cls(status.st_ino, status.st_mtime_ns, status.st_size)

    @property
    def etag(self) -> str:
        """Strong validator, quoted."""
        return f'"{self.modified_ns:x}-{self.size:x}"'

    @property
    def last_modified(self) -> str:
        """Time of the last change as HTTP writes it; whole seconds."""
        return formatdate(self.modified_ns // 1_000_000_000, usegmt=True)


class Folder:
    """The served folder.

    Parameters
    ----------
    root : Path
        Existing folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve(strict=True)

    def file(self, path: str) -> Path:
        """Place of a dataset.

        Parameters
        ----------
        path : str
            As in the address, decoded once.

        Raises
        ------
        Refusal
            404 whatever the reason, so that nothing is learned about what is not served.
        """
        found = self._inside(path)
        if found is None or not _is_dataset(found):
            raise Refusal(404, f"There is no dataset {path!r} here.")
        return found

    def below(self, path: str) -> Path:
        """Place of a sub-folder; an empty path is the folder itself.

        Raises
        ------
        Refusal
            404.
        """
        found = self.root if not path else self._inside(path)
        if found is None or not found.is_dir():
            raise Refusal(404, f"There is no folder {path!r} here.")
        return found

    def tree(self, folder: Path | None = None) -> Iterator[str]:
        """Paths of all datasets in a folder and below it; of the whole for None."""
        start = self.root if folder is None else folder
        yield from self.datasets(start)
        for name in self.folders(start):
            yield from self.tree(self.root / name)

    def datasets(self, folder: Path) -> Iterator[str]:
        """Paths of the datasets right in a folder, sorted."""
        for entry in sorted(folder.iterdir()):
            name = entry.relative_to(self.root).as_posix()
            inside = self._inside(name)
            if inside is not None and _is_dataset(inside):
                yield name

    def folders(self, folder: Path) -> Iterator[str]:
        """Paths of the sub-folders of a folder, sorted; links are not followed."""
        for entry in sorted(folder.iterdir()):
            if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                yield entry.relative_to(self.root).as_posix()

    def _inside(self, path: str) -> Path | None:
        parts = path.split("/")
        if any(not part or part.startswith(".") or set(part) & {"\\", "\0"} for part in parts):
            return None
        try:
            found = self.root.joinpath(*parts).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return None
        return found if found.is_relative_to(self.root) else None


def _is_dataset(path: Path) -> bool:
    if path.suffix.lower() not in SUFFIXES:
        return False
    try:
        # Opening a pipe would wait for its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False
