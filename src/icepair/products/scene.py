"""What an opened product is: metadata in memory, numbers behind a container."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array, FloatArray, IntArray
from icepair.geo.grid import Grid
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath
from icepair.geo.window import Window
from icepair.products.container import Container, Selection

__all__ = ["IMAGED", "OpticalScene", "OrbitQuality", "RadarScene", "Scene"]

OrbitQuality = Literal["precise", "restituted", "predicted", "file", "onboard", "unknown"]
"""Where the states of the orbit come from; ``file``: one of the three before, not said which."""

IMAGED = "IMAGED"
"""Raster of a container that says at little cost whether pixels hold a value, for probes: true to a
pixel of an overview."""


@dataclass(frozen=True)
class Scene(ABC):
    """What is common to the scenes of both sensors."""

    product: str
    """Product name without suffix."""
    address: str
    """Path or address as the user gave it."""
    time: datetime
    """The product's own ``time`` (UTC): start of acquisition (S1) or of the datatake (S2)."""
    platform: str
    """``S1A`` … ``S1D``, ``S2A`` …."""
    sensor: Literal["S1", "S2"]
    """Radar or optical."""
    shape: tuple[int, int]
    """Lines and samples (S1), rows and columns (S2) of the whole raster."""
    container: Container = field(repr=False, compare=False)
    """Where the numbers lie."""
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    """What was odd about the file and what was done about it, for people."""

    def _repr_html_(self) -> str:
        """Table for notebooks; names in products are others' text, so all of it is escaped."""
        rows = {
            "Product": self.product,
            "Platform": self.platform,
            "Sensor": self.sensor,
            "Time (UTC)": f"{self.time:%Y-%m-%d %H:%M:%S}",
            "Size (lines x samples)": f"{self.shape[0]} x {self.shape[1]}",
            "Notes": "; ".join(self.notes),
        }
        cells = (
            f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>"
            for name, text in rows.items()
            if text
        )
        return f"<table>{''.join(cells)}</table>"

    @abstractmethod
    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        """Whether single pixels of the first polarisation or band have a value; shape (n,)."""


@dataclass(frozen=True)
class RadarScene(Scene):
    """What a pair needs of a radar scene, whether its pixels lie in a swath or on a grid."""

    polarisations: tuple[str, ...]
    """Polarisations at hand, in the order of `conventions.POLARISATIONS`."""
    range_spacing_m: float
    """Ground range from sample to sample, metres; NaN where unknown."""
    azimuth_spacing_m: float
    """Way from line to line, metres; NaN where unknown."""
    orbit_quality: OrbitQuality = field(default="unknown", kw_only=True)
    """Where the orbit comes from, as far as the product says."""

    @property
    @abstractmethod
    def time_source(self) -> str:
        """What `line_time` gives."""

    @property
    @abstractmethod
    def bytes_per_pixel(self) -> int:
        """Bytes that are read per pixel and polarisation, tables included."""

    @abstractmethod
    def swath(self, surface: Surface) -> Swath:
        """Geolocation on a surface, the best that the product allows."""

    @abstractmethod
    def line_time(self, line: FloatArray | float) -> AnyArray:
        """When (fractional) lines were seen, datetime64[us] UTC, shape of `line`."""

    @abstractmethod
    def read_sigma_nought(
        self, polarisation: str, window: Window
    ) -> tuple[Float32Array, ByteArray]:
        """Sigma nought of a window as linear power, NaN where there is none, and `S1Flag` bits.

        Raises
        ------
        UsageError
            The scene lacks the polarisation, or the window leaves the image.
        DamagedFileError
            The numbers cannot be read.
        """

    def read_nesz(self, polarisation: str, window: Window) -> Float32Array:
        """Sigma nought that thermal noise alone would give, NaN where unknown.

        That is everywhere, unless a kind of scene knows better.

        Raises
        ------
        DamagedFileError
            The numbers cannot be read.
        """
        return np.full(window.shape, np.nan, dtype=np.float32)

    @abstractmethod
    def selections(self, polarisations: Sequence[str], window: Window) -> list[Selection]:
        """What `read_sigma_nought` will read of the container, known beforehand."""


@dataclass(frozen=True)
class OpticalScene(Scene):
    """What a pair needs of an optical scene."""

    bands: tuple[str, ...]
    """Bands in the file by their names in the field, ``B02``, in the order of wavelength."""
    grid: Grid
    """Where the pixels lie."""
    time_source: str
    """What `time` is the time of."""
    masks: tuple[str, ...]
    """Quality rasters in the file: ``MSK_OPAQUE``, ``MSK_CIRRUS``, ``SCL`` …."""
    variables: Mapping[str, str] = field(repr=False, compare=False)
    """Name in the container, by band."""
    is_refined: bool | None = field(default=None, kw_only=True)
    """Whether the geometry was refined on reference images (``Image_Refining``); None where the
    product does not say, as in the archive's NetCDF."""

    @abstractmethod
    def read_reflectance(self, band: str, window: Window) -> tuple[Float32Array, ByteArray]:
        """Reflectance of a window, NaN where there is none, and `S2Flag` bits of its values.

        Raises
        ------
        UsageError
            The product lacks the band, or the window leaves the tile.
        DamagedFileError
            The numbers cannot be read.
        """

    @property
    def reflectance_attributes(self) -> dict[str, str]:
        """CF attributes in which it differs from reflectance at the top of the atmosphere."""
        return {}

    def stored_window(self, band: str, window: Window) -> Window:
        """Part of the container's raster that a window of a band is made from."""
        return window

    @abstractmethod
    def read_mask(self, name: str, window: Window) -> AnyArray:
        """Quality raster as stored, uint8 or uint16; 0 is a value there, not a gap."""
