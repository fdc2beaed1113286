"""What objects measure, in metres and degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, ByteArray, FloatArray
from icepair.ice.floes.place import PixelPlaces

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table_of"]


def table_of(labels: AnyArray, mask: ByteArray, places: PixelPlaces) -> pd.DataFrame:
    """Table of all objects, one row a label.

    Parameters
    ----------
    labels : array of int32 (rows, columns)
        1, 2, … without gaps, 0 for none.
    mask : array of uint8 (rows, columns)
        255 for no answer.
    places : PixelPlaces
        Where the pixels lie.

    Notes
    -----
    Pixels are squares, not points: a twelfth of a pixel's area is added to the second moments.
    The perimeter is Crofton's formula, crossings of the borders by lines in four directions; the
    staircase of a digital border does not lengthen it (Ohser and Mücklich, 2000; Lehmann and
    Legland, 2012). The mean caliper diameter is the mean over 16 directions; a pixel reaches as
    far as the middles of its sides.
    """
    import pandas as pd

    from icepair.ice.floes import _kernels as k

    numbers, reach = _measured(labels, mask)
    columns = numbers.T.astype(np.float64)
    area = columns[k.AREA]
    row, column = columns[k.ROW_SUM] / area, columns[k.COLUMN_SUM] / area
    pixel = places.pixel_m
    major, minor, orientation = _ellipse(columns, row, column, places)
    perimeter = 0.125 * np.pi * (
        columns[k.ACROSS] + columns[k.DOWN] + columns[k.DIAGONAL] / np.sqrt(2.0)
    )  # fmt: skip
    whole = numbers.astype(np.int32)
    table = {
        "x": places.x0 + places.dx * column,
        "y": places.y0 + places.dy * row,
        "area": area * pixel**2,
        "perimeter": perimeter * pixel,
        "major_axis": major * pixel,
        "minor_axis": minor * pixel,
        "orientation": orientation,
        "cut": numbers[:, k.CUT] > 0,
        "row0": whole[:, k.TOP],
        "row1": whole[:, k.BOTTOM],
        "column0": whole[:, k.LEFT],
        "column1": whole[:, k.RIGHT],
        "caliper": _caliper(reach) * pixel,
    }
    index = pd.RangeIndex(1, len(area) + 1, name="label")
    return pd.DataFrame(table, index=index)


def _directions() -> tuple[FloatArray, FloatArray]:
    from icepair.ice.floes import _kernels

    angles = np.pi / _kernels.DIRECTIONS * np.arange(_kernels.DIRECTIONS)
    return np.cos(angles), np.sin(angles)


def _measured(labels: AnyArray, mask: ByteArray) -> tuple[AnyArray, AnyArray]:
    """Numbers and extents by label, without that of no object."""
    from icepair.ice.floes import _kernels

    count = int(labels.max(initial=0))
    numbers = np.zeros((count + 1, _kernels.NUMBERS), dtype=np.int64)
    reach = np.full((count + 1, _kernels.DIRECTIONS, 2), np.inf, dtype=np.float32)
    reach[..., 1] = -np.inf
    if labels.size:
        _kernels.measure(labels, mask, *_directions(), numbers, reach)
    return numbers[1:], reach[1:]


def _caliper(reach: AnyArray) -> FloatArray:
    """Mean distance of parallel tangents, in pixels."""
    cosines, sines = _directions()
    beyond = np.maximum(np.abs(cosines), np.abs(sines))
    widths: FloatArray = (reach[..., 1] - reach[..., 0]).astype(np.float64) + beyond
    return np.asarray(widths.mean(axis=1))


def _ellipse(
    columns: FloatArray, row: FloatArray, column: FloatArray, places: PixelPlaces
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Whole axes in pixels, and degrees of the major one counter-clockwise from x, 0 to 180."""
    from icepair.ice.floes import _kernels as k

    area = columns[k.AREA]
    xx = columns[k.COLUMN_SQUARES] / area - column**2 + 1 / 12
    yy = columns[k.ROW_SQUARES] / area - row**2 + 1 / 12
    xy = columns[k.PRODUCTS] / area - row * column
    xy = xy * np.sign(places.dx) * np.sign(places.dy)
    middle, spread = 0.5 * (xx + yy), np.hypot(0.5 * (xx - yy), xy)
    major = 4.0 * np.sqrt(middle + spread)
    minor = 4.0 * np.sqrt(np.maximum(middle - spread, 0.0))
    return major, minor, np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)) % 180.0
