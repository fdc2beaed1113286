"""The map on cells against pixels that are put into cells one by one."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import xarray as xr

from icepair.errors import UsageError
from icepair.geo.grid import Grid
from icepair.ice.cells import concentration_map

PLACES = {
    "north": ("EPSG:32639", 399960.0, 9100020.0),
    "south": ("EPSG:3031", -1200000.0, 900000.0),
}


def _ice(place: str, shape=(330, 410), spacing_m=10.0) -> xr.Dataset:
    crs, left, top = PLACES[place]
    grid = Grid.from_crs(crs, left=left, top=top, spacing_m=spacing_m, shape=shape)
    rng = np.random.default_rng(3)
    s1, s2 = np.clip(rng.normal(0.6, 0.4, (2, *shape)), 0, 1).astype(np.float32)
    s1[:, :50] = np.nan
    s2[250:] = np.nan
    dims = ("y", "x")
    return xr.Dataset(
        {"s1_ice_probability": (dims, s1), "s2_ice_probability": (dims, s2)},
        coords={
            "y": grid.northings(),
            "x": grid.eastings(),
            "spatial_ref": ((), 0, {"crs_wkt": grid.crs_wkt}),
        },
    )


@pytest.mark.parametrize("place", PLACES)
def test_every_pixel_is_in_the_cell_where_it_lies(place):
    ice = _ice(place)
    found = concentration_map(ice, cell_m=1000)
    target = "EPSG:6931" if place == "north" else "EPSG:6932"
    assert pyproj.CRS.from_wkt(found["spatial_ref"].attrs["crs_wkt"]).to_epsg() == int(target[5:])
    to_cells = pyproj.Transformer.from_crs(PLACES[place][0], target, always_xy=True)
    x, y = to_cells.transform(*np.meshgrid(ice["x"], ice["y"]))
    s1, s2 = ice["s1_ice_probability"].values, ice["s2_ice_probability"].values
    both = np.isfinite(s1) & np.isfinite(s2)
    assert int(found["pixels"].sum()) == s1.size
    for cell_y in found["y"].values:
        for cell_x in found["x"].values:
            inside = (np.abs(x - cell_x) < 500) & (np.abs(y - cell_y) < 500)
            cell = found.sel(x=cell_x, y=cell_y)
            # A pixel on the line between two cells may fall to either.
            assert int(cell["pixels"]) == pytest.approx(inside.sum(), abs=2)
            if not inside.any():
                assert np.isnan(cell["valid_share"])
                continue
            share = (inside & both).sum() / inside.sum()
            assert float(cell["valid_share"]) == pytest.approx(share, abs=2e-3)
            if (inside & both).sum() < 100:
                continue
            mean = s1[inside & both].mean()
            assert float(cell["s1_ice_concentration"]) == pytest.approx(mean, abs=2e-3)
            assert 0 < float(cell["s1_ice_concentration_standard_error"]) <= 0.5


def test_cells_sit_on_multiples_of_their_size():
    found = concentration_map(_ice("north"), cell_m=500)
    assert np.all((found["x"].values - 250) % 500 == 0)
    assert np.all(np.diff(found["y"]) == -500)


def test_chunks_and_places_by_degrees_make_the_same_map():
    ice = _ice("north")
    whole = concentration_map(ice)
    xr.testing.assert_allclose(concentration_map(ice.chunk({"y": 100, "x": 90})), whole)
    x, y = np.meshgrid(ice["x"], ice["y"])
    lon, lat = pyproj.Transformer.from_crs("EPSG:32639", 4326, always_xy=True).transform(x, y)
    degrees = ice.drop_vars("spatial_ref").assign_coords(
        longitude=(("y", "x"), lon), latitude=(("y", "x"), lat)
    )
    xr.testing.assert_allclose(concentration_map(degrees), whole, atol=1e-3)


def test_cells_below_pixels_and_pairs_without_places_are_refused():
    ice = _ice("north")
    with pytest.raises(UsageError, match=r"Cells of 5 m are smaller than the pixels of 10 m"):
        concentration_map(ice, cell_m=5)
    with pytest.raises(UsageError, match="does not say where it lies"):
        concentration_map(ice.drop_vars("spatial_ref"))
    with pytest.raises(UsageError, match=r"call icepair\.sea_ice first"):
        concentration_map(ice.drop_vars("s1_ice_probability"))
