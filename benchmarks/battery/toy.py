"""Aligned pairs of `cases.Case` in memory, with their truth; shares no code with `simulate`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import ndimage

from battery import fields
from battery.cases import BANDS, Case
from icepair import PairSettings
from icepair._typing import AnyArray, ByteArray, FloatArray
from icepair.conventions import S1Flag, S2Flag

Parts = dict[str, FloatArray]
_TABLE = 400.0


@dataclass(frozen=True)
class Made:
    """A pair, its truth, and what the tutorial would have said of it."""

    case: Case | PairSettings
    pair: xr.Dataset
    truth: dict[str, FloatArray]
    """Share of ice at each sensor's own time (rows, columns)."""
    tutorial: dict[str, float]
    """Concentrations by the tutorial's arithmetic, by sensor; empty without HV or B03."""


def make(case: Case, surfaces: tuple[Parts, Parts] | None = None) -> Made:
    """The pair of a case; a second and a half for 700 x 900. `surfaces` are those of another's."""
    rng = np.random.default_rng([7, case.seed])
    then, now = surfaces or surfaces_of(case, rng)
    s1_flags, s2_flags, cloud = _flags(case, rng)
    incidence = _incidence(case)
    data: dict[str, AnyArray] = {}
    heard, read = _radar(case, rng, then, incidence)
    hidden = (s1_flags & S1Flag.NODATA) > 0
    for name, power in heard.items():
        data[f"s1_sigma0_{name.lower()}"] = np.where(hidden, np.float32(np.nan), power)
    bands = _optical(case, rng, now, cloud, (s2_flags & S2Flag.NODATA) > 0)
    data |= bands | {"s1_incidence_angle": incidence, "s1_flags": s1_flags, "s2_flags": s2_flags}
    rows, columns = case.shape
    epsg = 32700 + 23 if case.south else 32639
    top = 2e6 if case.south else 9e6
    pair = xr.Dataset(
        {name: (("y", "x"), values) for name, values in data.items()},
        coords={"y": top - 5 - 10.0 * np.arange(rows), "x": 5e5 + 5 + 10.0 * np.arange(columns)},
        attrs={"s1_spacing_m": (case.spacing_m,) * 2, "grid_spacing_m": 10.0},
    ).assign_coords(spatial_ref=_reference(epsg))
    for name in pair.data_vars:
        pair[name].attrs["grid_mapping"] = "spatial_ref"
    numbers = data.get("s2_b03")
    tutorial: dict[str, float] = {}
    if read is not None and numbers is not None:
        tutorial = _tutorial(np.where(hidden, 0, read).astype(np.uint8), numbers)
    return Made(case, pair, {"s1": 1 - then["water"], "s2": 1 - now["water"]}, tutorial)


def _tutorial(read: ByteArray, reflectance: FloatArray) -> dict[str, float]:
    from icepair.ice.tutorial import tutorial_masks

    numbers = (np.nan_to_num(reflectance) * 10_000).clip(0, 65_000).astype(np.uint16)
    masks = tutorial_masks(read, numbers)
    return {"s1": masks.s1_concentration, "s2": masks.s2_concentration}


def _reference(epsg: int) -> xr.DataArray:
    from pyproj import CRS

    return xr.DataArray(np.int32(0), attrs=CRS.from_epsg(epsg).to_cf())


def surfaces_of(case: Case, rng: fields.Random) -> tuple[Parts, Parts]:
    """Shares of the kinds of surface at the radar's and at the optical time."""
    east, south = (round(way / 10) for way in case.drift_m)
    rows, columns = case.shape
    whole = (rows + abs(south), columns + abs(east))
    parts = _shares(case, rng, whole)
    first = np.s_[max(south, 0) :, max(east, 0) :]
    second = np.s_[max(-south, 0) :, max(-east, 0) :]
    return tuple(
        {name: part[window][:rows, :columns] for name, part in parts.items()}
        for window in (first, second)
    )  # type: ignore[return-value]


def _shares(case: Case, rng: fields.Random, shape: tuple[int, int]) -> Parts:
    floes = _ice(case, rng, shape)
    crumbs = (1 - floes) * _brash(case, rng, shape)
    thin = floes * fields.above(fields.noise(rng, shape, 1.8), case.thin_share)
    old = floes - thin
    pond = old * fields.above(fields.noise(rng, shape, 0.9), case.pond_share)
    # Brash is what floes were: neither thin ice nor ponds.
    dry = old - pond + crumbs
    bare = dry * fields.above(fields.noise(rng, shape, 1.4), case.bare_share)
    return {
        "water": 1 - floes - crumbs, "thin": thin, "pond": pond, "bare": bare, "snow": dry - bare,
    }  # fmt: skip


