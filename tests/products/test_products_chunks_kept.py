"""Chunks of the archive's optical rasters are inflated once, not for every block in them."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from icepair.products.netcdf import NetcdfContainer

SHAPE, CHUNKS = (1, 6000, 6000), (1, 3000, 3000)


@pytest.fixture
def container(tmp_path):
    path = tmp_path / "big_chunks.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("B2", SHAPE, "u2", chunks=CHUNKS, compression="gzip", fillvalue=7)
        file["B2"][0, 1500:4500, 1500:4500] = np.tile(np.arange(3000, dtype="u2"), (3000, 1))
        file.create_dataset("small", (1, 50, 50), "u2", chunks=(1, 10, 10))
        file.create_dataset("whole", (5, 5), "u2")
    opened = NetcdfContainer(str(path))
    yield opened
    opened.close()


def test_a_block_of_four_chunks_fits(container):
    assert container.read("B2", (slice(0, 1), slice(2990, 3010), slice(2990, 3010))).size == 400
    # What holds is a matter of HDF5's; that it was told enough room is ours.
    _, room, _ = container._variable("B2").id.get_access_plist().get_chunk_cache()
    assert 3 * 18_000_000 < room <= 80_000_000


def test_no_more_is_kept_than_two_rows_of_chunks(container):
    _, room, _ = container._variable("small").id.get_access_plist().get_chunk_cache()
    assert room == 2 * 5 * 200


def test_values_are_the_same_from_any_window(container):
    part = container.read("B2", (slice(0, 1), slice(1499, 1502), slice(1499, 1502)))
    np.testing.assert_array_equal(part[0], [[7, 7, 7], [7, 0, 1], [7, 0, 1]])
    np.testing.assert_array_equal(container.read("whole"), np.zeros((5, 5)))
