"""Pixels of one look beside those of the next."""

from __future__ import annotations

import numpy as np

from icepair._jit import jit


@jit
def move(values, across, down, step, moved):
    """Fill a strip with the pixels that have come there.

    Parameters
    ----------
    values : array of uint8 (rows, columns)
        Packed probabilities before the motion.
    across, down : arrays (nodes, nodes)
        Column and row in `values`, whole numbers at pixel centres, where the ice at every
        `step`-th pixel of the strip came from; NaN where nobody knows.
    step : int
        Pixels between nodes.
    moved : array of uint8 (rows, columns)
        The strip; 255 where the ice came from beyond `values`.
    """
    rows, columns = moved.shape
    height, width = values.shape
    for r in range(rows):
        i, v = r // step, (r % step) / step
        for c in range(columns):
            j, u = c // step, (c % step) / step
            x = (1 - v) * ((1 - u) * across[i, j] + u * across[i, j + 1])
            x += v * ((1 - u) * across[i + 1, j] + u * across[i + 1, j + 1])
            y = (1 - v) * ((1 - u) * down[i, j] + u * down[i, j + 1])
            y += v * ((1 - u) * down[i + 1, j] + u * down[i + 1, j + 1])
            # Of a NaN neither comparison holds.
            if -0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5:
                moved[r, c] = values[int(np.floor(y + 0.5)), int(np.floor(x + 0.5))]
            else:
                moved[r, c] = 255


@jit
def classify(here, moved, after, classes):
    """Fill classes of pixels; numbers are those of `icepair.ice.change.classes`.

    Parameters
    ----------
    here : array of uint8 (rows, columns)
        Packed probabilities before, at the same place; above 125 for ice, 255 for no answer.
    moved : array of uint8 (rows, columns)
        Those of the ice that has come here; `here` itself where no drift is known.
    after : array of uint8 (rows, columns)
    classes : array of uint8 (rows, columns)
    """
    rows, columns = after.shape
    for r in range(rows):
        for c in range(columns):
            now, was, came = after[r, c], here[r, c], moved[r, c]
            if now == 255 or came == 255:
                classes[r, c] = 255
                continue
            is_ice, came_as_ice = now > 125, came > 125
            if is_ice != came_as_ice:
                classes[r, c] = 2 if is_ice else 3
            elif was != 255 and (was > 125) != is_ice:
                classes[r, c] = 4 if is_ice else 5
            else:
                classes[r, c] = 1 if is_ice else 0
