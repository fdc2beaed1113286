"""Windows of two-dimensional rasters in a container, whatever leads their dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from icepair._typing import AnyArray, FloatArray, IntArray
from icepair.errors import DamagedFileError, UsageError
from icepair.geo.window import Window
from icepair.products.attributes import number
from icepair.products.container import Container, Selection

__all__ = [
    "announce_pixels",
    "check_window",
    "indices",
    "missing_as_nan",
    "raster_selection",
    "raster_shape",
    "read_pixels",
    "read_raster",
    "slab_selection",
]

_HUGE = 1e30
"""No quantity here comes near it; every default fill value of a float lies above."""

_MOST_SLABS = 8
"""Strided reads, beyond which single pixels are taken chunk by chunk."""
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


def check_window(container: Container, name: str, window: Window) -> None:
    """Refuse a window that is empty or leaves a raster.

    Raises
    ------
    UsageError
        It does.
    DamagedFileError
        The raster is missing.
    """
    shape = raster_shape(container, name)
    if window.is_empty or not Window.whole(shape).contains(window):
        raise UsageError(
            f"The window {window.as_list()} (first and last row, first and last column, stops "
            f"exclusive) is not inside {name} of {shape[0]} x {shape[1]} pixels."
        )


def read_raster(container: Container, name: str, window: Window) -> AnyArray:
    """Window of a raster as stored, shape of the window.

    Raises
    ------
    UsageError
        The window is empty or leaves the raster.
    DamagedFileError
        The raster is missing or cannot be read.
    """
    check_window(container, name, window)
    return container.read(*raster_selection(container, name, window)).reshape(window.shape)


def raster_selection(container: Container, name: str, window: Window) -> Selection:
    """Window of a raster as `Container.read` takes it."""
    return slab_selection(container, name, window.slices)


def slab_selection(container: Container, name: str, slab: tuple[slice, slice]) -> Selection:
    """Rows and columns of a raster, possibly with steps, as `Container.read` takes them."""
    leading = (slice(0, 1),) * (len(container.shape(name)) - 2)
    return name, (*leading, *slab)


def read_pixels(container: Container, name: str, rows: IntArray, columns: IntArray) -> FloatArray:
    """Single pixels of a raster as float64, NaN where the file has none; shape (n,) of `rows`.

    Pixels at crossings of few regular progressions, a net with its last line and sample for one,
    come with one strided read each. Of others every chunk (block, where there are none) is read
    once, however many of the pixels lie in it.
    """
    slabs = _net_through(rows, columns)
    if slabs:
        return _from_net(container, name, rows, columns, slabs)
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


def announce_pixels(
    container: Container, names: Sequence[str], rows: IntArray, columns: IntArray
) -> None:
    """Tell a container of pixels that `read_pixels` will read of several rasters."""
    slabs = _net_through(rows, columns)
    container.announce([slab_selection(container, name, slab) for name in names for slab in slabs])


def _net_through(rows: IntArray, columns: IntArray) -> list[tuple[slice, slice]]:
    """Regular slabs with all of the pixels in them; none where that takes many, or much more."""
    slabs = list(itertools.product(_progressions(rows), _progressions(columns)))
    pixels = sum(indices(lines).size * indices(samples).size for lines, samples in slabs)
    return slabs if len(slabs) <= _MOST_SLABS and pixels <= 2 * rows.size else []


def _progressions(places: IntArray) -> list[slice]:
    """Distinct places as regular progressions, each as long as it can be."""
    left = np.unique(places)
    found = []
    while left.size:
        step = int(left[1] - left[0]) if left.size > 1 else 1
        count = int(np.argmin(np.append(left == left[0] + np.arange(left.size) * step, False)))
        found.append(slice(int(left[0]), int(left[count - 1]) + 1, step))
        left = left[count:]
    return found


def _from_net(
    container: Container,
    name: str,
    rows: IntArray,
    columns: IntArray,
    slabs: list[tuple[slice, slice]],
) -> FloatArray:
    values = np.empty(rows.shape)
    for lines, samples in slabs:
        part = container.read(*slab_selection(container, name, (lines, samples)))
        part = missing_as_nan(container, name, part.reshape(part.shape[-2:]))
        here = (rows >= lines.start) & (rows < lines.stop)
        here &= (columns >= samples.start) & (columns < samples.stop)
        values[here] = part[
            (rows[here] - lines.start) // lines.step,
            (columns[here] - samples.start) // samples.step,
        ]
    return values


def indices(part: slice) -> IntArray:
    """Positions that a slice with a start and a stop takes."""
    return np.arange(part.start, part.stop, part.step or 1, dtype=np.int64)


def missing_as_nan(container: Container, name: str, values: AnyArray) -> AnyArray:
    """Floats with every way of saying "missing" turned into NaN; zeros stay."""
    floats = values if values.dtype.kind == "f" else values.astype(np.float64)
    fill = floats.dtype.type(number(container.attributes(name).get("_FillValue")))
    missing = (floats == fill) & (fill != 0)
    huge = ~(np.abs(floats) < _HUGE)  # also what is not a number
    return np.where(missing | huge, floats.dtype.type(np.nan), floats)
