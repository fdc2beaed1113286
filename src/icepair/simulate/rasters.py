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

_MOST_WAITING_BYTES = 2**26
"""Of chunks in the pool before the oldest is waited for; bounds memory."""


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
        self._waiting: deque[tuple[str, tuple[int, ...], int, Future[bytes]]] = deque()
        self._waiting_bytes = 0
        # One row of chunks of each raster, and how many of its rows are there.
        self._gathered: dict[str, tuple[AnyArray, int]] = {}
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
            for name, (gathered, count) in self._gathered.items():
                if count:
                    self._submit(name, gathered[:count])
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
        height, width = dataset.chunks[-2], dataset.shape[-1]
        while rows.shape[0]:
            if name not in self._gathered:
                self._gathered[name] = np.empty((height, width), dataset.dtype), 0
            gathered, count = self._gathered.pop(name)
            taken = rows[: height - count]
            rows = rows[taken.shape[0] :]
            gathered[count : count + taken.shape[0]] = taken
            count += taken.shape[0]
            if count == height:
                self._submit(name, gathered)
            else:
                self._gathered[name] = gathered, count

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
            self._waiting.append((name, (*leading, first, column), part.nbytes, future))
            self._waiting_bytes += part.nbytes
        self._write(_MOST_WAITING_BYTES)

    def _write(self, leave_bytes: int) -> None:
        while self._waiting_bytes > leave_bytes:
            name, place, size, future = self._waiting.popleft()
            self._waiting_bytes -= size
            self._dataset(name).id.write_direct_chunk(place, future.result())

    def _dataset(self, name: str) -> Any:
        if name not in self._datasets:
            self._datasets[name] = self._file[name]
        return self._datasets[name]
