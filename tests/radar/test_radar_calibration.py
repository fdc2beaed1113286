"""Calibration against plain arithmetic and the archive's golden tables."""

from __future__ import annotations

import math
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from icepair.radar import incidence_from_tables, sigma_nought, to_decibel


def test_sigma_nought_is_plain_arithmetic() -> None:
    generator = np.random.default_rng(4)
    amplitude = generator.integers(0, 65536, (40, 50)).astype(np.uint16)
    amplitude[3, :20] = 0
    noise = generator.uniform(0, 5000, amplitude.shape).astype(np.float32)
    table = generator.uniform(400, 1900, amplitude.shape).astype(np.float32)
    table[5, 5], table[6, 6] = np.nan, 0.0
    found = sigma_nought(amplitude, noise, table)
    assert found.dtype == np.float32
    for index in np.ndindex(amplitude.shape):
        number, scale = int(amplitude[index]), float(table[index])
        if number == 0 or not scale > 0:
            assert math.isnan(found[index])
        else:
            expected = (number**2 - float(noise[index])) / scale**2
            assert found[index] == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_squares_do_not_wrap_in_16_bits() -> None:
    found = sigma_nought(np.array([300, 65535], np.uint16), np.zeros(2), np.array([300.0, 65535.0]))
    assert found.tolist() == [1.0, 1.0]


def test_negative_power_is_kept() -> None:
    found = sigma_nought(np.array([10], np.uint16), np.array([400.0]), np.array([10.0]))
    assert found.tolist() == [-3.0]


def test_decibels() -> None:
    power = np.array([1.0, 0.01, 0.0, -0.2, np.nan], dtype=np.float32)
    plain = to_decibel(power)
    assert plain.dtype == np.float32
    np.testing.assert_allclose(plain, [0.0, -20.0, np.nan, np.nan, np.nan], atol=1e-5)
    floored = to_decibel(power, floor_db=-15.0)
    np.testing.assert_allclose(floored, [0.0, -15.0, -15.0, -15.0, np.nan], atol=1e-5)


def test_incidence_from_tables_on_real_annotation(shared_data: Path) -> None:
    with netCDF4.Dataset(shared_data / "nbs_converter_output" / "s1_ew_grdm_golden.nc") as dataset:
        dataset.set_auto_maskandscale(False)
        golden = {name: variable[:] for name, variable in dataset.variables.items()}
    found = incidence_from_tables(golden["sigmaNought_HH"], golden["gamma_HH"])
    # Compare along the first line, where control points give the angle every 511 samples.
    top = golden["GCP_line_HH"] == 0
    expected = np.interp(
        golden["sample"], golden["GCP_pixel_HH"][top], golden["GCP_incidenceAngle_HH"][top]
    )
    assert np.sqrt(np.mean((found[0] - expected) ** 2)) < 0.05


def test_incidence_where_tables_allow_none() -> None:
    sigma = np.array([100.0, 100.0, np.nan, 0.0])
    gamma = np.array([120.0, 0.0, 90.0, 90.0])
    assert np.isnan(incidence_from_tables(sigma, gamma)).all()
    assert incidence_from_tables(np.array([2.0]), np.array([2.0])).tolist() == [0.0]


def test_one_pass_gives_the_bits_of_array_arithmetic() -> None:
    generator = np.random.default_rng(9)
    odd = [np.nan, 0.0, -1.0, np.inf, 1e-30, 1e20]
    for kind in ("u2", "f4"):
        amplitude = generator.integers(0, 65536, 5000).astype(kind)
        noise, table = generator.normal(500, 700, (2, 5000)).astype(np.float32)
        noise[:600] = np.repeat(odd, 100)
        table[300:900] = np.tile(odd, 100)
        with np.errstate(all="ignore"):
            imaged = (amplitude > 0) & (table > 0)
            scale = np.square(np.where(imaged, table, np.nan), dtype=np.float64)
            plain = (np.square(amplitude, dtype=np.float64) - noise) / scale
            plain = plain.astype(np.float32)
        found = sigma_nought(amplitude, noise, table)
        np.testing.assert_array_equal(np.isnan(found), np.isnan(plain))
        kept = ~np.isnan(plain)
        np.testing.assert_array_equal(found[kept].view("u4"), plain[kept].view("u4"))
