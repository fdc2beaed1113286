"""Looks at one field of ice on different days, made by nothing of icepair but its masks."""

from __future__ import annotations

import numpy as np
import pyproj
import xarray as xr
from scipy.ndimage import gaussian_filter

import icepair

SHAPE = (200, 220)


def look(seed: int, share: float, *, day: int) -> xr.Dataset:
    """Aligned pair with ice told; the ice hangs on `seed` and `share`, all else on `day` too."""
    smooth = gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), 5)
    centred = (smooth - np.quantile(smooth, 1 - share)) / smooth.std()
    ice = np.clip(0.5 + 6 * centred, 0, 1)
    rng = np.random.default_rng([seed, day, round(100 * share)])
    light = rng.uniform(0.85, 1.1)
    bands = {
        name: light * (bright * ice + dark * (1 - ice)) + 0.004 * rng.standard_normal(SHAPE)
        for name, bright, dark in (
            ("s2_b02", 0.80, 0.10), ("s2_b03", 0.78, 0.07), ("s2_b04", 0.75, 0.05),
            ("s2_b08", 0.65, 0.03),
        )
    }  # fmt: skip
    water = 10 ** (rng.uniform(-24, -21) / 10)
    coarse = np.kron(rng.gamma(10, 0.1, (50, 55)), np.ones((4, 4)))
    radar = {
        "s1_sigma0_hh": (0.09 * ice + water * (1 - ice)) * coarse,
        "s1_sigma0_hv": (0.02 * ice + 0.1 * water * (1 - ice)) * coarse,
    }
    data = {n: (("y", "x"), v.astype(np.float32)) for n, v in (bands | radar).items()}
    none = (("y", "x"), np.zeros(SHAPE, np.uint8))
    pair = xr.Dataset(
        {**data, "s1_flags": none, "s2_flags": none,
         "s1_incidence_angle": (("y", "x"), np.full(SHAPE, 30, np.float32))},
        coords={"y": 9e6 - 10.0 * np.arange(SHAPE[0]), "x": 5e5 + 10.0 * np.arange(SHAPE[1]),
                "spatial_ref": ((), 0, {"crs_wkt": pyproj.CRS.from_epsg(32639).to_wkt()})},
        attrs={"s1_spacing_m": (40.0, 40.0), "grid_spacing_m": 10.0,
               "s1_time": f"2020-05-{day:02d}T05:00:00Z",
               "s2_time": f"2020-05-{day:02d}T12:00:00Z"},
    )  # fmt: skip
    return icepair.sea_ice(pair)
