"""The height of the surface that a radar pixel is placed on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import UsageError
from icepair.geo.geoid import undulation

__all__ = ["Surface"]


@dataclass(frozen=True)
class Surface:
    """The sea at the geoid (default), the ellipsoid, or a constant height."""

    name: str
    """``geoid``, ``ellipsoid`` or the height in metres as text."""

    @classmethod
    def parse(cls, text: str | float) -> Surface:
        """Surface from ``"geoid"``, ``"ellipsoid"`` or metres above the ellipsoid.

        Raises
        ------
        UsageError
            Neither one of the names nor a finite number between -500 and 9000 m.
        """
        name = str(text).strip().lower()
        if name in ("geoid", "ellipsoid"):
            return cls(name)
        try:
            height_m = float(name)
        except ValueError:
            height_m = math.nan
        if not -500.0 <= height_m <= 9000.0:
            raise UsageError(
                f"The surface {text!r} is neither 'geoid', 'ellipsoid' nor a height in metres "
                "above the ellipsoid (-500 to 9000)."
            )
        return cls(f"{height_m:g}")

    def height(self, longitude: FloatArray, latitude: FloatArray) -> FloatArray:
        """Height above the WGS 84 ellipsoid, metres, at places in degrees."""
        if self.name == "geoid":
            return undulation(longitude, latitude)
        height_m = 0.0 if self.name == "ellipsoid" else float(self.name)
        return np.full(np.broadcast(longitude, latitude).shape, height_m)
