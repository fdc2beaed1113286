"""Sentences about what the numbers of a pair leave out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from icepair.geo.grid import Grid
from icepair.pipeline.notes import notes_on


def plan_at(epsg: int, left: float, top: float, masks: tuple[str, ...]) -> SimpleNamespace:
    """What the notes look at: a tile of 10 km and the masks of the product."""
    grid = Grid.from_crs(f"EPSG:{epsg}", left=left, top=top, spacing_m=100.0, shape=(100, 100))
    return SimpleNamespace(grid=grid, land=None, s2=SimpleNamespace(masks=masks))


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


def test_a_product_without_a_cloud_mask_says_so():
    (note,) = notes_on(plan_at(32639, 400_000, 9_100_000, masks=()))
    assert "no cloud mask" in note
    assert notes_on(plan_at(32639, 400_000, 9_100_000, masks=("MSK_OPAQUE",))) == []
