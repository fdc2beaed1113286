"""Which arithmetic tells ice from water, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from icepair._memory import give_back
from icepair.conventions import ICE, NO_ANSWER, WATER
from icepair.write.cf import whole_blocks

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.concentration import Concentrations
    from icepair.ice.methods import Sensor
    from icepair.ice.tally import Tally
    from icepair.pair.plan import Plan
    from icepair.pipeline.recipe import Recipe

__all__ = ["MASKS", "PROBABILITIES", "IceNumbers", "ice_masks", "ice_notes", "settled"]

SENSORS: tuple[Sensor, ...] = ("s1", "s2")
MASKS = ("s1_ice", "s2_ice", "valid")
PROBABILITIES = ("s1_ice_probability", "s2_ice_probability")

_PART = 2048
"""Rows and columns of the parts in which ice is told from water on a large pair."""
_NOTHING_IN_COMMON = (
    "No pixel has an answer of both sensors, so there is no ice concentration to compare: not 0 % "
    "and not 100 %. What each saw in its own area is given where it saw any; `reasons` tells what "
    "withheld the answers."
)
_ONE_CLASS = (
    "The {} scene shows one class, ice alone or water alone. Without contrast its levels are taken "
    "from what is usual, and the uncertainty is wider for it."
)


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


def settled(with_masks: xr.Dataset, preset: str) -> tuple[xr.Dataset, IceNumbers]:
    """What is written of masks, in memory as bytes, and what they amount to.

    Made part by part, because dask would hold what many blocks are made from; probabilities are
    counted and packed while they are at hand, so that no second copy of floats is needed.

    Parameters
    ----------
    with_masks : Dataset
        As `ice_masks` gives it.
    preset : str
        Under ``tutorial`` there are masks alone.

    Returns
    -------
    Dataset
        Masks, ``valid``, and probabilities packed as CF has it.
    IceNumbers
    """
    from icepair.ice.concentration import concentrations, concentrations_of, count_features
    from icepair.ice.uncertainty import trust_of

    if preset == "tutorial":
        masks = with_masks[[*MASKS]].compute()
        numbers = concentrations(masks)
        return masks, IceNumbers(numbers, count_features(masks["s2_ice"].values, WATER))
    probabilities = with_masks[[*PROBABILITIES]]
    trust = {side: trust_of(probabilities[f"{side}_ice_probability"].attrs) for side in SENSORS}
    steps, tally = _packed(probabilities)
    masks = _masks_of(steps, with_masks)
    shares = concentrations_of(tally, trust)
    return masks, IceNumbers(shares, count_features(masks["s2_ice"].values, ICE))


def ice_notes(shares: Concentrations) -> list[str]:
    """Sentences about what the concentrations leave open."""
    notes = []
    if not shares.valid_fraction:
        notes.append(_NOTHING_IN_COMMON)
    for name, one_class in (
        ("radar", shares.s1_one_class), ("optical", shares.s2_one_class)
    ):  # fmt: skip
        if one_class:
            notes.append(_ONE_CLASS.format(name))
    return notes


def _packed(probabilities: xr.Dataset) -> tuple[xr.Dataset, Tally]:
    """Probabilities as bytes, and their counts."""
    import numpy as np

    from icepair.ice.packed import packed
    from icepair.ice.tally import Tally

    # Neighbourhoods wider than a block join blocks, of each sensor in another way.
    probabilities = probabilities.transpose("y", "x").unify_chunks()
    shape = probabilities.sizes["y"], probabilities.sizes["x"]
    steps = {name: np.empty(shape, np.uint8) for name in PROBABILITIES}
    tally = Tally()
    for part in whole_blocks(probabilities, _PART):
        values = probabilities.isel(part).compute()
        for name, array in steps.items():
            array[part["y"], part["x"]] = packed(values[name].values)
        tally.add(*(array[part["y"], part["x"]] for array in steps.values()))
        if probabilities.chunks:
            give_back()
    return probabilities.copy(data=steps), tally


def _masks_of(steps: xr.Dataset, with_masks: xr.Dataset) -> xr.Dataset:
    """Packed probabilities with the masks that follow from them; lazy where they are large."""
    import numpy as np
    import xarray as xr

    from icepair.ice.packed import NO_BYTE, STEPS, mask_of_bytes

    if with_masks["s1_ice"].chunks is not None:
        steps = steps.chunk({"y": _PART, "x": _PART})
    packing = {"scale_factor": np.float32(1 / STEPS), "_FillValue": np.uint8(NO_BYTE)}
    masks = {
        f"{side}_ice": xr.apply_ufunc(
            mask_of_bytes,
            steps[f"{side}_ice_probability"],
            dask="parallelized",
            output_dtypes=[np.uint8],
        )
        for side in SENSORS
    }
    valid = (masks["s1_ice"] != NO_ANSWER) & (masks["s2_ice"] != NO_ANSWER)
    masks["valid"] = valid.astype(np.uint8)
    for name, mask in masks.items():
        mask.attrs = dict(with_masks[name].attrs)
    described = {name: steps[name].assign_attrs(packing) for name in PROBABILITIES}
    return steps.assign(masks | described)


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
