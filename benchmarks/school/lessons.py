"""Teach a perceptron: sums, ramps, and Adam's steps down the error (Kingma and Ba 2015)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import Float32Array, FloatArray

_SCENES, _CELLS = 32, 128
_SCENE_ERROR = 30.0
"""Weight of the error of a scene's mean beside that of single cells."""
_BLUR_LOCAL, _BLUR_SCENE = 0.03, 0.1
"""Noise put on the inputs, deviations: what is told of a scene must not be learnt by heart."""
_DECAY = 3e-5


@dataclass
class Pupil:
    """Weights while they are learnt."""

    weights: list[Float32Array]
    offsets: list[Float32Array]
    moments: list[list[Float32Array]] = field(default_factory=list)
    steps: int = 0

    @classmethod
    def newborn(cls, rng: np.random.Generator, sizes: tuple[int, ...]) -> Pupil:
        """Random weights for layers of the given sizes."""
        pairs = list(itertools.pairwise(sizes))
        weights = [(rng.standard_normal(p) * np.sqrt(2 / p[0])).astype(np.float32) for p in pairs]
        offsets = [np.zeros(p[1], np.float32) for p in pairs]
        moments = [[np.zeros_like(each), np.zeros_like(each)] for each in (*weights, *offsets)]
        return cls(weights, offsets, moments)

    def layers(self, inputs: Float32Array) -> list[Float32Array]:
        """What every layer makes of inputs (samples, inputs); the last is the share."""
        values = [inputs]
        for weights, offsets in zip(self.weights[:-1], self.offsets[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weights + offsets, 0))
        last = values[-1] @ self.weights[-1] + self.offsets[-1]
        return [*values, 1 / (1 + np.exp(-last))]

    def step(self, inputs: Float32Array, truth: Float32Array, rate: float) -> None:
        """One step on the cells of `_SCENES` scenes."""
        *values, share = self.layers(inputs)
        error = share[:, 0] - truth
        of_scenes = np.repeat(error.reshape(_SCENES, -1).mean(axis=1), _CELLS)
        slope = share[:, 0] * (1 - share[:, 0])
        down = ((error + 2 * _SCENE_ERROR * of_scenes * slope) / len(error))[:, None]
        for layer in range(len(self.weights) - 1, -1, -1):
            weights = self.weights[layer]
            found = (values[layer].T @ down + _DECAY * weights, down.sum(axis=0))
            if layer:
                down = (down @ weights.T) * (values[layer] > 0)
            self._move(layer, found, rate)

    def _move(self, layer: int, found: tuple[FloatArray, FloatArray], rate: float) -> None:
        step = self.steps // len(self.weights) + 1
        self.steps += 1
        places = (self.weights, self.offsets)
        for kind, gradient in enumerate(found):
            mean, square = self.moments[layer + kind * len(self.weights)]
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            usual = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            places[kind][layer] -= (rate * mean / (1 - 0.9**step) / usual).astype(np.float32)


def teach(
    inputs: Float32Array, truth: Float32Array, local: int, *, steps: int, seed: int = 0
) -> Pupil:
    """Perceptron of 64 and 32 ramps for scaled inputs (scenes, cells, inputs), `local` of a cell.

    Parameters
    ----------
    inputs : array of float32 (scenes, cells, inputs)
        Centred, of deviation 1.
    truth : array of float32 (scenes, cells)
        Share of ice.
    local : int
        How many inputs differ from cell to cell; they come first.
    steps : int
        Steps, each on 128 cells of 32 scenes.
    seed : int
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    pupil = Pupil.newborn(rng, (inputs.shape[-1], 64, 32, 1))
    blur = np.where(np.arange(inputs.shape[-1]) < local, 0, _BLUR_SCENE).astype(np.float32)
    for step in range(steps):
        rate = 1e-3 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        scenes = rng.choice(len(inputs), _SCENES, replace=False)
        cells = rng.integers(0, inputs.shape[1], _CELLS)
        part = inputs[scenes][:, cells].reshape(_SCENES * _CELLS, -1)
        of_scene = rng.standard_normal((_SCENES, inputs.shape[-1])).astype(np.float32) * blur
        part = part + np.repeat(of_scene, _CELLS, axis=0)
        part += rng.standard_normal(part.shape).astype(np.float32) * _BLUR_LOCAL
        pupil.step(part, truth[scenes][:, cells].ravel(), rate)
    return pupil
