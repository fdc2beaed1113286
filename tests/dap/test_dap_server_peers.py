"""Clients that we did not write read every element rightly, or fail as they are known to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
from dap_server_samples import CODES, WORDS, stored, write_everything

from icepair.dap.server import Running, serve

# webob, which pydap stands on, imports a module that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'cgi' is deprecated:DeprecationWarning")

TEXTS = ("words", "word", "letters", "letter")
WINDOWS = [
    (slice(0, 1), slice(0, 1)),
    (slice(16, 18), slice(12, 14)),
    (slice(1, 83, 3), slice(2, 67, 5)),
    (slice(82, 83), slice(66, 67)),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_everything(tmp_path_factory.mktemp("served") / "all.nc")


@pytest.fixture(scope="module")
def truth(path: Path) -> dict[str, np.ndarray]:
    return stored(path)


@pytest.fixture(scope="module")
def running(path: Path) -> Iterator[Running]:
    with serve(path.parent) as server:
        yield server


@pytest.fixture(scope="module")
def netcdf4_dap2(running: Running) -> Iterator[netCDF4.Dataset]:
    with netCDF4.Dataset(f"{running.url}/dodsC/all.nc") as dataset:
        dataset.set_auto_maskandscale(False)
        dataset.set_auto_chartostring(False)
        yield dataset


@pytest.fixture(scope="module")
def netcdf4_dap4(running: Running) -> Iterator[netCDF4.Dataset]:
    with netCDF4.Dataset(f"{running.url}/dap4/all.nc#mode=dap4") as dataset:
        dataset.set_auto_maskandscale(False)
        yield dataset


def open_pydap(running: Running, protocol: str) -> Any:
    from pydap.client import open_url

    service = {"dap2": "dodsC", "dap4": "dap4"}[protocol]
    return open_url(f"{running.url}/{service}/all.nc", protocol=protocol)


def pydap_values(dataset: Any, name: str, window: Any = ...) -> np.ndarray:
    variable = dataset[name]
    return np.asarray(getattr(variable, "array", variable)[window])


def as_stored(got: Any, want: np.ndarray) -> np.ndarray:
    """Undo netCDF-C's habit of calling a UInt16 or Byte signed: the bits are right."""
    values = np.asarray(got)
    if values.dtype.kind in "iu" and values.dtype.itemsize == want.dtype.itemsize:
        return values.astype(want.dtype)
    return values


def numeric(truth: dict[str, np.ndarray], *, dap2: bool) -> list[str]:
    left_out = ("i8", "u8") if dap2 else ()
    return [n for n in truth if n not in TEXTS and not n.endswith(left_out or ("?",))]


def test_the_file_has_every_type_in_every_form(truth: dict[str, np.ndarray]) -> None:
    for code in CODES:
        assert {truth[f"{form}_{code}"].dtype for form in ("grid", "array", "one")} == {
            np.dtype(code)
        }


def test_netcdf4_reads_all_numbers_by_dap2(
    netcdf4_dap2: netCDF4.Dataset, truth: dict[str, np.ndarray]
) -> None:
    names = numeric(truth, dap2=True)
    for name in names:
        got = as_stored(netcdf4_dap2[name][...], truth[name])
        np.testing.assert_array_equal(got, truth[name], err_msg=name)
    assert set(truth) - set(netcdf4_dap2.variables) == {
        f"{form}_{code}" for form in ("grid", "array", "one") for code in ("i8", "u8")
    }


@pytest.mark.parametrize("window", WINDOWS)
def test_netcdf4_reads_windows_by_dap2(
    netcdf4_dap2: netCDF4.Dataset, truth: dict[str, np.ndarray], window: tuple[slice, slice]
) -> None:
    for name in [n for n in numeric(truth, dap2=True) if truth[n].shape == (83, 67)]:
        got = as_stored(netcdf4_dap2[name][window], truth[name])
        np.testing.assert_array_equal(got, truth[name][window], err_msg=name)


def test_netcdf4_reads_text_by_dap2(
    netcdf4_dap2: netCDF4.Dataset, truth: dict[str, np.ndarray]
) -> None:
    # netCDF-C hands out text as characters, 64 to a String.
    letters = netCDF4.chartostring(netcdf4_dap2["letters"][...])
    assert tuple(letters) == tuple(netCDF4.chartostring(truth["letters"]))
    words = netCDF4.chartostring(netcdf4_dap2["words"][...])
    # It also takes a backslash in data for an escape.
    assert tuple(words) == tuple(word.replace("\\", "") for word in WORDS)


