"""A quick ice field seen by both sensors, made apart from `icepair.simulate`.

Every pixel of 10 m has shares of thick ice, thin ice, ponds and water; the radar averages them
over its own turned pixels, adds speckle and thermal noise and subtracts the noise's mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from icepair.conventions import S1Flag


@dataclass(frozen=True)
class Toy:
    """One toy scene; levels are dB at 30 degrees of incidence or reflectance."""

    seed: int = 0
    shape: tuple[int, int] = (700, 900)
    concentration: float = 0.7
    field: str = "floes"  # floes, smooth
    smallest_m: float = 60.0
    largest_m: float = 5000.0
    thin_share: float = 0.0  # of the ice
    pond_share: float = 0.0  # of the thick ice
    incidence: float = 33.0
    slope_deg: float = 1.5  # incidence from left to right
    radar_m: float = 40.0
    heading_deg: float = -12.0
    looks: float = 10.7
    noise_db: float = -29.0
    ice_hh: float = -11.0
    ice_hv: float = -19.5
    ice_texture_db: float = 1.0
    thin_hh: float = -15.0
    thin_hv: float = -24.0
    water_hh: float = -17.0
    water_hh_slope: float = -0.55
    water_hv: float = -31.0
    polarisations: tuple[str, ...] = ("HH", "HV")
    light: float = 1.0
    haze: float = 0.0
    bands: tuple[str, ...] = ("B02", "B03", "B04", "B08")
    nodata: bool = False


THICK = {"B02": 0.80, "B03": 0.78, "B04": 0.76, "B08": 0.68, "B11": 0.08}
THIN = {"B02": 0.25, "B03": 0.22, "B04": 0.19, "B08": 0.14, "B11": 0.03}
POND = {"B02": 0.45, "B03": 0.38, "B04": 0.24, "B08": 0.08, "B11": 0.01}
WATER = {"B02": 0.10, "B03": 0.065, "B04": 0.045, "B08": 0.025, "B11": 0.008}


def _noise_field(rng, shape, exponent, shortest_px=3.0):
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    wave = np.hypot(rows, columns)
    wave[0, 0] = 1.0
    size = (shape[0], columns.size)
    amplitude = wave ** (-exponent) * np.exp(-((wave * shortest_px) ** 2))
    amplitude[0, 0] = 0.0
    spectrum = amplitude * (rng.normal(size=size) + 1j * rng.normal(size=size))
    field = np.fft.irfft2(spectrum, shape)
    return field / field.std()


def _share_above(field, share):
    if share <= 0.0 or share >= 1.0:
        return np.full(field.shape, float(share >= 1.0))
    centred = field - np.quantile(field, 1.0 - share)
    steep = np.hypot(*np.gradient(centred))
    return np.clip(0.5 + centred / np.maximum(steep, 1e-6), 0.0, 1.0)


def _floes(rng, toy):
    """Share of ice under overlapping, slightly bumpy discs with a power law of diameters."""
    rows, columns = toy.shape
    share = np.zeros(toy.shape)
    if toy.concentration >= 1.0:
        return np.ones(toy.shape)
    small, large = toy.smallest_m / 20, min(toy.largest_m / 20, 0.35 * min(toy.shape))
    covered, wanted = 0.0, toy.concentration * share.size
    while covered < wanted:
        u = rng.random()
        radius = (small**-0.9 + u * (large**-0.9 - small**-0.9)) ** (-1 / 0.9)
        row, column = rng.uniform(-radius, rows + radius), rng.uniform(-radius, columns + radius)
        r0, r1 = max(0, int(row - 1.4 * radius) - 1), min(rows, int(row + 1.4 * radius) + 2)
        c0, c1 = (
            max(0, int(column - 1.4 * radius) - 1),
            min(columns, int(column + 1.4 * radius) + 2),
        )
        if r0 >= r1 or c0 >= c1:
            continue
        dy, dx = np.mgrid[r0:r1, c0:c1] - np.array([row, column])[:, None, None]
        turn = np.arctan2(dy, dx)
        edge = radius * (1 + 0.12 * np.cos(2 * turn + 6 * u) + 0.08 * np.cos(5 * turn + 40 * u))
        inside = np.clip(0.5 + edge - np.hypot(dy, dx), 0.0, 1.0)
        part = share[r0:r1, c0:c1]
        before = part.sum()
        np.maximum(part, inside, out=part)
        covered += part.sum() - before
    return share


def shares(toy: Toy, rng) -> dict[str, np.ndarray]:
    """Area shares of the classes on the 10 m grid."""
    if toy.field == "floes":
        ice = _floes(rng, toy)
    else:
        ice = _share_above(_noise_field(rng, toy.shape, 1.6), toy.concentration)
    young = _share_above(_noise_field(rng, toy.shape, 1.8), toy.thin_share)
    ponded = _share_above(_noise_field(rng, toy.shape, 0.9), toy.pond_share)
    thin = ice * young
    pond = (ice - thin) * ponded
    return {"water": 1 - ice, "thin": thin, "pond": pond, "thick": ice - thin - pond}


def _radar_pixels(toy):
    """Number of the radar pixel under every pixel of the grid, and their count."""
    turn = np.deg2rad(toy.heading_deg)
    y, x = np.mgrid[: toy.shape[0], : toy.shape[1]] * 10.0
    line = np.floor((x * np.sin(turn) + y * np.cos(turn)) / toy.radar_m).astype(int)
    sample = np.floor((x * np.cos(turn) - y * np.sin(turn)) / toy.radar_m).astype(int)
    line -= line.min()
    sample -= sample.min()
    return line * (sample.max() + 1) + sample, (line.max() + 1) * (sample.max() + 1)


def _levels(toy, polarisation, incidence):
    off = incidence - 30.0
    if polarisation in ("HH", "VV"):
        return {
            "thick": toy.ice_hh - 0.2 * off, "thin": toy.thin_hh - 0.3 * off,
            "pond": toy.ice_hh - 3.0 - 0.3 * off, "water": toy.water_hh + toy.water_hh_slope * off,
        }  # fmt: skip
    return {
        "thick": toy.ice_hv - 0.1 * off, "thin": toy.thin_hv - 0.1 * off,
        "pond": toy.ice_hv - 3.0 - 0.1 * off, "water": toy.water_hv - 0.05 * off,
    }  # fmt: skip


def radar(toy: Toy, rng, parts, incidence) -> dict[str, np.ndarray]:
    """Sigma nought of every polarisation, brought to the grid by nearest neighbour."""
    index, count = _radar_pixels(toy)
    texture = 10 ** (toy.ice_texture_db / 10 * _noise_field(rng, toy.shape, 1.2))
    result = {}
    for polarisation in toy.polarisations:
        levels = _levels(toy, polarisation, incidence)
        power = sum(
            parts[name] * 10 ** (level / 10) * (1.0 if name == "water" else texture)
            for name, level in levels.items()
        )
        number = np.maximum(np.bincount(index.ravel(), minlength=count), 1)
        mean = np.bincount(index.ravel(), power.ravel(), count) / number
        noise = 10 ** (toy.noise_db / 10) * (1 if polarisation in ("HV", "VH") else 1.0)
        seen = (mean + noise) * rng.gamma(toy.looks, 1 / toy.looks, count)
        result[polarisation] = (seen - noise)[index].astype(np.float32)
    return result


def scene(toy: Toy) -> tuple[xr.Dataset, float]:
    """Aligned pair of a toy scene and its true concentration."""
    rng = np.random.default_rng(toy.seed)
    parts = shares(toy, rng)
    incidence = np.linspace(
        toy.incidence - toy.slope_deg / 2, toy.incidence + toy.slope_deg / 2, toy.shape[1]
    )[None, :] * np.ones((toy.shape[0], 1))
    data = {}
    s1_flags, s2_flags = np.zeros(toy.shape, np.uint8), np.zeros(toy.shape, np.uint8)
    if toy.nodata:
        s1_flags[:, :80] = S1Flag.NODATA
        s2_flags[-90:] = 2
    for name, power in radar(toy, rng, parts, incidence).items():
        data[f"s1_sigma0_{name.lower()}"] = np.where(s1_flags > 0, np.nan, power)
    snow = 1 + 0.06 * _noise_field(rng, toy.shape, 1.0)
    for band in toy.bands:
        mixed = parts["water"] * WATER[band] + parts["thin"] * THIN[band]
        mixed = mixed + parts["pond"] * POND[band] + parts["thick"] * THICK[band] * snow
        seen = toy.light * mixed + toy.haze + rng.normal(0, 0.004, toy.shape)
        data[f"s2_{band.lower()}"] = np.where(s2_flags > 0, np.nan, seen).astype(np.float32)
    data |= {"s1_flags": s1_flags, "s2_flags": s2_flags}
    data["s1_incidence_angle"] = incidence.astype(np.float32)
    rows, columns = toy.shape
    pair = xr.Dataset(
        {name: (("y", "x"), values) for name, values in data.items()},
        coords={"y": 9e6 - 5 - 10.0 * np.arange(rows), "x": 5e5 + 5 + 10.0 * np.arange(columns)},
        attrs={"s1_spacing_m": toy.radar_m},
    )
    both = (s1_flags == 0) & (s2_flags == 0)
    return pair, float(1 - parts["water"][both].mean())


__all__ = ["Toy", "radar", "scene", "shares"]
