"""Nets of nodes as wide as the error between them allows.

How far every node lies from the middle between its neighbours is what interpolation would err by if
it were left out: the error of cells twice as wide, measured at the middle of all their sides, and
nothing is evaluated that is not used. In the net's own cells a smooth map errs by a quarter of
that. Half of it is taken for the bound, which holds until curvature doubles within a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from icepair._typing import FloatArray

__all__ = ["Inverse", "Nodes", "fitting_nodes"]

Inverse = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""``inverse(target_row, target_column)`` gives source row and column, exactly; NaN for none."""

_FEWEST = 3
"""Nodes along an axis: the one in the middle can be compared with its neighbours."""


class Nodes(NamedTuple):
    """Source positions of a net of target pixels."""

    spacing: int
    """Target pixels between nodes."""
    row: FloatArray
    """Source row (ni, nj)."""
    column: FloatArray
    """Source column (ni, nj)."""
    error: float
    """Bound of what interpolation between the nodes errs by, source pixels."""


def fitting_nodes(
    inverse: Inverse,
    target_shape: tuple[int, int],
    *,
    bound: float,
    widest_cell: tuple[float, float],
    widest_spacing: int,
) -> Nodes:
    """Net of nodes over a target, as wide as a bound on the error and one on its cells allow.

    The spacing halves as often as needed; nodes that are known are kept.

    Parameters
    ----------
    inverse : callable
        Smooth source position of target rows (n, 1) and columns (1, m).
    target_shape : tuple
        Rows and columns of the target.
    bound : float
        Largest interpolation error that is allowed, source pixels.
    widest_cell : (float, float)
        Source rows and columns that a cell may reach across.
    widest_spacing : int
        Largest number of target pixels between nodes, a power of two.

    Returns
    -------
    Nodes
        The last ones lie on the target's last row and column or beyond. At a spacing of 1 nothing
        is interpolated, and the error is 0.
    """
    spacing = widest_spacing
    row, column = inverse(*_places(_counts(target_shape, spacing), spacing))
    while spacing > 1:
        error = _error_between(row, column)
        if error <= bound and _widest_cells_fit((row, column), widest_cell):
            return _trimmed(Nodes(spacing, row, column, error), target_shape)
        spacing //= 2
        row, column = _halved(inverse, _counts(target_shape, spacing), spacing, (row, column))
    return _trimmed(Nodes(1, row, column, 0.0), target_shape)


def _counts(target_shape: tuple[int, int], spacing: int) -> tuple[int, int]:
    """Nodes along both axes, at least so many as show the error."""
    rows, columns = (max(-(-size // spacing) + 1, _FEWEST) for size in target_shape)
    return rows, columns


def _places(counts: tuple[int, int], spacing: int) -> tuple[FloatArray, FloatArray]:
    """Target rows (n, 1) and columns (1, m) of the nodes."""
    rows, columns = (np.arange(count, dtype=np.float64) * spacing for count in counts)
    return rows[:, None], columns[None, :]


def _error_between(row: FloatArray, column: FloatArray) -> float:
    """Bound of what interpolation between nodes errs by.

    Bilinear interpolation of f errs by at most h^2/8 (abs f_xx + abs f_yy), and the two terms are
    what it errs at the middle of a cell's sides. At the middle of the cell they may cancel, and
    between conformal projections they always do: measuring there would show nothing.
    """
    total = 0.0
    for axis in (0, 1):
        # Twice the distance from the middle between the neighbours.
        bends = np.hypot(np.diff(row, 2, axis=axis), np.diff(column, 2, axis=axis))
        total += float(np.max(bends, where=np.isfinite(bends), initial=0.0))
    return total / 4.0


def _widest_cells_fit(nodes: tuple[FloatArray, FloatArray], widest: tuple[float, float]) -> bool:
    """Whether no cell reaches across more source rows or columns than it may."""
    for position, most in zip(nodes, widest, strict=True):
        corners = position[:-1, :-1], position[:-1, 1:], position[1:, :-1], position[1:, 1:]
        reach = np.maximum.reduce(corners) - np.minimum.reduce(corners)
        if np.max(reach, where=np.isfinite(reach), initial=0.0) > most:
            return False
    return True


def _halved(
    inverse: Inverse,
    counts: tuple[int, int],
    spacing: int,
    known: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Nodes at a spacing of which those at twice the spacing are `known`."""
    rows, columns = _places(counts, spacing)
    new_rows = inverse(rows[1::2], columns)
    between = inverse(rows[::2], columns[:, 1::2])
    finer = np.empty(counts), np.empty(counts)
    for nodes, kept, odd, even in zip(finer, known, new_rows, between, strict=True):
        nodes[::2, ::2] = kept[: -(-counts[0] // 2), : -(-counts[1] // 2)]
        nodes[1::2] = odd
        nodes[::2, 1::2] = even
    return finer


def _trimmed(nodes: Nodes, target_shape: tuple[int, int]) -> Nodes:
    """Without the nodes that only showed the error: they would widen what is read."""
    rows, columns = (-(-size // nodes.spacing) + 1 for size in target_shape)
    return nodes._replace(row=nodes.row[:rows, :columns], column=nodes.column[:rows, :columns])
