"""Files kept open between requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from icepair.dap.server.dataset import Dataset
from icepair.dap.server.folder import Stamp
from icepair.dap.server.refusal import Refusal

__all__ = ["Shelf"]

OPEN_FILES = 32


@dataclass
class _Book:
    dataset: Dataset
    users: int = 0


class Shelf:
    """At most 32 open files, those not used for longest closed first.

    A file that was replaced is opened anew; requests that began with the old one keep it.

    Parameters
    ----------
    workers : Executor
        Inflates chunks.
    """

    def __init__(self, workers: Executor) -> None:
        self._workers = workers
        self._books: OrderedDict[Path, _Book] = OrderedDict()
        self._lent: list[_Book] = []
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self, path: Path, name: str) -> Iterator[Dataset]:
        """Open file for as long as the context lasts.

        Raises
        ------
        Refusal
            The file is gone, cannot be read, or is being written to.
        """
        with self._lock:
            book = self._book(path, name)
            book.users += 1
        try:
            yield book.dataset
        finally:
            with self._lock:
                book.users -= 1
                self._tidy()

    def close(self) -> None:
        """Close every file that no request uses, the others when they are done."""
        with self._lock:
            self._lent.extend(self._books.values())
            self._books.clear()
            self._tidy()

    def _book(self, path: Path, name: str) -> _Book:
        try:
            stamp = Stamp.of(path.stat())
        except OSError:
            raise Refusal(404, f"There is no dataset {name!r} here.") from None
        book = self._books.pop(path, None)
        if book is not None and book.dataset.stamp != stamp:
            self._lent.append(book)
            book = None
        self._tidy()
        # HDF5 takes a file of the same inode for the one it has open, and would mix old and new.
        if any(lent.dataset.stamp.inode == stamp.inode for lent in self._lent):
            raise Refusal(503, f"{name} is being written to.", headers={"Retry-After": "1"})
        if book is None:
            book = _Book(Dataset(path, name, self._workers))
        self._books[path] = book
        return book

    def _tidy(self) -> None:
        spare = [path for path, book in self._books.items() if not book.users]
        for path in spare[: max(0, len(self._books) - OPEN_FILES)]:
            self._books.pop(path).dataset.close()
        for book in [b for b in self._lent if not b.users]:
            self._lent.remove(book)
            book.dataset.close()
