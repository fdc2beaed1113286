"""``engine="icepair"`` beside xarray's own reading of the same file."""

from __future__ import annotations

import gc
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from faulty import write_dataset

from icepair.dap.declaration import Variable
from icepair.dap.grain import block_shape
from icepair.dap.remote import RemoteDataset
from icepair.dap.server import serve
from icepair.errors import RemoteError
from icepair.options import options

Raster = tuple[str, np.ndarray]
"""Address and values."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "ice.nc"
    write_dataset(path)
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        B5 = dataset["B3"].load().drop_encoding()
    B5.encoding = {"_FillValue": 0, "dtype": "u2", "chunksizes": (91, 99), "zlib": True}
    B5.attrs["long_name"] = "with gaps"
    B5.to_dataset(name="B5").to_netcdf(path, mode="a", engine="h5netcdf")
    return path


@pytest.fixture(scope="module")
def address(file: Path) -> Iterator[str]:
    with serve(file.parent) as server:
        yield f"{server.url}/dodsC/ice.nc"


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raster]:
    """Six blocks."""
    values = np.random.default_rng(1).integers(0, 60000, (1500, 1600), dtype="u2")
    path = tmp_path_factory.mktemp("served") / "large.nc"
    xr.Dataset({"B2": (("y", "x"), values)}).to_netcdf(
        path, engine="h5netcdf", encoding={"B2": {"chunksizes": (100, 80), "_FillValue": None}}
    )
    with serve(path.parent) as server:
        yield f"{server.url}/dodsC/large.nc", values


@pytest.fixture(scope="module", params=["dap2", "dap4"], autouse=True)
def protocol(request: pytest.FixtureRequest) -> Iterator[str]:
    with options(cache=False, attempts=1, protocol=request.param):
        yield request.param


def test_all_is_as_from_the_file(address: str, file: Path):
    with (
        xr.open_dataset(address, engine="icepair") as remote,
        xr.open_dataset(file, engine="h5netcdf") as local,
    ):
        xr.testing.assert_identical(remote.load(), local.load())


def test_opening_reads_coordinates_alone(address: str):
    with xr.open_dataset(address, engine="icepair") as remote:
        (dataset,) = opened_datasets(address)
        before = dataset.meter.bytes
        repr(remote)
        _ = remote["B3"].isel(y=slice(5, 50))
        assert dataset.meter.bytes == before < 40_000


@pytest.mark.parametrize(
    "key",
    [
        {"y": 5, "x": slice(None)},
        {"y": slice(500, 20, -7), "x": slice(3, 90, 2)},
        {"y": [3, 3, 599], "x": -1},
        {"y": slice(9, 9)},
        {"y": np.array([True] + [False] * 598 + [True])},
    ],
)
def test_every_way_of_indexing(address: str, file: Path, key: dict[str, object]):
    with (
        xr.open_dataset(address, engine="icepair") as remote,
        xr.open_dataset(file, engine="h5netcdf") as local,
    ):
        xr.testing.assert_identical(remote["B3"].isel(key).load(), local["B3"].isel(key).load())


def test_many_chunks_do_not_multiply_the_requests(address: str, file: Path):
    with pytest.warns(UserWarning, match="separate the stored chunks"):
        remote = xr.open_dataset(address, engine="icepair", chunks={"y": 20, "x": 25})
    window = {"y": slice(100, 500), "x": slice(50, 450)}
    names = ["B3", "B4"]
    with remote, xr.open_dataset(file, engine="h5netcdf") as local:
        (dataset,) = opened_datasets(address)
        before = dataset.meter.requests
        found = remote[names].isel(window)
        assert found["B3"].data.npartitions > 300
        found = found.compute()
        # At most one exact read and the block, in four requests around it, for each variable.
        blocks = int(np.prod([-(-n // b) for n, b in zip((600, 500), grain(dataset), strict=True)]))
        assert dataset.meter.requests - before <= 5 * blocks * len(names) + 1
        xr.testing.assert_identical(found, local[names].isel(window).load())


def bytes_of(raster: Raster, lose: Callable[[], None] = bool, **settings: object) -> int:
    """Bytes that came for all in small chunks, `lose` done after half of them."""
    address, truth = raster
    with options(**settings), pytest.warns(UserWarning, match="separate the stored chunks"):
        remote = xr.open_dataset(address, engine="icepair", chunks={"y": 100, "x": 80})
    with remote:
        (dataset,) = opened_datasets(address)
        before = dataset.meter.bytes
        assert np.array_equal(remote["B2"][:, :810], truth[:, :810])
        lose()
        assert np.array_equal(remote["B2"][:, 790:], truth[:, 790:])
        return dataset.meter.bytes - before


@pytest.fixture(scope="module")
def enough(raster: Raster, protocol: str) -> int:
    """Bytes that come by a protocol where everything is kept for a while."""
    return bytes_of(raster, cache=False)


class TestNothingIsKept:
    """Small reads cost little more where the cache keeps no block of what they read."""

    def test_no_room(self, raster: Raster, enough: int, tmp_path: Path):
        kept = {"cache": True, "cache_dir": tmp_path}
        assert bytes_of(raster, cache_bytes=0, **kept) < 1.1 * enough
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_written(self, raster: Raster, enough: int, tmp_path: Path):
        (tmp_path / "cache").write_text("no folder")
        kept = {"cache": True, "cache_dir": tmp_path / "cache"}
        assert bytes_of(raster, **kept) < 1.1 * enough

    def test_a_cache_that_is_lost_half_way(self, raster: Raster, enough: int, tmp_path: Path):
        cache = tmp_path / "cache"

        def lose() -> None:
            shutil.rmtree(cache)
            cache.write_text("no folder")

        assert bytes_of(raster, lose, cache=True, cache_dir=cache) < 1.5 * enough

    def test_less_memory_than_the_blocks_take(
        self, raster: Raster, enough: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("icepair.dap.grain._RECENT_BYTES", 1_200_000)
        kept = {"cache": True, "cache_dir": tmp_path, "cache_bytes": 0}
        assert bytes_of(raster, **kept) < 2.5 * enough


def grain(dataset: RemoteDataset) -> tuple[int, ...]:
    return block_shape(dataset.variable("B3"))


def test_blocks_are_of_whole_chunks_and_stay_within_bounds():
    large = Variable(
        "a", "UInt16", ("t", "y", "x"), (1, 10980, 10980), {"_ChunkSizes": (1, 91, 99)}
    )
    shape = block_shape(large)
    assert (shape[0], shape[1] % 91, shape[2] % 99) == (1, 0, 0)
    assert 500_000 < shape[1] * shape[2] * 2 <= 2_000_000
    assert block_shape(Variable("a", "UInt16", ("x",), (7,))) == (7,)


def test_a_lazy_dataset_can_be_pickled(address: str, file: Path):
    with xr.open_dataset(address, engine="icepair") as remote:
        again = pickle.loads(pickle.dumps(remote))
        xr.testing.assert_identical(again["B4"].load(), remote["B4"].load())
        again.close()


def test_no_address_is_claimed_without_being_asked_for(address: str):
    from icepair.dap.xarray_backend import IcepairBackend

    assert not IcepairBackend().guess_can_open(address)


def test_a_server_that_is_gone_is_an_error_and_not_a_pixel(file: Path):
    with serve(file.parent) as server:
        remote = xr.open_dataset(f"{server.url}/dodsC/ice.nc", engine="icepair")
    with remote, pytest.raises(RemoteError, match=r"ice\.nc, B3\[.*no answer"):
        remote["B3"].isel(y=slice(0, 30)).load()


def opened_datasets(address: str) -> list[RemoteDataset]:
    """Those alive: xarray hides them from its users, and the requests are theirs to count."""
    gc.collect()
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, RemoteDataset) and each.address == address
    ]
