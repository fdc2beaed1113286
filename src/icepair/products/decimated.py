"""Calibration and noise tables rebuilt from a few of their lines and samples.

In decibels either table is close to a profile along samples plus a profile along lines (scalloping,
for noise). A surface through a few lines read in full and a few samples read in full repeats any
such sum exactly, however rough the profiles, and errs only where the shape of one changes along the
other. Every second line and sample is predicted from the rest, so each cell brings its own bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array, FloatArray, IntArray
from icepair.geo.window import Window
from icepair.products.container import Container, Selection
from icepair.products.lattice import Band, partition
from icepair.products.rasters import (
    check_window,
    indices,
    missing_as_nan,
    raster_selection,
    slab_selection,
)
from icepair.products.thermal_noise import LEAST_NOISE

__all__ = [
    "CALIBRATION",
    "NOISE",
    "RebuiltTable",
    "TablePlan",
    "plan_table",
    "read_table",
]

_LIMIT_DB = 0.01
"""Largest error that a rebuilt value may have."""
_SAFETY = 2.0
"""The bound over what the check found; the check itself is at twice the spacing of what is kept."""


@dataclass(frozen=True)
class TableKind:
    """What the values of a table mean."""

    decibels: float
    """Change of the power it stands for, decibels per unit of natural logarithm."""
    least: float
    """Values not above it say nothing."""
    nothing: float
    """Put where the table says nothing."""


CALIBRATION = TableKind(20.0 / math.log(10.0), 0.0, math.nan)
"""``sigmaNought_*``: it divides power as its square."""
NOISE = TableKind(10.0 / math.log(10.0), LEAST_NOISE, 0.0)
"""``noiseCorrectionMatrix_*``: a power."""


@dataclass(frozen=True, eq=False)
class TablePlan:
    """Which parts of a table are read to know a window of it."""

    container: Container = field(repr=False)
    name: str
    """Variable."""
    window: Window
    """Lines and samples that are wanted."""
    kind: TableKind = field(repr=False)
    bands: tuple[Band, ...] = field(repr=False)
    """Parts between borders; empty to read the window in full."""

    @property
    def selections(self) -> tuple[Selection, ...]:
        """What `rebuild` must be given, in order."""
        slabs = [slab for band in self.bands for slab in band.slabs] or [self.window.slices]
        return tuple(slab_selection(self.container, self.name, slab) for slab in slabs)

    @property
    def bytes_to_read(self) -> int:
        """Bytes of all selections as stored."""
        values = sum(
            math.prod(indices(part).size for part in slices) for _, slices in self.selections
        )
        return values * self.container.dtype(self.name).itemsize

    def rebuild(self, values: Sequence[AnyArray]) -> RebuiltTable:
        """Table from what was read.

        Parameters
        ----------
        values : sequence of array
            `Container.read` of each of `selections`, in their order.

        Returns
        -------
        RebuiltTable
            Not complete where it is ``refused``.
        """
        arrays = iter([self.cleaned(array) for array in values])
        parts: list[_Part] = []
        for band in self.bands:
            parts += _band_parts(band, arrays, self.kind.decibels)
        if not self.bands:
            parts = [_Part(self.window, next(arrays), 0.0)]
        return RebuiltTable(self, tuple(parts))

    def cleaned(self, stored: AnyArray) -> Float32Array:
        """Values as stored in two dimensions, NaN where they say nothing."""
        flat = stored.reshape(stored.shape[-2:])
        values = missing_as_nan(self.container, self.name, flat)
        return np.where(values > self.kind.least, values, np.nan).astype(np.float32)


@dataclass(frozen=True, eq=False)
class RebuiltTable:
    """A window of a table, in as few numbers as it was read."""

    plan: TablePlan
    parts: tuple[_Part, ...] = field(repr=False)

    @property
    def bound_db(self) -> float:
        """Largest error to be expected of any value, decibels; 0 where all was read in full."""
        bounds = (part.bound_db for part in self.parts if part.content is not None)
        return max(bounds, default=0.0)

    @property
    def refused(self) -> tuple[Selection, ...]:
        """What must be read in full after all: the check failed there."""
        windows = [part.window for part in self.parts if part.content is None]
        container, name = self.plan.container, self.plan.name
        return tuple(raster_selection(container, name, window) for window in windows)

    def completed(self, values: Sequence[AnyArray]) -> RebuiltTable:
        """Table with `Container.read` of each of ``refused`` in its place."""
        arrays = iter(values)
        parts = (
            _Part(part.window, self.plan.cleaned(next(arrays)), 0.0)
            if part.content is None
            else part
            for part in self.parts
        )
        return replace(self, parts=tuple(parts))

    def values(self, window: Window) -> Float32Array:
        """Part of the table, which must be inside it and complete; shape of `window`, float32."""
        table = np.full(window.shape, np.nan, dtype=np.float32)
        for part in self.parts:
            here = part.window.intersection(window)
            if not here.is_empty:
                table[here.within(window)] = part.values(here)
        table[np.isnan(table)] = self.plan.kind.nothing
        return table


def plan_table(
    container: Container,
    name: str,
    window: Window,
    kind: TableKind,
    blocks: Sequence[Window] | None,
) -> TablePlan:
    """Plan how to know a window of a table.

    Parameters
    ----------
    container
        Where the table lies.
    name
        Variable: ``sigmaNought_HV`` and so on.
    window
        Lines and samples.
    kind
        `CALIBRATION` or `NOISE`.
    blocks
        Rectangles at whose borders the table may jump, from `subswath_blocks`; none for a table
        without borders. None where they are not known: the window is read in full.

    Raises
    ------
    UsageError
        The window is empty or leaves the raster.
    DamagedFileError
        The raster is missing.
    """
    check_window(container, name, window)
    bands = () if blocks is None else partition(window, blocks)
    return TablePlan(container, name, window, kind, bands)


def read_table(plan: TablePlan) -> RebuiltTable:
    """Table read by its plan, in full wherever the check fails.

    Raises
    ------
    DamagedFileError
        The numbers cannot be read.
    """
    read = plan.container.read
    table = plan.rebuild([read(*selection) for selection in plan.selections])
    if table.refused:
        plan.container.announce(table.refused)
    return table.completed([read(*selection) for selection in table.refused])


@dataclass(frozen=True, eq=False)
class _Surface:
    """Smooth surface through lines and samples of a cell, in natural logarithms."""

    lines: IntArray
    """Lines that were read, counted in the cell, (n,)."""
    samples: IntArray
    """Samples that were read, (m,)."""
    profiles: FloatArray
    """Values of the lines, (n, width)."""
    residuals: FloatArray
    """What samples have over the interpolated lines, (height, m)."""

    @classmethod
    def through(
        cls, lines: IntArray, samples: IntArray, profiles: FloatArray, columns: FloatArray
    ) -> _Surface:
        """Surface through profiles (n, width) at lines and columns (height, m) at samples."""
        between = _between(profiles[:, samples], lines, np.arange(columns.shape[0]))
        return cls(lines, samples, profiles, columns - between)

    def at(self, lines: IntArray, samples: IntArray) -> FloatArray:
        """Values at crossings, (lines, samples); NaN along samples where the table says nothing."""
        base = _between(self.profiles[:, samples], self.lines, lines)
        return np.asarray(base + _between(self.residuals[lines].T, self.samples, samples).T)


@dataclass(frozen=True, eq=False)
class _Part:
    """Rectangle of a table: its values, a surface, or None where it is still to be read."""

    window: Window
    content: Float32Array | _Surface | None
    bound_db: float

    def values(self, window: Window) -> Float32Array:
        """Values of a window inside the part, NaN where the table says nothing."""
        rows, columns = window.within(self.window)
        if isinstance(self.content, _Surface):
            logarithms = self.content.at(indices(rows), indices(columns))
            return np.exp(logarithms).astype(np.float32)
        assert self.content is not None, "a refused part was not completed"
        return self.content[rows, columns]


def _band_parts(band: Band, arrays: Iterator[Float32Array], decibels: float) -> Iterator[_Part]:
    """Parts of a band, from the arrays of its slabs."""
    if band.lines is None:
        yield _Part(band.window, next(arrays), 0.0)
        return
    lines = indices(band.lines) - band.window.row_start
    has_lines = any(cell.samples is not None for cell in band.cells)
    profiles = next(arrays) if has_lines else np.empty((0, 0), np.float32)
    for cell in band.cells:
        columns = next(arrays)
        if cell.samples is None:
            yield _Part(cell.window, columns, 0.0)
            continue
        samples = indices(cell.samples) - cell.window.column_start
        own = profiles[:, cell.window.within(band.window)[1]]
        found = _checked(lines, samples, _logarithms(own), _logarithms(columns))
        bound_db = math.inf if found is None else _SAFETY * decibels * found[1]
        accepted = found[0] if found is not None and bound_db <= _LIMIT_DB else None
        yield _Part(cell.window, accepted, bound_db)


def _checked(
    lines: IntArray, samples: IntArray, profiles: FloatArray, columns: FloatArray
) -> tuple[_Surface, float] | None:
    """Surface of a cell, and how far it errs where every second line and sample is left out.

    None where holes are not whole samples of the cell, where too few samples have values, or
    where lines and samples contradict each other at their crossings.
    """
    usable = np.isfinite(profiles[0])
    if not _agree(usable, lines, samples, profiles, columns):
        return None
    if not usable.any():
        return _Surface.through(lines, samples, profiles, columns), 0.0
    kept = usable[samples]
    if np.count_nonzero(kept) < 3:
        return None
    samples, columns = samples[kept], columns[:, kept]
    coarse = _Surface.through(lines[::2], samples[::2], profiles[::2], columns[:, ::2])
    height, width = columns.shape[0], profiles.shape[1]
    misses = (
        coarse.at(lines[1::2], np.arange(width)[usable]) - profiles[1::2][:, usable],
        coarse.at(np.arange(height), samples[1::2]) - columns[:, 1::2],
    )
    worst = max(float(np.abs(miss).max()) for miss in misses)
    return _Surface.through(lines, samples, profiles, columns), worst


def _agree(
    usable: BoolArray,
    lines: IntArray,
    samples: IntArray,
    profiles: FloatArray,
    columns: FloatArray,
) -> bool:
    same_holes = (np.isfinite(profiles) == usable).all()
    same_holes &= (np.isfinite(columns) == usable[samples]).all()
    return bool(same_holes) and np.array_equal(profiles[:, samples], columns[lines], equal_nan=True)


def _logarithms(values: Float32Array) -> FloatArray:
    return np.log(values.astype(np.float64))


def _between(values: FloatArray, at: IntArray, wanted: IntArray) -> FloatArray:
    """Straight lines through values (n, m) at n >= 2 positions, continued at both ends; (k, m)."""
    below = np.clip(np.searchsorted(at, wanted, side="right") - 1, 0, at.size - 2)
    share = (wanted - at[below]) / (at[below + 1] - at[below])
    low = values[below]
    return np.asarray(low + share[:, np.newaxis] * (values[below + 1] - low))
