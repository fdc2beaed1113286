"""An aligned pair as the pair room hands it over, made of nothing but sines."""

from __future__ import annotations

import numpy as np
import xarray as xr

from icepair import conventions
from icepair.geo.grid import Grid

__all__ = ["S1_PRODUCT", "S2_PRODUCT", "aligned_pair"]

S1_PRODUCT = "S1B_EW_GRDM_1SDH_20190827T052357_20190827T052457_017767_0216F4_E6FA"
S2_PRODUCT = "S2A_MSIL1C_20190827T123701_N0208_R095_T39XVL_20190827T143509"


def aligned_pair(grid: Grid, chunk: int | None = None) -> xr.Dataset:
    """Pair on `grid` with floes, a water corner, nodata and every variable of the contract."""
    rows, columns = grid.shape
    row, column = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(7).gamma(10, 0.1, grid.shape)
    floes = np.sin(row / 37.0) * np.cos(column / 53.0) + 0.3 * np.sin(column / 11.0 + row / 19.0)
    s2_ice = (floes > 0).astype(np.uint8)
    s1_ice = np.roll(s2_ice, 14, axis=1)
    sigma0_hh = (np.where(s1_ice == 1, 0.09, 0.012) * noise).astype(np.float32)
    s1_ice[:, : columns // 20] = conventions.NO_ANSWER
    sigma0_hh[:, : columns // 20] = np.nan
    s2_ice[: rows // 15] = conventions.NO_ANSWER
    valid = ((s1_ice != conventions.NO_ANSWER) & (s2_ice != conventions.NO_ANSWER)).astype("u1")
    bands = {
        conventions.reflectance_name(band): np.where(s2_ice == 1, bright, 0.05 + column * 1e-6)
        for band, bright in (("B02", 0.8), ("B03", 0.78), ("B04", 0.75), ("B08", 0.65))
    }
    for band in bands.values():
        band[: rows // 15] = np.nan
    arrays = {
        "s1_sigma0_hh": sigma0_hh,
        "s1_sigma0_hv": (sigma0_hh * 0.15 - 0.0008).astype(np.float32),
        "s1_incidence_angle": (30 + column * 1e-4).astype(np.float32),
        **{name: band.astype(np.float32) for name, band in bands.items()},
        "s1_ice": s1_ice,
        "s2_ice": s2_ice,
        "valid": valid,
        "s1_flags": np.where(s1_ice == 255, 1, 0).astype(np.uint8),
        "s2_flags": np.where(s2_ice == 255, 2, 0).astype(np.uint8),
    }
    pair = xr.Dataset(
        {
            name: (("y", "x"), array, conventions.attributes_of(name))
            for name, array in arrays.items()
        },
        coords={
            "y": ("y", grid.northings(), conventions.attributes_of("y")),
            "x": ("x", grid.eastings(), conventions.attributes_of("x")),
            "spatial_ref": ((), np.int32(0), {"crs_wkt": grid.crs_wkt}),
        },
        attrs={
            "s1_product": S1_PRODUCT,
            "s2_product": S2_PRODUCT,
            "s1_time": "2019-08-27T05:24:20.5Z",
            "s2_time": "2019-08-27T12:37:01Z",
            "s1_spacing_m": (40.0, 40.0),
            "s2_spacing_m": 10.0,
        },
    )
    return pair if chunk is None else pair.chunk({"y": chunk, "x": chunk})
