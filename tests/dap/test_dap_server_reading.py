"""Pieces and chunks: every element once, in order, whatever the window and the file's chunks."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server import pieces as pieces_module
from icepair.dap.server.pieces import pieces
from icepair.dap.server.raster import DeflatedRaster, PlainRaster, raster_of


@st.composite
def windows(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], Hyperslab]:
    """Shape, chunks and a window."""
    shape = tuple(draw(st.lists(st.integers(1, 40), min_size=1, max_size=3)))
    chunks = tuple(draw(st.integers(1, 20)) for _ in shape)
    slices = []
    for length in shape:
        first = draw(st.integers(0, length - 1))
        last = draw(st.integers(first + 1, length))
        slices.append(slice(first, last, draw(st.integers(1, 12))))
    return shape, chunks, Hyperslab.of(slices, shape)


@given(windows(), st.integers(1, 3000))
def test_pieces_joined_are_the_window(
    case: tuple[tuple[int, ...], tuple[int, ...], Hyperslab], aim: int
) -> None:
    shape, chunks, slab = case
    values = np.arange(np.prod(shape)).reshape(shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces_module, "AIM_BYTES", aim)
        parts = [values[p.slices].ravel() for p in pieces(slab, chunks, 4)]
    np.testing.assert_array_equal(np.concatenate(parts), values[slab.slices].ravel())


def test_pieces_end_where_chunks_end() -> None:
    whole = Hyperslab.of((), (10_000, 10_000))
    bands = [p.slices[0] for p in pieces(whole, (91, 99), 4)]
    assert [b.start for b in bands] == list(range(0, 10_000, 91))
    narrow = Hyperslab.of((slice(5000, 6000), slice(0, 1000)), (10_000, 10_000))
    starts = [p.start[0] for p in pieces(narrow, (91, 99), 4)]
    assert starts[0] == 5000
    assert all(start % 91 == 0 for start in starts[1:])
    assert len(starts) < 4


def test_an_empty_window_is_one_piece() -> None:
    empty = Hyperslab((0, 0), (0, 5), (1, 1))
    assert list(pieces(empty, None, 4)) == [empty]
    scalar = Hyperslab((), (), ())
    assert list(pieces(scalar, None, 4)) == [scalar]


@pytest.fixture(scope="module")
def workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2)


@settings(max_examples=60, deadline=None)
@given(
    windows(),
    st.sampled_from(["i1", "u1", "<i2", ">u2", "<f4", ">f8", "<i8"]),
    st.booleans(),
    st.booleans(),
)
def test_a_deflated_raster_reads_what_hdf5_reads(
    workers: ThreadPoolExecutor,
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[tuple[int, ...], tuple[int, ...], Hyperslab],
    code: str,
    shuffle: bool,
    partly: bool,
) -> None:
    shape, chunks, slab = case
    chunks = tuple(min(c, n) for c, n in zip(chunks, shape, strict=True))
    path = tmp_path_factory.getbasetemp() / "raster.h5"
    values = np.random.default_rng(0).integers(0, 100, shape).astype(code)
    with h5py.File(path, "w") as file:
        made = file.create_dataset(
            "a", shape, code, chunks=chunks, compression=1, shuffle=shuffle, fillvalue=7
        )
        kept = tuple(slice(0, max(1, n // 2)) for n in shape) if partly else ...
        made[kept] = values[kept]
    with path.open("rb") as raw, h5py.File(path, "r") as file:
        raster = raster_of(file["a"], raw.fileno(), workers)
        assert isinstance(raster, DeflatedRaster)
        for dtype in (np.dtype(code), np.dtype(">f8")):
            got = raster.read(slab, dtype)
            assert got.dtype == dtype
            assert got.flags.c_contiguous
            np.testing.assert_array_equal(got, file["a"][...][slab.slices])


def test_chunks_that_left_filters_out(tmp_path: Path, workers: ThreadPoolExecutor) -> None:
    values = np.arange(24, dtype="<u2").reshape(4, 6)
    shuffled = np.ascontiguousarray(values[:2, :3]).view("u1").reshape(-1, 2).T.tobytes()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("a", (4, 6), "<u2", chunks=(2, 3), compression=1, shuffle=True)
        made[...] = values
        # Bit 0 leaves shuffle out, bit 1 deflate: as writers do that find nothing to gain.
        made.id.write_direct_chunk((0, 0), shuffled, 0b10)
        made.id.write_direct_chunk((2, 3), np.ascontiguousarray(values[2:, 3:]).tobytes(), 0b11)
    with (tmp_path / "a.h5").open("rb") as raw, h5py.File(tmp_path / "a.h5") as file:
        raster = raster_of(file["a"], raw.fileno(), workers)
        whole = Hyperslab.of((), (4, 6))
        np.testing.assert_array_equal(raster.read(whole, np.dtype("<u2")), values)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"chunks": (2, 3)},
        {"chunks": (2, 3), "compression": "lzf"},
        {"chunks": (2, 3), "compression": 1, "fletcher32": True},
        {"chunks": (2, 3), "compression": 1, "scaleoffset": 0},
    ],
)
def test_every_other_layout_is_left_to_hdf5(
    tmp_path: Path, workers: ThreadPoolExecutor, how: dict[str, object]
) -> None:
    values = np.arange(24, dtype="i4").reshape(4, 6)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", data=values, **how)
    with (tmp_path / "a.h5").open("rb") as raw, h5py.File(tmp_path / "a.h5") as file:
        raster = raster_of(file["a"], raw.fileno(), workers)
        assert isinstance(raster, PlainRaster)
        for window in itertools.product((slice(0, 4), slice(1, 4, 2)), (slice(2, 3), slice(0, 6))):
            slab = Hyperslab.of(window, (4, 6))
            got = raster.read(slab, np.dtype(">i4"))
            np.testing.assert_array_equal(got, values[window])
