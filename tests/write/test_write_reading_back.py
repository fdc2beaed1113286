"""Chunks that all cores inflate are what HDF5 reads."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from icepair._deflate import deflated, inflated
from icepair.errors import DamagedFileError
from icepair.geo.grid import Grid
from icepair.testing.aligned import aligned_pair
from icepair.write import netcdf as writer
from icepair.write.formats import FORMATS
from icepair.write.netcdf import write_netcdf
from icepair.write.reading_back import by_all_cores

GRID = Grid.from_crs("EPSG:3413", left=-1200, top=840, spacing_m=12.5, shape=(300, 410))
CHUNK = 128
KEYS = [
    (slice(None), slice(None)),
    (slice(100, 290), slice(127, 129)),
    (slice(-5, None), slice(1, 400, 7)),
    (slice(40, 4, -3), slice(None, None, -1)),
    (7, slice(130, 140)),
    (299, 409),
    (slice(9, 9), slice(3, 80)),
    ([3, 250, 128], slice(0, 5)),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("back") / "pair.nc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_CHUNK", CHUNK)
        write_netcdf(aligned_pair(GRID, chunk=256), path)
    return path


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_way_to_ask_gives_what_hdf5_reads(file: Path, key) -> None:
    at = dict(zip(("y", "x"), key, strict=True))
    with (
        xr.open_dataset(file, engine="h5netcdf", decode_coords="all", cache=False) as plain,
        by_all_cores(plain, file) as quick,
    ):
        xr.testing.assert_identical(quick.isel(at).load(), plain.isel(at).load())


def test_a_pair_read_back_is_lazy_and_lets_go_of_the_file(file: Path) -> None:
    form = FORMATS["netcdf"]
    with form.read(file) as pair, xr.open_dataset(file, decode_coords="all") as plain:
        assert set(pair.chunks) == {"y", "x"}
        xr.testing.assert_identical(pair.compute(), plain.compute())
    if Path("/proc/self/fd").exists():
        held = [each.resolve() for each in Path("/proc/self/fd").iterdir()]
        assert file.resolve() not in held


def test_what_lies_otherwise_is_left_to_hdf5(tmp_path: Path) -> None:
    values = np.arange(600, dtype=np.float32).reshape(20, 30)
    dims = ("y", "x")
    whole = xr.Dataset(dict.fromkeys(("packed", "plain", "marked", "sums"), (dims, values)))
    chunked = {"chunksizes": (8, 8), "zlib": True, "shuffle": True}
    encoding = {
        "packed": chunked | {"dtype": "u1", "scale_factor": 2.5, "_FillValue": 255},
        "plain": {"contiguous": True},
        "marked": chunked | {"_FillValue": np.float32(7)},
        "sums": chunked | {"fletcher32": True},
    }
    path = tmp_path / "others.nc"
    whole.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    with (
        xr.open_dataset(path, engine="h5netcdf", cache=False) as plain,
        by_all_cores(plain, path) as quick,
    ):
        assert np.isnan(quick["marked"].values[0, 7])
        xr.testing.assert_identical(quick.load(), plain.load())


def test_chunks_that_were_never_written_read_as_their_fill(tmp_path: Path) -> None:
    path = tmp_path / "holes.nc"
    with h5py.File(path, "w") as file:
        raster = file.create_dataset("a", (16, 16), "f4", chunks=(8, 8), compression=1,
                                     shuffle=True, fillvalue=np.nan)  # fmt: skip
        raster[:8] = 1
        for number, axis in enumerate(("y", "x")):
            file.create_dataset(axis, data=np.arange(16.0)).make_scale(axis)
            raster.dims[number].attach_scale(file[axis])
    with (
        xr.open_dataset(path, engine="h5netcdf", cache=False) as plain,
        by_all_cores(plain, path) as quick,
    ):
        assert np.isnan(quick["a"].values[8:]).all()
        assert (quick["a"].values[:8] == 1).all()


@pytest.mark.parametrize("kind", ["<f4", "<f8", "<i2", "u1"])
def test_inflating_undoes_deflating(kind: str) -> None:
    values = np.random.default_rng(3).integers(0, 200, (13, 17)).astype(kind)
    content = deflated(values, (16, 20), 1)
    back = inflated(content, (16, 20), np.dtype(kind))
    assert back.dtype == kind
    np.testing.assert_array_equal(back[:13, :17], values)
    assert not back[13:].any()


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "shorter"])
def test_damage_is_told(damage: str) -> None:
    values = np.random.default_rng(4).normal(size=(16, 16)).astype(np.float32)
    shape = {"longer": (32, 16), "shorter": (8, 16)}.get(damage, (16, 16))
    content = bytearray(deflated(values, (16, 16), 1))
    if damage == "cut":
        del content[-40:]
    if damage == "flipped":
        content[-2] ^= 1  # of the checksum
    with pytest.raises(DamagedFileError, match="changed after it was written"):
        inflated(bytes(content), shape, np.dtype("<f4"))
