"""The NetCDF-4 container against files broken in every way we could think of."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest

from icepair.errors import DamagedFileError, UnsupportedProductError, UsageError
from icepair.products.container import Container
from icepair.products.netcdf import NetcdfContainer
from icepair.products.open import open_scene


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file.nc"
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.title = "Grönland"
        dataset.setncattr_string("platform", ["a", "b"])
        dataset.createDimension("time", 1)
        dataset.createDimension("y", 120)
        dataset.createDimension("x", 130)
        dataset.createDimension("alone", 3)
        x = dataset.createVariable("x", "i4", ("x",))
        x[:] = np.arange(130)
        data = dataset.createVariable(
            "data", "u2", ("time", "y", "x"), zlib=True, chunksizes=(1, 30, 40)
        )
        data[:] = np.random.default_rng(1).integers(0, 65535, (1, 120, 130))
        signed = dataset.createVariable("signed", "i2", ("y",))
        signed._Unsigned = "true"
        signed.set_auto_maskandscale(False)
        signed[:] = np.arange(120) - 60
        big = dataset.createVariable("big", ">f8", ("y",), endian="big")
        big[:] = np.arange(120) / 7
        orbit = dataset.createVariable("orbitList_HH", "i1")
        orbit.setncattr("2022-11-30T01:42:40.052921", "['Earth Fixed']")
        orbit.number = np.float32(2.5)
        orbit.several = np.array([1, 2], dtype="i4")
    return path


def test_says_what_a_file_holds(file: Path) -> None:
    container = NetcdfContainer(str(file))
    assert isinstance(container, Container)
    assert sorted(container.names) == ["big", "data", "orbitList_HH", "signed", "x"]
    assert container.attributes() == {"title": "Grönland", "platform": ("a", "b")}
    assert container.attributes("orbitList_HH") == {
        "2022-11-30T01:42:40.052921": "['Earth Fixed']",
        "number": 2.5,
        "several": (1, 2),
    }
    assert container.dimensions("data") == ("time", "y", "x")
    assert container.dimensions("x") == ("x",)
    assert container.shape("data") == (1, 120, 130)
    assert container.shape("orbitList_HH") == ()
    assert container.chunks("data") == (1, 30, 40)
    assert container.chunks("orbitList_HH") is None
    assert container.dtype("data") == np.uint16


def test_reads_windows_with_steps(file: Path) -> None:
    container = NetcdfContainer(str(file))
    with h5py.File(file) as plain:
        expected = plain["data"][()]
    selection = (slice(0, 1), slice(7, 111, 3), slice(20, 100))
    np.testing.assert_array_equal(container.read("data", selection), expected[selection])
    np.testing.assert_array_equal(container.read("data"), expected)


def test_unsigned_shorts_and_foreign_byte_order(file: Path) -> None:
    container = NetcdfContainer(str(file))
    assert container.dtype("signed") == np.uint16
    expected = (np.arange(120) - 60).astype(np.int16).view(np.uint16)
    np.testing.assert_array_equal(container.read("signed"), expected)
    assert container.read("signed").dtype == np.uint16
    assert container.read("big").dtype.isnative
    np.testing.assert_array_equal(container.read("big"), np.arange(120) / 7)


def test_survives_pickling(file: Path) -> None:
    container = NetcdfContainer(str(file))
    again = pickle.loads(pickle.dumps(container))
    np.testing.assert_array_equal(again.read("data"), container.read("data"))


def test_missing_variable_and_closed_file(file: Path) -> None:
    container = NetcdfContainer(str(file))
    with pytest.raises(DamagedFileError, match="no readable variable nothing"):
        container.read("nothing")
    container.close()
    with pytest.raises(DamagedFileError, match="was closed before big was read"):
        container.read("big")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_cut_short(file: Path, tmp_path: Path, share: float) -> None:
    whole = file.read_bytes()
    cut = tmp_path / "cut.nc"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DamagedFileError, match="cut short; fetch it again"):
        NetcdfContainer(str(cut))


def test_damage_inside_a_chunk_names_variable_and_window(file: Path) -> None:
    with h5py.File(file) as plain:
        chunk = plain["data"].id.get_chunk_info_by_coord((0, 30, 40))
    content = bytearray(file.read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    content[middle : middle + 40] = b"\x00" * 40
    file.write_bytes(content)
    container = NetcdfContainer(str(file))
    beside = container.read("data", (slice(0, 1), slice(0, 30), slice(0, 40)))
    assert beside.shape == (1, 30, 40)
    with pytest.raises(DamagedFileError, match=r"data\[0:1, 20:40, 30:50\] of .* damaged there"):
        container.read("data", (slice(0, 1), slice(20, 40), slice(30, 50)))


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (b"", DamagedFileError, "an empty file"),
        (b"   \n", DamagedFileError, "an empty file"),
        (b"CDF\x01" + b"\0" * 100, UnsupportedProductError, "a classic NetCDF file"),
        (b"PK\x03\x04" + b"\0" * 100, UnsupportedProductError, "a zip archive"),
        (b"<?xml version='1.0'?>", UnsupportedProductError, "an XML or HTML document"),
        (b"\n<html>404</html>", UnsupportedProductError, "an XML or HTML document"),
        (b"II*\x00" + b"\0" * 100, UnsupportedProductError, "a TIFF image"),
        (b"just words", UnsupportedProductError, "of an unknown format"),
        (b"\x89HDF\r\n\x1a\n", DamagedFileError, "cut short"),
    ],
)
def test_other_kinds(tmp_path: Path, content: bytes, error: type[Exception], reason: str) -> None:
    path = tmp_path / "thing.nc"
    path.write_bytes(content)
    with pytest.raises(error, match=reason):
        NetcdfContainer(str(path))


def test_folders_and_absent_files(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedProductError, match="is a folder"):
        NetcdfContainer(str(tmp_path))
    with pytest.raises(DamagedFileError, match=re.escape("There is no file")):
        NetcdfContainer(str(tmp_path / "nothing.nc"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(file: Path) -> None:
    file.chmod(0)
    with pytest.raises(DamagedFileError, match="Check its permissions"):
        NetcdfContainer(str(file))


def test_an_address_that_no_server_of_data_has_is_refused_as_such():
    with pytest.raises(UsageError, match=r"ftp://example\.invalid/x\.nc cannot be opened"):
        open_scene("ftp://example.invalid/x.nc")