def _brash(case: Case, rng: fields.Random, shape: tuple[int, int]) -> FloatArray:
    """Share of brash in the water of every pixel: in patches of half brash, or all alike."""
    if case.brash <= 0.0:
        return np.zeros(shape)
    if case.even_brash:
        return case.brash * np.clip(1.2 + 0.8 * fields.noise(rng, shape, 0.6), 0, 1)
    patches = fields.above(fields.noise(rng, shape, 0.8, 5.0), min(1.0, 2 * case.brash))
    return patches * np.clip(0.5 + 0.25 * fields.noise(rng, shape, 0.4), 0, 1)


def _ice(case: Case, rng: fields.Random, shape: tuple[int, int]) -> FloatArray:
    share = case.concentration
    if case.field == "floes":
        return fields.floes(rng, shape, share, case.smallest_m / 20, case.largest_m / 20)
    if case.field == "leads":
        return fields.leads(rng, shape, share)
    if case.field == "edge":
        return fields.edge(rng, shape, share)
    stretch = 5.0 if case.field == "streaks" else 1.0
    return fields.above(fields.noise(rng, shape, 1.6, stretch=stretch), share)


def _incidence(case: Case) -> FloatArray:
    turn = np.deg2rad(case.heading_deg)
    y, x = (np.linspace(-0.5, 0.5, n) for n in case.shape)
    across = x[None, :] * np.cos(turn) - y[:, None] * np.sin(turn)
    return (case.incidence + case.incidence_span * across).astype(np.float32)


def _flags(case: Case, rng: fields.Random) -> tuple[ByteArray, ByteArray, FloatArray]:
    """Flags of both, and how opaque the cloud is: the product's mask misses its thin edges."""
    rows, columns = case.shape
    s1, s2 = np.zeros(case.shape, np.uint8), np.zeros(case.shape, np.uint8)
    s1[:, : int(case.nodata[0] * columns)] = S1Flag.NODATA
    s2[rows - int(case.nodata[1] * rows) :] = S2Flag.NODATA
    if case.land > 0.0:
        land = fields.edge(rng, case.shape, case.land) > 0.5
        s1[land] |= np.uint8(S1Flag.LAND)
        s2[land] |= np.uint8(S2Flag.LAND)
    if case.cloud <= 0.0:
        return s1, s2, np.zeros(case.shape)
    depth = fields.noise(rng, case.shape, 1.7)
    edge, seen = np.quantile(depth, [1 - case.cloud, 1 - case.cloud * (1 - case.cloud_missed)])
    s2[depth > seen] |= np.uint8(S2Flag.OPAQUE_CLOUD)
    return s1, s2, np.clip((depth - edge) / 0.4, 0, 1)


def _radar(
    case: Case, rng: fields.Random, parts: Parts, incidence: FloatArray
) -> tuple[Parts, AnyArray | None]:
    """Sigma nought by nearest neighbour from turned pixels; bytes of the tutorial from HV."""
    index, shape = _radar_pixels(case)
    texture = 10 ** (case.texture_db / 10 * fields.noise(rng, case.shape, 1.2))
    gusts = 10 ** (case.gust_db / 10 * fields.noise(rng, case.shape, 1.6, 20.0))
    # A pixel of the radar between those of the grid holds none: its neighbours speak for it.
    number = np.bincount(index, minlength=shape[0] * shape[1])
    weight = np.maximum(_blurred(number.reshape(shape).astype(float), case.blur), 1e-9)
    heard, read = {}, None
    for name in case.polarisations:
        power = _power(case, name, parts, incidence, texture, gusts)
        total = np.bincount(index, power.ravel(), number.size).reshape(shape)
        noise, believed = _thermal(case, name, shape)
        mean = _blurred(total, case.blur) / weight
        seen = (mean + noise) * _speckle(case, rng, shape)
        heard[name] = (seen - believed).astype(np.float32).ravel()[index].reshape(case.shape)
        if name == "HV":
            read = _bytes(seen, believed).ravel()[index].reshape(case.shape)
    return heard, read


def _bytes(seen: FloatArray, noise: FloatArray) -> ByteArray:
    from icepair.ice.tutorial import radar_bytes

    amplitude = np.sqrt(seen * _TABLE**2).clip(1, 65_000).astype(np.uint16)
    table = np.full(seen.shape, _TABLE, np.float32)
    return radar_bytes(amplitude, (noise * _TABLE**2).astype(np.float32), table)


