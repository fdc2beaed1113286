"""What a pair is made from, drawn by its number from ranges wider than nature's middle.

Numbers 0 to 99 are for designing, 100 to 199 are held out, 1000 on is the published run. The
ranges and their sources are in docs/reference/accuracy.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

BANDS = ("B02", "B03", "B04", "B08", "B11")
FIELDS = ("floes", "patches", "streaks", "leads", "edge")
_SNOW = ((1.0, 1.06), (1.0, 1.0), (0.95, 1.0), (0.82, 0.95), (0.03, 0.15))
_BARE = ((1.0, 1.08), (1.0, 1.0), (0.85, 0.97), (0.55, 0.80), (0.02, 0.10))
_POND = ((1.1, 1.35), (1.0, 1.0), (0.45, 0.75), (0.12, 0.35), (0.01, 0.05))
_THIN = ((1.03, 1.15), (1.0, 1.0), (0.85, 0.97), (0.55, 0.80), (0.04, 0.20))
_WATER = ((1.2, 1.7), (1.0, 1.0), (0.6, 0.8), (0.25, 0.55), (0.05, 0.25))

_EVEN_SHARE = 0.12
"""Of the cases with brash: those in which it fills the water alike, which it hardly does."""


@dataclass(frozen=True)
class Case:
    """A toy pair: levels in dB at 30 degrees of incidence, or reflectance by band of `BANDS`."""

    seed: int
    shape: tuple[int, int]
    field: str
    concentration: float
    smallest_m: float
    largest_m: float
    thin_share: float  # of the ice
    pond_share: float  # of the old ice
    bare_share: float  # of the old ice
    brash: float  # share of ice between the floes
    even_brash: bool  # over all the water alike; else in patches
    drift_m: tuple[float, float]  # east, south
    mode: str
    polarisations: tuple[str, ...]
    spacing_m: float
    blur: float  # side weight of the three-pixel response
    looks: float
    heading_deg: float
    incidence: float
    incidence_span: float
    wind_m_s: float
    gust_db: float
    texture_db: float
    co_db: dict[str, tuple[float, float]]  # level, slope per degree
    cross_db: dict[str, tuple[float, float]]
    noise_db: dict[str, float]
    residual_db: tuple[float, float]  # left and right of a step
    scallop_db: float
    bands: tuple[str, ...]
    spectra: dict[str, tuple[float, ...]]
    veil: float
    shade: float  # fall of light across the scene
    snow_texture: float
    optical_noise: float
    sun_zenith: float
    cloud: float
    cloud_missed: float
    nodata: tuple[float, float]  # share of columns of the radar, of rows of the optical
    land: float
    south: bool


def draw(seed: int, shape: tuple[int, int] = (700, 900)) -> Case:
    """Case of a number; the same number, the same case."""
    rng = np.random.default_rng([20, 26, seed])
    drift = rng.choice([0.0, rng.uniform(0, 4000)], p=[0.25, 0.75])
    towards = rng.uniform(0, 2 * math.pi)
    even = np.random.default_rng([20, 26, seed, 1]).random() < _EVEN_SHARE
    return Case(
        seed=seed, shape=shape,
        field=str(rng.choice(FIELDS)), concentration=float(rng.uniform(0.02, 0.98)),
        smallest_m=float(rng.uniform(30, 150)), largest_m=float(10 ** rng.uniform(2.7, 3.8)),
        thin_share=float(rng.choice([0.0, rng.uniform(0, 0.5)], p=[0.4, 0.6])),
        pond_share=float(rng.choice([0.0, rng.uniform(0, 0.5)], p=[0.5, 0.5])),
        bare_share=float(rng.choice([0.0, rng.uniform(0, 0.6)])),
        brash=float(rng.choice([0.0, rng.uniform(0, 0.4)])), even_brash=bool(even),
        drift_m=(drift * math.cos(towards), drift * math.sin(towards)),
        cloud=float(rng.choice([0.0, rng.uniform(0, 0.6)])), cloud_missed=0.05,
        nodata=(float(rng.choice([0, rng.uniform(0, 0.2)])),
                float(rng.choice([0, rng.uniform(0, 0.2)]))),
        land=float(rng.choice([0.0, rng.uniform(0, 0.3)], p=[0.8, 0.2])),
        south=bool(rng.random() < 0.35),
        **_radar(rng), **_optical(rng),
    )  # fmt: skip


def _radar(rng: np.random.Generator) -> dict[str, Any]:
    mode = str(rng.choice(["EW", "IW", "EW-H"], p=[0.6, 0.3, 0.1]))
    low, high = (20.0, 45.0) if mode.startswith("EW") else (31.0, 45.0)
    copolar, cross = _levels(rng)
    co = rng.choice(["HH", "VV"], p=[0.85, 0.15])
    both = (str(co), {"HH": "HV", "VV": "VH"}[co])
    alone = rng.random()
    names = both if alone < 0.85 else both[:1] if alone < 0.93 else both[1:]
    if co == "VV":  # water is brighter there, the more so the further off
        level, slope = copolar["water"]
        copolar["water"] = (level + 1.4, slope + 0.09)
    return {
        "mode": mode, "polarisations": names,
        "spacing_m": {"EW": 40.0, "IW": 10.0, "EW-H": 25.0}[mode],
        "looks": {"EW": rng.uniform(8.5, 12), "IW": rng.uniform(4.2, 5), "EW-H": 2.7}[mode],
        "blur": rng.uniform(0.15, 0.27), "heading_deg": rng.uniform(-180, 180),
        "incidence": rng.uniform(low, high), "incidence_span": rng.uniform(0.5, 2.0),
        "wind_m_s": copolar.pop("wind")[0], "gust_db": rng.uniform(0.2, 1.2),
        "texture_db": rng.uniform(0.5, 2.5), "co_db": copolar, "cross_db": cross,
        "noise_db": {names[0]: rng.uniform(-30, -25), names[-1]: rng.uniform(-33, -25)},
        "residual_db": tuple(rng.normal(0, 0.2, 2).clip(-0.5, 0.5)),
        "scallop_db": rng.uniform(0, 0.3),
    }  # fmt: skip


def _levels(rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    """Level and slope of the kinds of surface, copolar (as HH) and crosspolar."""
    wind = float(rng.uniform(0, 15))
    water = -23.9 + 14.5 * math.log10(max(wind, 0.7)) + rng.normal(0, 1.0)
    water_cross = float(np.clip(-33 + 0.6 * wind + rng.normal(0, 0.8), -33, -24))
    ice = rng.uniform(-15, -7)
    cross = float(np.clip(ice - rng.uniform(6, 12), -26, -15))
    wet = rng.uniform(0, 4)
    thin = rng.uniform(-20, -13)
    thin_cross = float(np.clip(thin - rng.uniform(7, 12), -30, -22))
    steep = rng.uniform(-0.28, -0.15)
    flat = rng.uniform(-0.15, -0.05)
    copolar = {
        "old": (ice, steep), "pond": (ice - wet, steep - 0.05), "thin": (thin, steep - 0.05),
        "water": (water, rng.uniform(-0.75, -0.55)), "wind": (wind, 0.0),
    }  # fmt: skip
    crosspolar = {
        "old": (cross, flat), "pond": (max(cross - wet, -30), flat), "thin": (thin_cross, flat),
        "water": (water_cross, rng.uniform(-0.2, -0.05)),
    }  # fmt: skip
    return copolar, crosspolar


def _optical(rng: np.random.Generator) -> dict[str, Any]:
    def spectrum(low: float, high: float, ratios: Any) -> tuple[float, ...]:
        green = rng.uniform(low, high)
        return tuple(green * rng.uniform(*ratio) for ratio in ratios)

    zenith = rng.uniform(40, 80)
    sets = [BANDS[:4], BANDS, ("B03",), ("B04", "B08")]
    return {
        "spectra": {
            "snow": spectrum(0.60, 0.96, _SNOW), "bare": spectrum(0.45, 0.70, _BARE),
            "pond": spectrum(0.14, 0.42, _POND), "thin": spectrum(0.10, 0.35, _THIN),
            "water": spectrum(0.035, 0.075, _WATER),
        },
        "bands": sets[int(rng.choice(4, p=[0.6, 0.25, 0.1, 0.05]))],
        "veil": float(rng.choice([0.0, rng.uniform(0, 0.06)])), "sun_zenith": zenith,
        "shade": rng.uniform(-0.05, 0.05), "snow_texture": rng.uniform(0.02, 0.10),
        "optical_noise": rng.uniform(0.001, 0.002) / math.cos(math.radians(zenith)),
    }  # fmt: skip
