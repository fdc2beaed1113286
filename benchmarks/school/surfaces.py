"""Kinds of surface on the radar's pixels and the share of ice on a grid turned against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

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


def draw_surface(rng: Random, *, one_class: bool = False) -> Surface:
    """Ice field of `icepair.simulate` (two in five), random fields, discs or plates.

    With `one_class`, ice alone in three of four scenes, water alone in the others.
    """
    fine = bool(rng.random() < 0.35)
    side = int(rng.choice([150, 200, 260])) * (2 if fine else 1)
    turn, wide = rng.uniform(0, np.pi / 2), int(side * 1.45) + 8
    if one_class:
        return _of_ice(rng, fine, side, turn, np.full((wide, wide), float(rng.random() < 0.75)))
    kind = rng.choice(["floes", "fields", "discs", "plates"], p=[0.4, 0.25, 0.2, 0.15])
    if kind == "floes":
        return _of_floes(rng, fine, side, turn, wide)
    ice = {"fields": _fields, "discs": _discs, "plates": _plates}[kind](rng, wide, 4 if fine else 1)
    return _of_ice(rng, fine, side, turn, ice)


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


def _drawn_share(rng: Random) -> float:
    """One scene in eight is all ice, one in twelve all water."""
    return float(np.clip(rng.uniform(-0.1, 1.15), 0, 1))


def _fields(rng: Random, wide: int, scale: int) -> FloatArray:
    """Where a random field is high."""
    shape = (wide, wide)
    lumps = noise(rng, shape, rng.uniform(1.1, 2.1), rng.uniform(1, 6) * scale)
    ice = above(lumps, _drawn_share(rng))
    if rng.random() < 0.5:
        cracks = np.abs(noise(rng, shape, rng.uniform(1.3, 2), 3 * scale))
        ice = ice * above(cracks, 1 - rng.uniform(0, 0.2))
    return ice


def _discs(rng: Random, wide: int, scale: int) -> FloatArray:
    """Overlapping bumpy discs whose diameters follow a power law."""
    ice = np.zeros((wide, wide))
    wanted = _drawn_share(rng)
    if wanted >= 1:
        return ice + 1
    slope, small = rng.uniform(0.3, 1.6), rng.uniform(0.6, 5) * scale
    large = wide * rng.uniform(0.05, 0.35)
    while ice.mean() < wanted:
        for _ in range(20):
            u = rng.random()
            radius = (small**-slope + u * (large**-slope - small**-slope)) ** (-1 / slope)
            _lay_disc(ice, rng.uniform(-radius, wide + radius, 2), radius, u)
    return ice


def _lay_disc(ice: FloatArray, centre: FloatArray, radius: float, bumps: float) -> None:
    """Lay a disc with five bumps over what is there."""
    first = np.clip(centre - 1.4 * radius - 1, 0, len(ice)).astype(int)
    last = np.clip(centre + 1.4 * radius + 2, 0, len(ice)).astype(int)
    window = tuple(slice(*ends) for ends in zip(first, last, strict=True))
    dy, dx = np.ogrid[window]
    dy, dx = dy - centre[0], dx - centre[1]
    around = np.arctan2(dy, dx)
    bumpy = 1 + 0.12 * np.cos(2 * around + 6 * bumps) + 0.08 * np.cos(5 * around + 40 * bumps)
    inside = np.clip(0.5 + radius * bumpy - np.hypot(dy, dx), 0, 1)
    np.maximum(ice[window], inside, out=ice[window])


def _plates(rng: Random, wide: int, scale: int) -> FloatArray:
    """Polygons about random points with cracks between them, some of them missing."""
    many = int(rng.uniform(20, 1500))
    places = rng.uniform(0, wide, (many, 2))
    rows, columns = np.mgrid[:wide, :wide]
    wobble = [noise(rng, (wide, wide), 1.5) * rng.uniform(0, 4) * scale for _ in range(2)]
    spots = np.stack([rows + wobble[0], columns + wobble[1]], axis=-1).reshape(-1, 2)
    (near, far), which = (each.T for each in cKDTree(places).query(spots, 2))
    gap = rng.uniform(0, 4) * scale
    ice = np.clip(0.5 + (far - near) - gap, 0, 1).reshape(wide, wide)
    there = rng.random(many) < _drawn_share(rng)
    return ice * there[which[0]].reshape(wide, wide)


def _of_ice(rng: Random, fine: bool, side: int, turn: float, ice: FloatArray) -> Surface:
    shape = ice.shape
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
