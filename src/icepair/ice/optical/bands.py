"""Bands in which ice is brighter than water."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import BANDS, reflectance_name
from icepair.errors import UsageError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["bands_of", "brightness"]

_CHOICES = (("B03", "B04"), ("B02",), ("B05",), ("B06",), ("B07",), ("B08",), ("B8A",), ("B01",))


def bands_of(pair: xr.Dataset) -> tuple[str, ...]:
    """Bands of a pair that tell ice from water best.

    Green and red are free of most of the air's own light and see ponds as ice; then blue, then
    the near infrared. In the short-wave infrared ice is as dark as water.

    Raises
    ------
    UsageError
        It has none of them.
    """
    available = [band for band in BANDS if reflectance_name(band) in pair]
    for choice in _CHOICES:
        present = tuple(band for band in choice if band in available)
        if present:
            return present
    raise UsageError(
        "The pair holds no band in which ice is brighter than water: take one of B01 to B08 "
        f"or B8A, for example --bands B03. Found: {', '.join(map(str, pair))}."
    )


def brightness(arrays: Mapping[str, AnyArray], bands: Sequence[str]) -> Float32Array:
    """Mean reflectance of some bands of the variables' arrays; NaN where any has no answer."""
    total = sum(arrays[reflectance_name(band)] for band in bands)
    return np.asarray(total / np.float32(len(bands)), dtype=np.float32)
