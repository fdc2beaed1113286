"""One cache folder: writing into it until that fails, and keeping it below its limit."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from icepair.dap.cache.eviction import make_room
from icepair.dap.cache.names import ABOUT, ROOT, TAG
from icepair.dap.cache.sealed import PARTIAL, write_sealed

__all__ = ["CacheFolder"]

_log = logging.getLogger("icepair")

_PRIVATE = 0o700
_TRIES = 3
_LOOK_AGAIN_SHARE = 0.05
"""Of the limit: after writing so much, what other processes wrote is counted too."""
# The mark that backup programs know, see the Cache Directory Tagging Specification.
_TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n"


class CacheFolder:
    """A folder that may be shared by processes, used by any number of threads.

    Writing never raises: a cache that cannot be written is no reason to stop reading. The first
    failure is told as a warning, kept in `trouble`, and ends all writing.

    Parameters
    ----------
    folder : Path
        Where.
    limit_bytes : int
        What it may hold.
    remedy : str
        What a user can do about a folder that cannot be written.
    """

    def __init__(
        self, folder: Path, limit_bytes: int, remedy: str = "set ICEPAIR_CACHE_DIR"
    ) -> None:
        self.folder = folder
        self.root = folder / ROOT
        self.limit_bytes = limit_bytes
        self._remedy = remedy
        self.trouble: str | None = None
        self.damaged = 0
        self._lock = threading.Lock()
        self._held: int | None = None
        self._written = 0

    def write(
        self, path: Path, label: Mapping[str, object], payload: memoryview, *, key: str
    ) -> None:
        """Write a sealed file below the root, if it can be written and is not above the limit.

        Parameters
        ----------
        path : Path
            Of the file.
        label : mapping of str to object
            What it is.
        payload : memoryview
            Contiguous bytes.
        key : str
            Of the dataset, to describe its folder when that is new.
        """
        if self.trouble or payload.nbytes > self.limit_bytes:
            return
        for _ in range(_TRIES):
            try:
                n_bytes = write_sealed(path, label, payload)
            except FileNotFoundError:
                # Either the first file here, or another process has just emptied the folder.
                self._prepare(path.parent, key)
            except OSError as error:
                self.give_up(error)
                return
            else:
                self._count(n_bytes)
                return

    def note_damage(self, path: Path) -> None:
        """Count a file that is not what it should be, and remove it."""
        with self._lock:
            self.damaged += 1
        with suppress(OSError):
            path.unlink()

    def _prepare(self, folder: Path, key: str) -> None:
        owner = folder.parent
        try:
            self.folder.mkdir(_PRIVATE, parents=True, exist_ok=True)
        except OSError as error:
            self.give_up(error)
            return
        try:
            for each in (self.root, owner, folder):
                each.mkdir(_PRIVATE, exist_ok=True)
            self._describe(self.root / TAG, _TAG_TEXT)
            self._describe(owner / ABOUT, json.dumps({"key": key}))
        except FileNotFoundError:
            # Another process empties the cache at this moment.
            return
        except OSError as error:
            self.give_up(error)

    @staticmethod
    def _describe(path: Path, text: str) -> None:
        if path.exists():
            return
        partial = path.with_name(f"{secrets.token_hex(12)}{PARTIAL}")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)

    def give_up(self, error: OSError) -> None:
        """Say and note why nothing can be written, once, and write nothing more."""
        with self._lock:
            if self.trouble:
                return
            reason = error.strerror or str(error)
            self.trouble = (
                f"The cache in {self.folder} cannot be written ({reason}), so nothing more is kept "
                f"in it. Free some space there, or {self._remedy} to another folder."
            )
        _log.warning("%s", self.trouble)

    def _count(self, n_bytes: int) -> None:
        with self._lock:
            self._written += n_bytes
            if (
                self._held is None
                or self._written > _LOOK_AGAIN_SHARE * self.limit_bytes
                or self._held + self._written > self.limit_bytes
            ):
                self._held = make_room(self.root, self.limit_bytes)
                self._written = 0
