"""Sentences about what the numbers of a pair leave out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from icepair.geo.grid import Grid
from icepair.geo.grid_swath import GridSwath
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.pipeline.notes import notes_on


def plan_at(epsg: int, left: float, top: float, masks: tuple[str, ...]) -> SimpleNamespace:
    """What the notes look at: a tile of 10 km and the masks of the product."""
    grid = Grid.from_crs(f"EPSG:{epsg}", left=left, top=top, spacing_m=100.0, shape=(100, 100))
    return SimpleNamespace(
        grid=grid,
        swath=GridSwath(grid, Surface("ellipsoid")),
        s1_window=Window.whole(grid.shape),
        s2=SimpleNamespace(masks=masks, grid=grid),
        s2_window=Window.whole(grid.shape),
        land=None,
        clouds=SimpleNamespace(masks=masks, bands=()),
    )


@pytest.mark.parametrize(
    ("epsg", "left", "top", "land"),
    [
        (32633, 510_000, 8_760_000, True),  # Spitsbergen
        (32639, 400_000, 9_100_000, False),  # north of Franz Josef Land
        (3031, -5_000, 5_000, True),  # the South Pole inside
        (3413, -5_000, 5_000, False),  # the North Pole inside
        (32702, 500_000, 1_500_000, False),  # Ross Sea, near 180 degrees
    ],
)
def test_land_is_found_where_it_is(epsg, left, top, land):
    notes = notes_on(plan_at(epsg, left, top, masks=("MSK_OPAQUE",)))
    assert any("land" in note for note in notes) == land


def test_land_elsewhere_on_a_map_of_a_hemisphere_is_not_told_of():
    plan = plan_at(32639, 400_000, 9_100_000, masks=("MSK_OPAQUE",))
    plan.grid = Grid.from_crs("EPSG:3413", left=-4e6, top=4e6, spacing_m=100_000.0, shape=(80, 80))
    assert notes_on(plan) == []


@pytest.mark.parametrize(
    ("epsg", "top", "shelves", "told"),
    [(3031, -1.2e6, True, True), (3031, -1.2e6, False, False), (3413, -1.2e6, True, False)],
)
def test_ice_shelves_are_told_of_where_they_are(epsg, top, shelves, told):
    plan = plan_at(epsg, -5_000, top, masks=("MSK_OPAQUE",))
    plan.land = SimpleNamespace(shelves_are_land=shelves)
    notes = notes_on(plan)
    assert [("grounded land" in note and "--land FILE" in note) for note in notes] == [True] * told


def test_a_product_without_a_cloud_mask_says_so():
    (note,) = notes_on(plan_at(32639, 400_000, 9_100_000, masks=()))
    assert "Nothing tells cloud" in note
    assert notes_on(plan_at(32639, 400_000, 9_100_000, masks=("MSK_OPAQUE",))) == []
