"""Pairs through products: simulated files, opened, planned and aligned as anyone would."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import icepair
from battery.toy import Made
from icepair import PairSettings
from icepair.optical.sun import sun_angles


def settings_of(seed: int, shape: tuple[int, int] = (700, 700)) -> PairSettings:
    """Settings of a number, over all that a simulated pair can be."""
    rng = np.random.default_rng([20, 27, seed])
    mode = str(rng.choice(["EW", "IW"], p=[0.7, 0.3]))
    low, high = (21.0, 44.0) if mode == "EW" else (31.5, 44.0)
    place: dict[str, Any] = {}
    if rng.random() < 0.35:
        place = {
            "longitude": rng.uniform(-60, -20), "latitude": rng.uniform(-75, -66),
            "time": "2019-12-27T05:23:57",
        }  # fmt: skip
    return PairSettings(
        seed=seed, mode=mode, incidence_deg=float(rng.uniform(low, high)), **place,
        concentration=float(np.clip(rng.uniform(0.02, 1.0), 0.05, 0.98)),
        pass_direction=str(rng.choice(["ascending", "descending"])),
        polarisations=(("HH", "HV"), ("VV", "VH"))[int(rng.random() < 0.15)],
        wind_m_s=float(rng.uniform(0, 15)), melt=_now_and_then(rng, 0.5),
        thin_share=_now_and_then(rng, 0.5), brash=float(rng.uniform(0, 0.5)),
        lead_width_m=float(rng.uniform(0, 120)),
        lag_hours=_by_day(float(rng.uniform(-8, 8)), place),
        drift_m_s=float(rng.uniform(0, 0.42)), drift_towards_deg=float(rng.uniform(0, 360)),
        cloud_cover=_now_and_then(rng, 0.6), cirrus_cover=_now_and_then(rng, 0.4),
        land_cover=_now_and_then(rng, 0.3, 0.2), nodata_share=_now_and_then(rng, 0.2),
        baseline=str(rng.choice(["N0207", "N0208", "N0400", "N0510"])), optical_shape=shape,
        radar_shape=_radar_shape(mode, shape),
        cloud_variety=True, cloud_ice_share=float(rng.uniform(0, 1)),
    )  # fmt: skip


def _by_day(lag_hours: float, place: dict[str, Any]) -> float:
    """The time between, or one at which the optical scene has a sun to be seen by."""
    where = place.get("longitude", 49.5), place.get("latitude", 81.6)
    radar = np.datetime64(place.get("time", PairSettings.time), "s")

    def zenith(lag: float) -> float:
        time = (radar + np.timedelta64(round(3600 * lag), "s")).item()
        return sun_angles(time, *where)[0]

    return next((lag for lag in (lag_hours, -lag_hours) if zenith(lag) < 84.0), 7.0)


def _now_and_then(rng: np.random.Generator, most: float, often: float = 0.5) -> float:
    return float(rng.uniform(0, most)) if rng.random() < often else 0.0


def _radar_shape(mode: str, shape: tuple[int, int]) -> tuple[int, int]:
    side = int(1.25 * max(shape) * 10 / (40 if mode == "EW" else 10))
    return (max(side, 260), max(side, 260))


def make(settings: PairSettings, tutorial: bool = False) -> Made:
    """Simulate, open, align; the files are gone afterwards. Three to eight seconds."""
    with tempfile.TemporaryDirectory(prefix="icepair-battery-") as name:
        folder = Path(name)
        icepair.simulate_pair(folder, settings)
        s1, s2 = next(folder.glob("S1*.nc")), next(folder.glob("S2*.nc"))
        with xr.open_dataset(folder / "truth.nc") as file:
            truth = file.load()
        said = _tutorial(s1, s2, folder) if tutorial and "HV" in settings.polarisations else {}
        # The simulated land is nobody's coastline: it is taken from the truth.
        radar, optical = icepair.open_scene(s1), icepair.open_scene(s2)
        pair = icepair.plan(radar, optical, land="none").run().compute()
        for scene in (radar, optical):
            scene.container.close()
    truth = truth.sel(y=pair.y, x=pair.x, method="nearest")
    shares = {sensor: truth[f"{sensor}_ice_share"].values for sensor in ("s1", "s2")}
    for sensor in ("s1", "s2"):
        flags = pair[f"{sensor}_flags"]
        flags.values[truth["land"].values == 1] |= np.uint8(8 if sensor == "s1" else 32)
    return Made(settings, pair, shares, said)


def _tutorial(s1: Path, s2: Path, folder: Path) -> dict[str, float]:
    recipe = icepair.Recipe(preset="tutorial")
    summary = icepair.align(s1, s2, folder / "tutorial", recipe)
    return {sensor: float(summary[f"{sensor}.ice_concentration"]) for sensor in ("s1", "s2")}
