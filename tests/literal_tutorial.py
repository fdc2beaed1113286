"""The tutorial, run with the libraries it names, line for line as far as they still allow.

Two things differ from the page of 2019, as the preset's contract says: squares are taken in 64 bits
(the NumPy of then wrapped them in 16), and bytes of what is not a number are 0.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from netCDF4 import Dataset
from scipy import ndimage
from skimage import exposure, measure


@dataclass(frozen=True)
class Printed:
    """What the tutorial prints."""

    features: int
    s1_concentration: float
    s2_concentration: float
    hours: float


def run(
    s1: Path, s2: Path, s1_indices: list[int], s2_indices: list[int], polarisation: str = "HV"
) -> Printed:
    """Mask, align and count; windows are [first, stop, first, stop] of rows and columns."""
    with Dataset(s1) as radar, Dataset(s2) as optical, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        a, b, c, d = s1_indices
        amplitude = radar[f"Amplitude_{polarisation}"][0, a:b, c:d].astype(np.int64)
        noise = radar[f"noiseCorrectionMatrix_{polarisation}"][0, a:b, c:d]
        table = radar[f"sigmaNought_{polarisation}"][0, a:b, c:d]
        longitude, latitude = radar["lon"][a:b, c:d], radar["lat"][a:b, c:d]
        rows, columns = slice(*s2_indices[:2]), slice(*s2_indices[2:])
        green = optical["B3"][0, rows, columns]
        water = ndimage.binary_fill_holes(green < 2500)
        features = int(measure.label(water).max())
        denoised = (abs(amplitude) ** 2 - noise) / table**2
        decibel = 10 * np.log10(ndimage.median_filter(denoised, 5))
        rescaled = exposure.rescale_intensity(decibel, in_range=(-30, -4), out_range=(0, 255))
        scaled = np.nan_to_num(np.asarray(rescaled), nan=0.0).astype(np.uint8)
        regridded = _regrid(scaled, longitude, latitude, optical, rows, columns)
        return Printed(
            features,
            1 - np.sum(regridded < 1) / regridded.size,
            1 - np.sum(water) / water.size,
            float(optical["time"][0] - radar["time"][0]) / 3600,
        )


def _regrid(
    image: np.ndarray,
    longitude: np.ndarray,
    latitude: np.ndarray,
    optical: Dataset,
    rows: slice,
    columns: slice,
) -> np.ndarray:
    from pyresample import create_area_def, geometry, kd_tree

    x, y = optical["x"], optical["y"]
    left, top = float(x[columns.start]), float(y[rows.start])
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    # Right way up; the page's extent runs from top to bottom, which changes no count.
    extent = (left, top - 10 * shape[0], left + 10 * shape[1], top)
    area = create_area_def(
        "target", optical["UTM_projection"].proj4_string, shape=shape, area_extent=extent
    )
    swath = geometry.SwathDefinition(
        lons=np.asarray(longitude, "f8"), lats=np.asarray(latitude, "f8")
    )
    return np.asarray(
        kd_tree.resample_nearest(
            swath, image, area, reduce_data=False, radius_of_influence=50, fill_value=0
        )
    )
