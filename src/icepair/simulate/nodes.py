"""Smooth things evaluated exactly at few nodes, and splined to every pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from icepair._typing import FloatArray

__all__ = ["spread"]


def spread(
    evaluate: Callable[[FloatArray, FloatArray], Sequence[FloatArray]],
    rows: FloatArray,
    columns: FloatArray,
    step: int,
) -> tuple[FloatArray, ...]:
    """Values at every crossing of rows and columns, bicubic between exact nodes.

    Parameters
    ----------
    evaluate : callable
        From fractional rows and columns, (n, m) each, to one or more fields of that shape.
    rows, columns : float64 (n,)
        Ascending, evenly spaced.
    step : int
        Pixels between nodes, at most; there are at least four nodes each way.

    Returns
    -------
    tuple of float64 (rows, columns)
    """
    from scipy.interpolate import BSpline, RectBivariateSpline

    row_nodes, column_nodes = (
        np.linspace(every[0], every[-1], max(4, every.size // step + 2))
        for every in (rows, columns)
    )
    fields = evaluate(*np.meshgrid(row_nodes, column_nodes, indexing="ij"))
    splines = [RectBivariateSpline(row_nodes, column_nodes, field) for field in fields]
    # As products of matrices, which takes a tenth of the time of evaluating the splines.
    by_row, by_column = (
        BSpline.design_matrix(every, knots, 3)
        for every, knots in zip((rows, columns), splines[0].get_knots(), strict=True)
    )
    shape = by_row.shape[1], by_column.shape[1]
    across = by_column.toarray().T
    return tuple(
        np.asarray(by_row @ (spline.get_coeffs().reshape(shape) @ across)) for spline in splines
    )
