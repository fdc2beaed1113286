"""What a radar makes of a surface: levels, texture, blur, noise and speckle drawn anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d

from icepair._typing import Float32Array, FloatArray
from school.surfaces import KINDS, Random, Surface, noise


@dataclass(frozen=True)
class Seen:
    """Cells of a scene, as `icepair.ice.radar.cells` makes them, and the share of ice in them."""

    powers: dict[str, Float32Array]
    """Sigma nought by polarisation, linear, noise removed; cross-polarised first."""
    incidence: Float32Array
    """Degrees."""
    truth: Float32Array
    """Share of ice."""
    averages: bool
    """Whether a cell is the mean of four pixels."""


def draw_backscatter(rng: Random, surface: Surface) -> Seen:
    """A radar's look at a surface."""
    wide = len(surface.rough)
    off = _angles(rng, surface, wide) - 30.0
    levels, names = _levels(rng, off)
    gusts = _gusts(rng, wide)
    looks = rng.uniform(3.2, 5.5) if surface.fine else rng.uniform(7, 13)
    side = rng.uniform(0, 0.45)
    joined = np.array([side, 1, side]) / np.sqrt(1 + 2 * side**2)
    blur = rng.uniform(0, 0.28)
    images = {}
    for number, name in enumerate(names):
        water, ice = levels[number]
        power = _clear(rng, surface, water + gusts * (0.5 if number == 0 else 1.0), ice)
        for axis in (0, 1):
            power = correlate1d(power, [blur, 1 - 2 * blur, blur], axis=axis)
        images[name] = _heard(rng, power, looks, joined, cross=number == 0)
    return _on_grid(rng, surface, images, off + 30.0)


def _angles(rng: Random, surface: Surface, wide: int) -> FloatArray:
    first = rng.uniform(30, 46) if surface.fine else rng.uniform(19.5, 46)
    span = rng.uniform(0.2, 6) / wide
    angles: FloatArray = np.clip(first + (np.arange(wide) - wide / 2) * span, 18, 47)[None, :]
    return angles


def _levels(
    rng: Random, off: FloatArray
) -> tuple[list[tuple[FloatArray, list[FloatArray]]], tuple[str, str]]:
    """Decibels of water and of `KINDS` over the angles, cross-polarised and co-polarised.

    Water like `icepair.simulate` with 0.7 and 1.2 dB of scatter, ice about the means of Mäkynen
    and Karvonen (2017) with 1.5 dB; thin ice half a decibel above water at least.
    """
    wind = rng.uniform(0.5, 13.5)
    co_water = -16.8 - rng.uniform(0.35, 0.65) * off + 14 * np.log10(max(wind, 1) / 6)
    co_water = np.maximum(co_water + rng.normal(0, 1.2), -29)
    cross_water = -30.5 + 0.6 * np.clip(wind - 6, -4, 10) - 0.05 * off + rng.normal(0, 0.7)
    vertical = rng.random() < 0.2
    if vertical:
        co_water = co_water + 1 + 0.1 * (off + 10)
    co = np.clip(rng.normal(-10.8, 1.5), -14, -7.5)
    cross = np.clip(rng.normal(-19.8, 1.5), -23.5, -16)
    if rng.random() < 0.2:  # wet snow hides the ice
        co, cross = co - rng.uniform(0, 3), cross - rng.uniform(0, 4)
    thin = max(cross - rng.uniform(2.5, 6.5), cross_water.mean() + rng.uniform(0.5, 3))
    co_kinds = (co, co - rng.uniform(2, 7), co + rng.normal(0.8, 1.2), co - rng.uniform(0, 4.5))
    cross_kinds = (cross, thin, cross + rng.normal(0.7, 1.2), cross - rng.uniform(0, 4))
    co_slope, cross_slope = rng.uniform(0.1, 0.3), rng.uniform(0, 0.15)
    both = [
        (cross_water, [level - cross_slope * off for level in cross_kinds]),
        (co_water, [level - co_slope * off for level in co_kinds]),
    ]
    return both, ("VH", "VV") if vertical else ("HV", "HH")


def _gusts(rng: Random, wide: int) -> FloatArray:
    """Decibels by which wind makes water uneven, in squares of eight pixels."""
    coarse = noise(rng, (wide // 8 + 2,) * 2, 1.8).repeat(8, 0).repeat(8, 1)
    gusts: FloatArray = coarse[:wide, :wide] * rng.choice([0, rng.uniform(0, 0.8)])
    return gusts


def _clear(rng: Random, surface: Surface, water: FloatArray, ice: list[FloatArray]) -> FloatArray:
    """Sigma nought without noise and speckle."""
    uneven = surface.rough * rng.uniform(0.3, 3.2) + surface.tone * rng.uniform(0, 1.5)
    shares = [surface.parts[kind] for kind in KINDS]
    frozen = sum(share * 10 ** (level / 10) for share, level in zip(shares, ice, strict=True))
    open_water = np.clip(1 - sum(shares), 0, 1)
    return np.asarray(open_water * 10 ** (water / 10) + frozen * 10 ** (uneven / 10))


def _heard(
    rng: Random, power: FloatArray, looks: float, joined: FloatArray, *, cross: bool
) -> Float32Array:
    """Power with thermal noise and speckle, less the noise that the product would tell."""
    wide = len(power)
    thermal = 10 ** (rng.uniform(-34, -23.5 if cross else -23) / 10)
    believed = np.full(wide, 1 + rng.normal(0, 0.04))
    if rng.random() < 0.25:
        believed[int(rng.uniform(0.2, 0.8) * wide) :] += rng.normal(0, 0.06)
    normal = rng.standard_normal((wide, wide)).astype(np.float32)
    for axis in (0, 1):
        normal = correlate1d(normal, joined, axis=axis, mode="wrap")
    spread = 1 / (9 * looks)  # Wilson and Hilferty's cube of a normal number
    speckle = np.maximum(1 - spread + np.sqrt(spread) * normal, 0) ** 3
    return np.asarray((power + thermal) * speckle - thermal * believed, np.float32)


def _on_grid(
    rng: Random, surface: Surface, images: dict[str, Float32Array], angles: FloatArray
) -> Seen:
    """Nearest pixels of the turned radar; of pixels of 10 m the mean of four."""
    side, wide = surface.side, len(surface.rough)
    along = np.arange(side) - side / 2
    column, row = np.meshgrid(along + rng.random(), along + rng.random())
    cosine, sine = np.cos(surface.turn), np.sin(surface.turn)
    x = np.rint(column * cosine - row * sine + wide / 2).astype(int)
    y = np.rint(column * sine + row * cosine + wide / 2).astype(int)
    truth = surface.truth if surface.is_turned else surface.truth[y, x]

    def cells(values: FloatArray) -> Float32Array:
        if surface.fine:
            values = values.reshape(side // 2, 2, side // 2, 2).mean(axis=(1, 3))
        return np.asarray(values, np.float32)

    powers = {name: cells(image[y, x]) for name, image in images.items()}
    incidence = np.broadcast_to(angles, (wide, wide))[y, x]
    return Seen(powers, cells(incidence), cells(np.clip(truth, 0, 1)), surface.fine)
