"""A grid as a swath: places both ways, and angles where they are known."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from icepair.geo.grid import Grid
from icepair.geo.grid_swath import AngleNet, GridSwath
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath

GRIDS = [("EPSG:32639", 500_000.0, 9_090_000.0), ("EPSG:3413", -200_000.0, 100_000.0)]


@pytest.mark.parametrize(("crs", "left", "top"), GRIDS)
def test_places_are_those_of_the_grid(crs: str, left: float, top: float) -> None:
    grid = Grid.from_crs(crs, left=left, top=top, spacing_m=40.0, shape=(300, 200))
    swath = GridSwath(grid, Surface("geoid"))
    assert isinstance(swath, Swath)
    line, sample = np.array([0.0, 299.0, 120.25, -60.0]), np.array([0.0, 199.0, 33.5, 260.0])
    longitude, latitude = swath.longitude_latitude(line, sample)
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    expected = to_degrees.transform(left + (sample + 0.5) * 40, top - (line + 0.5) * 40)
    np.testing.assert_allclose([longitude, latitude], expected, atol=1e-10)
    for inverse in (swath.line_sample, swath.smooth_line_sample):
        np.testing.assert_allclose(inverse(longitude, latitude), [line, sample], atol=1e-6)
    np.testing.assert_array_equal(swath.add_steps(line, sample), sample)
    assert (swath.method, swath.residual_m, swath.shape) == ("grid", None, (300, 200))


def test_places_that_the_projection_does_not_know_have_no_position() -> None:
    grid = Grid.from_crs(*GRIDS[0][:1], left=5e5, top=9.09e6, spacing_m=10.0, shape=(5, 5))
    swath = GridSwath(grid, Surface("geoid"))
    line, sample = swath.line_sample(np.array([51.0, np.nan]), np.array([81.0, 81.0]))
    assert np.isfinite([line[0], sample[0]]).all()
    assert np.isnan([line[1], sample[1]]).all()


def test_angles_are_interpolated_and_unknown_without_a_band() -> None:
    grid = Grid.from_crs("EPSG:32639", left=5e5, top=9.09e6, spacing_m=10.0, shape=(101, 201))
    line, sample = np.array([[0.0], [50.0], [110.0]]), np.array([[0.0, 37.5, 200.0]])
    assert np.isnan(GridSwath(grid, Surface("geoid")).incidence_angle(line, sample)).all()
    rows, columns = np.array([0.0, 50.0, 100.0]), np.array([0.0, 100.0, 200.0])
    degrees = 20.0 + 0.02 * rows[:, None] + 0.1 * columns
    swath = GridSwath(grid, Surface("geoid"), AngleNet(rows, columns, degrees))
    found = swath.incidence_angle(line, sample)
    np.testing.assert_allclose(found, 20.0 + 0.02 * line + 0.1 * sample, atol=1e-9)
