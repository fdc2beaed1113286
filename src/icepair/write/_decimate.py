"""Rasters made small enough for a picture, strip by strip."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from icepair._typing import AnyArray, Float32Array

__all__ = ["block_means", "factor_for", "small"]

_STRIP = 1024
"""Rows read at a time, about."""


def factor_for(shape: tuple[int, ...], pixels: int) -> int:
    """Whole number by which a raster is reduced so that no side is longer than `pixels`."""
    return max(1, -(-max(shape) // pixels))


def small(
    variables: list[xr.DataArray],
    factor: int,
    paint: Callable[..., AnyArray] = lambda values: values,
) -> Float32Array:
    """Block means of what `paint` makes of rasters, holding one strip of them in memory.

    Painting before averaging gives masks smooth edges instead of a random pick.

    Parameters
    ----------
    variables : list of DataArray, shape (rows, columns)
        What `paint` takes, in order.
    factor : int
        Pixels per block and side.
    paint : callable
        Arrays of a strip to an array of shape (rows, columns) or (rows, columns, channels).

    Returns
    -------
    array, shape (rows / factor, columns / factor[, channels])
        float32, rounded up; NaN where a block holds no finite value.
    """
    rows = variables[0].sizes["y"]
    step = max(1, _STRIP // factor) * factor
    strips = [
        block_means(
            paint(*(variable[start : start + step].values for variable in variables)), factor
        )
        for start in range(0, rows, step)
    ]
    return np.concatenate(strips)


def block_means(values: AnyArray, factor: int) -> Float32Array:
    """Means of finite values over blocks; blocks cut by the far edges count what they have."""
    shape = tuple(-(-size // factor) for size in values.shape[:2]) + values.shape[2:]
    total, count = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for row in range(factor):
        for column in range(factor):
            part = values[row::factor, column::factor]
            inside = (slice(part.shape[0]), slice(part.shape[1]))
            finite = np.isfinite(part)
            total[inside] += np.where(finite, part, 0)
            count[inside] += finite
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.where(count > 0, count, np.nan), dtype=np.float32)
