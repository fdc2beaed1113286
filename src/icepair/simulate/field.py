"""The ice as a function of place and time."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pyproj

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.simulate.settings import PairSettings

__all__ = ["IceField", "Layer", "Plane"]

_POWER_LAW = 1.8
"""Exponent of N(> diameter); 1.5 to 2.1 is seen in the marginal ice zone (Toyota et al. 2006)."""
_MEAN_FLOE_AREA = 0.44
"""Of a floe of the kernel, in squares of its cell's side: measured over 20,000 floes."""
_SHEAR_SCALE_M = 60_000.0
CLOUD_SCALE_M = 6_000.0
COAST_SCALE_M = 12_000.0
CIRRUS_SCALE_M = 9_000.0


@functools.lru_cache(maxsize=8)
def _transformer(longitude: float, latitude: float) -> pyproj.Transformer:
    plane = f"+proj=laea +lat_0={latitude!r} +lon_0={longitude!r} +ellps=WGS84 +units=m"
    return pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)


@dataclass(frozen=True)
class Plane:
    """Equal-area plane about the scene's centre, in which the ice lives; knows no 180 degrees."""

    longitude: float
    """Centre, degrees east."""
    latitude: float
    """Centre, degrees north."""

    def to_plane(self, longitude: AnyArray, latitude: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Easting and northing in metres from the centre."""
        easting, northing = _transformer(self.longitude, self.latitude).transform(
            longitude, latitude
        )
        return np.asarray(easting), np.asarray(northing)

    def to_globe(self, easting: AnyArray, northing: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude in degrees; inverse of the above."""
        longitude, latitude = _transformer(self.longitude, self.latitude).transform(
            easting, northing, direction="INVERSE"
        )
        return np.asarray(longitude), np.asarray(latitude)


def by_rows(evaluate: Callable[..., AnyArray], *arrays: AnyArray) -> AnyArray:
    """Apply a kernel that releases the GIL to bands of rows, one thread per core."""
    cores = os.cpu_count() or 1
    bands = np.array_split(np.arange(arrays[0].shape[0]), min(4 * cores, arrays[0].shape[0]))
    slices = [slice(band[0], band[-1] + 1) for band in bands if band.size]
    with ThreadPoolExecutor(cores) as pool:
        parts = list(pool.map(lambda part: evaluate(*(array[part] for array in arrays)), slices))
    return np.concatenate(parts)


@dataclass(frozen=True)
class IceField:
    """Floes, leads, brash, ponds, coast and cloud; and how the ice moves.

    The ice at a place and time is the ice that was at ``place - displacement`` at time 0, which is
    the radar's time.
    """

    settings: PairSettings
    """What was asked for."""
    coverage: float
    """Share of the plane under floes, before leads are cut and brash is added."""

    @classmethod
    def tuned(cls, settings: PairSettings, easting: FloatArray, northing: FloatArray) -> IceField:
        """Field whose share of ice over given places is the one asked for.

        Tuned is the mean of the radar's and the optical time, between which other ice has come.

        Parameters
        ----------
        easting, northing : (n, m)
            Sample of places in the plane, metres.
        """
        low, high = 0.0, 0.995
        later = cls(settings, 0.0).origin(easting, northing, settings.lag_hours * 3600.0)
        easting, northing = (
            np.concatenate(parts) for parts in zip((easting, northing), later, strict=True)
        )
        for _ in range(12):
            field = cls(settings, 0.5 * (low + high))
            ice = float(field.ice_share(field.shares(easting, northing, 10.0)).mean())
            low, high = (
                (field.coverage, high) if ice < settings.concentration else (low, field.coverage)
            )
        return replace(field, coverage=0.5 * (low + high))

    @property
    def presence(self) -> FloatArray:
        """Probability that a cell of each octave holds a floe; covers `coverage` of the plane."""
        from icepair.simulate import _kernels

        weight = 0.5 ** (np.arange(_kernels.OCTAVES) * (2.0 - _POWER_LAW))
        low, high = 0.0, 60.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            covered = 1.0 - np.prod(1.0 - np.minimum(middle * weight, _MEAN_FLOE_AREA))
            low, high = (middle, high) if covered < self.coverage else (low, middle)
        return np.asarray(np.minimum(low * weight / _MEAN_FLOE_AREA, 1.0))

    def displacement(
        self, easting: FloatArray, northing: FloatArray, seconds: float
    ) -> tuple[FloatArray, FloatArray]:
        """How far the ice that is here has come since time 0, metres east and north in the plane.

        A uniform drift with a tenth of shear and divergence on 60 km.
        """
        distance = self.settings.drift_m_s * seconds
        towards = np.deg2rad(self.settings.drift_towards_deg)
        phase = 2.0 * np.pi / _SHEAR_SCALE_M
        east = np.sin(towards) + 0.10 * np.sin(phase * northing + 0.7)
        north = np.cos(towards) + 0.10 * np.sin(phase * easting - 0.4)
        return distance * east, distance * north

    def origin(
        self, easting: FloatArray, northing: FloatArray, seconds: float
    ) -> tuple[FloatArray, FloatArray]:
        """Where the ice that is here was at time 0, metres in the plane."""
        east, north = self.displacement(easting, northing, seconds)
        return easting - east, northing - north

    def shares(self, easting: FloatArray, northing: FloatArray, pixel_m: float) -> Float32Array:
        """Kernel's channels at places given as at time 0; see `icepair.simulate._kernels`."""
        from icepair.simulate import _kernels

        settings = self.settings
        options = np.array(
            [settings.thin_share, settings.brash, settings.melt, settings.lead_width_m]
        )
        presence = self.presence
        return by_rows(
            lambda x, y: _kernels.ice_field(x, y, pixel_m, settings.seed, presence, options),
            np.ascontiguousarray(easting, dtype=np.float64),
            np.ascontiguousarray(northing, dtype=np.float64),
        )

    @staticmethod
    def ice_share(shares: Float32Array) -> Float32Array:
        """Share of a pixel that is sea ice of any kind, ponds included."""
        return np.asarray(np.minimum(shares[..., :4].sum(axis=-1), np.float32(1.0)))

    def noise(
        self, easting: FloatArray, northing: FloatArray, scale_m: float, salt: int
    ) -> Float32Array:
        """Fractal noise in 0..1."""
        from icepair.simulate import _kernels

        seeded = self.settings.seed * 1000 + salt
        return by_rows(
            lambda x, y: _kernels.fractal_noise(x, y, scale_m, seeded),
            np.ascontiguousarray(easting, dtype=np.float64),
            np.ascontiguousarray(northing, dtype=np.float64),
        )


@dataclass(frozen=True)
class Layer:
    """Something that covers a share of the scene, with soft or hard edges: land, cloud, cirrus."""

    scale_m: float
    """Size of its largest features."""
    salt: int
    """Distinguishes it from other layers of the same seed."""
    threshold: float
    """Noise above which it begins; above 1 it is nowhere."""
    softness: float
    """Noise from its edge to its full depth; 0 for a hard edge."""

    @classmethod
    def covering(
        cls,
        share: float,
        field: IceField,
        easting: FloatArray,
        northing: FloatArray,
        *,
        scale_m: float,
        salt: int,
        softness: float = 0.0,
    ) -> Layer:
        """Layer that covers `share` of the given sample of places."""
        if share <= 0.0:
            return cls(scale_m, salt, 2.0, softness)
        noise = field.noise(easting, northing, scale_m, salt)
        return cls(scale_m, salt, float(np.quantile(noise, 1.0 - share)), softness)

    @property
    def is_empty(self) -> bool:
        """Whether it covers nothing."""
        return self.threshold > 1.0

    def depth(self, field: IceField, easting: FloatArray, northing: FloatArray) -> Float32Array:
        """How thick it is, 0 where there is none, to 1."""
        if self.is_empty:
            return np.zeros(easting.shape, dtype=np.float32)
        excess = field.noise(easting, northing, self.scale_m, self.salt) - self.threshold
        if self.softness == 0.0:
            return (excess > 0.0).astype(np.float32)
        return np.asarray(np.clip(excess / self.softness, 0.0, 1.0), dtype=np.float32)
