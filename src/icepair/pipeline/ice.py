"""Which arithmetic tells ice from water, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from icepair.conventions import ICE, WATER

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.concentration import Concentrations
    from icepair.pair.plan import Plan
    from icepair.pipeline.recipe import Recipe

__all__ = ["IceNumbers", "count_ice", "ice_masks"]


@dataclass(frozen=True)
class IceNumbers:
    """What the masks amount to."""

    shares: Concentrations
    """Concentrations and valid fractions."""
    features: int
    """Objects of the optical mask: of ice, or of the tutorial's hole-filled water."""


def ice_masks(plan: Plan, pair: xr.Dataset, recipe: Recipe) -> xr.Dataset:
    """Pair with ice masks by the methods of a recipe or by the tutorial's arithmetic.

    Parameters
    ----------
    plan : Plan
        What made the pair; the tutorial's arithmetic goes back to the products.
    pair : Dataset
        The aligned pair.
    recipe : Recipe
        Preset and methods.

    Raises
    ------
    UsageError
        The pair lacks the bands or polarisations that the method needs.
    DamagedFileError
        A product's numbers cannot be read.
    """
    if recipe.preset == "tutorial":
        return _tutorial(plan, pair)
    from icepair.ice.mask import sea_ice

    return sea_ice(pair, s1_mask=recipe.s1_mask, s2_mask=recipe.s2_mask)


def count_ice(pair: xr.Dataset, preset: str) -> IceNumbers:
    """Concentrations and objects of a pair with masks, read strip by strip where it is lazy."""
    from icepair.ice.concentration import concentrations, count_features

    counted = WATER if preset == "tutorial" else ICE
    return IceNumbers(concentrations(pair), count_features(pair["s2_ice"].values, counted))


def _tutorial(plan: Plan, pair: xr.Dataset) -> xr.Dataset:
    """The tutorial works on whole windows, in digital numbers and bytes."""
    import numpy as np

    from icepair.ice.tutorial import radar_bytes, sea_ice_tutorial
    from icepair.pair.arguments import TUTORIAL_BAND, tutorial_polarisation, tutorial_scenes
    from icepair.resample.to_grid import to_grid

    s1, s2 = tutorial_scenes(plan.s1, plan.s2)
    polarisation = tutorial_polarisation(s1.polarisations)
    window = plan.s1_window
    grey = radar_bytes(
        s1.read_amplitude(polarisation, window),
        s1.read_noise(polarisation, window),
        s1.read_sigma_nought_table(polarisation, window),
    )
    rows, columns = (slice(0, size) for size in plan.grid.shape)
    line, sample = plan.s1_map.positions(rows, columns)
    on_grid = to_grid(grey, line, sample, window=window, method=plan.method, fill_value=0)
    digital_numbers = s2.read_digital_numbers(TUTORIAL_BAND, plan.s2_window)
    return sea_ice_tutorial(pair, on_grid, digital_numbers, np.isfinite(line))
