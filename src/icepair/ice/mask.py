"""Probability of ice, and ice masks, of both sensors of an aligned pair."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, ByteArray, Float32Array
from icepair.conventions import ICE, NO_ANSWER, WATER, attributes_of
from icepair.ice.answered import known_only, with_flags
from icepair.ice.as_seen import as_seen
from icepair.ice.methods import DEFAULTS, TAUGHT, Rule, Sensor, method_of

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.taught import TaughtRadar

__all__ = ["described", "ice_mask", "own_attributes", "sea_ice"]

_STRIP_PIXELS = 2_500_000
"""Most pixels that are decided at once."""


def sea_ice(
    pair: xr.Dataset,
    *,
    s1_mask: str | TaughtRadar = DEFAULTS["s1"],
    s2_mask: str = DEFAULTS["s2"],
) -> xr.Dataset:
    """Aligned pair with what each sensor saw of ice added.

    Parameters
    ----------
    pair : Dataset
        ``s1_sigma0_*``, ``s1_incidence_angle`` (optional), ``s2_b*`` and flags (optional) on
        (y, x), of numpy or dask; attribute ``s1_spacing_m``. Backscatter that was brought to one
        angle is taken back first (attribute ``reference_incidence``): masks do not depend on it.
    s1_mask, s2_mask : str
        Methods by name (`icepair.ice.methods.METHODS`); of the radar also what `teach_radar`
        returned.

    Returns
    -------
    Dataset
        With ``s1_ice_probability``, ``s2_ice_probability`` (float32, expected share of ice of a
        pixel, NaN for no answer), ``s1_ice``, ``s2_ice`` (`conventions.WATER`, `ICE` where the
        probability is above a half, `NO_ANSWER`) and ``valid`` (1 where both have an answer); of
        dask, uncomputed, where `pair` is. Each sensor's attribute ``rule`` is the JSON text of
        what its method learnt, ``method`` its name.

    Raises
    ------
    UsageError
        No such method; no polarisation; no band in which ice differs from water; or a taught radar
        that does not hold for the pair.
    """
    seen = as_seen(pair)
    # In memory side by side, because to learn of a scene keeps one core busy; dask's blocks
    # keep all.
    with ThreadPoolExecutor(1 if seen.chunks else 2) as pool:
        s1, s2 = pool.map(_sensor, (seen, seen), ("s1", "s2"), (s1_mask, s2_mask))
    result = pair.assign(s1 | s2)
    both = (result["s1_ice"] != NO_ANSWER) & (result["s2_ice"] != NO_ANSWER)
    valid = both.astype(np.uint8)
    valid.attrs = own_attributes(pair, "valid")
    return result.assign(valid=valid)


def ice_mask(probability: AnyArray) -> ByteArray:
    """`conventions.ICE` above a half, `WATER` to it, `NO_ANSWER` for NaN."""
    mask = np.where(probability > 0.5, ICE, WATER).astype(np.uint8)
    mask[np.isnan(probability)] = NO_ANSWER
    return mask


def described(pair: xr.Dataset, name: str, method: str, rule: Rule) -> dict[str, object]:
    """Attributes of a probability or a mask in a pair, with what its method learnt."""
    words = {"method": method, "rule": json.dumps(dict(rule.record))}
    return own_attributes(pair, name) | words


def _sensor(pair: xr.Dataset, sensor: Sensor, method: str | TaughtRadar) -> dict[str, xr.DataArray]:
    """Probability and mask of one sensor."""
    import xarray as xr

    if isinstance(method, str):
        rule = method_of(sensor, method)(pair)
    else:
        rule, method = method.mask_method()(pair), TAUGHT.rstrip(":")
    data: Any = _probability(pair, rule)
    if hasattr(data, "dask"):
        mask = data.map_blocks(ice_mask, dtype=np.uint8, meta=np.empty((0, 0), np.uint8))
    else:
        mask = ice_mask(data)
    like = pair[rule.variables[0]].transpose("y", "x")
    return {
        name: xr.DataArray(
            values, coords=like.coords, dims=("y", "x"), attrs=described(pair, name, method, rule)
        )
        for name, values in ((f"{sensor}_ice_probability", data), (f"{sensor}_ice", mask))
    }


def _probability(pair: xr.Dataset, rule: Rule) -> AnyArray:
    names = with_flags(pair, rule.variables)
    arrays = [pair[name].transpose("y", "x").data for name in names]

    def of_block(*blocks: AnyArray) -> Float32Array:
        return rule.probability(known_only(dict(zip(names, blocks, strict=True))))

    if not any(hasattr(array, "dask") for array in arrays):
        return _by_strips(arrays, of_block, rule)
    import dask.array as da

    probability: AnyArray = da.map_overlap(
        of_block,
        *(_in_steps(array, rule) for array in arrays),
        depth=rule.reach,
        boundary="none",
        dtype=np.float32,
        meta=np.empty((0, 0), np.float32),
    )
    return probability


def own_attributes(pair: xr.Dataset, name: str) -> dict[str, object]:
    """Attributes of the table and the grid mapping: nothing of what a mask was made from."""
    attributes = attributes_of(name)
    for variable in pair.data_vars.values():
        if "grid_mapping" in variable.attrs:
            return attributes | {"grid_mapping": variable.attrs["grid_mapping"]}
    return attributes


def _in_steps(array: Any, rule: Rule) -> Any:
    """Dask array whose blocks begin at multiples of the rule's step, none below its reach.

    Where a block is smaller, dask would move the borders of all by itself.
    """
    whole = tuple(
        sizes if _fits(sizes, rule) else _even_sizes(sum(sizes), max(sizes), rule)
        for sizes in array.chunks
    )
    return array if whole == array.chunks else array.rechunk(whole)


def _fits(sizes: tuple[int, ...], rule: Rule) -> bool:
    in_steps = all(size % rule.step == 0 for size in sizes[:-1])
    return in_steps and (len(sizes) == 1 or min(sizes) >= rule.reach)


def _even_sizes(length: int, usual: int, rule: Rule) -> tuple[int, ...]:
    """Sizes of blocks that add up to `length`; what is left over goes to the last."""
    size = -(-max(usual, rule.reach) // rule.step) * rule.step
    count = max(1, length // size)
    return (*(size,) * (count - 1), length - size * (count - 1))


def _by_strips(
    arrays: list[AnyArray], function: Callable[..., Float32Array], rule: Rule
) -> Float32Array:
    """Result of `function` strip by strip, so that a full tile needs little memory.

    As many strips at once as there are cores; what they come to does not depend on that.
    """
    rows, columns = arrays[0].shape
    reach = rule.reach
    result = np.empty((rows, columns), dtype=np.float32)

    def fill(start: int, stop: int) -> None:
        first = max(0, start - reach)
        part = function(*(array[first : stop + reach] for array in arrays))
        result[start:stop] = part[start - first : stop - first]

    cores = os.cpu_count() or 1
    height = max(4 * reach, min(_STRIP_PIXELS // max(1, columns), -(-rows // cores)))
    height = max(1, -(-height // rule.step)) * rule.step
    starts = range(0, rows, height)
    with ThreadPoolExecutor(cores) as pool:
        # A list asks for every result, and so raises what a strip raised.
        list(pool.map(fill, starts, (min(rows, start + height) for start in starts)))
    return result
