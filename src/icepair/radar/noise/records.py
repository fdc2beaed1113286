"""What the annotation says of thermal noise, as it says it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray

__all__ = ["AzimuthVector", "NoiseAnnotation", "RangeVector", "SwathBounds"]


@dataclass(frozen=True, eq=False)
class RangeVector:
    """Noise power along the samples of one line."""

    time: np.datetime64
    """Azimuth time, UTC; NaT where it cannot be read."""
    line: int
    """Line as stated, wrong in some products."""
    sample: FloatArray
    """Samples, increasing, (n,)."""
    power: FloatArray
    """Squared digital numbers, (n,); 0 where the processor had nothing to say."""


@dataclass(frozen=True)
class SwathBounds:
    """Rectangle of the image that one sub-swath fills, ends included."""

    swath: str
    """``EW1`` and so on; empty where the product does not say."""
    first_line: float
    last_line: float
    first_sample: float
    last_sample: float


@dataclass(frozen=True, eq=False)
class AzimuthVector:
    """Factor on the range noise along the lines of one sub-swath: scalloping."""

    bounds: SwathBounds
    """Where it holds."""
    line: FloatArray
    """Lines, increasing, (n,); n may be 1."""
    factor: FloatArray
    """Without unit, about 1, (n,)."""


@dataclass(frozen=True, eq=False)
class NoiseAnnotation:
    """One noise file of a product: one polarisation."""

    polarisation: str
    """``HH`` and so on."""
    range_vectors: tuple[RangeVector, ...]
    """In the order of the file."""
    azimuth_vectors: tuple[AzimuthVector, ...]
    """None before IPF 2.90, and in some products since."""
