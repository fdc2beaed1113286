"""Where one sub-swath ends and the next begins, from the product's own list."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from icepair.geo.window import Window
from icepair.products.attributes import number, record
from icepair.products.container import Container

__all__ = ["subswath_blocks"]


def subswath_blocks(
    container: Container, polarisation: str, shape: tuple[int, int]
) -> tuple[Window, ...] | None:
    """Rectangles that hold one sub-swath and one azimuth block of noise each.

    Inside a rectangle thermal noise is smooth along samples and has one profile along lines; at
    its borders it jumps.

    Parameters
    ----------
    container
        Of a radar product.
    polarisation
        ``HH`` and so on.
    shape
        Lines and samples of the rasters.

    Returns
    -------
    tuple of Window or None
        From ``swathMergeList_*``. None where the file has no such list, where a record of it
        cannot be read, or where it is not about this raster: blocks overlap or leave it.
    """
    name = f"swathMergeList_{polarisation}"
    if name not in container.names:
        return None
    records = {
        key: value for key, value in container.attributes(name).items() if key.strip("_").isdigit()
    }
    blocks = [_block(record(value)) for value in records.values()]
    found = tuple(sorted(block for block in blocks if block is not None))
    if not found or len(found) < len(blocks) or not _fit(found, Window.whole(shape)):
        return None
    return found


def _block(entry: object) -> Window | None:
    """Window of ``{swath: [first line, first sample, last line, last sample, time]}``."""
    if not isinstance(entry, Mapping) or len(entry) != 1:
        return None
    corners = next(iter(entry.values()))
    if not isinstance(corners, list | tuple) or len(corners) < 4:
        return None
    values = [number(corner) for corner in corners[:4]]
    if not all(math.isfinite(value) and value.is_integer() for value in values):
        return None
    first_line, first_sample, last_line, last_sample = map(int, values)
    window = Window(first_line, last_line + 1, first_sample, last_sample + 1)
    return None if window.is_empty else window


def _fit(blocks: tuple[Window, ...], whole: Window) -> bool:
    inside = all(whole.contains(block) for block in blocks)
    return inside and all(
        one.intersection(other).is_empty for one, other in itertools.combinations(blocks, 2)
    )