def test_netcdf4_reads_attributes(
    netcdf4_dap2: netCDF4.Dataset, netcdf4_dap4: netCDF4.Dataset
) -> None:
    for dataset in (netcdf4_dap2, netcdf4_dap4):
        np.testing.assert_array_equal(dataset.numbers, [1.5, np.nan, -np.inf])
        assert dataset.small == -5
        # netCDF-C reads a Float32 attribute of DAP4 a bit or two too high.
        assert dataset["grid_f4"]._FillValue == pytest.approx(3, rel=1e-6)
        assert dataset["grid_u2"]._FillValue == 3
    assert netcdf4_dap2.huge == str(2**40)
    assert netcdf4_dap4.huge == 2**40
    assert netcdf4_dap2["grid_i1"]._Unsigned == "false"
    assert netcdf4_dap2["grid_u1"]._Unsigned == "true"


def test_netcdf4_reads_everything_by_dap4(
    netcdf4_dap4: netCDF4.Dataset, truth: dict[str, np.ndarray]
) -> None:
    assert set(netcdf4_dap4.variables) == set(truth)
    for name, want in truth.items():
        np.testing.assert_array_equal(netcdf4_dap4[name][...], want, err_msg=name)


@pytest.mark.parametrize("window", WINDOWS)
def test_netcdf4_reads_windows_by_dap4(
    netcdf4_dap4: netCDF4.Dataset, truth: dict[str, np.ndarray], window: tuple[slice, slice]
) -> None:
    for name in [n for n in numeric(truth, dap2=False) if truth[n].shape == (83, 67)]:
        np.testing.assert_array_equal(netcdf4_dap4[name][window], truth[name][window])


@pytest.mark.parametrize("protocol", ["dap2", "dap4"])
def test_pydap_reads_all_numbers(
    running: Running, truth: dict[str, np.ndarray], protocol: str
) -> None:
    dataset = open_pydap(running, protocol)
    for name in numeric(truth, dap2=protocol == "dap2"):
        if protocol == "dap2" and name in ("one_i1", "one_u1"):
            # pydap looks for a lone Byte in the first of the four octets; XDR puts it last.
            continue
        want = truth[name]
        # pydap's Byte is unsigned whatever _Unsigned says.
        bits = want.view("u1") if protocol == "dap2" and want.dtype == np.int8 else want
        np.testing.assert_array_equal(pydap_values(dataset, name), bits, err_msg=name)
        if want.shape == (83, 67):
            for window in WINDOWS:
                np.testing.assert_array_equal(pydap_values(dataset, name, window), bits[window])


def test_pydap_reads_text_and_whole_grids(running: Running, truth: dict[str, np.ndarray]) -> None:
    dataset = open_pydap(running, "dap2")
    assert tuple(np.char.decode(pydap_values(dataset, "words"))) == WORDS
    assert tuple(np.char.decode(pydap_values(dataset, "letters"))) == tuple(
        word[:5] for word in WORDS
    )
    window = (slice(3, 9), slice(4, 60, 7))
    dataset["grid_u2"].set_output_grid(True)
    grid = dataset["grid_u2"][window]
    for name, want in (
        ("grid_u2", truth["grid_u2"][window]),
        ("y", truth["y"][window[0]]),
        ("x", truth["x"][window[1]]),
    ):
        np.testing.assert_array_equal(np.asarray(grid[name].data), want)


def test_xarray_reads_what_it_reads_from_the_file(running: Running, path: Path) -> None:
    names = [f"grid_{code}" for code in ("i1", "i2", "i4", "f4", "f8")] + ["array_f4", "cube"]
    with (
        xr.open_dataset(path, engine="netcdf4", mask_and_scale=False) as local,
        xr.open_dataset(
            f"{running.url}/dodsC/all.nc", engine="netcdf4", mask_and_scale=False
        ) as remote,
    ):
        for name in names:
            np.testing.assert_array_equal(
                as_stored(remote[name].values, local[name].values), local[name].values
            )
            assert remote[name].dims == local[name].dims
        part = remote["grid_f8"].sel(x=slice(10, 100))
        xr.testing.assert_equal(part, local["grid_f8"].sel(x=slice(10, 100)))
