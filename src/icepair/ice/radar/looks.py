"""What the radar's methods look at: polarisations, angles and steadied power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import POLARISATIONS, sigma0_name
from icepair.errors import UsageError
from icepair.ice.neighbours import local_mean
from icepair.ice.radar.levels import is_cross
from icepair.ice.share import Neighbourhood

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RadarLooks", "smoothed"]

_ANGLE = "s1_incidence_angle"
_COARSE_M = 25.0


@dataclass(frozen=True)
class RadarLooks:
    """Polarisations of a pair that tell ice from water, and the size of its radar pixels."""

    polarisations: tuple[str, ...]
    """One or two; of a quad-polarised scene HV and HH, or VH and VV."""
    has_incidence: bool
    """Whether the angle of every pixel is known."""
    around: Neighbourhood
    """Neighbours by which power is steadied."""
    spacings_m: tuple[float, float]
    """Of the radar's pixels and of the grid's, metres."""

    @classmethod
    def of(cls, pair: xr.Dataset) -> RadarLooks:
        """What a pair offers.

        Raises
        ------
        UsageError
            It holds no backscatter.
        """
        names = [name for name in POLARISATIONS if sigma0_name(name) in pair]
        if not names:
            raise UsageError(
                f"The pair holds no backscatter: expected one of "
                f"{', '.join(map(sigma0_name, POLARISATIONS))}, found {', '.join(map(str, pair))}."
            )
        names = sorted(names, key=lambda name: (name[0], not is_cross(name)))[:2]
        spacings_m = _spacings(pair)
        return cls(tuple(names), _ANGLE in pair, _neighbourhood(*spacings_m), spacings_m)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the pair's variables."""
        angle = (_ANGLE,) if self.has_incidence else ()
        return (*map(sigma0_name, self.polarisations), *angle)

    def powers(self, arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
        """Linear power by polarisation, of the variables' arrays."""
        return {name: arrays[sigma0_name(name)] for name in self.polarisations}

    def incidence(self, arrays: Mapping[str, AnyArray]) -> AnyArray | None:
        """Incidence angle in degrees, of the variables' arrays; None where it is not known."""
        return arrays[_ANGLE] if self.has_incidence else None


def _spacings(pair: xr.Dataset) -> tuple[float, float]:
    between_m = abs(float(pair["x"][1] - pair["x"][0])) if pair.sizes["x"] > 1 else 10.0
    # On the radar's own pixels x counts samples.
    grid_spacing_m = float(pair.attrs.get("grid_spacing_m", between_m))
    radar_spacing_m = float(np.mean(pair.attrs.get("s1_spacing_m", grid_spacing_m)))
    return radar_spacing_m, grid_spacing_m


def _neighbourhood(radar_spacing_m: float, grid_spacing_m: float) -> Neighbourhood:
    """Neighbours that steady the speckle: about 100 and 180 m for EW, 40 and 60 m for IW.

    Neighbours are as far apart as the radar's own pixels, which repeat on a finer grid.
    """
    step = max(1, round(radar_spacing_m / grid_spacing_m))
    coarse = max(radar_spacing_m, grid_spacing_m) >= _COARSE_M
    radius = 1 if coarse else 2
    return Neighbourhood(step, _tapered(radius), _tapered(radius + 1))


def _tapered(radius: int) -> tuple[float, ...]:
    return (1.0, *(2.0,) * (2 * radius - 1), 1.0)


def smoothed(
    powers: Mapping[str, AnyArray], step: int, taps: tuple[float, ...]
) -> dict[str, Float32Array]:
    """Every polarisation averaged over neighbours `step` pixels apart, in linear power."""
    return {name: local_mean(power, step, taps) for name, power in powers.items()}
