"""The tutorial's arithmetic against the tutorial itself, run literally."""

from __future__ import annotations

import warnings

import netCDF4
import numpy as np
import pyproj
import pytest
import xarray as xr
from scipy import ndimage
from toy_ice import Toy, scene

from icepair.conventions import attributes_of
from icepair.ice.concentration import count_features
from icepair.ice.tutorial import optical_water, radar_bytes, sea_ice_tutorial, tutorial_masks

exposure = pytest.importorskip("skimage.exposure")
measure = pytest.importorskip("skimage.measure")


@pytest.fixture(scope="module")
def rasters():
    """Digital numbers, noise and table of a window with borders, gaps and lone nodata pixels."""
    rng = np.random.default_rng(4)
    shape = (180, 220)
    table = (400 + rng.normal(0, 2, shape)).astype(np.float32)
    noise = (0.0013 * table**2).astype(np.float32)
    ice = ndimage.gaussian_filter(rng.normal(size=shape), 6) > 0
    power = np.where(ice, 0.01, 0.0006) * table**2 + noise
    amplitude = np.sqrt(power * rng.gamma(10, 0.1, shape)).astype(np.uint16)
    amplitude[:20] = 0
    amplitude[90:120, 50:57] = 0
    amplitude[::37, ::41] = 0
    amplitude[130:135, 100:110] = 9000  # brighter than -4 dB
    return amplitude, noise, table


def _read_masked(path, rasters):
    """The three rasters as the tutorial's netCDF4 hands them over: masked arrays."""
    names = ("Amplitude_HV", "noiseCorrectionMatrix_HV", "sigmaNought_HV")
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(("time", "y", "x"), (1, *rasters[0].shape), strict=True):
            file.createDimension(name, size)
        for name, values in zip(names, rasters, strict=True):
            fill = {"fill_value": 0} if values.dtype == np.uint16 else {}
            file.createVariable(name, values.dtype, ("time", "y", "x"), **fill)[0] = values
    with netCDF4.Dataset(path) as file:
        return tuple(file[name][0, :, :] for name in names)


def _literal_bytes(amplitude, noise, table):
    denoised = (abs(amplitude.astype(np.int64)) ** 2 - noise) / table**2
    speckle = ndimage.median_filter(denoised, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # logarithms of what is not positive
        decibels = 10 * np.log10(speckle)
        return exposure.rescale_intensity(decibels, in_range=(-30, -4), out_range=(0, 255)).astype(
            np.uint8
        )


def test_bytes_equal_the_literal_run(tmp_path, rasters):
    masked = _read_masked(tmp_path / "s1.nc", rasters)
    assert np.ma.isMaskedArray(masked[0])
    literal = _literal_bytes(*masked)
    assert set(np.unique(literal)) >= {0, 255}
    np.testing.assert_array_equal(radar_bytes(*rasters), literal)


def test_squares_do_not_overflow():
    amplitude = np.full((9, 9), 60_000, np.uint16)
    table = np.full((9, 9), 6e4 / np.sqrt(0.1), np.float32)
    byte = radar_bytes(amplitude, np.zeros((9, 9), np.float32), table)
    assert (byte == int((-10 + 30) / 26 * 255)).all()


def test_optical_mask_and_count_equal_the_literal_run():
    rng = np.random.default_rng(8)
    smooth = ndimage.gaussian_filter(rng.normal(size=(300, 260)), 2)
    numbers = np.clip(2500 + 30_000 * smooth, 1, 9000).astype(np.uint16)
    numbers[:, :25] = 0
    numbers[5, 5], numbers[10, 200] = 2500, 2499
    literal = ndimage.binary_fill_holes(np.ma.masked_equal(numbers, 0).data < 2500)
    np.testing.assert_array_equal(optical_water(numbers), literal)
    assert count_features(optical_water(numbers)) == measure.label(literal).max() > 10


def test_concentrations_equal_the_literal_run_with_pyresample(tmp_path, rasters):
    pyresample = pytest.importorskip("pyresample")
    crs = "+proj=utm +zone=39 +datum=WGS84 +units=m"
    amplitude = rasters[0]
    line, sample = np.mgrid[: amplitude.shape[0], : amplitude.shape[1]] * 40.0
    area = pyresample.create_area_def(
        "t", crs, shape=(500, 700), area_extent=(5e5, 9.1e6, 5.07e5, 9.105e6)
    )
    east = 5.0e5 + 0.97 * sample - 0.2 * line + 500
    north = 9.1055e6 - 0.2 * sample - 0.97 * line
    longitude, latitude = pyproj.Proj(crs)(east, north, inverse=True)
    swath = pyresample.geometry.SwathDefinition(lons=longitude, lats=latitude)

    def regrid(values):
        return pyresample.kd_tree.resample_nearest(
            swath, values, area, radius_of_influence=50, fill_value=0
        )

    literal = regrid(_literal_bytes(*_read_masked(tmp_path / "s1.nc", rasters))) < 1
    masks = tutorial_masks(regrid(radar_bytes(*rasters)), np.full((500, 700), 3000, np.uint16))
    assert 0.1 < masks.s1_concentration < 0.9
    assert masks.s1_concentration == 1 - literal.sum() / literal.size
    assert masks.s2_concentration == 1.0


def test_unfilled_is_water():
    filled = np.array([[True, False]])
    masks = tutorial_masks(np.array([[9, 9]], np.uint8), np.array([[0, 2500]], np.uint16), filled)
    np.testing.assert_array_equal(masks.s1_ice, [[1, 0]])
    np.testing.assert_array_equal(masks.s2_ice, [[0, 1]])
    assert (masks.s1_concentration, masks.s2_concentration, masks.features) == (0.5, 0.5, 1)


def test_dataset_form():
    pair, _ = scene(Toy(shape=(40, 50)))
    byte = np.zeros((40, 50), np.uint8)
    byte[:, 20:] = 1
    numbers = np.full((40, 50), 2000, np.uint16)
    numbers[:10] = 7000
    result = sea_ice_tutorial(pair, byte, numbers)
    expected = xr.Dataset(
        {
            "s1_ice": (("y", "x"), byte, attributes_of("s1_ice")),
            "s2_ice": (("y", "x"), (numbers > 2500).astype("u1"), attributes_of("s2_ice")),
            "valid": (("y", "x"), np.ones((40, 50), "u1"), attributes_of("valid")),
        },
        coords=pair.coords,
    )
    found = result[["s1_ice", "s2_ice", "valid"]].drop_attrs(deep=False)
    assert '"method": "tutorial"' in found["s1_ice"].attrs.pop("rule")
    assert '"threshold_digital_number": 2500' in found["s2_ice"].attrs.pop("rule")
    xr.testing.assert_identical(found, expected)
