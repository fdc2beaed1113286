"""The valid part of a raster, from probes, never smaller than the truth."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest

from icepair.products.open import open_scene
from icepair.products.valid import valid_footprint


@pytest.fixture(scope="module")
def half_empty(toy_pair, tmp_path_factory):
    """Optical product whose band has a slanted nodata edge; and the truth."""
    path = tmp_path_factory.mktemp("valid") / toy_pair.s2.name
    path.write_bytes(toy_pair.s2.read_bytes())
    rows, columns = np.mgrid[0:700, 0:800]
    valid = columns > 300 + 0.3 * rows
    with netCDF4.Dataset(path, "a") as file:
        for band in ("B2", "B3", "B4", "B8"):
            numbers = np.ma.filled(file[band][0], 0)
            numbers[~valid] = 0
            file[band][0] = numbers
    return open_scene(str(path)), valid


def test_nothing_valid_is_lost_and_most_of_the_rest_is_left_out(half_empty):
    scene, valid = half_empty
    rows, columns = np.mgrid[0:700, 0:800].astype(float)
    held = valid_footprint(scene).holds(rows, columns)
    assert held[valid].all()
    cell = 800 / 31
    assert (held & ~valid).sum() < 700 * cell * 3.5


def test_positions_outside_the_raster_are_not_held(toy_pair):
    footprint = valid_footprint(open_scene(str(toy_pair.s2)))
    rows = np.array([-0.51, -0.5, 699.4, 699.5, np.nan, 5.0])
    columns = np.array([5.0, 5.0, 5.0, 5.0, 5.0, 800.0])
    np.testing.assert_array_equal(
        footprint.holds(rows, columns), [False, True, True, False, False, False]
    )
