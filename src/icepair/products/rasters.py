"""Windows of two-dimensional rasters in a container, whatever leads their dimensions."""

from __future__ import annotations

import numpy as np

from icepair._typing import AnyArray, FloatArray, IntArray
from icepair.errors import DamagedFileError, UsageError
from icepair.geo.window import Window
from icepair.products.attributes import number
from icepair.products.container import Container

__all__ = ["missing_as_nan", "raster_shape", "read_pixels", "read_raster"]

_HUGE = 1e30
"""No quantity here comes near it; every default fill value of a float lies above."""

_BLOCK = (64, 64)
"""Pixels read at a time where single ones are wanted of a raster without chunks."""


def raster_shape(container: Container, name: str) -> tuple[int, int]:
    """Rows and columns of a raster; dimensions before them must have length 1.

    Raises
    ------
    DamagedFileError
        The variable is missing or is no raster.
    """
    shape = container.shape(name)
    if len(shape) < 2 or any(length != 1 for length in shape[:-2]) or 0 in shape:
        raise DamagedFileError(
            f"{name} of {container.address} has shape {shape}; "
            "rows and columns of a single time were expected."
        )
    return shape[-2], shape[-1]


def read_raster(container: Container, name: str, window: Window) -> AnyArray:
    """Window of a raster as stored, shape of the window.

    Raises
    ------
    UsageError
        The window is empty or leaves the raster.
    DamagedFileError
        The raster is missing or cannot be read.
    """
    shape = raster_shape(container, name)
    if window.is_empty or not Window.whole(shape).contains(window):
        raise UsageError(
            f"The window {window.as_list()} (first and last row, first and last column, stops "
            f"exclusive) is not inside {name} of {shape[0]} x {shape[1]} pixels."
        )
    leading = (slice(0, 1),) * (len(container.shape(name)) - 2)
    return container.read(name, (*leading, *window.slices)).reshape(window.shape)


def read_pixels(container: Container, name: str, rows: IntArray, columns: IntArray) -> FloatArray:
    """Single pixels of a raster as float64, NaN where the file has none; shape (n,) of `rows`.

    Every chunk (block, where there are none) is read once, however many of the pixels lie in it.
    """
    chunk_rows, chunk_columns = (container.chunks(name) or _BLOCK)[-2:]
    chunk = np.stack([rows // chunk_rows, columns // chunk_columns])
    values = np.empty(rows.shape)
    for place in np.unique(chunk, axis=1).T:
        here = (chunk == place[:, np.newaxis]).all(axis=0)
        top, left = int(rows[here].min()), int(columns[here].min())
        box = Window(top, int(rows[here].max()) + 1, left, int(columns[here].max()) + 1)
        block = missing_as_nan(container, name, read_raster(container, name, box))
        values[here] = block[rows[here] - top, columns[here] - left]
    return values


def missing_as_nan(container: Container, name: str, values: AnyArray) -> AnyArray:
    """Floats with every way of saying "missing" turned into NaN; zeros stay."""
    floats = values if values.dtype.kind == "f" else values.astype(np.float64)
    fill = floats.dtype.type(number(container.attributes(name).get("_FillValue")))
    missing = (floats == fill) & (fill != 0)
    huge = ~(np.abs(floats) < _HUGE)  # also what is not a number
    return np.where(missing | huge, floats.dtype.type(np.nan), floats)
