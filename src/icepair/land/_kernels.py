"""Inner loop of land masks: plain arrays in, plain arrays out."""

from __future__ import annotations

import math

from icepair._jit import jit


@jit
def inside(row, column, starts, row0, column0, out):
    """Set `out` to 1 where a pixel's centre is inside an odd number of rings, 0 elsewhere.

    Every ring turns over all pixels to the right of it, so that rings need no order, no direction
    and no clipping, and two that share an edge leave neither gap nor overlap.

    Parameters
    ----------
    row, column : array, shape (n,)
        Vertices, whole numbers at pixel centres, in the whole target; every ring ends on its
        first vertex.
    starts : array, shape (m + 1,)
        First vertex of each ring, and n.
    row0, column0 : int
        Place of the block's first pixel in the target.
    out : array of bytes, shape (rows, columns)
    """
    rows, columns = out.shape
    out[:] = 0
    for ring in range(starts.size - 1):
        for n in range(starts[ring], starts[ring + 1] - 1):
            top, bottom = min(row[n], row[n + 1]), max(row[n], row[n + 1])
            # Half open: a vertex on a row of centres belongs to one of its two edges.
            first = max(math.ceil(top), row0)
            stop = min(math.ceil(bottom), row0 + rows)
            if first >= stop:
                continue
            slope = (column[n + 1] - column[n]) / (row[n + 1] - row[n])
            for line in range(first, stop):
                # Never narrowed to the block: no bit may depend on how the target is cut.
                crossing = math.ceil(column[n] + (line - row[n]) * slope) - column0
                if crossing < columns:
                    out[line - row0, max(crossing, 0)] ^= 1
    for line in range(rows):
        for pixel in range(1, columns):
            out[line, pixel] ^= out[line, pixel - 1]
