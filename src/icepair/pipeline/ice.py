"""Which arithmetic tells ice from water, and what it counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from icepair._memory import give_back
from icepair.conventions import ICE, NO_ANSWER, WATER
from icepair.ice.methods import SENSORS, TAUGHT, TAUGHT_ANYWAY, method_of

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.concentration import Concentrations
    from icepair.ice.tally import Tally
    from icepair.pair.plan import Plan
    from icepair.pipeline.recipe import Recipe

__all__ = ["MASKS", "PROBABILITIES", "IceNumbers", "ice_notes", "ice_of", "require_masks"]

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
_OVERLAPPING = (
    "Water and ice of the {} scene lie too close to be told apart pixel by pixel (Ashman's D below "
    "2). Its concentration is a guess that the stated uncertainty may not cover; look at the masks."
)

_OUTSIDE = (
    "The radar's ice is by a taught radar outside its range of validity: {}. The stated "
    "uncertainty does not cover that."
)


@dataclass(frozen=True)
class IceNumbers:
    """What the masks amount to."""

    shares: Concentrations
    """Concentrations and valid fractions."""
    features: int
    """Objects of the optical mask: of ice, or of the tutorial's hole-filled water."""
    outside: tuple[str, ...] = ()
    """In what the pair lies outside the range of validity of a taught radar."""


def require_masks(recipe: Recipe) -> None:
    """Refuse to begin with the file of a taught radar that could not be used in the end.

    Raises
    ------
    InputError
        As `icepair.load_taught_radar`.
    """
    if recipe.s1_mask.startswith((TAUGHT, TAUGHT_ANYWAY)):
        method_of("s1", recipe.s1_mask)


def ice_of(plan: Plan, pair: xr.Dataset, recipe: Recipe) -> tuple[xr.Dataset, IceNumbers]:
    """What is written of ice, in memory as bytes, and what it amounts to.

    A pair in memory is decided at once. A lazy one is, in strips of rows that are read once, and
    its probabilities are counted and packed while they are at hand: dask would read most blocks
    again for their neighbours, and hold what many are made from.

    Parameters
    ----------
    plan : Plan
        What made the pair; the tutorial's arithmetic goes back to the products.
    pair : Dataset
        The aligned pair.
    recipe : Recipe
        Preset and methods; under the preset ``tutorial`` there are masks alone.

    Returns
    -------
    Dataset
        Masks, ``valid``, and probabilities packed as CF has it.
    IceNumbers

    Raises
    ------
    UsageError
        The pair lacks the bands or polarisations that the method needs.
    DamagedFileError
        A product's numbers cannot be read.
    """
    import numpy as np

    from icepair.ice.concentration import concentrations, concentrations_of, count_features
    from icepair.ice.packed import NO_BYTE, STEPS
    from icepair.ice.uncertainty import trust_of

    if recipe.preset == "tutorial":
        masks = _tutorial(plan, pair)[[*MASKS]].compute()
        numbers = concentrations(masks)
        return masks, IceNumbers(numbers, count_features(masks["s2_ice"].values, WATER))
    ice, tally = (_decided_in_rows if pair.chunks else _decided)(pair, recipe)
    trust = {side: trust_of(ice[f"{side}_ice_probability"].attrs) for side in SENSORS}
    packing = {"scale_factor": np.float32(1 / STEPS), "_FillValue": np.uint8(NO_BYTE)}
    ice = ice.assign({name: ice[name].assign_attrs(packing) for name in PROBABILITIES})
    shares = concentrations_of(tally, trust)
    outside = json.loads(ice["s1_ice_probability"].attrs["rule"]).get("outside", ())
    features = count_features(ice["s2_ice"].values, ICE)
    return ice, IceNumbers(shares, features, tuple(outside))


def ice_notes(shares: Concentrations, outside: Sequence[str] = ()) -> list[str]:
    """Sentences about what the concentrations leave open.

    `outside` says in what the pair lies outside the range of validity of a taught radar.
    """
    notes = [_OUTSIDE.format("; ".join(outside))] if outside else []
    if not shares.valid_fraction:
        notes.append(_NOTHING_IN_COMMON)
    for name, one_class, overlaps in (
        ("radar", shares.s1_one_class, shares.s1_overlaps),
        ("optical", shares.s2_one_class, shares.s2_overlaps),
    ):
        if one_class:
            notes.append(_ONE_CLASS.format(name))
        if overlaps:
            notes.append(_OVERLAPPING.format(name))
    return notes


def _decided(pair: xr.Dataset, recipe: Recipe) -> tuple[xr.Dataset, Tally]:
    """Packed probabilities and masks of a pair in memory, and their counts."""
    from icepair.ice.mask import sea_ice
    from icepair.ice.packed import packed
    from icepair.ice.tally import Tally

    ice = sea_ice(pair, s1_mask=recipe.s1_mask, s2_mask=recipe.s2_mask)
    ice = ice[[*PROBABILITIES, *MASKS]].transpose("y", "x")
    steps = {name: packed(ice[name].values) for name in PROBABILITIES}
    tally = Tally()
    tally.add(*steps.values())
    return ice.assign({name: ice[name].copy(data=steps[name]) for name in PROBABILITIES}), tally


def _decided_in_rows(pair: xr.Dataset, recipe: Recipe) -> tuple[xr.Dataset, Tally]:
    """The same of a lazy pair, strip by strip; what follows from the bytes stays lazy."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import xarray as xr

    from icepair.ice.as_seen import as_seen
    from icepair.ice.in_rows import probabilities_in_rows
    from icepair.ice.mask import described, own_attributes
    from icepair.ice.packed import packed
    from icepair.ice.tally import Tally

    seen = as_seen(pair)
    methods = {"s1": recipe.s1_mask, "s2": recipe.s2_mask}
    # Side by side, because to learn of a scene keeps one core busy.
    with ThreadPoolExecutor(len(SENSORS)) as learning:
        learnt = learning.map(lambda side: method_of(side, methods[side])(seen), SENSORS)
        rules = dict(zip(SENSORS, learnt, strict=True))
    steps = {side: np.empty((pair.sizes["y"], pair.sizes["x"]), np.uint8) for side in SENSORS}
    tally = Tally()
    for rows, probabilities in probabilities_in_rows(seen, rules):
        for side, values in probabilities.items():
            steps[side][rows] = packed(values)
        tally.add(*(array[rows] for array in steps.values()))
        give_back()
    made = {
        f"{side}_ice_probability": xr.DataArray(values, dims=("y", "x"))
        for side, values in steps.items()
    }
    ice = _with_masks(pair.drop_vars(pair.data_vars).assign(made).chunk({"y": _PART, "x": _PART}))
    for side, rule in rules.items():
        for name in (f"{side}_ice_probability", f"{side}_ice"):
            ice[name].attrs = described(pair, name, methods[side], rule)
    ice["valid"].attrs = own_attributes(pair, "valid")
    return ice, tally


def _with_masks(steps: xr.Dataset) -> xr.Dataset:
    """Packed probabilities, and the masks that follow from them."""
    import numpy as np
    import xarray as xr

    from icepair.ice.packed import mask_of_bytes

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
    return steps.assign(masks)


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
