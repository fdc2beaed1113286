"""Bring a source array onto target pixels by a map, without arrays of positions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from icepair._typing import AnyArray
from icepair.geo.window import Window
from icepair.resample.methods import MINIMUM_SHARE, Method
from icepair.resample.source_map import NodeMap, SourceMap
from icepair.resample.to_grid import source_window, to_grid

__all__ = ["Block", "needed_window", "warp"]

Block = tuple[slice, slice]
"""Rows and columns of the target, steps of 1."""

_BAND_PIXELS = 1 << 18
"""Pixels of a band of rows: positions that are needed as arrays stay near the processor."""


def needed_window(
    source_map: SourceMap, block: Block, method: Method, limits: Window
) -> Window | None:
    """Window of the source that a block of the target needs.

    Parameters
    ----------
    source_map : SourceMap
        Source position of every target pixel.
    block : (slice, slice)
        Rows and columns of the target.
    method : Method
        How it will be resampled.
    limits : Window
        Part of the source that may be read.

    Returns
    -------
    Window or None
        None where no position falls into `limits`.
    """
    if not isinstance(source_map, NodeMap):
        return source_window(*source_map.positions(*block), method.margin, limits)
    from icepair.resample.fused import _kernels

    rows, columns = block
    # The outer half pixel belongs to the image.
    edges = (limits.row_start, limits.row_stop - 1, limits.column_start, limits.column_stop - 1)
    outer = tuple(edge + half for edge, half in zip(edges, (-0.5, 0.5, -0.5, 0.5), strict=True))
    box = np.empty(4)
    ends = (rows.start, rows.stop, columns.start, columns.stop)
    _kernels.extent(source_map.net, ends, outer, box)
    if box[0] > box[1]:
        return None
    return Window(
        math.floor(box[0]) - method.margin,
        math.ceil(box[1]) + method.margin + 1,
        math.floor(box[2]) - method.margin,
        math.ceil(box[3]) + method.margin + 1,
    ).intersection(limits)


def warp(
    source: AnyArray,
    source_map: SourceMap,
    method: Method,
    *,
    window: Window | None = None,
    block: Block | None = None,
    fill_value: float = 0.0,
    threads: int = 1,
) -> AnyArray:
    """Resample a source onto target pixels.

    Parameters
    ----------
    source : array (lines, samples)
        Values of the source, or of its `window`; NaN is "no answer" for weighted methods.
    source_map : SourceMap
        Source position of every target pixel.
    method : Method
        How to make one pixel out of several.
    window : Window, optional
        Where `source` lies in the whole source; it begins there with pixel (0, 0), unless given.
    block : (slice, slice), optional
        Rows and columns of the target, steps of 1; all of it, unless given.
    fill_value : float
        Value of target pixels without an answer.
    threads : int
        How many work on it. No bit of the result depends on this, nor on how the target is cut
        into blocks.

    Returns
    -------
    array (rows, columns)
        Of the source's type.
    """
    height, width = source_map.target_shape
    rows, columns = block or (slice(0, height), slice(0, width))
    held = Window.whole(source.shape) if window is None else window
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    out = np.empty(shape, dtype=source.dtype)

    def fill(start: int, stop: int) -> None:
        part = (slice(rows.start + start, rows.start + stop), columns)
        _fill(source, held, source_map, method, part, fill_value, out[start:stop])

    step = max(1, _BAND_PIXELS // max(shape[1], 1))
    starts = range(0, shape[0], step)
    stops = [min(start + step, shape[0]) for start in starts]
    if threads == 1:
        for start, stop in zip(starts, stops, strict=True):
            fill(start, stop)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, starts, stops))
    return out


def _fill(
    source: AnyArray,
    window: Window,
    source_map: SourceMap,
    method: Method,
    block: Block,
    fill_value: float,
    out: AnyArray,
) -> None:
    """Write a block's values into `out`."""
    fused = _FUSED.get(method.name)
    if fused is not None and isinstance(source_map, NodeMap):
        out[...] = fill_value
        fused(source, (window.row_start, window.column_start), source_map, block, out)
    else:
        positions = source_map.positions(*block)
        out[...] = to_grid(source, *positions, window=window, method=method, fill_value=fill_value)


def _nearest(
    source: AnyArray, origin: tuple[int, int], nodes: NodeMap, block: Block, out: AnyArray
) -> None:
    from icepair.resample.fused import _kernels

    _kernels.nearest(source, origin, nodes.net, block[0].start, block[1].start, out)


def _bilinear(
    source: AnyArray, origin: tuple[int, int], nodes: NodeMap, block: Block, out: AnyArray
) -> None:
    from icepair.resample.fused import _kernels

    start = (block[0].start, block[1].start)
    _kernels.bilinear(source, origin, nodes.net, MINIMUM_SHARE, *start, out)


_FUSED: Mapping[str, Callable[[AnyArray, tuple[int, int], NodeMap, Block, AnyArray], None]] = {
    "nearest": _nearest,
    "bilinear": _bilinear,
}
"""Methods that go from nodes to values in one pass; the others see the positions of a band."""
