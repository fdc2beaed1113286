"""Rasters written row by row: what was given comes back, and little of it is held meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from icepair.simulate.rasters import RasterWriter


@pytest.fixture
def empty(tmp_path: Path) -> Callable[..., Path]:
    def make(shape: tuple[int, ...], chunks: tuple[int, ...], dtype: str) -> Path:
        path = tmp_path / "raster.h5"
        with h5py.File(path, "w") as file:
            file.create_dataset(
                "raster", shape, dtype, chunks=chunks, compression=1, shuffle=True, fillvalue=7
            )
        return path

    return make


@pytest.mark.parametrize("portions", [[53], [1] * 53, [17, 17, 19], [9, 1, 43], [40, 0, 13]])
@pytest.mark.parametrize("leading", [(), (1,)], ids=["flat", "with time"])
def test_portions_do_not_matter(empty, portions: list[int], leading: tuple[int, ...]) -> None:
    rows = np.random.default_rng(1).integers(0, 60_000, (53, 31)).astype(np.uint16)
    path = empty((*leading, 53, 31), (*leading, 10, 8), "u2")
    with RasterWriter(path) as writer:
        for part in np.split(rows, np.cumsum(portions)[:-1]):
            writer.append("raster", part)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["raster"][0] if leading else file["raster"][()], rows)


def test_what_is_appended_may_be_changed_afterwards(empty) -> None:
    path = empty((40, 8), (10, 8), "f4")
    rows = np.empty((4, 8), np.float32)
    with RasterWriter(path) as writer:
        for first in range(0, 40, 4):
            rows[:] = np.arange(first, first + 4)[:, None]
            writer.append("raster", rows)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["raster"][:, 5], np.arange(40))


def test_few_chunks_are_held(empty) -> None:
    """Of 160 MB in chunks of 4 MB no more than 64 MB wait, whatever the pace of the deflating."""
    path = empty((10_000, 2_000), (250, 2_000), "f8")
    rows = np.zeros((500, 2_000))
    with RasterWriter(path) as writer:
        tracemalloc.start()
        for _ in range(20):
            writer.append("raster", rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 110e6
