"""Room in the cache: what lies there, and what goes when it is too much.

Several processes may share a cache, so everything here expects files to come and go while it looks.
Only files and folders with names that the cache gives are ever touched: the folder is the user's
choice, and something else may lie in it.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

from icepair.dap.cache.names import ABOUT, BLOCK, DATASET, LOCK
from icepair.dap.cache.sealed import PARTIAL

__all__ = ["Item", "items", "make_room", "remove"]

_SUFFIXES = (BLOCK, PARTIAL)
_KEPT_SHARE = 0.9
"""Of the limit: evicting a little more than must makes it rare."""
_NEW_S = 60.0
_ABANDONED_S = 3600.0


@dataclass(frozen=True)
class Item:
    """One file of the cache."""

    path: Path
    n_bytes: int
    written: float
    """When, in seconds since 1970."""
    used: float
    """Likewise. Kept in the time of access, set by us because file systems seldom do; the time of
    modification stays as it is, so that a change of the file itself shows."""

    @property
    def dataset(self) -> str:
        """Name of the dataset's folder."""
        owner = self.path.parent
        return owner.name if DATASET.fullmatch(owner.name) else owner.parent.name


def items(root: Path) -> Iterator[Item]:
    """Every file that the cache wrote below its root, but for the few bytes that describe it."""
    for dataset in _entries(root):
        if DATASET.fullmatch(dataset.name) and _is_folder(dataset):
            for entry in _entries(Path(dataset.path)):
                if _is_folder(entry):
                    yield from filter(None, map(_item, _entries(Path(entry.path))))
                elif (item := _item(entry)) is not None:
                    yield item


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _item(entry: os.DirEntry[str]) -> Item | None:
    if not entry.name.endswith(_SUFFIXES):
        return None
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    used = max(found.st_atime, found.st_mtime)
    return Item(Path(entry.path), found.st_size, found.st_mtime, used)


def make_room(root: Path, limit_bytes: int) -> int:
    """Bytes held after old files went, if there were more than the limit.

    Files that another process did not finish go when they are an hour old. When the limit is passed
    the files that were not used for longest go, down to nine tenths of it; those written within the
    last minute go last, and the very last one goes only if it alone passes the limit. Where another
    process is at it already, nothing is done.
    """
    now = time.time()
    found = list(items(root))
    abandoned = [
        item for item in found if item.path.suffix == PARTIAL and now - item.written > _ABANDONED_S
    ]
    held = sum(item.n_bytes for item in found) - remove(root, abandoned)
    if held <= limit_bytes:
        return held
    with _alone(root / LOCK) as alone:
        if not alone:
            return held
        whole = (item for item in found if item.path.suffix != PARTIAL)
        order = sorted(whole, key=lambda item: (abs(now - item.written) < _NEW_S, item.used))
        return held - remove(root, _victims(order, held, limit_bytes))


def _victims(order: list[Item], held: int, limit_bytes: int) -> Iterator[Item]:
    for item in order:
        enough = limit_bytes if item is order[-1] else _KEPT_SHARE * limit_bytes
        if held <= enough:
            return
        held -= item.n_bytes
        yield item


def remove(root: Path, unwanted: Iterator[Item] | list[Item]) -> int:
    """Bytes freed; folders that are empty then go as well."""
    freed = 0
    folders: set[Path] = set()
    for item in unwanted:
        try:
            # One that another process removed first is as good.
            item.path.unlink(missing_ok=True)
        except OSError:
            continue
        freed += item.n_bytes
        folders.add(item.path.parent)
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        _remove_if_empty(root, folder)
    return freed


def _remove_if_empty(root: Path, folder: Path) -> None:
    """Remove a folder, and its dataset's, if nothing but the description of it is left."""
    while folder != root:
        with suppress(OSError):
            if [entry.name for entry in _entries(folder)] == [ABOUT]:
                (folder / ABOUT).unlink()
            folder.rmdir()
        folder = folder.parent


@contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Whether no other process or thread is in here."""
    try:
        file = lock.open("ab")
    except OSError:
        yield False
        return
    with file:
        yield _locked(file)


def _locked(file: BufferedWriter) -> bool:
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        # No locks on this system, or none on this file system. Two processes may then evict at
        # once: more goes than must, and nothing breaks.
        return True
    return True
