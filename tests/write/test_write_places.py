"""What is written lies on the same metre for GDAL and for xarray."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

from icepair.geo.grid import Grid
from icepair.testing.aligned import aligned_pair
from icepair.write.geotiff import write_geotiffs
from icepair.write.netcdf import write_netcdf

GRIDS = {
    "utm": Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(620, 830)),
    "polar": Grid.from_crs("EPSG:3413", left=-1200, top=840, spacing_m=40, shape=(90, 70)),
    "antarctic": Grid.from_crs("EPSG:3031", left=-5e5, top=-1e6, spacing_m=12.5, shape=(60, 80)),
    "line": Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(1, 50)),
}


@pytest.fixture(scope="module", params=GRIDS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    grid = GRIDS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    pair = aligned_pair(grid, chunk=256)
    write_netcdf(pair, folder / "pair.nc")
    names = write_geotiffs(pair, folder)
    return grid, pair, folder, names


def assert_on_grid(dataset: rasterio.DatasetReader, grid: Grid) -> None:
    assert dataset.shape == grid.shape
    assert tuple(dataset.transform)[:6] == pytest.approx(grid.transform, abs=1e-6)
    assert dataset.crs.to_epsg() == grid.epsg
    # The centre of the last pixel, asked of GDAL itself.
    row, column = grid.shape[0] - 1, grid.shape[1] - 1
    assert dataset.xy(row, column) == pytest.approx(
        (grid.eastings()[-1], grid.northings()[-1]), abs=1e-6
    )


def test_netcdf_through_gdal_lies_where_it_should(written) -> None:
    grid, pair, folder, _ = written
    for name in ("s1_ice", "s1_sigma0_hh"):
        with rasterio.open(f"netcdf:{folder / 'pair.nc'}:{name}") as dataset:
            assert_on_grid(dataset, grid)
            np.testing.assert_array_equal(dataset.read(1), pair[name].values)


def test_geotiffs_lie_where_the_netcdf_lies(written) -> None:
    grid, pair, folder, names = written
    assert set(names) == {
        "s1_sigma0_hh.tif", "s1_sigma0_hv.tif", "s2_b02.tif", "s2_b03.tif", "s2_b04.tif",
        "s2_b08.tif", "s1_ice.tif", "s2_ice.tif", "valid.tif", "s1_flags.tif",
        "s2_flags.tif",
    }  # fmt: skip
    for name in names:
        with rasterio.open(folder / name) as dataset:
            assert_on_grid(dataset, grid)
            np.testing.assert_array_equal(dataset.read(1), pair[Path(name).stem].values)


def test_netcdf_through_xarray_is_what_was_handed_over(written) -> None:
    _, pair, folder, _ = written
    with xr.open_dataset(folder / "pair.nc", decode_coords="all") as back:
        assert list(back.data_vars) == list(pair.data_vars)
        xr.testing.assert_equal(back.load(), pair.load())
        assert np.all(np.diff(back["y"]) < 0)
        for name in pair.data_vars:
            assert back[name].dtype == pair[name].dtype
            assert back[name].encoding["grid_mapping"] == "spatial_ref"
        assert back["s1_ice"].attrs["flag_meanings"] == "water ice no_answer"
