"""The cache as a whole: its folder, its limit, what it holds, and throwing it away."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from icepair._held import hold, sweep
from icepair.dap.cache.dataset import DatasetStore
from icepair.dap.cache.eviction import Item, items, remove
from icepair.dap.cache.folder import CacheFolder
from icepair.dap.cache.names import ABOUT, BLOCK, ROOT
from icepair.options import user_cache_folder

__all__ = ["BlockStore", "CacheInfo", "DatasetInfo"]

_TEMPORARY = "icepair-blocks-"
"""How names of temporary stores begin."""


@dataclass(frozen=True)
class DatasetInfo:
    """What is kept of one state of one dataset."""

    address: str
    """Without any sign-in; empty where its description was lost."""
    state: str
    """What tells it from other states of the same dataset."""
    bytes: int
    """On disk."""
    blocks: int
    """Number of them."""
    used: datetime
    """When anything of it was last of use, UTC, to a minute."""


@dataclass(frozen=True)
class CacheInfo:
    """What a cache holds."""

    folder: Path
    """As it was given."""
    bytes: int
    """On disk, unfinished files of other processes included."""
    blocks: int
    """Number of them."""
    datasets: tuple[DatasetInfo, ...]
    """Those used last first."""
    limit_bytes: int
    """What it may hold."""


class BlockStore:
    """Blocks of remote arrays in a folder that processes may share.

    Parameters
    ----------
    folder : Path or None
        Where; the user's own cache folder where None. Made when something is first kept, for the
        user's eyes only.
    limit_bytes : int
        What it may hold. Beyond it, the blocks that were not used for longest go.
    """

    def __init__(self, folder: Path | None, limit_bytes: int) -> None:
        folder = folder or user_cache_folder()
        self._folder = CacheFolder(Path(folder), limit_bytes)
        self._close: weakref.finalize[[Path, int | None, int], Self] | None = None

    @classmethod
    def temporary(cls, limit_bytes: int) -> Self:
        """Store in a private folder that goes when it is closed, collected, or the process ends.

        What processes left that were killed goes when the next one makes such a store.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        except OSError as error:
            # Nowhere to write: a store that keeps nothing is as good as none.
            store = cls._in(Path(os.devnull), limit_bytes)
            store._folder.give_up(error)
            return store
        store = cls._in(folder, limit_bytes)
        store._close = weakref.finalize(store, _remove_own, folder, hold(folder), os.getpid())
        sweep(each for each in folder.parent.glob(f"{_TEMPORARY}*") if _is_store(each))
        return store

    @classmethod
    def _in(cls, folder: Path, limit_bytes: int) -> Self:
        store = cls(folder, limit_bytes)
        store._folder = CacheFolder(folder, limit_bytes, remedy="set TMPDIR")
        return store

    @property
    def folder(self) -> Path:
        """Where the cache lies."""
        return self._folder.folder

    @property
    def trouble(self) -> str | None:
        """Why nothing more is kept, in a sentence with what to do; None while all is well."""
        return self._folder.trouble

    @property
    def damaged(self) -> int:
        """Number of files that were found damaged, and removed, since this store was made."""
        return self._folder.damaged

    def dataset(self, key: str) -> DatasetStore:
        """What is kept of one state of one dataset.

        Parameters
        ----------
        key : str
            The address, without any sign-in, on the first line; on further lines what tells this
            state of the dataset from others, such as its stamp and a hash of its declaration.

        Raises
        ------
        ValueError
            The address holds a user's name or password: those must not reach the disk.
        """
        if "@" in key.partition("\n")[0].partition("://")[2].partition("/")[0]:
            raise ValueError("The key of a cached dataset holds a user's name.")
        return DatasetStore(self._folder, key)

    def info(self) -> CacheInfo:
        """What is there now, other processes' blocks included."""
        by_dataset: dict[str, list[Item]] = {}
        for item in items(self._folder.root):
            by_dataset.setdefault(item.dataset, []).append(item)
        datasets = [self._about(name, found) for name, found in by_dataset.items()]
        datasets.sort(key=lambda each: (each.used, each.address), reverse=True)
        return CacheInfo(
            folder=self.folder,
            bytes=sum(each.bytes for each in datasets),
            blocks=sum(each.blocks for each in datasets),
            datasets=tuple(datasets),
            limit_bytes=self._folder.limit_bytes,
        )

    def clear(self) -> int:
        """Bytes freed by removing all that the cache wrote, and nothing else."""
        return remove(self._folder.root, items(self._folder.root))

    def close(self) -> None:
        """Remove the folder of a temporary store; another one stays as it is."""
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _about(self, name: str, found: list[Item]) -> DatasetInfo:
        try:
            key = json.loads((self._folder.root / name / ABOUT).read_text(encoding="utf-8"))["key"]
        except (OSError, ValueError, KeyError, TypeError):
            key = ""
        address, _, state = str(key).partition("\n")
        return DatasetInfo(
            address=address,
            state=state,
            bytes=sum(item.n_bytes for item in found),
            blocks=sum(item.path.suffix == BLOCK for item in found),
            used=datetime.fromtimestamp(max(item.used for item in found), UTC),
        )


def _is_store(folder: Path) -> bool:
    """Whether a folder holds what a temporary store does, and nothing else."""
    try:
        return {each.name for each in folder.iterdir()} <= {ROOT}
    except OSError:
        return False


def _remove_own(folder: Path, held: int | None, process: int) -> None:
    # A forked child inherits the duty to tidy up but not the right to it.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        os.close(held)
