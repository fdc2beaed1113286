"""What a taught radar may be used on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair.ice.radar.looks import RadarLooks

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Validity"]

_ANGLE = "s1_incidence_angle"
_MARGIN_DEG = 1.0
_SPACING_FACTOR = 1.25
_MONTHS = 1
_EVERY = 16
"""Of the rows and columns of the incidence angle, which changes slowly, one in so many is read."""


@dataclass(frozen=True)
class Validity:
    """Kind of radar scenes that lessons hold for; None where it is not known."""

    polarisations: tuple[str, ...]
    radar_spacing_m: float
    """Of the radar's pixels."""
    incidence_deg: tuple[float, float] | None
    """Least and greatest."""
    month: int | None
    """1 to 12."""
    hemisphere: str | None
    """``north`` or ``south``."""

    @classmethod
    def of(cls, pair: xr.Dataset) -> Validity:
        """What a pair itself is.

        Raises
        ------
        UsageError
            It holds no backscatter.
        """
        looks = RadarLooks.of(pair)
        return cls(
            looks.polarisations, looks.spacings_m[0], _incidence(pair), _month(pair),
            _hemisphere(pair),
        )  # fmt: skip

    def outside(self, pair: xr.Dataset) -> tuple[str, ...]:
        """In what a pair is outside, and by how much; empty where it is inside.

        What this does not know is not asked; what the pair does not tell, but this knows, is
        outside.
        """
        other = Validity.of(pair)
        found = (
            self._of_polarisations(other), self._of_spacing(other), self._of_incidence(other),
            self._of_season(other), self._of_hemisphere(other),
        )  # fmt: skip
        return tuple(each for each in found if each)

    def _of_polarisations(self, other: Validity) -> str:
        if other.polarisations == self.polarisations:
            return ""
        has, wants = (", ".join(each.polarisations) for each in (other, self))
        return f"polarisations {has}, taught on {wants}"

    def _of_spacing(self, other: Validity) -> str:
        factor = other.radar_spacing_m / self.radar_spacing_m
        if 1 / _SPACING_FACTOR <= factor <= _SPACING_FACTOR:
            return ""
        return (
            f"radar pixels of {other.radar_spacing_m:g} m, {factor:.2g} times the "
            f"{self.radar_spacing_m:g} m it was taught on"
        )

    def _of_incidence(self, other: Validity) -> str:
        if self.incidence_deg is None:
            return ""
        low, high = self.incidence_deg
        taught = f"taught on {low:.1f} to {high:.1f} degrees"
        if other.incidence_deg is None:
            return f"incidence angles unknown, {taught}"
        least, most = other.incidence_deg
        beyond = max(low - least, most - high)
        if beyond <= _MARGIN_DEG:
            return ""
        return f"incidence angles {least:.1f} to {most:.1f}, {beyond:.1f} degrees beyond: {taught}"

    def _of_season(self, other: Validity) -> str:
        if self.month is None:
            return ""
        if other.month is None:
            return f"month unknown, taught in month {self.month}"
        apart = abs(other.month - self.month)
        apart = min(apart, 12 - apart)
        if apart <= _MONTHS:
            return ""
        return f"month {other.month}, {apart} months from month {self.month} it was taught in"

    def _of_hemisphere(self, other: Validity) -> str:
        if self.hemisphere in (None, other.hemisphere):
            return ""
        return f"hemisphere {other.hemisphere or 'unknown'}, taught in the {self.hemisphere}"


def _incidence(pair: xr.Dataset) -> tuple[float, float] | None:
    if _ANGLE not in pair:
        return None
    some = pair[_ANGLE].isel(y=slice(None, None, _EVERY), x=slice(None, None, _EVERY)).values
    known = some[np.isfinite(some)]
    return (float(known.min()), float(known.max())) if known.size else None


def _month(pair: xr.Dataset) -> int | None:
    try:
        return datetime.fromisoformat(str(pair.attrs["s1_time"]).replace("Z", "+00:00")).month
    except (KeyError, ValueError):
        return None


def _hemisphere(pair: xr.Dataset) -> str | None:
    latitude = _latitude(pair)
    if latitude is None or not np.isfinite(latitude):
        return None
    return "north" if latitude >= 0 else "south"


def _latitude(pair: xr.Dataset) -> float | None:
    """Of the middle, degrees."""
    middle: Any = {axis: pair.sizes[axis] // 2 for axis in ("y", "x")}
    if "latitude" in pair.coords:
        return float(pair["latitude"].isel(middle))
    if "spatial_ref" not in pair.coords or "crs_wkt" not in pair["spatial_ref"].attrs:
        return None
    from pyproj import CRS, Transformer

    crs = CRS.from_wkt(str(pair["spatial_ref"].attrs["crs_wkt"]))
    to_globe = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    y, x = (float(pair[axis][middle[axis]]) for axis in ("y", "x"))
    return float(to_globe.transform(x, y)[1])