def _radar_pixels(case: Case) -> tuple[AnyArray, tuple[int, int]]:
    """Flat number of the radar pixel under every pixel of the grid, and the image's shape."""
    turn = np.deg2rad(case.heading_deg)
    y, x = (np.arange(n) * 10.0 for n in case.shape)
    y, x = y[:, None], x[None, :]
    line = np.floor((x * np.sin(turn) + y * np.cos(turn)) / case.spacing_m).astype(np.int64)
    sample = np.floor((x * np.cos(turn) - y * np.sin(turn)) / case.spacing_m).astype(np.int64)
    line -= line.min()
    sample -= sample.min()
    shape = (int(line.max()) + 1, int(sample.max()) + 1)
    return (line * shape[1] + sample).ravel(), shape


def levels(case: Case, polarisation: str) -> dict[str, tuple[float, float]]:
    """Level and slope of every kind of surface, bare and snowy ice alike."""
    levels = case.cross_db if polarisation in ("HV", "VH") else case.co_db
    return levels | {"snow": levels["old"], "bare": levels["old"]}


def hidden_share(case: Case) -> float:
    """Share of the ice whose backscatter differs from water's by less than 1.5 dB throughout."""
    off = case.incidence - 30
    lost = []
    for kind, part in (("thin", case.thin_share), ("old", 1 - case.thin_share)):
        gaps = []
        for name in case.polarisations:
            noise = 10 ** (case.noise_db[name] / 10)
            ice, water = (levels(case, name)[each] for each in (kind, "water"))
            gaps.append(abs(10 * np.log10(
                (10 ** ((ice[0] + ice[1] * off) / 10) + noise)
                / (10 ** ((water[0] + water[1] * off) / 10) + noise)
            )))  # fmt: skip
        lost.append(part * (max(gaps) < 1.5))
    return float(sum(lost))


def _power(
    case: Case, polarisation: str, parts: Parts, incidence: FloatArray, texture: FloatArray,
    gusts: FloatArray,
) -> FloatArray:  # fmt: skip
    own = levels(case, polarisation)
    power = np.zeros(case.shape)
    for name, part in parts.items():
        level, slope = own[name]
        rough = gusts if name == "water" else texture
        power += part * rough * 10 ** ((level + slope * (incidence - 30)) / 10)
    return power


def _thermal(
    case: Case, polarisation: str, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Noise that there is, and noise that the product says: steps and scalloping lie between."""
    level = 10 ** (case.noise_db[polarisation] / 10)
    step = np.where(np.arange(shape[1]) < 0.45 * shape[1], *case.residual_db)[None, :]
    wave = case.scallop_db * np.sin(np.arange(shape[0]) / 9.0)[:, None]
    noise = level * 10 ** ((step + wave) / 10)
    return noise, np.full(shape, level)


def _blurred(field: FloatArray, side: float) -> FloatArray:
    response = np.array([side, 1 - 2 * side, side])
    for axis in (0, 1):
        field = ndimage.correlate1d(field, response, axis=axis, mode="nearest")
    return field


def _speckle(case: Case, rng: fields.Random, shape: tuple[int, int]) -> FloatArray:
    """Mean 1 and variance 1 / looks, alike in neighbours as the response makes them."""
    kept = (2 * case.blur**2 + (1 - 2 * case.blur) ** 2) ** 2
    shape_of_one = case.looks * kept
    one = rng.standard_gamma(shape_of_one, shape) / shape_of_one
    return _blurred(one, case.blur)


def _optical(
    case: Case, rng: fields.Random, parts: Parts, cloud: FloatArray, nodata: AnyArray
) -> dict[str, FloatArray]:
    snow = np.clip(1 + case.snow_texture * fields.noise(rng, case.shape, 1.0), 0.6, 1.3)
    light = 1 + case.shade * np.linspace(-1, 1, case.shape[1])[None, :]
    brightness = rng.uniform(0.5, 0.9)
    data = {}
    for band in case.bands:
        at = BANDS.index(band)
        mixed = sum(
            part * case.spectra[name][at] * (1.0 if name == "water" else snow)
            for name, part in parts.items()
        )
        veil = case.veil * (1.2, 1.0, 0.9, 0.75, 0.4)[at]
        seen = veil + (1 - veil) * light * mixed
        seen = seen + cloud * (brightness * (0.6 if band == "B11" else 1.0) - seen)
        seen = seen + case.optical_noise * rng.standard_normal(case.shape, np.float32)
        data[f"s2_{band.lower()}"] = np.where(nodata, np.nan, seen).astype(np.float32)
    return data
