"""Outlines and caption of a plan, for the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icepair.geo.footprint import Footprint
from icepair.write.caption import Caption, Outlines

if TYPE_CHECKING:
    from icepair.ice.concentration import Concentrations
    from icepair.pair.plan import Plan

__all__ = ["caption_of", "outlines_of"]


def outlines_of(plan: Plan) -> Outlines:
    """Footprints of both scenes and of the windows that are read."""
    return Outlines(
        s1=Footprint.of_swath(plan.swath),
        s2=Footprint.of_grid(plan.s2.grid),
        s1_window=Footprint.of_swath(plan.swath, plan.s1_window),
        s2_window=Footprint.of_grid(plan.s2.grid, plan.s2_window),
    )


def caption_of(plan: Plan, shares: Concentrations) -> Caption:
    """Names, times and concentrations."""
    return Caption(
        s1_product=plan.s1.product,
        s2_product=plan.s2.product,
        s1_time=plan.s1_time,
        s2_time=plan.s2_time,
        s1_concentration=shares.s1,
        s2_concentration=shares.s2,
    )
