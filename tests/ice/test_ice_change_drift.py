"""Ice that moved is no change, by whatever field its motion is told."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import xarray as xr
from toy_series import SHAPE, field, pair

import icepair
from icepair.errors import InputError, UsageError
from icepair.ice.change.drift import UniformDrift, drift_of

EAST, NORTH = 120.0, -70.0
"""Twelve columns to the right, seven rows down."""


@pytest.fixture(scope="module")
def moved() -> list[xr.Dataset]:
    """A large field seen through one window before and after all of it moved."""
    large = field(5, 0.5, (300, 340))
    before = large[30:][: SHAPE[0], 40:][:, : SHAPE[1]]
    after = large[23:][: SHAPE[0], 28:][:, : SHAPE[1]]
    return [pair(before, before, 1), pair(after, after, 2)]


def lattice(crs: str | None, spacing: float, unit: str = "m") -> xr.Dataset:
    """A field that covers the window widely, in a plane of its own, of one displacement in UTM."""
    plane = pyproj.CRS(crs or "EPSG:32639")
    there = pyproj.Transformer.from_crs("EPSG:32639", plane, always_xy=True)
    middle = there.transform(5e5 + 1350, 9e6 - 1150)
    steps = spacing * np.arange(-12, 13)
    x, y = np.meshgrid(middle[0] + steps, middle[1] - steps)
    utm = there.transform(x, y, direction="INVERSE")
    ends = there.transform(utm[0] + EAST, utm[1] + NORTH)
    size = {"m": 1.0, "km": 1000.0}[unit]
    words = {"units": unit, **({"grid_mapping": "crs"} if crs else {})}
    made = xr.Dataset(
        {"dX": (("yc", "xc"), (ends[0] - x) / size,
                {**words, "standard_name": "sea_ice_x_displacement"}),
         "dY": (("yc", "xc"), (ends[1] - y) / size,
                {**words, "standard_name": "sea_ice_y_displacement"})},
        coords={"xc": ("xc", x[0] / size, {"units": unit}),
                "yc": ("yc", y[:, 0] / size, {"units": unit})},
    )  # fmt: skip
    return made.assign_coords(crs=((), 0, plane.to_cf())) if crs else made


def test_without_a_drift_motion_looks_like_change(moved: list[xr.Dataset]) -> None:
    change = icepair.ice_change(moved)
    assert float(change["s1_ice_gained"][0]) > 0.1
    assert float(change["s1_ice_lost"][0]) > 0.1


def test_the_drift_takes_motion_out(moved: list[xr.Dataset]) -> None:
    still = icepair.ice_change(moved)
    change = icepair.ice_change(moved, drift=(EAST, NORTH))
    assert change["s1_ice_gained"].values == change["s1_ice_lost"].values == 0.0
    assert float(change["s1_concentration_change"][0]) == 0.0
    # What was gained and lost at fixed places has moved in and out.
    lost = (SHAPE[0] - 7) * (SHAPE[1] - 12) / (SHAPE[0] * SHAPE[1])
    np.testing.assert_allclose(change["s1_compared_fraction"], lost, atol=1e-6)
    np.testing.assert_allclose(change["s1_ice_moved_in"], still["s1_ice_gained"], atol=0.02)
    np.testing.assert_allclose(change["s1_ice_moved_out"], still["s1_ice_lost"], atol=0.02)


@pytest.mark.parametrize(
    ("crs", "spacing", "unit"),
    [(None, 500.0, "m"), ("EPSG:3413", 1000.0, "km"), ("EPSG:6931", 400.0, "m")],
)
def test_a_field_in_any_plane_says_the_same(
    moved: list[xr.Dataset], crs: str | None, spacing: float, unit: str
) -> None:
    given = lattice(crs, spacing, unit)
    change = icepair.ice_change(moved, drift=given)
    assert float(change["s2_ice_gained"][0]) < 2e-4
    assert float(change["s2_ice_moved_in"][0]) > 0.1


def test_where_the_field_is_unknown_there_is_no_answer(moved: list[xr.Dataset]) -> None:
    given = lattice(None, 200.0)
    given["dX"][:12] = np.nan
    change = icepair.ice_change(moved, drift=given)
    assert 0.3 < float(change["s1_compared_fraction"][0]) < 0.65
    assert float(change["s1_ice_gained"][0]) == 0.0


def test_the_field_is_told_where_the_ice_was_before() -> None:
    # Displacement grows along x: the origin of x is x / 1.5, not x - 0.5 x.
    x = np.linspace(0.0, 3000.0, 31)
    dx = np.broadcast_to(0.5 * x, (2, x.size))
    given = xr.Dataset(
        {"dx": (("y", "x"), dx), "dy": (("y", "x"), 0.0 * dx)}, coords={"x": x, "y": [0.0, 100.0]}
    )
    drift = drift_of(given)
    assert drift is not None
    was, _ = drift.origin(np.array([[900.0, 3000.0]]), np.array([[50.0, 50.0]]), None)
    np.testing.assert_allclose(was, [[600.0, 2000.0]], rtol=0.02)


def test_drifts_are_one_for_each_step(moved: list[xr.Dataset]) -> None:
    with pytest.raises(UsageError, match="1 steps between the pairs and 2 drifts"):
        icepair.ice_change(moved, drift=[(1.0, 2.0), (3.0, 4.0)])


def test_what_is_no_drift_is_refused() -> None:
    assert drift_of((1, 2)) == UniformDrift(1.0, 2.0)
    with pytest.raises(UsageError, match="two numbers"):
        drift_of((1.0, np.nan))
    field_ = lattice(None, 500.0)
    with pytest.raises(InputError, match="no variable dy"):
        drift_of(field_.drop_vars("dY"))
    wrong = field_.copy()
    wrong["dX"].attrs["units"] = "m s-1"
    with pytest.raises(InputError, match="'m s-1'; it has to be in m or km"):
        drift_of(wrong)
    with pytest.raises(InputError, match="no one-dimensional coordinate"):
        drift_of(field_.rename(yc="row", xc="column").reset_coords(drop=True))
    with pytest.raises(InputError, match="one displacement"):
        drift_of(field_ * np.nan)
