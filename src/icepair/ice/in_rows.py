"""Probabilities of ice of a pair too large for memory, its rows read once from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.answered import known_only, with_flags
from icepair.ice.methods import Rule, Sensor

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["probabilities_in_rows"]


@dataclass
class _Held:
    """Rows that have been read and are still needed."""

    first: int
    arrays: dict[str, AnyArray]
    """By variable, (rows, columns) from `first` on."""

    def add(self, arrays: Mapping[str, AnyArray], keep_from: int) -> None:
        """Take in the rows that follow, and let go of those before `keep_from`."""
        old = slice(keep_from - self.first, None)
        self.arrays = {
            name: np.concatenate([self.arrays[name][old], values]) if self.arrays else values
            for name, values in arrays.items()
        }
        self.first = keep_from

    def probability(self, rule: Rule, names: list[str], rows: slice) -> Float32Array:
        """Of some of the rows, by the rows around them."""
        arrays = known_only({name: self.arrays[name] for name in names})
        start, stop = rows.start - self.first, rows.stop - self.first
        return rule.probability(arrays)[start:stop]


def probabilities_in_rows(
    pair: xr.Dataset, rules: Mapping[Sensor, Rule]
) -> Iterator[tuple[slice, dict[Sensor, Float32Array]]]:
    """Probabilities by strips of whole rows.

    Parameters
    ----------
    pair : Dataset
        As the rules were learnt from it, lazy, on (y, x). Dask's blocks of rows are read one after
        another, each once: while one is decided, by a thread for each sensor, the next is read.
    rules : mapping of sensor to Rule

    Yields
    ------
    rows : slice
        One strip after another, without gaps.
    probabilities : dict of sensor to array of float32 (rows, columns)
        The same as those of `icepair.ice.mask.sea_ice`.
    """
    names = {sensor: with_flags(pair, rule.variables) for sensor, rule in rules.items()}
    wanted = dict.fromkeys(name for some in names.values() for name in some)
    some = pair[list(wanted)].transpose("y", "x").unify_chunks()
    step = math.lcm(*(rule.step for rule in rules.values()))
    reach = -(-max(rule.reach for rule in rules.values()) // step) * step
    held, done, last = _Held(0, {}), 0, pair.sizes["y"]
    with ThreadPoolExecutor(1) as reading, ThreadPoolExecutor(len(rules)) as deciding:
        stops = np.cumsum(some.chunksizes["y"]).tolist()
        starts = [0, *stops[:-1]]
        ahead = reading.submit(_read, some, starts[0], stops[0])
        for number, stop in enumerate(stops):
            held.add(ahead.result(), max(0, done - reach))
            if stop < last:
                ahead = reading.submit(_read, some, stop, stops[number + 1])
            # What lies within reach of the next rows waits for them.
            until = last if stop == last else max(done, (stop - reach) // step * step)
            rows = slice(done, until)
            if until > done:
                parts = deciding.map(
                    lambda sensor, rows=rows: held.probability(rules[sensor], names[sensor], rows),
                    rules,
                )
                yield rows, dict(zip(rules, parts, strict=True))
            done = until


def _read(pair: xr.Dataset, start: int, stop: int) -> dict[str, AnyArray]:
    values = pair.isel(y=slice(start, stop)).compute()
    return {str(name): variable.values for name, variable in values.data_vars.items()}
