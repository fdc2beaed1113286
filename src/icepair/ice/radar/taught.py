"""The radar's network: its weights, and how it goes from cells to shares of ice."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.perceptron import Perceptron

__all__ = ["Taught", "taught"]

_FILE = "network.npz"
_MOST_DEVIATIONS = 6.0


@dataclass(frozen=True)
class Taught:
    """Three perceptrons: what cells amount to, what scenes are, and the share of ice."""

    centre: Float32Array
    """Mean of each feature where it was taught, (features,)."""
    scale: Float32Array
    """Deviation of each feature, (features,)."""
    cell: Perceptron
    """Of a cell and the scene's traits; the mean of its ramps over cells describes the scene."""
    scene: Perceptron
    """Of that mean and the traits: what the share of ice needs to know of the scene."""
    of_ice: Perceptron
    """Of a cell and what `scene` makes; odds of ice."""

    def scaled(self, features: AnyArray) -> Float32Array:
        """Features (cells, features) in deviations from what was taught."""
        deviations = (features - self.centre) / self.scale
        return np.asarray(np.clip(deviations, -_MOST_DEVIATIONS, _MOST_DEVIATIONS), np.float32)

    def of_scene(self, scaled: Float32Array, traits: Float32Array) -> Float32Array:
        """What cells from all over a scene, and its traits, say of it."""
        mean = np.maximum(self.cell(scaled, traits), 0).mean(axis=0)
        known: Float32Array = self.scene(np.concatenate([mean, traits])[None])[0]
        return known

    def share(self, scaled: Float32Array, scene: Float32Array) -> Float32Array:
        """Share of ice of cells, 0 to 1."""
        odds = self.of_ice(scaled, scene)[:, 0]
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


@functools.cache
def taught() -> Taught:
    """The network of the package: arrays of numbers (``.npz`` without pickles)."""
    with (resources.files(__package__) / _FILE).open("rb") as stream, np.load(stream) as stored:
        arrays = dict(stored)
    parts = (Perceptron.of_arrays(arrays, name) for name in ("cell", "scene", "of_ice"))
    return Taught(arrays["centre"], arrays["scale"], *parts)
