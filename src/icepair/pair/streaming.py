"""What a plan will read of its scenes, told beforehand: what it costs, and what comes ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from icepair.dap.cost import Cost
from icepair.geo.window import Window
from icepair.products.rasters import raster_selection
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel2 import Sentinel2Scene

if TYPE_CHECKING:
    from icepair.pair.plan import Plan
    from icepair.products.container import Selection

__all__ = ["CLOUD_MASKS", "announce", "cost"]

CLOUD_MASKS = ("MSK_OPAQUE", "MSK_CIRRUS")
"""Quality rasters that are read where a product has them."""


def cost(plan: Plan) -> Cost:
    """Bytes and requests that running a plan takes; nothing for files and for what is cached."""
    radar, optical = _selections(plan)
    return plan.s1.container.cost(radar) + plan.s2.container.cost(optical)


def announce(plan: Plan) -> None:
    """Tell the containers what running a plan will read, so that it comes in large requests."""
    radar, optical = _selections(plan)
    plan.s1.container.announce(radar)
    plan.s2.container.announce(optical)


def _selections(plan: Plan) -> tuple[list[Selection], list[Selection]]:
    return (
        _radar_selections(plan.s1, plan.polarisations, plan.s1_window),
        _optical_selections(plan.s2, plan.bands, plan.s2_window),
    )


def _radar_selections(
    scene: Sentinel1Scene, polarisations: Sequence[str], window: Window
) -> list[Selection]:
    amplitudes = [
        raster_selection(scene.container, f"Amplitude_{polarisation}", window)
        for polarisation in polarisations
    ]
    tables = scene.plan_tables(polarisations, window)
    return [selection for table in tables for selection in table.selections] + amplitudes


def _optical_selections(
    scene: Sentinel2Scene, bands: Sequence[str], window: Window
) -> list[Selection]:
    names = [scene.variables[band] for band in bands]
    names += [name for name in CLOUD_MASKS if name in scene.masks]
    return [raster_selection(scene.container, name, window) for name in names]
