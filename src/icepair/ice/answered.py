"""Pixels of a pair that have an answer, and a sample of them to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray
from icepair.conventions import S1_UNANSWERED, S2_UNANSWERED

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["flags_beside", "known_only", "patches", "thinned"]

_UNANSWERED = {"s1_flags": S1_UNANSWERED, "s2_flags": S2_UNANSWERED}
_SAMPLES = 20_000
_WHOLE_BELOW = 1_400_000
_PATCHES, _PATCH = 8, 128


def flags_beside(pair: xr.Dataset, name: str) -> str | None:
    """Name of the flags that speak of a variable's pixels; None where the pair has none."""
    flags = f"{name[:2]}_flags"
    return flags if flags in pair else None


def known_only(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Backscatter and reflectance with NaN where the flags among the arrays withhold an answer.

    Over land and cloud there are values all the same.
    """
    known = {}
    for name, values in arrays.items():
        flags = arrays.get(f"{name[:2]}_flags")
        if name in _UNANSWERED or flags is None or values.dtype.kind != "f":
            known[name] = values
            continue
        withheld = (flags & _UNANSWERED[f"{name[:2]}_flags"]) != 0
        known[name] = np.where(withheld, np.float32(np.nan), values)
    return known


def patches(pair: xr.Dataset, names: Iterable[str], margin: int) -> list[dict[str, AnyArray]]:
    """Arrays of some variables: the whole of a small pair, 64 squares spread over a large one.

    What is learnt from them does not depend on how the pair is chunked.

    Parameters
    ----------
    pair : Dataset
        On (y, x), lazy or not.
    names : iterable of str
        Variables; flags that speak of them are read too, and heeded (`known_only`).
    margin : int
        Pixels around each square that its neighbourhoods need.
    """
    wanted = list(names)
    flags = {flags_beside(pair, name) for name in wanted} - {None}
    some = pair[[*wanted, *sorted(str(name) for name in flags if name not in wanted)]]
    return [
        known_only({str(name): values.values for name, values in part.data_vars.items()})
        for part in _parts(some.transpose("y", "x"), margin)
    ]


def _parts(pair: xr.Dataset, margin: int) -> list[xr.Dataset]:
    if pair.sizes["y"] * pair.sizes["x"] <= _WHOLE_BELOW:
        return [pair]
    side = _PATCH + 2 * margin

    def starts(length: int) -> list[int]:
        return [int(start) for start in np.linspace(0, max(0, length - side), _PATCHES)]

    return [
        pair.isel(y=slice(row, row + side), x=slice(column, column + side)).compute()
        for row in starts(pair.sizes["y"])
        for column in starts(pair.sizes["x"])
    ]


def thinned(
    columns: Mapping[str, Sequence[AnyArray]], needed: Sequence[str]
) -> dict[str, AnyArray]:
    """Every so manieth pixel, 20,000 to 40,000, of those with an answer in all `needed` columns.

    Parameters
    ----------
    columns : mapping of name to sequence of array
        One array for each patch, all of a patch of one shape.
    needed : sequence of str
        Columns without NaN in the result.
    """
    whole = {name: np.concatenate([p.ravel() for p in parts]) for name, parts in columns.items()}
    known = np.flatnonzero(np.logical_and.reduce([np.isfinite(whole[name]) for name in needed]))
    chosen = known[:: max(1, len(known) // _SAMPLES)]
    return {name: values[chosen] for name, values in whole.items()}
