"""Rasters written row by row, deflated by all cores."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from icepair._deflate import deflated
from icepair._typing import AnyArray

__all__ = ["RasterWriter"]

_MOST_WAITING = 96
"""Chunks in the pool before the oldest is waited for; bounds memory."""


class RasterWriter:
    """Appends rows to rasters of a file whose variables exist already.

    Rows come from top to bottom, in any portions. Every raster is chunked, shuffled and deflated;
    a leading ``time`` of length 1 is understood.
    """

    def __init__(self, path: Path) -> None:
        import h5py

        self._file: Any = h5py.File(path, "r+")
        # Looked up once: a name costs HDF5 more than a chunk.
        self._datasets: dict[str, Any] = {}
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._waiting: deque[tuple[str, tuple[int, ...], Future[bytes]]] = deque()
        self._pending: dict[str, list[AnyArray]] = {}
        self._next_row: dict[str, int] = {}

    def __enter__(self) -> RasterWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def close(self) -> None:
        """Write what is left and close the file."""
        try:
            for name, pending in self._pending.items():
                rest = np.concatenate(pending)
                if rest.shape[0]:
                    self._submit(name, rest)
            self._write(0)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def append(self, name: str, rows: AnyArray) -> None:
        """Add whole rows (n, width) below what is there."""
        dataset = self._dataset(name)
        pending = self._pending.setdefault(name, [])
        pending.append(np.asarray(rows, dtype=dataset.dtype))
        height = dataset.chunks[-2]
        while sum(part.shape[0] for part in pending) >= height:
            together = pending[0] if len(pending) == 1 else np.concatenate(pending)
            self._submit(name, together[:height])
            pending[:] = [together[height:]]

    def _submit(self, name: str, rows: AnyArray) -> None:
        """Deflate a row of chunks."""
        dataset = self._dataset(name)
        height, width = dataset.chunks[-2:]
        first = self._next_row.get(name, 0)
        self._next_row[name] = first + height
        leading = (0,) * (dataset.ndim - 2)
        level, columns = int(dataset.compression_opts), dataset.shape[-1]
        for column in range(0, columns, width):
            part = rows[:, column : column + width]
            future = self._pool.submit(deflated, part, (height, width), level)
            self._waiting.append((name, (*leading, first, column), future))
        self._write(_MOST_WAITING)

    def _write(self, leave: int) -> None:
        while len(self._waiting) > leave:
            name, place, future = self._waiting.popleft()
            self._dataset(name).id.write_direct_chunk(place, future.result())

    def _dataset(self, name: str) -> Any:
        if name not in self._datasets:
            self._datasets[name] = self._file[name]
        return self._datasets[name]
