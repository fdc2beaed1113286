"""The ice field: areas against brute force, sizes by their law, drift, independence of blocks."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.simulate import PairSettings, _kernels
from icepair.simulate.field import IceField, Layer, Plane


def plain(**changes: object) -> IceField:
    return IceField(PairSettings(**changes), 0.65)


def lattice(size: int, step_m: float, east: float = 0.0, north: float = 0.0):
    axis = (np.arange(size) + 0.5) * step_m
    return np.meshgrid(east + axis, north - axis)


def test_shares_of_a_pixel_are_its_area() -> None:
    """Against 6 400 infinitely small points in each pixel, nothing but floes."""
    field = plain(brash=0.0, melt=0.0, lead_width_m=0.0)
    points = field.ice_share(field.shares(*lattice(2400, 0.5), 1e-3))
    exact = points.reshape(30, 80, 30, 80).mean(axis=(1, 3))
    share = field.ice_share(field.shares(*lattice(30, 40.0), 40.0))
    assert abs(share.mean() - exact.mean()) < 0.005
    assert np.sqrt(np.mean((share - exact) ** 2)) < 0.06
    finer = points.reshape(120, 20, 120, 20).mean(axis=(1, 3))
    share = field.ice_share(field.shares(*lattice(120, 10.0), 10.0))
    assert abs(share.mean() - finer.mean()) < 0.003
    assert np.sqrt(np.mean((share - finer) ** 2)) < 0.03


def test_a_block_is_the_same_alone_and_inside_another() -> None:
    field = plain()
    x, y = lattice(200, 10.0, -71_234.0, 5_678.0)
    whole = field.shares(x, y, 10.0)
    np.testing.assert_array_equal(
        field.shares(x[50:90, 20:60], y[50:90, 20:60], 10.0), whole[50:90, 20:60]
    )


def test_shares_add_up_to_one_at_most() -> None:
    shares = plain(melt=0.6, brash=0.6).shares(*lattice(400, 25.0), 25.0)
    assert shares[..., :4].min() >= 0.0
    assert shares[..., :4].sum(axis=-1).max() <= 1.0 + 1e-5
    for channel in range(4):
        assert shares[..., channel].max() > 0.9, channel


@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.9])
def test_the_field_is_tuned_to_a_concentration(wanted: float) -> None:
    settings = PairSettings(concentration=wanted, seed=3)
    field = IceField.tuned(settings, *lattice(120, 160.0))
    fresh = lattice(700, 27.4)
    assert field.ice_share(field.shares(*fresh, 10.0)).mean() == pytest.approx(wanted, abs=0.02)


def test_numbers_of_floes_follow_the_power_law() -> None:
    """Cells of each octave are four times as many; what is present thins them to d^-1.8."""
    presence = plain().presence
    assert presence.size == _kernels.OCTAVES
    per_area = presence * 4.0 ** np.arange(presence.size)
    slope = np.diff(np.log2(per_area))
    np.testing.assert_allclose(slope, 1.8, atol=1e-6)
    largest = 2.0 * _kernels.LARGEST_RADIUS * _kernels.LARGEST_CELL_M
    assert largest == pytest.approx(10_000.0, rel=0.01)
    assert 2.0 * _kernels.SMALLEST_RADIUS_M == 50.0


def test_a_floe_never_leaves_the_cells_that_are_searched() -> None:
    reach = _kernels.JITTER + 1.06 * _kernels.LARGEST_RADIUS + 0.03 * _kernels.LARGEST_RADIUS
    assert reach <= 1.0


def test_ice_moves_with_the_drift() -> None:
    field = plain(drift_m_s=0.3, drift_towards_deg=90.0)
    east, north = field.displacement(np.zeros(1), np.zeros(1), 36_000.0)
    assert np.hypot(east, north)[0] == pytest.approx(10_800.0, rel=0.11)
    x, y = lattice(100, 50.0)
    now = field.shares(*field.origin(x, y, 36_000.0), 50.0)
    then = field.shares(x, y, 50.0)
    assert not np.array_equal(now, then)
    # What is here now was, at time 0, where `origin` says.
    back = tuple(
        place - way for place, way in zip((x, y), field.displacement(x, y, 36e3), strict=True)
    )
    np.testing.assert_array_equal(now, field.shares(*back, 50.0))
    still = plain(drift_m_s=0.0)
    np.testing.assert_array_equal(
        still.shares(*still.origin(x, y, 36_000.0), 50.0), still.shares(x, y, 50.0)
    )


def test_seeds_differ_and_repeat() -> None:
    x, y = lattice(100, 50.0)
    one, other = (plain(seed=seed).shares(x, y, 50.0) for seed in (1, 2))
    np.testing.assert_array_equal(one, plain(seed=1).shares(x, y, 50.0))
    assert np.abs(one - other).max() > 0.5


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_a_layer_covers_what_was_asked(share: float) -> None:
    field = plain()
    places = lattice(200, 100.0)
    layer = Layer.covering(share, field, *places, scale_m=6000.0, salt=5)
    assert layer.depth(field, *places).mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("centre", [(180.0, 70.0), (10.0, 90.0), (-30.0, -85.0)])
def test_the_plane_keeps_area_and_knows_no_edge(centre: tuple[float, float]) -> None:
    plane = Plane(*centre)
    east, north = np.meshgrid(np.linspace(-5e4, 5e4, 11), np.linspace(-5e4, 5e4, 11))
    longitude, latitude = plane.to_globe(east, north)
    there = plane.to_plane(longitude, latitude)
    np.testing.assert_allclose(there, (east, north), atol=1e-3)
