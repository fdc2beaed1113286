"""Ice masks of an aligned pair by the default method."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, ByteArray
from icepair.conventions import (
    BANDS,
    NO_ANSWER,
    POLARISATIONS,
    S1_UNANSWERED,
    S2_UNANSWERED,
    attributes_of,
    reflectance_name,
    sigma0_name,
)
from icepair.errors import UsageError
from icepair.ice.as_seen import as_seen
from icepair.ice.optical import (
    OPTICAL_NEIGHBOURHOOD,
    OpticalRule,
    brightness,
    choose_bands,
    fit_optical_rule,
    scaled,
)
from icepair.ice.radar import RadarRule, fit_radar_rule, radar_neighbourhood, smoothed
from icepair.ice.radar_levels import decibels, is_cross
from icepair.ice.share import Neighbourhood, roughness

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["optical_rule", "radar_rule", "rule_record", "sea_ice"]

_SAMPLES = 20_000
_WHOLE_BELOW = 1_400_000
_PATCHES, _PATCH = 8, 128
_STRIP_PIXELS = 4_000_000


def sea_ice(pair: xr.Dataset) -> xr.Dataset:
    """Aligned pair with the ice masks of both sensors added.

    Parameters
    ----------
    pair : Dataset
        ``s1_sigma0_*``, ``s1_incidence_angle`` (optional), ``s2_b*`` and ``s2_flags`` on (y, x),
        of numpy or dask; attribute ``s1_spacing_m``. Backscatter that was brought to one angle is
        taken back first (attribute ``reference_incidence``): masks do not depend on it.

    Returns
    -------
    Dataset
        With ``s1_ice``, ``s2_ice`` (`conventions.WATER`, `ICE`, `NO_ANSWER`) and ``valid`` (1
        where both have an answer); of dask, uncomputed, where `pair` is. Each mask's attribute
        ``rule`` is the JSON text of the levels and thresholds it was made with.

    Raises
    ------
    UsageError
        No polarisation, or no band in which ice differs from water.

    Notes
    -----
    The rules are learnt from the whole of a small grid and from 64 patches of a large one, so
    that they do not depend on how the arrays are chunked.
    """
    pair, given = as_seen(_answered(pair)), pair
    s1, around = radar_rule(pair), _around_radar(pair)
    s2 = optical_rule(pair)
    names = [sigma0_name(name) for name in s1.polarisations]
    angle = ["s1_incidence_angle"] if "s1_incidence_angle" in pair else []
    bands = [reflectance_name(band) for band in s2.bands]
    flags = ["s2_flags"] if "s2_flags" in pair else []

    def radar(*arrays: AnyArray) -> ByteArray:
        powers = dict(zip(s1.polarisations, arrays, strict=False))
        return s1.classify(powers, arrays[len(names)] if angle else None, around)

    def optical(*arrays: AnyArray) -> ByteArray:
        bright = brightness(dict(zip(s2.bands, arrays, strict=False)), s2.bands)
        return s2.classify(_unanswered(bright, arrays[-1]) if flags else bright)

    result = given.assign(
        s1_ice=_mapped(pair, names + angle, radar, around, "s1_ice", s1),
        s2_ice=_mapped(pair, bands + flags, optical, OPTICAL_NEIGHBOURHOOD, "s2_ice", s2),
    )
    both = (result["s1_ice"] != NO_ANSWER) & (result["s2_ice"] != NO_ANSWER)
    valid = both.astype(np.uint8)
    valid.attrs = _own_attributes(pair, "valid")
    return result.assign(valid=valid)


def radar_rule(pair: xr.Dataset) -> RadarRule:
    """Rule that tells ice from water in the radar scene of a pair; errors as `sea_ice`."""
    pair = as_seen(pair)
    names = [name for name in POLARISATIONS if sigma0_name(name) in pair]
    if not names:
        raise UsageError(
            f"The pair holds no backscatter: expected one of "
            f"{', '.join(map(sigma0_name, POLARISATIONS))}, found {', '.join(map(str, pair))}."
        )
    # Of a quad-polarised scene the horizontal pair is taken: HV and HH, or VH and VV.
    names = sorted(names, key=lambda name: (name[0], not is_cross(name)))[:2]
    around = _around_radar(pair)
    columns: dict[str, list[AnyArray]] = {name: [] for name in [*names, "angle", "rough"]}
    for patch in _patches(pair, around.reach):
        raw = {name: patch[sigma0_name(name)].values for name in names}
        powers = smoothed(raw, around.step, around.wide_taps)
        shape = powers[names[0]].shape
        angle = (
            patch["s1_incidence_angle"].values
            if "s1_incidence_angle" in patch
            else np.full(shape, np.nan)
        )
        rough = roughness(decibels(powers[names[0]], names[0]), around)
        for name, values in {**powers, "angle": angle, "rough": rough}.items():
            columns[name].append(values.ravel())
    sample = _thinned(columns, [*names, "rough"])
    return fit_radar_rule({name: sample[name] for name in names}, sample["angle"], sample["rough"])


def optical_rule(pair: xr.Dataset) -> OpticalRule:
    """Rule that tells ice from water in the optical scene of a pair; errors as `sea_ice`."""
    bands = choose_bands([band for band in BANDS if reflectance_name(band) in pair])
    if not bands:
        raise UsageError(
            "The pair holds no band in which ice is brighter than water: take one of B01 to B08 "
            f"or B8A, for example --bands B03. Found: {', '.join(map(str, pair))}."
        )
    columns: dict[str, list[AnyArray]] = {"bright": [], "rough": []}
    for patch in _patches(pair, OPTICAL_NEIGHBOURHOOD.reach):
        bright = brightness({band: patch[reflectance_name(band)].values for band in bands}, bands)
        if "s2_flags" in patch:
            bright = _unanswered(bright, patch["s2_flags"].values)
        columns["bright"].append(bright.ravel())
        columns["rough"].append(roughness(scaled(bright), OPTICAL_NEIGHBOURHOOD).ravel())
    sample = _thinned(columns, ["bright"])
    return fit_optical_rule(sample["bright"], sample["rough"], bands)


def rule_record(rule: RadarRule | OpticalRule) -> dict[str, Any]:
    """Rule as plain numbers and text, for JSON."""
    return dataclasses.asdict(rule)


def _answered(pair: xr.Dataset) -> xr.Dataset:
    """Pair without backscatter over land, which has values all the same."""
    if "s1_flags" not in pair or pair.attrs.get("land", "unknown") == "unknown":
        return pair
    is_answer = (pair["s1_flags"] & S1_UNANSWERED) == 0
    names = [sigma0_name(name) for name in POLARISATIONS if sigma0_name(name) in pair]
    return pair.assign({name: pair[name].where(is_answer) for name in names})


def _unanswered(bright: AnyArray, flags: AnyArray) -> AnyArray:
    return np.where(flags & S2_UNANSWERED, np.float32(np.nan), bright)


def _around_radar(pair: xr.Dataset) -> Neighbourhood:
    between_m = abs(float(pair["x"][1] - pair["x"][0])) if pair.sizes["x"] > 1 else 10.0
    # On the radar's own pixels x counts samples.
    grid_spacing_m = float(pair.attrs.get("grid_spacing_m", between_m))
    radar_spacing_m = float(np.mean(pair.attrs.get("s1_spacing_m", grid_spacing_m)))
    return radar_neighbourhood(radar_spacing_m, grid_spacing_m)


def _patches(pair: xr.Dataset, margin: int) -> list[xr.Dataset]:
    """The whole of a small pair; 64 squares spread evenly over a large one."""
    if pair.sizes["y"] * pair.sizes["x"] <= _WHOLE_BELOW:
        return [pair]
    side = _PATCH + 2 * margin

    def starts(length: int) -> list[int]:
        return [int(start) for start in np.linspace(0, max(0, length - side), _PATCHES)]

    return [
        pair.isel(y=slice(row, row + side), x=slice(column, column + side))
        for row in starts(pair.sizes["y"])
        for column in starts(pair.sizes["x"])
    ]


def _thinned(columns: dict[str, list[AnyArray]], needed: list[str]) -> dict[str, AnyArray]:
    """Every so manieth pixel of those that have an answer in all `needed` columns."""
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    known = np.flatnonzero(np.logical_and.reduce([np.isfinite(whole[name]) for name in needed]))
    chosen = known[:: max(1, len(known) // _SAMPLES)]
    return {name: values[chosen] for name, values in whole.items()}


def _mapped(
    pair: xr.Dataset,
    names: list[str],
    function: Callable[..., ByteArray],
    around: Neighbourhood,
    name: str,
    rule: RadarRule | OpticalRule,
) -> xr.DataArray:
    arrays = [pair[each].transpose("y", "x").data for each in names]
    reach = around.reach
    if any(hasattr(array, "dask") for array in arrays):
        import dask.array as da

        data = da.map_overlap(
            function,
            *arrays,
            depth=reach,
            boundary="none",
            dtype=np.uint8,
            meta=np.empty((0, 0), np.uint8),
        )
    else:
        data = _by_strips(arrays, function, reach)
    mask = pair[names[0]].transpose("y", "x").copy(data=data)
    mask.attrs = _own_attributes(pair, name) | {"rule": json.dumps(rule_record(rule))}
    return mask


def _own_attributes(pair: xr.Dataset, name: str) -> dict[str, object]:
    """Attributes of the table and the grid mapping: nothing of what a mask was made from."""
    attributes = attributes_of(name)
    for variable in pair.data_vars.values():
        if "grid_mapping" in variable.attrs:
            return attributes | {"grid_mapping": variable.attrs["grid_mapping"]}
    return attributes


def _by_strips(arrays: list[AnyArray], function: Callable[..., ByteArray], reach: int) -> ByteArray:
    """Result of `function` strip by strip, so that a full tile needs little memory."""
    rows, columns = arrays[0].shape
    result = np.empty((rows, columns), dtype=np.uint8)
    height = max(4 * reach, _STRIP_PIXELS // max(1, columns))
    for start in range(0, rows, height):
        stop, first = min(rows, start + height), max(0, start - reach)
        part = function(*(array[first : stop + reach] for array in arrays))
        result[start:stop] = part[start - first : stop - first]
    return result
