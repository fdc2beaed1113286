"""Digital numbers of an optical image over the ice field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.geo.grid import Grid
from icepair.optical.sun import sun_position
from icepair.simulate.clouds import Clouds, Deck
from icepair.simulate.field import IceField, Layer, Plane
from icepair.simulate.nodes import spread
from icepair.simulate.settings import PairSettings

__all__ = ["BANDS", "SPECTRA", "OpticalBlock", "OpticalScene"]

BANDS = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12")
"""As the archive spells them, by wavelength."""
COARSE = {"B5": 2, "B6": 2, "B7": 2, "B8A": 2, "B11": 2, "B12": 2, "B1": 6, "B9": 6, "B10": 6}
"""Bands of 20 m and 60 m, in pixels of 10 m."""

SPECTRA = {
    "thick": (0.86, 0.88, 0.88, 0.87, 0.86, 0.85, 0.83, 0.80, 0.78, 0.42, 0.004, 0.085, 0.065),
    "thin": (0.34, 0.33, 0.32, 0.29, 0.27, 0.25, 0.23, 0.20, 0.19, 0.09, 0.002, 0.028, 0.020),
    "brash": (0.56, 0.55, 0.53, 0.49, 0.47, 0.44, 0.42, 0.38, 0.36, 0.19, 0.003, 0.045, 0.032),
    "pond": (0.50, 0.50, 0.42, 0.28, 0.22, 0.16, 0.14, 0.12, 0.11, 0.06, 0.002, 0.018, 0.013),
    "water": (0.16, 0.12, 0.082, 0.059, 0.052, 0.047, 0.043, 0.04, 0.036, 0.02, 0.001, 0.012, 0.01),
    "land": (0.17, 0.14, 0.135, 0.145, 0.165, 0.195, 0.215, 0.225, 0.24, 0.13, 0.002, 0.24, 0.18),
}  # fmt: skip
"""Reflectance at the top of the atmosphere in the order of `BANDS`.

Snow, ponds and bare ice after Grenfell and Perovich (1984) and Istomina et al. (2016), under a
dry polar atmosphere; water includes the sky's own light at a low sun.
"""

_LOWEST_SUN_DEG = 82.0
"""Below this the scene is lit as if the sun stood here: the night has no optical scenes."""


def _column(name: str) -> Float32Array:
    """Spectrum that broadcasts against (13, rows, columns)."""
    return np.array(SPECTRA[name], dtype=np.float32)[:, None, None]


@dataclass(frozen=True)
class OpticalBlock:
    """Some whole rows of the scene."""

    reflectance: Float32Array
    """(13, rows, columns) before sampling at 20 and 60 m, in the order of `BANDS`."""
    ice_share: Float32Array
    """Sea ice of any kind, as it lies under cloud and beside land, float32."""
    surface: AnyArray
    """Class with the largest share: 0 water, 1 thick, 2 thin, 3 brash, 4 pond, 5 land; uint8."""
    cloud: AnyArray
    """Opaque cloud, bool."""
    cirrus: AnyArray
    """Cirrus, bool."""
    nodata: AnyArray
    """Beyond the swath, bool."""


@dataclass(frozen=True)
class OpticalScene:
    """The optical sensor's image of the ice field."""

    settings: PairSettings
    """What was asked for."""
    grid: Grid
    """The tile, or the part of it that is written."""
    time: np.datetime64
    """UTC when the tile was sensed."""
    field: IceField
    """The ice."""
    plane: Plane
    """Where the field lives."""
    land: Layer
    """The coast."""
    clouds: Clouds
    """What hangs over it."""

    @property
    def seconds(self) -> float:
        """Time since the radar's."""
        return self.settings.lag_hours * 3600.0

    def places(self, rows: slice) -> tuple[FloatArray, ...]:
        """Plane coordinates of the pixels of whole rows, and where their ice was at time 0.

        Returns
        -------
        easting, northing, easting at time 0, northing at time 0
            Metres in the field's plane; exact every 32 pixels, bicubic between.
        """

        def exact(row: FloatArray, column: FloatArray) -> tuple[FloatArray, ...]:
            here = self.plane.to_plane(*self.grid.longitude_latitude(row, column))
            return (*here, *self.field.origin(*here, self.seconds))

        every_row = np.arange(rows.start, rows.stop, dtype=np.float64)
        return spread(exact, every_row, np.arange(float(self.grid.shape[1])), 32)

    def block(self, rows: slice) -> OpticalBlock:
        """Whole rows of the scene."""
        easting, northing, *origin = self.places(rows)
        shares = self.field.shares(origin[0], origin[1], self.grid.spacing_m)
        land = self.land.depth(self.field, easting, northing)
        cloud = self.clouds.depth(self.field, easting, northing)
        cirrus = self.clouds.cirrus.depth(self.field, easting, northing)
        reflectance = self._ground(shares, land)
        for deck in self.clouds.decks:
            lit = self._lit_through(deck, easting, northing)
            deck.shade(reflectance, deck.layer.depth(self.field, *lit))
        for deck in self.clouds.decks:
            deck.cover(reflectance, deck.layer.depth(self.field, easting, northing))
        if not self.clouds.cirrus.is_empty:
            reflectance += cirrus * self.clouds.cirrus_spectrum[:, None, None]
        surface = np.argmax(self._parts(shares), axis=0).astype(np.uint8)
        surface[land > 0.5] = 5
        return OpticalBlock(
            reflectance,
            self.field.ice_share(shares),
            surface,
            cloud > 0.1,
            cirrus > 0.1,
            self._beyond_swath(rows),
        )

    @staticmethod
    def _parts(shares: Float32Array) -> Float32Array:
        """Shares of water, thick, thin, brash and ponds, (5, rows, columns)."""
        parts = np.empty((5, *shares.shape[:2]), dtype=np.float32)
        parts[1:] = np.moveaxis(shares[..., :4], -1, 0)
        parts[0] = np.maximum(1.0 - parts[1:].sum(axis=0), 0.0)
        return parts

    def _ground(self, shares: Float32Array, land: Float32Array) -> Float32Array:
        """Reflectance of sea and land without cloud, (13, rows, columns)."""
        parts = self._parts(shares)
        names = ("water", "thick", "thin", "brash", "pond")
        spectra = np.array([SPECTRA[name] for name in names], dtype=np.float32)
        ground = np.tensordot(spectra.T, parts, axes=1)
        ground *= 1.0 + np.float32(0.07) * (1.0 - parts[0]) * shares[..., 4]
        if not self.land.is_empty:
            ground += land * (_column("land") * (1.0 + 0.5 * shares[..., 4]) - ground)
        return ground

    def _lit_through(
        self, deck: Deck, easting: FloatArray, northing: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Where the sunlight that falls on these places passes the height of a deck."""
        zenith, azimuth = sun_position(self.time, self.plane.longitude, self.plane.latitude)
        reach = deck.height_m * np.tan(np.deg2rad(min(float(zenith), _LOWEST_SUN_DEG)))
        towards = np.deg2rad(azimuth)
        return easting + reach * np.sin(towards), northing + reach * np.cos(towards)

    def _beyond_swath(self, rows: slice) -> AnyArray:
        """Pixels east of a slanting line: the swath's edge cuts the tile's corner."""
        height, width = self.grid.shape
        share = self.settings.nodata_share
        row = np.arange(rows.start, rows.stop)[:, None] / height
        column = np.arange(width)[None, :] / width
        return (
            column + 0.25 * row > 1.125 - share if share > 0 else np.zeros((row.size, width), bool)
        )
