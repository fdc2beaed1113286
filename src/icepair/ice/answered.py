"""Pixels of a pair that have an answer, and a sample of them to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray
from icepair.conventions import S1_UNANSWERED, S2_UNANSWERED

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["known_only", "patches", "thinned", "with_flags"]

_UNANSWERED = {"s1_flags": S1_UNANSWERED, "s2_flags": S2_UNANSWERED}
_SAMPLES = 20_000
_WHOLE_BELOW = 1_400_000
_PATCHES, _PATCH = 8, 128


def with_flags(pair: xr.Dataset, names: Iterable[str]) -> list[str]:
    """Names of variables, and of the flags that speak of their pixels where the pair has them."""
    wanted = list(names)
    flags = sorted({f"{name[:2]}_flags" for name in wanted}.difference(wanted))
    return [*wanted, *(name for name in flags if name in pair)]


def known_only(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Backscatter and reflectance with NaN where the flags among the arrays withhold an answer.

    Over land and cloud there are values all the same.
    """
    withheld = {
        name: (arrays[name] & unanswered) != 0
        for name, unanswered in _UNANSWERED.items()
        if name in arrays
    }
    withheld = {name: where for name, where in withheld.items() if where.any()}
    known = {}
    for name, values in arrays.items():
        where = withheld.get(f"{name[:2]}_flags")
        is_number = name not in _UNANSWERED and values.dtype.kind == "f"
        known[name] = values if where is None or not is_number else _without(values, where)
    return known


def _without(values: AnyArray, where: BoolArray) -> AnyArray:
    kept = values.copy()
    kept[where] = np.float32(np.nan)
    return kept


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
    some = pair[with_flags(pair, names)].transpose("y", "x")
    return [known_only(part) for part in _parts(some, margin)]


def _parts(pair: xr.Dataset, margin: int) -> list[dict[str, AnyArray]]:
    whole = {str(name): values.data for name, values in pair.data_vars.items()}
    windows = _windows(pair.sizes["y"], pair.sizes["x"], margin)
    parts = [{name: array[window] for name, array in whole.items()} for window in windows]
    if not any(hasattr(array, "dask") for array in whole.values()):
        return parts
    from dask.base import compute

    # All at once: squares of one chunk read it once.
    computed: list[dict[str, AnyArray]] = compute(parts)[0]
    return computed


def _windows(rows: int, columns: int, margin: int) -> list[tuple[slice, slice]]:
    if rows * columns <= _WHOLE_BELOW:
        return [(slice(None), slice(None))]
    side = _PATCH + 2 * margin

    def slices(length: int) -> list[slice]:
        starts = np.linspace(0, max(0, length - side), _PATCHES).astype(int).tolist()
        return [slice(start, start + side) for start in starts]

    return [(y, x) for y in slices(rows) for x in slices(columns)]


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
