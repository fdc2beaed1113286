"""Floes and leads as labelled objects with what they measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray
from icepair.conventions import ICE, NO_ANSWER, WATER
from icepair.errors import UsageError
from icepair.ice.floes.measures import measured, table_of
from icepair.ice.floes.necks import Necks, separated
from icepair.ice.floes.place import PixelPlaces, places_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from icepair.ice.methods import Sensor

__all__ = ["Floes", "floes"]

Kind = Literal["floes", "leads"]

_FEWEST_CELLS = 3
"""Across the smallest object, in pixels of the sensor or of the grid, whichever are larger."""
_MOST_PIXELS = 2**31 - 1
_CLASS: dict[Kind, int] = {"floes": ICE, "leads": WATER}
_WORD: dict[Kind, str] = {"floes": "ice", "leads": "water"}


@dataclass(frozen=True)
class Floes:
    """Objects of one class that one sensor saw."""

    labels: xr.DataArray
    """int32 on (y, x): label of the object a pixel belongs to, 0 for none."""
    table: pd.DataFrame
    """What each object measures, by ``label``; `floes` names the columns."""
    smallest_m: float
    """Side of the square with the area of the smallest object that was kept."""
    left_out: int
    """Objects that were smaller."""
    note: str
    """Why there is nothing, where there is nothing; else empty."""


def floes(
    ice: xr.Dataset | xr.DataArray,
    sensor: Sensor = "s2",
    *,
    of: Kind = "floes",
    separate: bool = True,
    smallest_m: float | None = None,
) -> Floes:
    """Objects of ice, or of the water between them, with what they measure.

    Parameters
    ----------
    ice : Dataset or DataArray
        ``s1_ice`` and ``s2_ice`` on (y, x) as `sea_ice` makes them; or one such mask (0 water,
        1 ice, 255 no answer; or true for ice) with coordinates ``x`` and ``y`` in metres.
    sensor : {"s2", "s1"}
        Whose mask of a Dataset.
    of : {"floes", "leads"}
        Ice, or water.
    separate : bool
        Whether floes that touch are told apart, by necks that are narrow beside what they join
        (`icepair.ice.floes.necks`). Leads are not: they cross each other.
    smallest_m : float, optional
        Objects of less than this squared are left out. None: three pixels of the sensor
        (attribute ``s1_spacing_m`` or ``s2_spacing_m``) or of the grid, whichever are larger.

    Returns
    -------
    Floes
        Its table has, by ``label``: ``x``, ``y`` of the centroid (m, in the grid's system),
        ``area`` (m2), ``perimeter`` (m), ``major_axis`` and ``minor_axis`` (m, whole axes of the
        ellipse of equal second moments), ``orientation`` of the major axis (degrees
        counter-clockwise from x, 0 to 180), ``cut`` (whether it meets the edge of the window or
        pixels without an answer: all its measures are then of a part), ``row0``, ``row1``,
        ``column0``, ``column1`` (box, stops exclusive) and ``caliper`` (m, diameter between
        parallel tangents, mean over all directions).

    Raises
    ------
    UsageError
        No such sensor, mask or kind; or the grid has no places in metres on square pixels.
    """
    if of not in _CLASS:
        raise UsageError(f"There are 'floes' and 'leads' to be labelled, not {of!r}.")
    mask = _mask_of(ice, sensor)
    places = places_of(mask)
    cell_m = _cell(ice, sensor, places)
    least_m = _FEWEST_CELLS * cell_m if smallest_m is None else float(smallest_m)
    if not (np.isfinite(least_m) and least_m >= 0):
        raise UsageError(f"smallest_m is a length in metres, 0 or more, not {smallest_m!r}.")
    values = _flags(mask)
    if of == "floes" and separate:
        labels = separated(values, Necks.seen_by(cell_m / places.pixel_m))
    else:
        labels = _components(values, of)
    found = measured(labels, values)
    kept = found.larger_than((least_m / places.pixel_m) ** 2)
    if not kept.all():
        _keep(labels, kept)
    table = table_of(found.where(kept), places)
    return Floes(
        labels=_described(labels, mask, of),
        table=table,
        smallest_m=least_m,
        left_out=int((~kept).sum()),
        note=_why_nothing(values, table, of, least_m),
    )


def _mask_of(ice: xr.Dataset | xr.DataArray, sensor: str) -> xr.DataArray:
    """The mask on (y, x)."""
    import xarray as xr

    if isinstance(ice, xr.DataArray):
        mask = ice
    elif sensor not in ("s1", "s2"):
        raise UsageError(f"There are the sensors 's1' and 's2', not {sensor!r}.")
    elif f"{sensor}_ice" not in ice:
        raise UsageError(f"The pair has no {sensor}_ice; call icepair.sea_ice first.")
    else:
        mask = ice[f"{sensor}_ice"]
    if set(mask.dims) != {"y", "x"}:
        raise UsageError(f"A mask lies on (y, x), this one on {tuple(mask.dims)}.")
    if mask.size >= _MOST_PIXELS:
        raise UsageError(
            f"A mask of {mask.size} pixels is more than labels can number ({_MOST_PIXELS}); "
            "take parts of it."
        )
    return mask.transpose("y", "x")


def _flags(mask: xr.DataArray) -> ByteArray:
    """Values of the mask as `conventions.WATER`, `ICE` and `NO_ANSWER`."""
    values: AnyArray = np.ascontiguousarray(mask.values)
    if values.dtype == np.bool_:
        return values.view(np.uint8)
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), NO_ANSWER, values)
    flags: ByteArray = values.astype(np.uint8, copy=False)
    known = np.bincount(flags.ravel()[:: max(1, flags.size // 1_000_000)], minlength=256)
    known[[WATER, ICE, NO_ANSWER]] = 0
    if known.any():
        raise UsageError(
            f"A mask has 0 for water, 1 for ice and 255 for no answer, not {int(known.argmax())}; "
            "draw a threshold first (mask > 0.5)."
        )
    return flags


def _cell(ice: xr.Dataset | xr.DataArray, sensor: str, places: PixelPlaces) -> float:
    """Width of the finest detail that a mask can have, metres."""
    spacing = np.max(ice.attrs.get(f"{sensor}_spacing_m", 0.0))
    return max(float(spacing), places.pixel_m)


def _components(values: ByteArray, of: Kind) -> AnyArray:
    """Connected pixels of a class: floes over sides, leads over corners too."""
    import cc3d

    labels: AnyArray = cc3d.connected_components(
        values == _CLASS[of], connectivity=4 if of == "floes" else 8, out_dtype=np.uint32
    )
    return labels.view(np.int32)


def _keep(labels: AnyArray, kept: BoolArray) -> None:
    """Number the objects that are kept anew, 1, 2, …, in place."""
    from icepair.ice.floes import _kernels

    names = np.zeros(kept.size + 1, dtype=np.int32)
    names[1:] = np.where(kept, np.cumsum(kept), 0)
    _kernels.rename(labels, names)


def _described(labels: AnyArray, mask: xr.DataArray, of: Kind) -> xr.DataArray:
    import xarray as xr

    words: dict[str, Any] = {"long_name": f"label of {of}, 0 for none", "units": "1"}
    if "grid_mapping" in mask.attrs:
        words["grid_mapping"] = mask.attrs["grid_mapping"]
    return xr.DataArray(labels, coords=mask.coords, dims=("y", "x"), attrs=words, name=of)


def _why_nothing(values: ByteArray, table: pd.DataFrame, of: Kind, least_m: float) -> str:
    if len(table):
        return ""
    if not (values != NO_ANSWER).any():
        return f"There are no {of}: no pixel has an answer."
    if not (values == _CLASS[of]).any():
        return f"There are no {of}: no pixel with an answer is {_WORD[of]}."
    return f"There are no {of}: none is as large as a square of {least_m:g} m."
