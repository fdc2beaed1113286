"""Teach the radar's network with PyTorch (``pip install torch``), and write its weights."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from icepair._typing import Float32Array

_SCENES, _CELLS = 48, 256
_HIDDEN, _MEANS, _OF_SCENE, _SHARE = 96, 64, 48, 128
_SCENE_WEIGHT = 1.5
"""Of the error of a scene's mean beside the squared error of single cells."""
_USUAL_ERROR = 0.03
"""Of scenes: beyond it errors count as they are, not squared; hopeless scenes must not rule."""
_BLUR, _MOST_RATE, _DECAY = 0.03, 3e-3, 1e-4


@dataclass(frozen=True)
class Lessons:
    """Looks at scenes: scaled features, share of ice, traits."""

    features: Tensor
    """(looks, cells, features), of deviation 1."""
    truth: Tensor
    """(looks, cells)"""
    traits: Tensor
    """(looks, traits)"""

    def part(self, looks: Tensor, cells: Tensor) -> Lessons:
        """Some cells of some looks."""
        return Lessons(
            self.features[looks][:, cells].float(), self.truth[looks][:, cells], self.traits[looks]
        )


class Pupil(nn.Module):
    """The three perceptrons of `icepair.ice.radar.taught.Taught`, while they are learnt."""

    def __init__(self, features: int, traits: int) -> None:
        super().__init__()
        self.cell = _layers(features + traits, _HIDDEN, _MEANS)
        self.scene = _layers(_MEANS + traits, _HIDDEN, _OF_SCENE)
        self.of_ice = _layers(features + _OF_SCENE, _SHARE, _OF_SCENE, 1)

    def forward(self, lessons: Lessons) -> Tensor:
        """Share of ice (looks, cells)."""
        cells = lessons.features.shape[1]
        traits = lessons.traits[:, None].expand(-1, cells, -1)
        mean = torch.relu(self.cell(torch.cat([lessons.features, traits], -1))).mean(1)
        scene = self.scene(torch.cat([mean, lessons.traits], -1))
        inputs = torch.cat([lessons.features, scene[:, None].expand(-1, cells, -1)], -1)
        return torch.sigmoid(self.of_ice(inputs)[..., 0])


def _layers(*sizes: int) -> nn.Sequential:
    linear = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    ramps = [nn.ReLU() for _ in linear[1:]]
    both = itertools.chain.from_iterable(itertools.zip_longest(linear, ramps))
    return nn.Sequential(*(each for each in both if each is not None))


def teach(lessons: Lessons, *, steps: int, seed: int = 0) -> Pupil:
    """Perceptrons for lessons, by AdamW (Loshchilov and Hutter 2019) in one cycle of rates.

    Parameters
    ----------
    lessons : Lessons
    steps : int
        Steps, each on 256 cells of 48 looks.
    seed : int
        Of the random numbers.
    """
    torch.manual_seed(seed)
    looks, cells, features = lessons.features.shape
    pupil = Pupil(features, lessons.traits.shape[1])
    optimiser = torch.optim.AdamW(pupil.parameters(), weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, _MOST_RATE, steps, pct_start=0.1)
    for _ in range(steps):
        part = lessons.part(torch.randint(looks, (_SCENES,)), torch.randint(cells, (_CELLS,)))
        part.features.add_(_BLUR * torch.randn_like(part.features))
        optimiser.zero_grad()
        _cost(pupil, part).backward()
        optimiser.step()
        rate.step()
    return pupil


def _cost(pupil: Pupil, part: Lessons) -> Tensor:
    error = pupil(part) - part.truth
    of_scenes = (error.mean(1) ** 2 + _USUAL_ERROR**2).sqrt()
    return (error**2).mean() + _SCENE_WEIGHT * of_scenes.mean()


def write(path: Path, pupil: Pupil, centre: Float32Array, scale: Float32Array) -> None:
    """Arrays that `icepair.ice.radar.taught` reads."""
    arrays = {"centre": centre.astype(np.float32), "scale": scale.astype(np.float32)}
    for name, part in pupil.named_children():
        layers = [each for each in part if isinstance(each, nn.Linear)]
        for number, layer in enumerate(layers):
            arrays[f"{name}_weights{number}"] = layer.weight.detach().numpy().T
            arrays[f"{name}_offsets{number}"] = layer.bias.detach().numpy()
    np.savez_compressed(path, **arrays)
