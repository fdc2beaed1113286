"""Less speckle: median, boxcar, refined Lee and Gamma-MAP filters, and the number of looks."""

from __future__ import annotations

from icepair.radar.speckle.filtering import speckle_filter
from icepair.radar.speckle.looks import estimate_looks, nominal_looks
from icepair.radar.speckle.methods import SpeckleMethod, margin, speckle_method

__all__ = [
    "SpeckleMethod",
    "estimate_looks",
    "margin",
    "nominal_looks",
    "speckle_filter",
    "speckle_method",
]
