"""What a simulated pair is made from."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from icepair.errors import UsageError
from icepair.geo.surface import Surface

__all__ = ["PairSettings"]


_RADAR_UNITS = ("S1A", "S1B", "S1C", "S1D")
_OPTICAL_UNITS = ("S2A", "S2B", "S2C")
_INCIDENCE = {"EW": (18.9, 46.5), "IW": (30.6, 46.5)}
"""Degrees that a mode sees; beyond them the antenna's pattern, and so the noise, has no bounds."""


@dataclass(frozen=True)
class PairSettings:
    """Everything that decides a simulated pair; the same settings give the same bytes.

    The default is a small clear scene north of Franz Josef Land at the end of August, ice and
    water, the optical scene seven hours after the radar.
    """

    seed: int = 0
    """Whole number from 0; another number, another ice field, speckle and cloud."""
    longitude: float | None = None
    """Centre of the optical scene, degrees east. Default 49.5, or the annotation's centre."""
    latitude: float | None = None
    """Centre of the optical scene, degrees north. Default 81.6, or the annotation's centre."""
    time: str = "2019-08-27T05:23:57"
    """UTC of the radar image at its first line; the annotation's own time where one is given."""
    lag_hours: float = 7.2
    """Optical time less radar time, hours; negative where the optical scene came first."""
    drift_m_s: float = 0.3
    """Speed of the ice, metres per second; 0 for ice that lies still."""
    drift_towards_deg: float = 230.0
    """Direction in which the ice moves, degrees clockwise from north at the centre."""
    concentration: float = 0.72
    """Share of ice over the optical scene, mean of both times, 0.05 to 0.99."""
    mode: Literal["EW", "IW"] = "EW"
    """Radar mode: EW GRDM (40 m pixels) or IW GRDH (10 m pixels)."""
    polarisations: tuple[str, ...] = ("HH", "HV")
    """Radar polarisations: HH, HV or VV, VH, or one of them."""
    pass_direction: Literal["ascending", "descending"] = "descending"
    """Flight direction of the radar."""
    incidence_deg: float | None = None
    """Incidence angle at the centre, 18.9 to 46.5 (EW) or 30.6 to 46.5 (IW). Default 29.2 (EW),
    38.0 (IW)."""
    unit: str = "S1B"
    """Radar satellite, S1A to S1D."""
    surface: str = "geoid"
    """Where the sea really is: geoid, ellipsoid, or metres above the ellipsoid."""
    wind_m_s: float = 6.0
    """Wind over open water, metres per second; roughens it for the radar."""
    melt: float = 0.15
    """Share of floes under melt ponds, 0 to 0.6; the radar loses contrast with it."""
    thin_share: float = 0.12
    """Share of floes that are thin."""
    brash: float = 0.25
    """How much brash lies between the floes, 0 to 0.6."""
    lead_width_m: float = 70.0
    """Typical half-width of leads, metres; 0 for none."""
    cloud_cover: float = 0.0
    """Share of the optical scene under opaque cloud, 0 to 0.95; casts shadows."""
    cloud_ice_share: float = 0.0
    """Share of the cloud cover that is of ice crystals, 0 to 1: dark at 1.6 um, high."""
    cloud_variety: bool = False
    """Draw spectrum, height and shadow of cloud by the seed, wider than icepair's tests expect."""
    cirrus_cover: float = 0.0
    """Share of the optical scene under thin cirrus, 0 to 0.95."""
    land_cover: float = 0.0
    """Share of the optical scene that is land, 0 to 0.9."""
    baseline: str = "N0208"
    """Processing baseline of the optical product; from N0400 on digital numbers are raised."""
    optical_unit: str = "S2A"
    """Optical satellite, S2A to S2C."""
    nodata_share: float = 0.04
    """Share of the optical scene beyond the edge of its orbit's swath (digital number 0)."""
    radar_shape: tuple[int, int] | None = None
    """Lines and samples of the radar image. Default 1000 x 1000 (EW), 3600 x 3000 (IW)."""
    optical_shape: tuple[int, int] = (1500, 2000)
    """Rows and columns of the optical image."""
    full: bool = False
    """Full-size products: about 10700 x 10450 (EW) or 16700 x 25800 (IW), and 10980 x 10980."""
    with_orbit: bool = True
    """Write orbit and ground-range records; without them only control points place the pixels."""
    annotation: Path | None = None
    """Folder with a real product's annotation to take orbit, grid, calibration and noise from."""
    compression: int = 1
    """Deflate level of the files, 1 to 9."""

    def __post_init__(self) -> None:
        limits = {
            "lag_hours": (-720.0, 720.0),
            "drift_m_s": (0.0, 2.0),
            "concentration": (0.05, 0.99),
            "wind_m_s": (0.0, 30.0),
            "melt": (0.0, 0.6),
            "thin_share": (0.0, 1.0),
            "brash": (0.0, 0.6),
            "lead_width_m": (0.0, 1000.0),
            "cloud_cover": (0.0, 0.95),
            "cloud_ice_share": (0.0, 1.0),
            "cirrus_cover": (0.0, 0.95),
            "land_cover": (0.0, 0.9),
            "nodata_share": (0.0, 0.9),
            "compression": (1, 9),
            "longitude": (-180.0, 360.0),
            "latitude": (-90.0, 90.0),
            "incidence_deg": _INCIDENCE.get(self.mode, (0.0, 90.0)),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise UsageError(f"{name} must lie between {low:g} and {high:g}, not {value}.")
        self._check_words()

    def _check_words(self) -> None:
        if self.seed < 0:
            raise UsageError(f"seed must be a whole number from 0, not {self.seed}.")
        for name, units in (("unit", _RADAR_UNITS), ("optical_unit", _OPTICAL_UNITS)):
            if getattr(self, name) not in units:
                raise UsageError(
                    f"{name} must be one of {', '.join(units)}, not {getattr(self, name)!r}."
                )
        if self.mode not in ("EW", "IW"):
            raise UsageError(f"mode must be EW or IW, not {self.mode!r}.")
        if self.pass_direction not in ("ascending", "descending"):
            raise UsageError(
                f"pass_direction must be ascending or descending, not {self.pass_direction!r}."
            )
        if self.polarisations not in {
            ("HH",), ("HV",), ("VV",), ("VH",), ("HH", "HV"), ("VV", "VH"),
        }:  # fmt: skip
            raise UsageError(
                f"polarisations {','.join(self.polarisations)} do not exist together; "
                "take HH,HV or VV,VH or one of the four."
            )
        digits = self.baseline.removeprefix("N")
        if len(digits) != 4 or not digits.isdigit() or not self.baseline.startswith("N"):
            raise UsageError(f"baseline must look like N0208 or N0510, not {self.baseline!r}.")
        if min(*self.optical_shape, *(self.radar_shape or (200, 200))) < 200:
            raise UsageError(
                "A simulated image needs at least 200 pixels each way, not radar_shape "
                f"{self.radar_shape} and optical_shape {self.optical_shape}."
            )
        Surface.parse(self.surface)
        self.radar_time  # noqa: B018  (refuses what is not a time)

    @property
    def radar_time(self) -> np.datetime64:
        """`time` as datetime64[us]."""
        try:
            return np.datetime64(self.time.removesuffix("Z"), "us")
        except ValueError as error:
            raise UsageError(
                f"time must be UTC like 2019-08-27T05:23:57, not {self.time!r}."
            ) from error

    @property
    def raises_numbers(self) -> bool:
        """Whether the baseline adds 1000 to digital numbers (04.00 and later)."""
        return int(self.baseline[1:]) >= 400

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of all settings."""
        return tuple(field.name for field in fields(cls))
