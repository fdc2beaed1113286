"""A simulated pair: two products in the archive's layout, and the truth beside them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import OutputError
from icepair.geo.grid import Grid
from icepair.simulate.annotation import RadarAnnotation
from icepair.simulate.clouds import Clouds
from icepair.simulate.field import (
    COAST_SCALE_M,
    IceField,
    Layer,
    Plane,
)
from icepair.simulate.nbs_optical import write_optical
from icepair.simulate.nbs_optical_header import optical_product_name
from icepair.simulate.nbs_radar import write_radar
from icepair.simulate.optical import OpticalScene
from icepair.simulate.radar import RadarScene
from icepair.simulate.real import read_annotation
from icepair.simulate.settings import PairSettings
from icepair.simulate.synthesis import synthesise
from icepair.simulate.truth import TruthFile

__all__ = ["SimulatedPair", "simulate_pair"]

_DEFAULT_PLACE = (49.5, 81.6)
_FULL_TILE = (10980, 10980)


@dataclass(frozen=True)
class SimulatedPair:
    """Where the files are and what is true."""

    s1: Path
    """Radar product."""
    s2: Path
    """Optical product."""
    truth: Path
    """``truth.nc``."""
    s1_ice_concentration: float
    """Share of ice at the radar's time over the sea that both sensors saw."""
    s2_ice_concentration: float
    """Share of ice at the optical time over the sea that both sensors saw."""
    drift_m: float
    """Way of the ice between the two times at the scene's centre, metres."""
    lag_hours: float
    """Optical time less radar time, hours."""
    notes: tuple[str, ...] = ()
    """What could not be as asked."""


def simulate_pair(
    directory: str | Path,
    settings: PairSettings | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> SimulatedPair:
    """Write a Sentinel-1 and a Sentinel-2 product of the same simulated sea ice, and the truth.

    Parameters
    ----------
    directory : path
        Folder to write to; made where it is missing. Files of the same name are replaced.
    settings : PairSettings, optional
        What to simulate. The same settings give the same bytes.
    progress : callable, optional
        Called with a step (``radar``, ``optical``) and its share that is done, 0 to 1.

    Returns
    -------
    SimulatedPair

    Raises
    ------
    OutputError
        The folder or a file cannot be written.
    UsageError, InputError
        The settings' annotation folder cannot be used.
    """
    settings = settings or PairSettings()
    report = progress or (lambda step, share: None)
    folder = Path(directory)
    radar, optical = build_scenes(settings)
    names = radar.annotation.product, optical_product_name(optical), "truth"
    paths = (folder / f"{names[0]}.nc", folder / f"{names[1]}.nc", folder / f"{names[2]}.nc")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_radar(paths[0], radar, lambda share: report("radar", share))
        sums = _write_optical_and_truth(
            paths, radar, optical, lambda share: report("optical", share)
        )
    except OSError as error:
        raise OutputError(
            f"The simulated pair could not be written to {folder}: {error}. "
            "Choose a folder that can be written, with enough room."
        ) from error
    drift = optical.field.displacement(np.zeros(1), np.zeros(1), optical.seconds)
    return SimulatedPair(
        *paths, sums["s1_ice_concentration"], sums["s2_ice_concentration"],
        float(np.hypot(*drift)[0]), settings.lag_hours,
    )  # fmt: skip


def _write_optical_and_truth(
    paths: tuple[Path, Path, Path], radar: RadarScene, optical: OpticalScene,
    report: Callable[[float], None],
) -> dict[str, float]:  # fmt: skip
    truth = TruthFile(paths[2], radar, optical)
    try:
        for rows, block in write_optical(paths[1], optical, report):
            truth.write(rows, block)
    finally:
        sums = truth.close()
    return sums


def build_scenes(settings: PairSettings) -> tuple[RadarScene, OpticalScene]:
    """Both scenes, ready to be evaluated; nothing is written yet."""
    annotation, longitude, latitude = _annotation_and_place(settings)
    grid = utm_grid(longitude, latitude, _FULL_TILE if settings.full else settings.optical_shape)
    plane = Plane(longitude, latitude)
    seen_at = annotation.time_at(0.5 * annotation.seconds)
    time = seen_at + np.timedelta64(round(settings.lag_hours * 3.6e9), "us")
    sample = _sample_of(grid, plane)
    field = IceField.tuned(settings, *sample)
    land = Layer.covering(settings.land_cover, field, *sample, scale_m=COAST_SCALE_M, salt=100)
    clouds = Clouds.drawn(settings, field, *sample)
    return (
        RadarScene(settings, annotation, field, plane, land),
        OpticalScene(settings, grid, time, field, plane, land, clouds),
    )


def _annotation_and_place(settings: PairSettings) -> tuple[RadarAnnotation, float, float]:
    longitude, latitude = settings.longitude, settings.latitude
    if settings.annotation is not None:
        return read_annotation(settings, longitude, latitude)
    longitude = _DEFAULT_PLACE[0] if longitude is None else (longitude + 180.0) % 360.0 - 180.0
    latitude = _DEFAULT_PLACE[1] if latitude is None else latitude
    return synthesise(settings, longitude, latitude), longitude, latitude


def _sample_of(grid: Grid, plane: Plane) -> tuple[FloatArray, FloatArray]:
    """A regular, slightly jittered sample of places on the grid, in the plane."""
    random = np.random.default_rng(12345)
    count = 120
    rows, columns = (
        (np.arange(count)[shape] + random.random((count, count))) * (n / count) - 0.5
        for shape, n in zip(((slice(None), None), (None, slice(None))), grid.shape, strict=True)
    )
    return plane.to_plane(*grid.longitude_latitude(rows, columns))


def utm_grid(longitude: float, latitude: float, shape: tuple[int, int]) -> Grid:
    """10 m grid about a place, in its UTM zone, corners on whole 60 m as the tiles' are.

    Beyond 84 degrees, where Sentinel-2 has no tiles, the zone is simply continued.
    """
    zone = _utm_zone(longitude, latitude)
    epsg = (32600 if latitude >= 0 else 32700) + zone
    probe = Grid.from_crs(f"EPSG:{epsg}", left=0.0, top=0.0, spacing_m=10.0, shape=(1, 1))
    row, column = probe.rows_columns(np.array([longitude]), np.array([latitude]))
    left = 10.0 * (float(column[0]) + 0.5) - 5.0 * shape[1]
    top = -10.0 * (float(row[0]) + 0.5) + 5.0 * shape[0]
    return Grid(probe.crs_wkt, 60.0 * round(left / 60.0), 60.0 * round(top / 60.0), 10.0, shape)


def _utm_zone(longitude: float, latitude: float) -> int:
    """Zone with the exceptions of Norway and Svalbard."""
    zone = math.floor((longitude + 180.0) / 6.0) % 60 + 1
    if 56.0 <= latitude < 64.0 and 3.0 <= longitude < 12.0:
        return 32
    if 72.0 <= latitude < 84.0 and 0.0 <= longitude < 42.0:
        return 31 + 2 * int((longitude + 3.0) // 12.0)
    return zone
