"""Outlines of labelled floes: a fixed number of points each, in metres of the grid's CRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from icepair._typing import AnyArray, FloatArray, IntArray
from icepair.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["LabelledFloes", "Outlines", "outlines_of", "pixel_size"]

POINTS = 96
"""Points of an outline."""
BINS = 64
"""Directions of a signature."""
_COLUMNS = ("x", "y", "area", "cut", "row0", "row1", "column0", "column1")


class LabelledFloes(Protocol):
    """What is read of `icepair.Floes`: labels on a grid and their table."""

    @property
    def labels(self) -> xr.DataArray:
        """Int (y, x), 0 = no floe; coordinates are centres of pixels in metres."""

    @property
    def table(self) -> pd.DataFrame:
        """By label: x, y, area, cut, row0, row1, column0, column1."""


@dataclass(frozen=True)
class Outlines:
    """Whole floes above a size, as arrays side by side."""

    label: IntArray
    """(n,) labels."""
    place: FloatArray
    """(n, 2) x and y of the centroids of the filled outlines, metres."""
    area: FloatArray
    """(n,) area within the outlines, m2; holes count."""
    points: FloatArray
    """(n, POINTS, 2) x and y relative to `place`, counter-clockwise, metres."""
    signature: FloatArray
    """(n, BINS) share of the area by direction, by its mean, less 1."""
    slenderness: FloatArray
    """(n,) logarithm of the ratio of the axes of the ellipse of equal second moments."""

    def __len__(self) -> int:
        return int(self.label.size)


def pixel_size(floes: LabelledFloes) -> float:
    """Larger side of the grid's pixels, metres.

    Raises
    ------
    UsageError
        The labels' coordinates are no regular grid.
    """
    return max(abs(_axis(floes, name)[1]) for name in ("x", "y"))


def outlines_of(floes: LabelledFloes, which: str, smallest_m: float, smooth_m: float) -> Outlines:
    """Outlines of the floes that are whole and large enough.

    Parameters
    ----------
    floes : LabelledFloes
    which : str
        "first" or "second", for messages.
    smallest_m : float
        Diameter of a circle of the least area, metres.
    smooth_m : float
        Length of border that a point is the mean of, metres.

    Raises
    ------
    UsageError
        The table lacks a column, or the coordinates are no regular grid.
    """
    missing = [name for name in _COLUMNS if name not in floes.table]
    if missing:
        raise UsageError(
            f"The {which} table of floes has no column {', '.join(missing)}. Matching reads "
            f"{', '.join(_COLUMNS)}, as icepair.floes makes them."
        )
    chosen = _chosen(floes, smallest_m)
    labels, axes = np.asarray(floes.labels.values), (_axis(floes, "x"), _axis(floes, "y"))
    traced = [
        _outline(labels, axes, label, box, smooth_m)
        for label, box in zip(chosen.index, _boxes(chosen), strict=True)
    ]
    points = np.array(traced).reshape(-1, POINTS, 2)
    # A label in pieces: the piece that was traced says nothing of the floe.
    kept = _areas(points) > 0.6 * chosen["area"].to_numpy(dtype=np.float64)
    return _described(np.asarray(chosen.index, dtype=np.int64)[kept], points[kept])


def _axis(floes: LabelledFloes, name: str) -> tuple[float, float]:
    """First coordinate and step."""
    values = np.asarray(floes.labels[name].values, dtype=np.float64)
    steps = np.diff(values)
    if values.size < 2 or not np.allclose(steps, steps[0], rtol=1e-3) or steps[0] == 0:
        raise UsageError(
            f"The labels' coordinate {name} is no regular axis of at least two pixels. Matching "
            "needs the centres of pixels in metres, evenly spaced."
        )
    return float(values[0]), float((values[-1] - values[0]) / (values.size - 1))


def _chosen(floes: LabelledFloes, smallest_m: float) -> pd.DataFrame:
    """Rows of whole floes above the size."""
    table = floes.table
    least = 0.25 * np.pi * smallest_m**2
    return table[(table["area"] >= least) & ~table["cut"].astype(bool)]


def _boxes(table: pd.DataFrame) -> IntArray:
    """(n, 4) row0, row1, column0, column1."""
    boxes: IntArray = table[["row0", "row1", "column0", "column1"]].to_numpy(dtype=np.int64)
    return boxes


_Axis = tuple[float, float]
"""First coordinate and step."""


def _outline(
    labels: AnyArray, axes: tuple[_Axis, _Axis], label: int, box: IntArray, smooth_m: float
) -> FloatArray:
    """(POINTS, 2) x and y, metres, counter-clockwise."""
    from icepair.motion import _kernels

    row0, row1, column0, column1 = (int(number) for number in box)
    part = labels[row0:row1, column0:column1]
    first = np.flatnonzero(part[0] == label)
    if not first.size:
        return np.zeros((POINTS, 2))
    corners = _kernels.trace(part, label, 0, int(first[0]))
    (x0, dx), (y0, dy) = axes
    x = x0 + dx * (corners[:, 1] + column0 - 0.5)
    y = y0 + dy * (corners[:, 0] + row0 - 0.5)
    reach = 0.5 * smooth_m / max(abs(dx), abs(dy)) + len(corners) / POINTS
    outline = np.column_stack([_kernels.spaced_means(c, POINTS, reach) for c in (x, y)])
    return outline[::-1].copy() if dx * dy < 0 else outline


def _swept(points: FloatArray) -> FloatArray:
    """(n, k) twice the area between the origin and every side of outlines (n, k, 2)."""
    after = np.roll(points, -1, axis=1)
    return np.asarray(points[..., 0] * after[..., 1] - after[..., 0] * points[..., 1])


def _areas(points: FloatArray) -> FloatArray:
    """(n,) area within outlines (n, k, 2)."""
    return np.asarray(0.5 * _swept(points).sum(axis=1))


def _described(label: IntArray, points: FloatArray) -> Outlines:
    """Centroids by Green's theorem, axes by second moments, signatures."""
    from icepair.motion import _kernels

    # About a point of each floe's own: products of map coordinates lose digits.
    origin = points.mean(axis=1)
    points = points - origin[:, None]
    after, cross = np.roll(points, -1, axis=1), _swept(points)
    area = 0.5 * cross.sum(axis=1)
    centre = ((points + after) * cross[..., None]).sum(axis=1) / (6.0 * area[:, None])
    points = points - centre[:, None]
    signatures = np.array([_kernels.signature(outline, BINS) for outline in points])
    return Outlines(
        label, origin + centre, area, points, signatures.reshape(-1, BINS), _slenderness(points)
    )


def _slenderness(points: FloatArray) -> FloatArray:
    after = np.roll(points, -1, axis=1)
    (x, y), (x1, y1) = np.moveaxis(points, -1, 0), np.moveaxis(after, -1, 0)
    cross = _swept(points)
    xx = (cross * (x * x + x * x1 + x1 * x1)).sum(axis=1) / 12.0
    yy = (cross * (y * y + y * y1 + y1 * y1)).sum(axis=1) / 12.0
    xy = (cross * (x * y1 + 2 * x * y + 2 * x1 * y1 + x1 * y)).sum(axis=1) / 24.0
    apart = np.hypot(xx - yy, 2.0 * xy)
    return np.asarray(0.5 * np.log((xx + yy + apart) / np.maximum(xx + yy - apart, 1e-9)))
