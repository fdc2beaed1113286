"""The Zarr store holds what the NetCDF file holds, for xarray and for GDAL."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

from icepair.errors import OutputError, UsageError
from icepair.geo.grid import Grid
from icepair.testing.aligned import aligned_pair
from icepair.write import zarr as writer
from icepair.write.formats import FORMATS
from icepair.write.zarr import append_zarr, write_zarr

GRID = Grid.from_crs("EPSG:3413", left=-1200, top=840, spacing_m=12.5, shape=(620, 830))
MASKS = ["s1_ice", "s2_ice", "valid"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    pair = aligned_pair(GRID, chunk=256)
    path = tmp_path_factory.mktemp("zarr") / "pair.zarr"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "CHUNK", 256)
        write_zarr(pair.drop_vars(MASKS), path)
        append_zarr(pair[MASKS], path)
    return pair, path


def test_xarray_opens_what_was_handed_over(written) -> None:
    pair, path = written
    with xr.open_zarr(path, decode_coords="all") as back:
        assert set(back.data_vars) == set(pair.data_vars)
        xr.testing.assert_equal(back.load(), pair.load())
        for name in pair.data_vars:
            assert back[name].dtype == pair[name].dtype
            assert back[name].encoding["grid_mapping"] == "spatial_ref"
            assert back[name].encoding["chunks"] == (256, 256)
        assert back.attrs["Conventions"] == "CF-1.11"
        assert back["s1_ice"].attrs["flag_values"] == [0, 1, 255]
        assert back["spatial_ref"].attrs["crs_wkt"] == GRID.crs_wkt


@pytest.mark.parametrize("name", ["s1_sigma0_hh", "s1_ice"])
def test_gdal_finds_the_same_metre(written, name: str) -> None:
    pair, path = written
    with rasterio.open(f'ZARR:"{path}":/{name}') as dataset:
        assert dataset.shape == GRID.shape
        assert tuple(dataset.transform)[:6] == pytest.approx(GRID.transform, abs=1e-6)
        assert dataset.crs.to_epsg() == 3413
        np.testing.assert_array_equal(dataset.read(1), pair[name].values)


def test_attributes_are_those_of_the_netcdf(written, tmp_path: Path) -> None:
    pair, path = written
    FORMATS["netcdf"].write(pair, tmp_path / "pair.nc")
    with (
        xr.open_dataset(tmp_path / "pair.nc", decode_cf=False) as netcdf,
        xr.open_zarr(path, decode_cf=False) as store,
    ):
        assert set(store.variables) == set(netcdf.variables)
        for name, variable in netcdf.variables.items():
            expected = {k: np.asarray(v).tolist() for k, v in variable.attrs.items()}
            found = dict(store[name].attrs)
            for fill in ("_FillValue",):
                expected.pop(fill, None), found.pop(fill, None)
            assert found == expected, name
        assert set(store.attrs) == set(netcdf.attrs)


def test_all_metadata_are_in_one_file(written) -> None:
    _, path = written
    known = json.loads((path / ".zmetadata").read_text())["metadata"]
    assert {"s1_ice/.zarray", "valid/.zattrs", ".zattrs"} <= set(known)


def test_what_has_no_value_takes_no_room(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(writer, "CHUNK", 256)
    pair = aligned_pair(GRID, chunk=256)
    pair["s1_sigma0_hh"] = pair["s1_sigma0_hh"].where(pair["x"] > float(pair["x"][300]))
    write_zarr(pair, tmp_path / "pair.zarr")
    chunks = sorted(path.name for path in (tmp_path / "pair.zarr" / "s1_sigma0_hh").glob("[0-9]*"))
    assert chunks == [f"{i}.{j}" for i in range(3) for j in (1, 2, 3)]


def test_every_block_is_told(tmp_path: Path) -> None:
    told: list[xr.Dataset] = []
    write_zarr(aligned_pair(GRID, chunk=1024), tmp_path / "pair.zarr", computed=told.append)
    assert sum(block.sizes["y"] * block.sizes["x"] for block in told) == 620 * 830


def test_a_store_that_exists_is_not_written_over(written) -> None:
    pair, path = written
    before = sorted(path.rglob("*"))
    with pytest.raises(OutputError, match=r"pair\.zarr.* could not be written"):
        write_zarr(pair, path)
    assert sorted(path.rglob("*")) == before


@pytest.mark.parametrize(("module", "found"), [(None, "not installed"), ("2.18.4", "2.18.4 is")])
def test_without_the_package_it_says_what_to_install(monkeypatch, module, found) -> None:
    from types import SimpleNamespace

    stand_in = None if module is None else SimpleNamespace(__version__=module)
    monkeypatch.setitem(sys.modules, "zarr", stand_in)
    with pytest.raises(UsageError, match=rf"{found}.*pip install 'icepair\[zarr\]'"):
        FORMATS["zarr"].require()


def test_places_of_a_swath_are_coordinates(tmp_path: Path) -> None:
    pair = aligned_pair(GRID).isel(y=slice(0, 30), x=slice(0, 40))
    places = np.add.outer(np.arange(30.0), np.arange(40.0))
    pair = pair.assign_coords(longitude=(("y", "x"), places), latitude=(("y", "x"), places / 2))
    write_zarr(pair, tmp_path / "pair.zarr")
    with xr.open_zarr(tmp_path / "pair.zarr", decode_coords="all") as back:
        assert set(back.coords) == {"y", "x", "longitude", "latitude", "spatial_ref"}
        xr.testing.assert_equal(back.load(), pair)


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OutputError, match="the file would be larger than the system allows"):
            write_zarr(aligned_pair(GRID), tmp_path / "pair.zarr")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
