"""Reflectance against reflectances computed by somebody else from real crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from icepair.optical import is_saturated, reflectance


@pytest.mark.parametrize(("baseline", "offset"), [("N0400", -1000), ("N0209", 0)])
def test_real_crops(shared_data: Path, baseline: str, offset: int) -> None:
    folder = shared_data / "s2_l1c_toa_golden"
    (expected_path,) = folder.glob(f"*{baseline}*_toa.tif")
    with rasterio.open(folder / expected_path.name.replace("_toa", "")) as source:
        numbers = source.read()
    with rasterio.open(expected_path) as source:
        expected = source.read()
    found = reflectance(numbers, offset)
    assert found.dtype == np.float32
    assert (numbers > 0).any()
    measured = numbers > 0
    np.testing.assert_allclose(found[measured], expected[measured], rtol=0, atol=1e-6)


def test_what_was_not_measured_has_no_reflectance() -> None:
    numbers = np.array([0, 1, 999, 1000, 65534, 65535], dtype=np.uint16)
    expected = [np.nan, -0.0999, -0.0001, 0.0, 6.4534, np.nan]
    np.testing.assert_allclose(reflectance(numbers, -1000), expected, atol=1e-6)
    assert is_saturated(numbers).tolist() == [False] * 5 + [True]


def test_large_arrays_have_the_bits_of_small_ones() -> None:
    numbers = np.random.default_rng(5).integers(0, 65536, (400, 300)).astype(np.uint16)
    numbers[:2, :200] = [[0], [65535]]
    rows = np.stack([reflectance(row, -1000) for row in numbers])
    found = reflectance(numbers, -1000)
    assert found.dtype == rows.dtype == np.float32
    np.testing.assert_array_equal(found.view("u4"), rows.view("u4"))
