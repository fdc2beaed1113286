"""Bring one source array onto target pixels whose positions are known."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.geo.window import Window
from icepair.resample.methods import Method
from icepair.resample.net import net_of_positions

__all__ = ["source_window", "to_grid"]


def source_window(
    line: FloatArray, sample: FloatArray, margin: int, limits: Window
) -> Window | None:
    """Smallest window of the source that a block of positions needs.

    Parameters
    ----------
    line, sample : array
        Source positions, NaN for none, counted in the whole source.
    margin : int
        Pixels that the method looks at beyond the four around a position.
    limits : Window
        Part of the source that may be read.

    Returns
    -------
    Window or None
        None where no position comes near `limits`.
    """
    finite = np.isfinite(line) & np.isfinite(sample)
    # The outer half pixel belongs to the image.
    near = (
        finite
        & (line >= limits.row_start - 0.5)
        & (line < limits.row_stop - 0.5)
        & (sample >= limits.column_start - 0.5)
        & (sample < limits.column_stop - 0.5)
    )
    if not near.any():
        return None
    lines, samples = line[near], sample[near]
    needed = Window(
        int(np.floor(lines.min())) - margin,
        int(np.ceil(lines.max())) + margin + 1,
        int(np.floor(samples.min())) - margin,
        int(np.ceil(samples.max())) + margin + 1,
    )
    return needed.intersection(limits)


def to_grid(
    source: AnyArray,
    line: FloatArray,
    sample: FloatArray,
    *,
    window: Window,
    method: Method,
    fill_value: float,
    jacobian: FloatArray | None = None,
) -> AnyArray:
    """Resample a window of the source onto target pixels.

    Parameters
    ----------
    source : array (window.shape)
        Values of the source's window; NaN is "no answer" for weighted methods.
    line, sample : array (rows, columns)
        Source positions counted in the whole source, NaN for none.
    window : Window
        Where `source` lies in the whole source.
    method : Method
        How to make one pixel out of several.
    fill_value : float
        Value of target pixels without an answer.
    jacobian : array (rows, columns, 2, 2), optional
        Derivatives of the positions by target row and column, see
        `icepair.resample.footprint.jacobian`; for methods with a reach.

    Returns
    -------
    array (rows, columns)
        Of the source's type; float where integers are averaged.
    """
    out = np.full(line.shape, fill_value, dtype=method.result_type(source.dtype))
    origin = (window.row_start, window.column_start)
    slopes = None if jacobian is None else np.ascontiguousarray(jacobian)
    # Kernels are compiled anew for every layout.
    source = np.ascontiguousarray(source)
    method.fill(source, origin, net_of_positions(line, sample), (0, 0), slopes, out)
    return out
