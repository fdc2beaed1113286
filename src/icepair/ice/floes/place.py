"""Where the pixels of a mask lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair.errors import UsageError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PixelPlaces", "places_of"]

_EVEN = 1e-3
"""Of a pixel: how far coordinates may lie from even steps, and steps of x from those of y."""


@dataclass(frozen=True)
class PixelPlaces:
    """Square pixels in a plane."""

    x0: float
    """Centre of the first column, metres."""
    y0: float
    """Centre of the first row."""
    dx: float
    """From a column to the next; may be negative."""
    dy: float
    """From a row to the next; negative where north is up."""

    @property
    def pixel_m(self) -> float:
        """Side of a pixel."""
        return abs(self.dx)


def places_of(mask: xr.DataArray) -> PixelPlaces:
    """Places of a mask's pixels from its coordinates.

    Raises
    ------
    UsageError
        Coordinates are missing, uneven or not in metres, or pixels are not square.
    """
    if "longitude" in mask.coords:
        raise UsageError(
            "Objects are measured in metres, on a map; this mask lies on the radar's own lines and "
            "samples. Align with another grid, for example --grid EPSG:3413@40."
        )
    (x0, dx), (y0, dy) = (_even(mask, axis) for axis in ("x", "y"))
    if dx == dy == 0 and mask.size:
        raise UsageError("One pixel alone does not say how large it is; give a larger mask.")
    dx, dy = dx or abs(dy) or 1.0, dy or -abs(dx) or -1.0
    if abs(abs(dx) - abs(dy)) > _EVEN * abs(dx):
        raise UsageError(f"Pixels must be square to be measured; these are {dx:g} by {dy:g} m.")
    return PixelPlaces(x0, y0, dx, dy)


def _even(mask: xr.DataArray, axis: str) -> tuple[float, float]:
    """First value and step of a coordinate; step 0 where there is but one."""
    if axis not in mask.coords:
        raise UsageError(
            f"The mask has no coordinate {axis!r}: give the centres of its pixels in metres "
            "(mask.assign_coords(x=…, y=…))."
        )
    coordinate = mask[axis]
    units = str(coordinate.attrs.get("units", "m"))
    if units not in ("m", "metre", "metres", "meter", "meters"):
        raise UsageError(f"The coordinate {axis!r} is in {units!r}; objects need metres.")
    values = np.asarray(coordinate.values, dtype=np.float64)
    if values.size < 2:
        return (float(values[0]) if values.size else 0.0), 0.0
    step = float(values[-1] - values[0]) / (values.size - 1)
    even = values[0] + step * np.arange(values.size)
    if step == 0 or not np.all(np.abs(values - even) <= _EVEN * abs(step)):
        raise UsageError(f"The coordinate {axis!r} does not go in even steps.")
    return float(values[0]), step
