"""What a user should know about a pair and would not see in its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icepair._typing import FloatArray

if TYPE_CHECKING:
    from shapely import Polygon

    from icepair.pair.plan import Plan

__all__ = ["notes_on"]

_LAND = (
    "There is land in the pair. It is not masked and counts as ice or water, and positions over "
    "land are not terrain-corrected. Install a coastline (pip install 'icepair[land]', 100 MB) or "
    "give your own by --land FILE."
)
_ICE_SHELVES = (
    "Ice shelves are land in this coastline. To have them as ice give a mask of grounded land, "
    "made of the SCAR Antarctic Digital Database for one, by --land FILE."
)
_SHELVES_BELOW = -60.0
"""Degrees of latitude."""
_NO_CLOUD_MASK = (
    "Nothing tells cloud in the optical scene: what there is of it counts as ice or water."
)


def notes_on(plan: Plan) -> list[str]:
    """Sentences about what the numbers of a pair leave out.

    Parameters
    ----------
    plan : Plan
        Before or after its run.

    Returns
    -------
    list of str
        Empty where nothing is to be said. Land is looked for in outlines at 1 : 50 million, so
        that small islands are missed.
    """
    notes = []
    if plan.land is None and _touches_land(plan):
        notes.append(_LAND)
    if plan.land is not None and plan.land.shelves_are_land and _is_antarctic(plan):
        notes.append(_ICE_SHELVES)
    told = "MSK_OPAQUE" in plan.clouds.masks or plan.clouds.bands
    return notes if told else [*notes, _NO_CLOUD_MASK]


def _touches_land(plan: Plan) -> bool:
    import pyproj
    from shapely import Polygon

    from icepair.geo.footprint import Footprint, local_plane
    from icepair.write._land import land_polygons

    # Not the target's own outline: that of a whole hemisphere holds land, wherever the pair lies.
    optical = Footprint.of_grid(plan.s2.grid, plan.s2_window)
    radar = Footprint.of_swath(plan.swath, plan.s1_window)
    plane = local_plane(optical)
    area = optical.polygon(plane).intersection(radar.polygon(plane))
    rings = land_polygons(pyproj.Proj(plane))
    return any(Polygon(ring).buffer(0).intersects(area) for ring in rings if _near(ring, area))


def _is_antarctic(plan: Plan) -> bool:
    from icepair.geo.footprint import Footprint

    return Footprint.of_grid(plan.s2.grid, plan.s2_window).centre[1] < _SHELVES_BELOW


def _near(ring: FloatArray, area: Polygon) -> bool:
    """Whether the boxes around a ring and the area meet: most of the world's land does not."""
    if len(ring) < 4:
        return False
    west, south = ring.min(axis=0)
    east, north = ring.max(axis=0)
    left, bottom, right, top = area.bounds
    return bool(west <= right and east >= left and south <= top and north >= bottom)
