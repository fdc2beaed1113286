"""An image through a kernel that looks at windows, band by band."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from icepair._typing import AnyArray

__all__ = ["Kernel", "filter_bands"]

Kernel: TypeAlias = Callable[[AnyArray, slice, AnyArray], None]
"""``kernel(padded, rows, out)`` fills `out`, these rows of the image, from what is around them."""

_BAND = 64
"""Lines filtered at a time, which stay in the processor's cache."""


def filter_bands(image: AnyArray, margin: int, kernel: Kernel, threads: int) -> AnyArray:
    """Run a kernel over an image; the result has the image's type.

    Parameters
    ----------
    image : array (lines, samples)
        Values, NaN for nodata.
    margin : int
        Pixels that `padded` has around `out`, in each direction; NaN beyond the image.
    kernel : callable
        See `Kernel`.
    threads : int
        Bands at once.
    """
    out = np.empty(image.shape, image.dtype)

    def run(first: int) -> None:
        rows = slice(first, min(first + _BAND, image.shape[0]))
        kernel(_padded(image, rows, margin), rows, out[rows])

    with ThreadPoolExecutor(threads) as pool:
        # A list asks for every result, and so raises what a band raised.
        list(pool.map(run, range(0, image.shape[0], _BAND)))
    return out


def _padded(image: AnyArray, rows: slice, margin: int) -> AnyArray:
    """Some lines of an image and what is around them, NaN beyond the image."""
    lines, samples = image.shape
    shape = (rows.stop - rows.start + 2 * margin, samples + 2 * margin)
    out = np.full(shape, np.nan, dtype=image.dtype)
    first, stop = max(0, rows.start - margin), min(lines, rows.stop + margin)
    above = first - (rows.start - margin)
    out[above : above + stop - first, margin : margin + samples] = image[first:stop]
    return out
