"""Bring a source array onto target pixels by a map, without arrays of positions."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from icepair._typing import AnyArray
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.resample.footprint.jacobian import jacobian
from icepair.resample.methods import Method
from icepair.resample.net import net_of_positions
from icepair.resample.source_map import NodeMap, ShiftMap, SourceMap
from icepair.resample.stacked_map import StackedMap
from icepair.resample.to_grid import source_window

__all__ = ["Block", "needed_window", "warp"]

Block = tuple[slice, slice]
"""Rows and columns of the target, steps of 1."""

_BAND_PIXELS = 1 << 16
"""Pixels of a band of rows: their positions, 16 bytes each, stay near the processor."""
_FEWEST_ROWS = 8
"""Rows of a band, however wide: handing out a band takes as long as some thousand pixels."""


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
    if isinstance(source_map, StackedMap):
        return _needed_by_bands(source_map, block, method, limits)
    margin = method.margin_for(source_map, *block)
    if isinstance(source_map, NodeMap):
        held = _held_by_runs(source_map, block, limits)
    elif isinstance(source_map, ShiftMap):
        held = _shifted(source_map, block).intersection(limits)
    else:
        return source_window(*source_map.positions(*block), margin, limits)
    if held.is_empty:
        return None
    return held.grown(margin).intersection(limits)


def _needed_by_bands(
    stack: StackedMap, block: Block, method: Method, limits: Window
) -> Window | None:
    """Window that holds what each band of rows needs."""
    whole: Window | None = None
    for part in stack.parts(block[0]):
        window = needed_window(part.nodes, (part.own_rows, block[1]), method, limits)
        if window is not None:
            whole = window if whole is None else whole.union(window)
    return whole


def _held_by_runs(nodes: NodeMap, block: Block, limits: Window) -> Window:
    """Window with the four pixels around every position of a block that falls into `limits`."""
    from icepair.resample.fused import _kernels

    rows, columns = block
    # The outer half pixel belongs to the image.
    outer = (
        limits.row_start - 0.5,
        limits.row_stop - 0.5,
        limits.column_start - 0.5,
        limits.column_stop - 0.5,
    )
    box = np.empty(4)
    ends = (rows.start, rows.stop, columns.start, columns.stop)
    _kernels.extent(nodes.net, ends, outer, box)
    if box[0] > box[1]:
        return Window(0, 0, 0, 0)
    return Window(
        math.floor(box[0]), math.ceil(box[1]) + 1, math.floor(box[2]), math.ceil(box[3]) + 1
    )


def _shifted(shift: ShiftMap, block: Block) -> Window:
    """Source pixels of a block; some may lie outside the source."""
    rows, columns = block
    return Window(
        rows.start + shift.row_shift,
        rows.stop + shift.row_shift,
        columns.start + shift.column_shift,
        columns.stop + shift.column_shift,
    )


def warp(
    source: AnyArray,
    source_map: SourceMap,
    method: Method,
    *,
    window: Window | None = None,
    block: Block | None = None,
    fill_value: float = 0.0,
    threads: int = 1,
    out: AnyArray | None = None,
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
    out : array (rows, columns), optional
        Where to put the result, in place of a new array: an array in C order of the type that is
        returned, which shares no memory with `source`. All of it is written. Memory that was used
        before saves the system's work of handing out pages.

    Returns
    -------
    array (rows, columns)
        Of the source's type; float where integers are averaged. `out` itself where it was given.

    Raises
    ------
    UsageError
        `out` has another shape, type or order, cannot be written, or shares memory with `source`;
        or the block is not inside the target.
    """
    rows, columns = _inside_target(block, source_map.target_shape)
    held = Window.whole(source.shape) if window is None else window
    # Kernels are compiled anew for every layout.
    source = np.ascontiguousarray(source)
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    result = _ready(out, shape, method.result_type(source.dtype), source)

    def fill(start: int, stop: int) -> None:
        part = (slice(rows.start + start, rows.start + stop), columns)
        _fill(source, held, source_map, method, part, fill_value, result[start:stop])

    step = max(_FEWEST_ROWS, _BAND_PIXELS // max(shape[1], 1))
    starts = range(0, shape[0], step)
    stops = [min(start + step, shape[0]) for start in starts]
    if threads == 1:
        for start, stop in zip(starts, stops, strict=True):
            fill(start, stop)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, starts, stops))
    return result


def _inside_target(block: Block | None, shape: tuple[int, int]) -> Block:
    """The block, or all of the target; kernels would read beyond the nodes of another."""
    whole = slice(0, shape[0]), slice(0, shape[1])
    for part, size in zip(block or whole, shape, strict=True):
        if not 0 <= part.start <= part.stop <= size:
            raise UsageError(
                f"The block {part.start}:{part.stop} is not inside the target of {shape[0]} x "
                f"{shape[1]} pixels; cut it to the target first."
            )
    return block or whole


def _ready(
    out: AnyArray | None, shape: tuple[int, int], dtype: np.dtype[Any], source: AnyArray
) -> AnyArray:
    """`out`, if the result can go into it, or a new array."""
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype:
        raise UsageError(
            f"The result is {dtype} of shape {shape}; it does not go into an `out` of {out.dtype} "
            f"and shape {out.shape}. Make it by np.empty({shape}, {dtype.str!r})."
        )
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise UsageError(
            "`out` must be writable and in C order, each row right behind the one before, and is "
            "not. Hand over an array of its own, or copy the result to where it belongs."
        )
    if np.may_share_memory(out, source):
        raise UsageError(
            "`out` shares memory with `source`, which would be overwritten while it is read. Hand "
            "over another array."
        )
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
    if isinstance(source_map, StackedMap):
        for part in source_map.parts(block[0]):
            rows = slice(part.rows.start - block[0].start, part.rows.stop - block[0].start)
            own = (part.own_rows, block[1])
            _fill(source, window, part.nodes, method, own, fill_value, out[rows])
        return
    out[...] = fill_value
    origin = (window.row_start, window.column_start)
    if method.keeps_pixels and isinstance(source_map, ShiftMap):
        _copy(source, window, method, _shifted(source_map, block), out)
    elif isinstance(source_map, NodeMap):
        start = (block[0].start, block[1].start)
        slopes = jacobian(source_map, *block) if method.reach else None
        method.fill(source, origin, source_map.net, start, slopes, out)
    else:
        net = net_of_positions(*source_map.positions(*block))
        slopes = np.ascontiguousarray(jacobian(source_map, *block)) if method.reach else None
        method.fill(source, origin, net, (0, 0), slopes, out)


def _copy(source: AnyArray, window: Window, method: Method, wanted: Window, out: AnyArray) -> None:
    """Write the pixels of a window of the whole source into `out` as they are."""
    held = wanted.intersection(window)
    if held.is_empty:
        return
    part = source[held.within(window)]
    # A mean of no value leaves `out` alone; NaN alone differs from itself.
    is_value = True if method.keeps_type else part == part
    np.copyto(out[held.within(wanted)], part, where=is_value, casting="same_kind")
