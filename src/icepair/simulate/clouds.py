"""Cloud over the ice: of drops, of crystals, and thin cirrus; and the shadows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import Float32Array, FloatArray
from icepair.simulate.field import CIRRUS_SCALE_M, CLOUD_SCALE_M, IceField, Layer
from icepair.simulate.settings import PairSettings

__all__ = ["Clouds", "Deck"]

_DROPS = (0.74, 0.73, 0.72, 0.73, 0.73, 0.73, 0.73, 0.73, 0.72, 0.48, 0.035, 0.40, 0.28)
_CIRRUS = (0.055, 0.052, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.045, 0.04, 0.04, 0.025, 0.018)
_B09, _B10, _B11, _B12 = 9, 10, 11, 12
"""Places in spectra, which are in the order of wavelength."""


@dataclass(frozen=True)
class Deck:
    """Opaque cloud of one kind at one height."""

    layer: Layer
    """Where it is."""
    spectrum: Float32Array
    """Reflectance where it is thickest, (13,)."""
    height_m: float
    """Above the sea."""
    darkening: float
    """Share of the light that is missing in its shadow."""

    def shade(self, reflectance: Float32Array, depth_towards_sun: Float32Array) -> None:
        """Darken ground, (13, rows, columns), in place."""
        reflectance *= 1.0 - np.float32(self.darkening) * depth_towards_sun

    def cover(self, reflectance: Float32Array, depth: Float32Array) -> None:
        """Lay the deck over ground, (13, rows, columns), in place."""
        share = 1.0 - (1.0 - depth) ** 2
        reflectance += share * (self.spectrum[:, None, None] * (0.9 + 0.1 * depth) - reflectance)


@dataclass(frozen=True)
class Clouds:
    """What hangs over a scene."""

    decks: tuple[Deck, ...]
    """From the lowest to the highest; none where the sky is clear."""
    cirrus: Layer
    """Thin cirrus."""
    cirrus_spectrum: Float32Array
    """What cirrus adds to the ground where it is thickest, (13,)."""

    @classmethod
    def drawn(
        cls, settings: PairSettings, field: IceField, easting: FloatArray, northing: FloatArray
    ) -> Clouds:
        """Clouds as asked for; shares are of the given sample of places."""
        sample = field, easting, northing
        # A generator of its own: the draws of ice and speckle stay as they are.
        random = np.random.default_rng([settings.seed, 7]) if settings.cloud_variety else None
        crystals = settings.cloud_cover * settings.cloud_ice_share
        decks = []
        for share, salt, draw in (
            (settings.cloud_cover - crystals, 200, _deck_of_drops),
            (crystals, 400, _deck_of_crystals),
        ):
            layer = Layer.covering(share, *sample, scale_m=CLOUD_SCALE_M, salt=salt, softness=0.12)
            if not layer.is_empty:
                decks.append(draw(layer, random))
        cirrus = Layer.covering(
            settings.cirrus_cover, *sample, scale_m=CIRRUS_SCALE_M, salt=300, softness=0.25
        )
        thickness = np.float32(1.0 if random is None else random.uniform(0.4, 2.0))
        return cls(tuple(decks), cirrus, thickness * np.array(_CIRRUS, dtype=np.float32))

    def depth(self, field: IceField, easting: FloatArray, northing: FloatArray) -> Float32Array:
        """How thick opaque cloud is, 0 to 1: that of the thickest deck."""
        depth = np.zeros(easting.shape, dtype=np.float32)
        for deck in self.decks:
            np.maximum(depth, deck.layer.depth(field, easting, northing), out=depth)
        return depth


def _deck_of_drops(layer: Layer, random: np.random.Generator | None) -> Deck:
    """Bright at 1.6 um; low, so that water vapour hides it at 1.375 um."""
    spectrum = np.array(_DROPS, dtype=np.float32)
    if random is None:
        return Deck(layer, spectrum, 700.0, 0.45)
    spectrum *= np.float32(random.uniform(0.65, 1.25))
    spectrum[_B10] = random.uniform(0.001, 0.05)
    spectrum[_B11] = spectrum[_B11 - 3] * random.uniform(0.35, 0.85)
    spectrum[_B12] = spectrum[_B11] * random.uniform(0.5, 0.85)
    return Deck(layer, spectrum, random.uniform(200.0, 2500.0), random.uniform(0.25, 0.65))


def _deck_of_crystals(layer: Layer, random: np.random.Generator | None) -> Deck:
    """As dark at 1.6 um as snow; bright at 1.375 um the more, the higher it is."""
    spectrum = np.array(_DROPS, dtype=np.float32)
    spectrum[[_B10, _B11, _B12]] = 0.18, 0.12, 0.10
    if random is None:
        return Deck(layer, spectrum, 5000.0, 0.45)
    visible = random.uniform(0.55, 1.25)
    spectrum[: _B09 + 1] *= np.float32(visible)
    spectrum[_B10] = random.uniform(0.03, 0.35)
    spectrum[_B11] = random.uniform(0.04, 0.22) * visible
    spectrum[_B12] = spectrum[_B11] * random.uniform(0.6, 1.0)
    return Deck(layer, spectrum, random.uniform(1500.0, 8000.0), random.uniform(0.25, 0.65))
