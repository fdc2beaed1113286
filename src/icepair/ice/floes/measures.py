"""What objects measure, in metres and degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, FloatArray, IntArray
from icepair.ice.floes.place import PixelPlaces

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sums", "measured", "table_of"]


@dataclass(frozen=True)
class Sums:
    """What was added up by object, in pixels."""

    numbers: IntArray
    """(objects, numbers), the columns named in `_kernels`."""
    reach: Float32Array
    """(objects, directions, 2): least and largest place of a pixel's centre."""

    def larger_than(self, fewest: float) -> BoolArray:
        """Whether each object has at least so many pixels."""
        from icepair.ice.floes import _kernels

        return np.asarray(self.numbers[:, _kernels.AREA] >= fewest)

    def where(self, kept: BoolArray) -> Sums:
        """Those of some objects."""
        return Sums(self.numbers[kept], self.reach[kept])


def measured(labels: AnyArray, mask: ByteArray) -> Sums:
    """Sums of all objects, in one pass.

    Parameters
    ----------
    labels : array of int32 (rows, columns)
        1, 2, … without gaps, 0 for none.
    mask : array of uint8 (rows, columns)
        255 for no answer.
    """
    from icepair.ice.floes import _kernels

    count = int(labels.max(initial=0))
    numbers = np.zeros((count + 1, _kernels.NUMBERS), dtype=np.int64)
    reach = np.full((count + 1, _kernels.DIRECTIONS, 2), np.inf, dtype=np.float32)
    reach[..., 1] = -np.inf
    _kernels.measure(labels, mask, *_directions(), numbers, reach)
    return Sums(numbers[1:], reach[1:])


def table_of(sums: Sums, places: PixelPlaces) -> pd.DataFrame:
    """Table of all objects, one row a label; `icepair.ice.floes.floes` names the columns.

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

    columns = sums.numbers.T.astype(np.float64)
    area = columns[k.AREA]
    row, column = columns[k.ROW_SUM] / area, columns[k.COLUMN_SUM] / area
    pixel = places.pixel_m
    major, minor, orientation = _ellipse(columns, row, column, places)
    perimeter = _perimeter(columns)
    boxes = sums.numbers.astype(np.int32)
    table = {
        "x": places.x0 + places.dx * column,
        "y": places.y0 + places.dy * row,
        "area": area * pixel**2,
        "perimeter": perimeter * pixel,
        "major_axis": major * pixel,
        "minor_axis": minor * pixel,
        "orientation": orientation,
        "cut": boxes[:, k.CUT] > 0,
        "row0": boxes[:, k.TOP],
        "row1": boxes[:, k.BOTTOM],
        "column0": boxes[:, k.LEFT],
        "column1": boxes[:, k.RIGHT],
        "caliper": _caliper(sums.reach) * pixel,
    }
    index = pd.RangeIndex(1, len(area) + 1, name="label")
    return pd.DataFrame(table, index=index)


def _perimeter(columns: FloatArray) -> FloatArray:
    """Crofton's formula: a line crosses a border wherever neighbours along it are not both in."""
    from icepair.ice.floes import _kernels as k

    area = columns[k.AREA]
    across, down = 2 * columns[k.RUNS], 2 * (area - columns[k.BELOW])
    aslant = 2 * (2 * area - columns[k.ASLANT])
    return np.asarray(np.pi / 8 * (across + down + aslant / np.sqrt(2.0)))


def _directions() -> tuple[FloatArray, FloatArray]:
    from icepair.ice.floes import _kernels

    angles = np.pi / _kernels.DIRECTIONS * np.arange(_kernels.DIRECTIONS)
    return np.cos(angles), np.sin(angles)


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
