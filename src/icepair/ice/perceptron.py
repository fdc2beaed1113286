"""Small networks of sums and ramps: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array

__all__ = ["Perceptron"]

_AT_ONCE = 65_536


@dataclass(frozen=True)
class Perceptron:
    """Layers of weights with ramps (``max(x, 0)``) between them."""

    weights: tuple[Float32Array, ...]
    """Matrices (from, to) of the layers."""
    offsets: tuple[Float32Array, ...]
    """What is added after each, (to,)."""

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, AnyArray], name: str) -> Perceptron:
        """Network kept as ``<name>_weights0``, ``<name>_offsets0``, ``<name>_weights1`` and on."""
        count = sum(key.startswith(f"{name}_weights") for key in arrays)
        weights, offsets = (
            tuple(arrays[f"{name}_{kind}{layer}"].astype(np.float32) for layer in range(count))
            for kind in ("weights", "offsets")
        )
        return cls(weights, offsets)

    def __call__(self, values: AnyArray, common: AnyArray | None = None) -> Float32Array:
        """Outputs of the last layer, without a ramp.

        Parameters
        ----------
        values : array (samples, inputs of a sample)
        common : array (inputs,), optional
            Inputs after those that are the same for all samples.

        Returns
        -------
        array of float32 (samples, outputs)
        """
        own = values.shape[1]
        # What is common adds the same to every sample's first layer.
        first = self.offsets[0]
        if common is not None:
            first = first + common.astype(np.float32) @ self.weights[0][own:]
        result = np.empty((len(values), self.offsets[-1].size), np.float32)
        for start in range(0, len(values), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            layer = values[part].astype(np.float32) @ self.weights[0][:own] + first
            for weights, offset in zip(self.weights[1:], self.offsets[1:], strict=True):
                layer = np.maximum(layer, 0, out=layer) @ weights + offset
            result[part] = layer
        return result
