"""Kinds of surface on the radar's pixels and the share of ice on a grid turned against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.simulate.field import IceField
from icepair.simulate.settings import PairSettings

Random = np.random.Generator
KINDS = ("thick", "thin", "brash", "pond")


@dataclass(frozen=True)
class Surface:
    """A scene without its radar."""

    fine: bool
    """Pixels of 10 m, of which four make a cell; else pixels of 40 m."""
    side: int
    """Pixels of the grid along each side."""
    turn: float
    """Of the grid against the radar, radians."""
    parts: dict[str, FloatArray]
    """Shares of `KINDS` on the radar's pixels, a wider square."""
    rough: FloatArray
    """How rough the ice is, about 0."""
    tone: FloatArray
    """Another field of the same sort."""
    truth: FloatArray
    """Share of ice: on the grid where `is_turned`, else on the radar's pixels."""
    is_turned: bool


def draw_surface(rng: Random) -> Surface:
    """Three in five from the ice field of `icepair.simulate`, the others from random fields."""
    fine = bool(rng.random() < 0.35)
    side = int(rng.choice([150, 200, 260])) * (2 if fine else 1)
    turn, wide = rng.uniform(0, np.pi / 2), int(side * 1.45) + 8
    draw = _of_floes if rng.random() < 0.6 else _of_fields
    return draw(rng, fine, side, turn, wide)


def _of_floes(rng: Random, fine: bool, side: int, turn: float, wide: int) -> Surface:
    pixel_m = 10.0 if fine else 40.0
    settings = PairSettings(
        seed=int(rng.integers(1e6)),
        thin_share=float(rng.choice([0, rng.uniform(0, 0.5), rng.uniform(0, 0.15)])),
        brash=float(rng.choice([0, rng.uniform(0, 0.55), rng.uniform(0.1, 0.6)])),
        melt=float(rng.choice([0, rng.uniform(0, 0.55)])),
        lead_width_m=float(rng.choice([0, rng.uniform(0, 150)])),
    )
    field = IceField(settings, float(np.clip(rng.uniform(-0.05, 1.04), 0, 0.995)))
    place = rng.uniform(-2e5, 2e5, 2)

    def at(count: int, angle: float) -> FloatArray:
        along = (np.arange(count) - count / 2) * pixel_m
        x, y = np.meshgrid(along, along)
        east = x * np.cos(angle) - y * np.sin(angle) + place[0]
        north = x * np.sin(angle) + y * np.cos(angle) + place[1]
        return field.shares(east, north, pixel_m).astype(np.float64)

    seen, below = at(wide, 0.0), at(side, turn)
    parts = {kind: seen[..., channel] for channel, kind in enumerate(KINDS)}
    truth = np.minimum(below[..., :4].sum(axis=-1), 1.0)
    return Surface(fine, side, turn, parts, seen[..., 5], seen[..., 4], truth, is_turned=True)


def _of_fields(rng: Random, fine: bool, side: int, turn: float, wide: int) -> Surface:
    scale, shape = (4 if fine else 1), (wide, wide)
    share = float(np.clip(rng.uniform(-0.03, 1.03), 0, 1))
    ice = above(noise(rng, shape, rng.uniform(1.1, 2.1), rng.uniform(1, 6) * scale), share)
    if rng.random() < 0.5:
        cracks = np.abs(noise(rng, shape, rng.uniform(1.3, 2), 3 * scale))
        ice = ice * above(cracks, 1 - rng.uniform(0, 0.2))
    young = float(rng.choice([0, rng.uniform(0, 0.5), rng.uniform(0, 0.1)]))
    thin = ice * above(noise(rng, shape, rng.uniform(1.3, 2)), young)
    ponded = float(rng.choice([0, rng.uniform(0, 0.5)]))
    pond = (ice - thin) * above(noise(rng, shape, rng.uniform(0.7, 1.3), 1.5), ponded)
    brash = np.zeros(shape)
    if rng.random() < 0.4:
        crumbs = noise(rng, shape, 0.4, 1.0) * rng.uniform(0.1, 0.5) + rng.uniform(0.1, 0.8)
        zone = above(noise(rng, shape, 1.5), rng.uniform(0, 0.5))
        brash = (1 - ice) * zone * np.clip(crumbs, 0, 1)
    parts = {"thick": ice - thin - pond, "thin": thin, "brash": brash, "pond": pond}
    rough, tone = 0.4 * noise(rng, shape, 1.2), 0.5 * noise(rng, shape, 1.5)
    return Surface(fine, side, turn, parts, rough, tone, ice + brash, is_turned=False)


def noise(
    rng: Random, shape: tuple[int, int], exponent: float, shortest_px: float = 3.0
) -> FloatArray:
    """Field of deviation 1 whose spectrum falls with `exponent` down to `shortest_px`."""
    wave = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    wave[0, 0] = 1
    amplitude = wave**-exponent * np.exp(-((wave * shortest_px) ** 2))
    amplitude[0, 0] = 0
    waves = rng.normal(size=wave.shape) + 1j * rng.normal(size=wave.shape)
    field = np.fft.irfft2(amplitude * waves, shape)
    return np.asarray(field / field.std())


def above(field: FloatArray, share: float) -> FloatArray:
    """Share of each pixel where the field is among its highest; edges are one pixel wide."""
    if share <= 0 or share >= 1:
        return np.full(field.shape, float(share >= 1))
    centred = field - np.quantile(field, 1 - share)
    steep = np.hypot(*np.gradient(centred))
    return np.clip(0.5 + centred / np.maximum(steep, 1e-6), 0, 1)
