"""Random fields and areas of ice on a grid of 10 m, quick and apart from `icepair.simulate`."""

from __future__ import annotations

import numpy as np
from scipy import fft

from icepair._typing import FloatArray

Random = np.random.Generator


def noise(
    rng: Random, shape: tuple[int, int], exponent: float, shortest_px: float = 3.0,
    stretch: float = 1.0,
) -> FloatArray:  # fmt: skip
    """Field of mean 0 and deviation 1 whose spectrum falls with `exponent` down to `shortest_px`.

    `stretch` above 1 draws it out into streaks along a random direction.
    """
    rows, columns = (fft.next_fast_len(n, real=True) for n in shape)
    y, x = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :]
    turn = rng.uniform(0, np.pi) if stretch > 1.0 else 0.0
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    wave = np.hypot(along * stretch, across).astype(np.float32)
    wave[0, 0] = 1.0
    amplitude = wave**-exponent * np.exp(-((wave * shortest_px) ** 2))
    amplitude[0, 0] = 0.0
    size = (*amplitude.shape, 2)
    waves = rng.standard_normal(size, np.float32).view(np.complex64)[..., 0]
    field = fft.irfft2(amplitude * waves, (rows, columns))[: shape[0], : shape[1]]
    return np.asarray((field - field.mean()) / field.std())


def above(field: FloatArray, share: float) -> FloatArray:
    """Share of each pixel where the field is among its highest; edges are one pixel wide."""
    if share <= 0.0 or share >= 1.0:
        return np.full(field.shape, float(share >= 1.0), np.float32)
    centred = field - np.quantile(field[::2, ::2], 1.0 - share)
    steep = np.hypot(*np.gradient(centred))
    return np.clip(0.5 + centred / np.maximum(steep, 1e-6), 0.0, 1.0)


def floes(
    rng: Random, shape: tuple[int, int], share: float, small: float, large: float
) -> FloatArray:
    """Share of ice under overlapping bumpy discs, radii in pixels by a power law."""
    ice = np.zeros(shape, np.float32)
    large = max(min(large, 0.35 * min(shape)), 1.5 * small)
    covered, wanted = 0.0, share * ice.size
    for _ in range(40_000):
        if covered >= wanted:
            break
        u, v = rng.random(2)
        radius = (small**-0.9 + u * (large**-0.9 - small**-0.9)) ** (-1 / 0.9)
        row, column = (rng.uniform(-radius, n + radius) for n in shape)
        covered += _put(ice, row, column, radius, 6.28 * v)
    return ice


def _put(ice: FloatArray, row: float, column: float, radius: float, phase: float) -> float:
    """Add a floe; returns the area it adds."""
    r0, r1 = max(0, int(row - 1.3 * radius) - 1), min(ice.shape[0], int(row + 1.3 * radius) + 2)
    c0, c1 = (
        max(0, int(column - 1.3 * radius) - 1),
        min(ice.shape[1], int(column + 1.3 * radius) + 2),
    )
    if r0 >= r1 or c0 >= c1:
        return 0.0
    dy = np.arange(r0, r1, dtype=np.float32)[:, None] - np.float32(row)
    dx = np.arange(c0, c1, dtype=np.float32)[None, :] - np.float32(column)
    distance = np.hypot(dy, dx)
    turn = np.arctan2(dy, dx)
    edge = radius * (1 + 0.12 * np.cos(2 * turn + phase) + 0.08 * np.cos(5 * turn + 7 * phase))
    part = ice[r0:r1, c0:c1]
    before = float(part.sum())
    np.maximum(part, np.clip(0.5 + edge - distance, 0.0, 1.0), out=part)
    return float(part.sum()) - before


def leads(rng: Random, shape: tuple[int, int], share: float) -> FloatArray:
    """Ice cut by winding cracks along the zero lines of two fields, wide enough for the share."""
    cracks = np.minimum(*(np.abs(noise(rng, shape, 1.9, 8.0, s)) for s in (1.0, 3.0)))
    return above(cracks, share)


def edge(rng: Random, shape: tuple[int, int], share: float) -> FloatArray:
    """Ice on one side of a ragged line."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.arange(shape[0])[:, None] / shape[0], np.arange(shape[1])[None, :] / shape[1]
    slope = 3.0 * (x * np.cos(turn) + y * np.sin(turn))
    return above(slope + 0.35 * noise(rng, shape, 1.3), share)
