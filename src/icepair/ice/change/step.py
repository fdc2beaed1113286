"""What happened between one look and the next, counted strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icepair._typing import AnyArray, ByteArray
from icepair.ice.cells import CellLattice
from icepair.ice.change.classes import CLASSES, GAINED, LOST
from icepair.ice.change.difference import Swap
from icepair.ice.change.drift import Drift
from icepair.ice.change.looks import Look, Series, strips
from icepair.ice.methods import Sensor
from icepair.ice.packed import NO_BYTE, STEPS
from icepair.ice.tally import Tally
from icepair.ice.uncertainty import Evidence

__all__ = ["Moved", "Step", "compare"]

_NODE = 32
"""Pixels between nodes at which places are computed."""

ClassesTaken = Callable[[slice, ByteArray], None]
"""Takes rows of the window and their classes."""


@dataclass(frozen=True)
class Moved:
    """Pixels of a look where they have gone by the next one."""

    series: Series
    number: int
    """Of the look."""
    sensor: Sensor
    drift: Drift

    def steps(self, rows: slice) -> ByteArray:
        """Packed probabilities in rows of the window; no answer for what came from beyond."""
        from icepair.ice.change import _kernels

        look = self.series.looks[self.number]
        nodes = np.arange(rows.start, rows.stop + _NODE, _NODE)
        down, across = self._origin(look, nodes)
        sizes = look.pair.sizes
        moved = np.full((rows.stop - rows.start, self.series.shape[1]), NO_BYTE, dtype=np.uint8)
        # Only rows that something comes from are read: of a long way most are not in the strip.
        inside = down[np.isfinite(down)]
        if not inside.size:
            return moved
        first = max(0, int(inside.min()) - 1)
        last = min(sizes["y"], int(inside.max()) + 2)
        if last > first:
            values = look.steps(self.sensor, slice(first, last), slice(0, sizes["x"]))
            _kernels.move(values, across, down - first, _NODE, moved)
        return moved

    def _origin(self, look: Look, rows: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Row and column in the look's own grid that the ice at nodes came from."""
        import pyproj

        columns = _NODE * np.arange(-(-self.series.shape[1] // _NODE) + 1)
        top, left = self.series.corners[self.number]
        x, y = look.pair["x"].values, look.pair["y"].values
        side = float(x[-1] - x[0]) / max(1, x.size - 1)
        now_x, now_y = np.meshgrid(x[0] + side * (columns + left), y[0] - side * (rows + top))
        crs = pyproj.CRS.from_wkt(str(look.pair["spatial_ref"].attrs["crs_wkt"]))
        was_x, was_y = self.drift.origin(now_x, now_y, crs)
        return (y[0] - was_y) / side, (was_x - x[0]) / side


@dataclass
class Step:
    """Counts of one sensor between two looks."""

    tally: Tally
    """Before and after as its two images; the ice before where it has moved to."""
    classes: AnyArray
    """Pixels by class, (256,)."""
    number: AnyArray
    """Of cells: pixels, with an answer before, after, at both, (rows, columns, 4)."""
    sums: AnyArray
    """Of cells and both times: share, ambiguity, borders, votes, (rows, columns, 2, 5)."""
    swapped: AnyArray
    """Of cells: pixels gained and lost, (rows, columns, 2)."""

    @cached_property
    def compared(self) -> int:
        """Pixels that answered at both times."""
        return self.tally.common_pixels

    def share(self, name: str) -> float:
        """Share of a class among the pixels that were compared; NaN without any."""
        return float(self.classes[CLASSES[name]] / self.compared) if self.compared else np.nan

    @property
    def swap(self) -> Swap:
        """Of the whole window, which must have pixels to compare."""
        water, ice = self.tally.confusion().tolist()
        before, after = (self.tally.area(which, common=True) for which in (0, 1))
        gained, lost = water[1] / self.compared, ice[0] / self.compared
        return Swap(gained, lost, before.evidence, after.evidence)

    @property
    def cells(self) -> tuple[AnyArray, AnyArray, Swap]:
        """Concentration of cells before and after, and their swap; NaN where none compares."""
        both = self.number[..., 3]
        of_both = np.where(both > 0, both, np.nan)[..., None]
        before, after = (np.moveaxis(self.sums[:, :, i] / of_both, -1, 0) for i in (0, 1))
        gained, lost = np.moveaxis(self.swapped / of_both, -1, 0)
        evidence = [Evidence(one[1], one[2], one[3] - one[4]) for one in (before, after)]
        return before[0], after[0], Swap(gained, lost, *evidence)


def compare(
    series: Series,
    number: int,
    sensor: Sensor,
    lattice: CellLattice,
    drift: Drift | None = None,
    take: ClassesTaken | None = None,
) -> Step:
    """Compare a look with the next one, in strips.

    Parameters
    ----------
    series : Series
    number : int
        Of the earlier look.
    sensor : {"s1", "s2"}
    lattice : CellLattice
        Cells over the window.
    drift : Drift, optional
        By which the ice before is moved first.
    take : callable, optional
        Called with rows and their classes, from the top down.
    """
    from icepair.ice.change import _kernels

    rows, columns = lattice.shape
    step = Step(
        Tally(), np.zeros(256, dtype=np.int64), np.zeros((rows, columns, 4), dtype=np.int64),
        np.zeros((rows, columns, 2, 5)), np.zeros((rows, columns, 2)),
    )  # fmt: skip
    moved = None if drift is None else Moved(series, number, sensor, drift)
    for strip in strips(series.shape[0]):
        here = series.steps(number, sensor, strip)
        before = here if moved is None else moved.steps(strip)
        after = series.steps(number + 1, sensor, strip)
        classes = np.empty_like(after)
        _kernels.classify(here, before, after, classes)
        _count(step, before, after, classes, lattice, strip.start)
        if take is not None:
            take(strip, classes)
    return step


def _count(
    step: Step, before: ByteArray, after: ByteArray, classes: ByteArray, lattice: CellLattice,
    first: int,
) -> None:  # fmt: skip
    """Add a strip that starts at row `first`."""
    step.tally.add(before, after)
    step.classes += np.bincount(classes.ravel(), minlength=256)
    lattice.gather(before, after, first, step.number, step.sums)
    gained, lost = (_as_steps(classes, wanted) for wanted in (GAINED, LOST))
    spare, flips = np.zeros_like(step.number), np.zeros_like(step.sums)
    lattice.gather(gained, lost, first, spare, flips)
    step.swapped += flips[..., 0]


def _as_steps(classes: ByteArray, wanted: int) -> ByteArray:
    """Probability 1 where a class is `wanted`, packed."""
    table = np.zeros(256, dtype=np.uint8)
    table[wanted], table[CLASSES["no_answer"]] = STEPS, NO_BYTE
    steps: ByteArray = table[classes]
    return steps
