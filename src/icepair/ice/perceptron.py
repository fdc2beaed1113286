"""A small network of sums and ramps: numbers in, a share out."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np

from icepair._typing import AnyArray, Float32Array

__all__ = ["Perceptron", "perceptron"]

_MOST_DEVIATIONS = 6.0
_AT_ONCE = 65_536


@dataclass(frozen=True)
class Perceptron:
    """Layers of weights; ramps between them, a logistic curve at the end."""

    centre: Float32Array
    """Mean of each input where it was taught, (inputs,)."""
    scale: Float32Array
    """Deviation of each input, (inputs,)."""
    weights: tuple[Float32Array, ...]
    """Matrices (from, to) of the layers."""
    offsets: tuple[Float32Array, ...]
    """What is added after each, (to,)."""

    def share(self, local: AnyArray, whole: AnyArray) -> Float32Array:
        """Output between 0 and 1.

        Parameters
        ----------
        local : array (samples, inputs of a sample)
        whole : array (inputs of the scene,)
            The same for all samples.

        Returns
        -------
        array of float32 (samples,)
        """
        count = local.shape[1]
        # What the scene adds to the first layer is the same for all samples.
        scene = self._scaled(whole, slice(count, None)) @ self.weights[0][count:]
        result = np.empty(len(local), np.float32)
        for start in range(0, len(local), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values = self._scaled(local[part], slice(None, count)) @ self.weights[0][:count]
            values += scene + self.offsets[0]
            for weights, offset in zip(self.weights[1:], self.offsets[1:], strict=True):
                values = np.maximum(values, 0, out=values) @ weights + offset
            result[part] = 1 / (1 + np.exp(-values[:, 0]))
        return result

    def _scaled(self, values: AnyArray, which: slice) -> Float32Array:
        scaled = (values - self.centre[which]) / self.scale[which]
        return np.asarray(np.clip(scaled, -_MOST_DEVIATIONS, _MOST_DEVIATIONS), np.float32)


@functools.cache
def perceptron(package: str, file: str) -> Perceptron:
    """Perceptron kept beside the code as arrays of numbers (``.npz`` without pickles)."""
    with (resources.files(package) / file).open("rb") as stream, np.load(stream) as stored:
        layers = sum(name.startswith("weights") for name in stored)
        return Perceptron(
            stored["centre"],
            stored["scale"],
            tuple(stored[f"weights{n}"].astype(np.float32) for n in range(layers)),
            tuple(stored[f"offsets{n}"].astype(np.float32) for n in range(layers)),
        )
