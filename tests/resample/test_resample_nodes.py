"""Nets of nodes: no wider than the bound allows, none lost, nothing computed that is not used."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.geo.control_points import ControlPoints, ControlPointSwath
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.resample.nodes import fitting_nodes
from icepair.resample.source_map import NodeMap, map_from_swath
from icepair.testing.geolocation import synthetic_swath

ANYWHERE = (math.inf, math.inf)


def by_control_points(swath: Swath) -> ControlPointSwath:
    """The same image as its control points tell it, on the ellipsoid."""
    axes = (np.linspace(0.0, count - 1.0, 13) for count in swath.shape)
    line, sample = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
    longitude, latitude = swath.longitude_latitude(line, sample)
    points = ControlPoints(
        line=line,
        sample=sample,
        longitude=longitude,
        latitude=latitude,
        height=np.zeros(line.size),
        incidence=swath.incidence_angle(line, sample),
    )
    return ControlPointSwath.fit(points, swath.shape, swath.surface)


SWATHS = {
    "whole scene": lambda: synthetic_swath(80.0, 40.0, surface="geoid"),
    "northernmost": lambda: synthetic_swath(92.0, -170.0, shape=(1900, 1500)),
    "southern, to the left": lambda: synthetic_swath(-75.0, 10.0, shape=(900, 1500), side=-1),
    "small": lambda: synthetic_swath(82.0, 95.0, shape=(210, 330)),
    "narrow": lambda: synthetic_swath(82.0, 95.0, shape=(1200, 260), surface="geoid"),
    "control points": lambda: by_control_points(
        synthetic_swath(80.0, 40.0, shape=(1200, 1300), is_stepped=False)
    ),
}


@functools.cache
def swath_named(name: str) -> Swath:
    return SWATHS[name]()


def grid_around(
    swath: Swath, crs: str, spacing_m: float, pixels: int, at: tuple[float, float]
) -> Grid:
    """Square target whose middle lies `at` shares of the image."""
    line, sample = (share * (count - 1) for share, count in zip(at, swath.shape, strict=True))
    place = swath.longitude_latitude(np.array([line]), np.array([sample]))
    probe = Grid.from_crs(crs, left=0, top=0, spacing_m=spacing_m, shape=(1, 1))
    row, column = (float(index[0]) for index in probe.rows_columns(*place))
    left, top = spacing_m * (column - pixels / 2), -spacing_m * (row - pixels / 2)
    return Grid.from_crs(crs, left=left, top=top, spacing_m=spacing_m, shape=(pixels, pixels))


def positions(source_map):
    return source_map.positions(*(slice(0, count) for count in source_map.target_shape))


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(SWATHS)),
    crs=st.sampled_from(["EPSG:3413", "EPSG:6931", "EPSG:32636"]),
    spacing_m=st.sampled_from([37.0, 160.0, 400.0, 1000.0, 2500.0]),
    pixels=st.integers(1, 300),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_coarse_targets_have_the_images_true_edge(name, crs, spacing_m, pixels, at):
    swath = swath_named(name)
    if name == "southern, to the left":
        crs = {"EPSG:3413": "EPSG:3031", "EPSG:6931": "EPSG:6932"}.get(crs, "EPSG:32736")
    grid = grid_around(swath, crs, spacing_m, pixels, at)
    source_map = map_from_swath(swath, grid)
    index = np.arange(float(pixels))
    exact = np.stack(swath.line_sample(*grid.longitude_latitude(index[:, None], index)))
    found = np.stack(positions(source_map))
    half = (np.array(swath.shape)[:, None, None] - 1) / 2
    # Below zero inside the image, whose outer half pixel belongs to it.
    beyond = (np.abs(exact - half) - half - 0.5).max(axis=0)
    found_beyond = (np.abs(found - half) - half - 0.5).max(axis=0)
    borders = swath.steps.borders
    off_border = np.ones(beyond.shape, bool)
    if borders.size:
        off_border = np.abs(exact[0][..., None] - borders).min(axis=-1) > 2e-3
    tolerance = source_map.bound + 2e-5
    inside = (beyond < -tolerance) & off_border
    outside = ~(beyond < tolerance)
    assert (found_beyond[inside] < 0).all()
    assert not (found_beyond[outside & (off_border | np.isnan(exact[0]))] < 0).any()
    error = np.hypot(*(found - exact))[inside]
    assert error.max(initial=0.0) <= tolerance
    assert source_map.bound <= 1e-3


def test_coarse_nodes_are_no_denser_than_their_error_asks():
    swath = swath_named("whole scene")
    for crs, spacing_m, pixels in [("EPSG:3413", 40.0, 12_500), ("EPSG:6931", 160.0, 3_000)]:
        source_map = map_from_swath(swath, grid_around(swath, crs, spacing_m, pixels, (0.5, 0.5)))
        # At twice the spacing it would be four times that, beyond the bound.
        assert 2.4e-4 < source_map.bound <= 1e-3


def test_a_full_tile_has_a_node_every_64_pixels_and_none_is_looked_for_twice():
    swath = swath_named("whole scene")
    grid = grid_around(swath, "EPSG:32636", 10.0, 10_980, (0.5, 0.5))
    asked = 0

    class Counting(Grid):
        def longitude_latitude(self, rows, columns):
            nonlocal asked
            asked += rows.size * columns.size
            return super().longitude_latitude(rows, columns)

    counted = Counting(grid.crs_wkt, grid.left, grid.top, grid.spacing_m, grid.shape)
    source_map = map_from_swath(swath, counted)
    assert source_map.spacing == 64
    assert asked == source_map.row_nodes.size == 173**2


curvatures = st.floats(-1e-3, 1e-3)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    bends=st.tuples(*[curvatures] * 6),
    wave=st.floats(0.0, 2.0),
    bound=st.sampled_from([1e-4, 1e-3, 0.1]),
)
def test_between_nodes_a_smooth_map_is_within_the_bound(shape, bends, wave, bound):
    a, b, c, d, e, f = bends

    def inverse(rows, columns):
        return (
            rows + a * rows**2 + b * columns**2 + c * rows * columns,
            columns + d * rows**2 + e * columns**2 + f * rows * columns + wave * np.sin(rows / 90),
        )

    nodes = fitting_nodes(inverse, shape, bound=bound, widest_cell=ANYWHERE, widest_spacing=64)
    assert nodes.error <= bound
    index = np.arange(float(shape[0]))[:, None], np.arange(float(shape[1]))[None]
    found = positions(NodeMap(shape, nodes.spacing, nodes.row, nodes.column, nodes.error))
    error = np.hypot(*(x - y for x, y in zip(found, inverse(*index), strict=True)))
    assert error.max() <= nodes.error + 1e-9
    rows, columns = (np.arange(float(count)) * nodes.spacing for count in nodes.row.shape)
    np.testing.assert_array_equal(nodes.row, inverse(rows[:, None], columns)[0])
    np.testing.assert_array_equal(nodes.column, inverse(rows[:, None], columns)[1])
    assert nodes.row.shape == tuple(-(-size // nodes.spacing) + 1 for size in shape)


def test_the_spacing_is_the_widest_that_the_bound_allows():
    def inverse(rows, columns):
        return rows**2 / 4000 + 0 * columns, columns + 0 * rows

    nodes = fitting_nodes(inverse, (500, 500), bound=1e-3, widest_cell=ANYWHERE, widest_spacing=64)
    # A cell of h errs by h^2 / 16000, and twice that is the bound that is held.
    assert nodes.spacing == 2
    assert nodes.error == pytest.approx(5e-4)


def test_cells_reach_no_farther_across_the_source_than_they_may():
    def inverse(rows, columns):
        return 3.0 * rows - columns, 0.5 * rows + 0.5 * columns

    def spacing(lines: float, samples: float) -> int:
        return fitting_nodes(
            inverse, (90, 70), bound=1e-3, widest_cell=(lines, samples), widest_spacing=64
        ).spacing

    assert spacing(256.0, 64.0) == 64
    assert spacing(255.0, 64.0) == 32
    assert spacing(256.0, 15.9) == 8
    assert spacing(0.0, 0.0) == 1
