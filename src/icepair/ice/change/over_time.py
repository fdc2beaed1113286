"""Concentrations of every look, over one area and over the look's own, whole and on cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.ice.cells import CellLattice
from icepair.ice.change.looks import Series, strips
from icepair.ice.methods import Sensor
from icepair.ice.packed import NO_BYTE
from icepair.ice.tally import AreaTally, Tally
from icepair.ice.uncertainty import Evidence, Trust, standard_error

__all__ = ["OverTime", "over_time"]


@dataclass(frozen=True)
class OverTime:
    """One sensor's concentrations by time; NaN where nothing answers."""

    common: FloatArray
    """Over the pixels that answer at every time that has any answer, (times, 2): share, error."""
    common_pixels: int
    own: FloatArray
    """Over all pixels of each pair that answer, (times, 2): share, error."""
    valid: FloatArray
    """Share of the window's pixels that answer, (times,)."""
    cells: FloatArray | None
    """Share, its error and the share of pixels that answer, (times, rows, columns, 3)."""

    @property
    def gaps(self) -> tuple[int, ...]:
        """Times, by number, at which no pixel of the window answers."""
        return tuple(int(number) for number in np.flatnonzero(self.valid == 0))


def over_time(series: Series, sensor: Sensor, lattice: CellLattice | None) -> OverTime:
    """Concentrations of one sensor at all times, in strips; on cells where there is a lattice."""
    times = range(len(series.looks))
    trusts = [look.trust(sensor) for look in series.looks]
    own, answered = zip(*(_own(series, number, sensor) for number in times), strict=True)
    pixels = series.shape[0] * series.shape[1]
    valid = np.array(answered) / pixels
    alive = [number for number in times if answered[number]]
    common, maps = _in_window(series, sensor, alive, lattice)
    return OverTime(
        common=np.array([_estimate(sensor, common[n], trusts[n]) for n in times]),
        common_pixels=common[alive[0]].pixels if alive else 0,
        own=np.array([_estimate(sensor, own[n], trusts[n]) for n in times]),
        valid=valid,
        cells=None if maps is None else np.stack(
            [_on_cells(sensor, maps[n], trusts[n]) for n in times]
        ),
    )  # fmt: skip


def _own(series: Series, number: int, sensor: Sensor) -> tuple[AreaTally, int]:
    """Counts of a whole pair, and how many pixels of the window answer."""
    look, tally, inside = series.looks[number], Tally(), 0
    (top, left), (rows, columns) = series.corners[number], series.shape
    for strip in strips(look.pair.sizes["y"]):
        steps = look.steps(sensor, strip, slice(None))
        tally.add(steps, steps)
        first, last = max(0, top - strip.start), max(0, top + rows - strip.start)
        inside += int((steps[first:last, left : left + columns] != NO_BYTE).sum())
    return tally.area(0, common=False), inside


_Cells = tuple[AnyArray, AnyArray]


def _in_window(
    series: Series, sensor: Sensor, alive: list[int], lattice: CellLattice | None
) -> tuple[list[AreaTally], list[_Cells] | None]:
    """Counts over the pixels that answer at all times, and what each look has on cells."""
    tallies = [Tally() for _ in series.looks]
    maps = None if lattice is None else [_empty(lattice) for _ in series.looks]
    for strip in strips(series.shape[0]):
        steps = {number: series.steps(number, sensor, strip) for number in alive}
        if lattice is not None and maps is not None:
            for number, values in steps.items():
                lattice.gather(values, values, strip.start, *maps[number])
        silent = np.zeros((strip.stop - strip.start, series.shape[1]), dtype=bool)
        for values in steps.values():
            silent |= values == NO_BYTE
        for number, values in steps.items():
            values[silent] = NO_BYTE
            tallies[number].add(values, values)
    return [tally.area(0, common=False) for tally in tallies], maps


def _empty(lattice: CellLattice) -> _Cells:
    shape = lattice.shape
    return np.zeros((*shape, 4), dtype=np.int64), np.zeros((*shape, 2, 5))


def _estimate(sensor: Sensor, area: AreaTally, trust: Trust) -> tuple[float, float]:
    if area.concentration is None:
        return math.nan, math.nan
    return area.concentration, float(standard_error(sensor, area.evidence, trust))


def _on_cells(sensor: Sensor, cells: _Cells, trust: Trust) -> FloatArray:
    """Share of ice, its standard error, and share of the cell's pixels that answer."""
    number, sums = cells
    answered: Any = np.where(number[..., 1] > 0, number[..., 1], np.nan)
    share, ambiguous, edges, low, high = np.moveaxis(sums[:, :, 0] / answered[..., None], -1, 0)
    error = standard_error(sensor, Evidence(ambiguous, edges, low - high), trust)
    with np.errstate(invalid="ignore"):
        of_all = number[..., 1] / np.where(number[..., 0] > 0, number[..., 0], np.nan)
    return np.stack([share, np.where(np.isfinite(share), error, np.nan), of_all], axis=-1)
