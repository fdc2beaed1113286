"""Sentinel-1 and Sentinel-2 scenes of the same sea ice on one grid.

Names are looked up when first used, so that importing costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME_OF = {
    "Concentrations": "icepair.ice.concentration",
    "Floes": "icepair.ice.floes",
    "Grid": "icepair.geo.grid",
    "GriddedOpticalScene": "icepair.products.stack.scenes",
    "GriddedRadarScene": "icepair.products.stack.scenes",
    "Matches": "icepair.motion.matches",
    "PairSettings": "icepair.simulate.settings",
    "Plan": "icepair.pair.plan",
    "Recipe": "icepair.pipeline.recipe",
    "Scene": "icepair.products.scene",
    "Sentinel1Scene": "icepair.products.sentinel1",
    "Sentinel2Scene": "icepair.products.sentinel2",
    "Surface": "icepair.geo.surface",
    "TaughtRadar": "icepair.ice.taught",
    "Window": "icepair.geo.window",
    "align": "icepair.pipeline.run",
    "concentration_map": "icepair.ice.cells",
    "concentration_series": "icepair.ice.change.measure",
    "concentrations": "icepair.ice.concentration",
    "drift_field": "icepair.motion.drift",
    "floes": "icepair.ice.floes",
    "ice_change": "icepair.ice.change.measure",
    "load_taught_radar": "icepair.ice.taught",
    "match_floes": "icepair.motion.matches",
    "open_scene": "icepair.products.open",
    "plan": "icepair.pair.plan",
    "sea_ice": "icepair.ice.mask",
    "simulate_pair": "icepair.simulate.pair",
    "size_distribution": "icepair.ice.floes",
    "teach_radar": "icepair.ice.taught",
}

if TYPE_CHECKING:
    from icepair.geo.grid import Grid as Grid
    from icepair.geo.surface import Surface as Surface
    from icepair.geo.window import Window as Window
    from icepair.ice.cells import concentration_map as concentration_map
    from icepair.ice.change.measure import concentration_series as concentration_series
    from icepair.ice.change.measure import ice_change as ice_change
    from icepair.ice.concentration import Concentrations as Concentrations
    from icepair.ice.concentration import concentrations as concentrations
    from icepair.ice.floes import Floes as Floes
    from icepair.ice.floes import floes as floes
    from icepair.ice.floes import size_distribution as size_distribution
    from icepair.ice.mask import sea_ice as sea_ice
    from icepair.ice.taught import TaughtRadar as TaughtRadar
    from icepair.ice.taught import load_taught_radar as load_taught_radar
    from icepair.ice.taught import teach_radar as teach_radar
    from icepair.motion.drift import drift_field as drift_field
    from icepair.motion.matches import Matches as Matches
    from icepair.motion.matches import match_floes as match_floes
    from icepair.pair.plan import Plan as Plan
    from icepair.pair.plan import plan as plan
    from icepair.pipeline.recipe import Recipe as Recipe
    from icepair.pipeline.run import align as align
    from icepair.products.open import open_scene as open_scene
    from icepair.products.scene import Scene as Scene
    from icepair.products.sentinel1 import Sentinel1Scene as Sentinel1Scene
    from icepair.products.sentinel2 import Sentinel2Scene as Sentinel2Scene
    from icepair.products.stack.scenes import GriddedOpticalScene as GriddedOpticalScene
    from icepair.products.stack.scenes import GriddedRadarScene as GriddedRadarScene
    from icepair.simulate.pair import simulate_pair as simulate_pair
    from icepair.simulate.settings import PairSettings as PairSettings

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(importlib.import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'icepair' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
