"""Annotation of a radar product that never was: everything follows from a flown orbit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial

from icepair._typing import FloatArray
from icepair.simulate.annotation import (
    Calibration,
    ControlGrid,
    NoiseBlock,
    RadarAnnotation,
    RangeNoise,
)
from icepair.simulate.geometry import (
    SPEED_OF_LIGHT,
    Orbit,
    RadarGeometry,
    Records,
    from_ecef,
    place_to_the_right,
)
from icepair.simulate.nbs import compact
from icepair.simulate.orbit import orbit_over, slant_range_at
from icepair.simulate.settings import PairSettings

__all__ = ["MODES", "control_grid", "radar_product_name", "synthesise"]


@dataclass(frozen=True)
class Mode:
    """What distinguishes the radar's modes."""

    spacing_m: float
    """Pixel spacing both ways."""
    full_shape: tuple[int, int]
    """Lines and samples of a full product."""
    small_shape: tuple[int, int]
    """Lines and samples by default."""
    near_incidence: float
    """Of a full product's first sample, degrees."""
    incidence: float
    """Of the scene's centre by default, degrees."""
    swath_limits: tuple[float, ...]
    """Incidence between sub-swaths, degrees."""
    product_type: str
    """Type and resolution in the product name."""
    beta_nought: float
    """Constant of the calibration."""
    noise_db: tuple[float, ...]
    """Noise-equivalent sigma nought at the middle of each sub-swath, cross-polarised, dB."""
    burst_s: float
    """Period of the scalloping."""


MODES = {
    "EW": Mode(
        40.0, (10708, 10487), (1000, 1000), 18.9, 29.2, (28.51, 33.77, 38.97, 43.2), "GRDM",
        1087.0, (-26.0, -29.5, -31.0, -32.0, -31.5), 3.1,
    ),
    "IW": Mode(
        10.0, (16700, 25800), (3600, 3000), 30.6, 38.0, (36.6, 41.75), "GRDH",
        474.0, (-29.0, -28.5, -29.0), 2.75,
    ),
}  # fmt: skip
"""Sizes, limits and noise as on real products of processor version 3."""

_RANGE_MARGIN_M = 4_000.0
_RECORD_STEP_S = 1.0
_DEGREE = 8


def synthesise(settings: PairSettings, longitude: float, latitude: float) -> RadarAnnotation:
    """Annotation of an image that has a place at its centre (a full one: somewhere inside)."""
    mode = MODES[settings.mode]
    shape = mode.full_shape if settings.full else settings.radar_shape or mode.small_shape
    incidence = settings.incidence_deg or mode.incidence
    centre_range = slant_range_at(incidence, latitude)
    flight = orbit_over(
        longitude, latitude, centre_range, ascending=settings.pass_direction == "ascending"
    )
    interval = mode.spacing_m / _ground_speed(flight.sampled(-30.0, 30.0), centre_range)
    seconds = shape[0] * interval
    # Time 0 is when the place is seen; the image's own clock starts half an image before.
    orbit = flight.sampled(-0.5 * seconds, 0.5 * seconds)
    orbit = Orbit(orbit.times_s + 0.5 * seconds, orbit.positions, orbit.velocities)
    near = _near_range(settings, mode, orbit, 0.5 * seconds, centre_range, latitude)
    extent = shape[1] * mode.spacing_m
    times = np.arange(-0.64, seconds + _RECORD_STEP_S, _RECORD_STEP_S)
    records = _records(orbit, times, near, extent)
    reference = (
        2.0 / SPEED_OF_LIGHT * float(records.slant_range(np.array(0), np.array(0.5 * extent)))
    )
    geometry = RadarGeometry(orbit, records, interval, mode.spacing_m, reference)
    grid = control_grid(geometry, shape)
    return _assembled(settings, mode, shape, geometry, grid)


def _ground_speed(orbit: Orbit, slant_range: float) -> float:
    satellite, velocity, _ = orbit.at(np.array([-0.5, 0.5]))
    places = place_to_the_right(satellite, velocity, np.full(2, slant_range), 0.0)
    return float(np.linalg.norm(places[1] - places[0]))


def _ground_ranges(orbit: Orbit, time_s: float, slant_ranges: FloatArray) -> FloatArray:
    """Arc along the ellipsoid from the first slant range, by chords shorter than 250 m."""
    satellite, velocity, _ = orbit.at(np.full(slant_ranges.shape, time_s))
    places = place_to_the_right(satellite, velocity, slant_ranges, 0.0)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _near_range(
    settings: PairSettings, mode: Mode, orbit: Orbit, time_s: float, centre: float, latitude: float
) -> float:
    """Slant range of the first sample."""
    if settings.full:
        return slant_range_at(mode.near_incidence, latitude)
    samples = (settings.radar_shape or mode.small_shape)[1]
    ranges = np.linspace(centre, centre - 0.6 * samples * mode.spacing_m, 2000)
    ground = _ground_ranges(orbit, time_s, ranges)
    return float(np.interp(0.5 * samples * mode.spacing_m, ground, ranges))


def _records(orbit: Orbit, times: FloatArray, near: float, extent: float) -> Records:
    """Polynomials between slant and ground range, fitted as the processor does."""
    ground_to_slant, slant_to_ground = [], []
    for time in times:
        far = near + extent + _RANGE_MARGIN_M
        ranges = np.linspace(near - 1_500.0, far, 4 * int((far - near) / 1_000.0) + 200)
        ground = _ground_ranges(orbit, time, ranges)
        ground -= np.interp(near, ranges, ground)
        used = ground < extent + _RANGE_MARGIN_M
        slant = ranges[used] - near
        ground = ground[used]
        forward = Polynomial.fit(ground, ranges[used], _DEGREE).convert().coef
        backward = Polynomial.fit(slant, ground, _DEGREE).convert().coef
        ground_to_slant.append(forward)
        slant_to_ground.append(backward)
    count = times.size
    return Records(
        times,
        np.full(count, near),
        np.zeros(count),
        np.array(slant_to_ground),
        np.array(ground_to_slant),
    )


def _nodes(count: int, parts: int, most: float) -> FloatArray:
    """Whole, regular steps from 0, and the last pixel: the last interval is irregular."""
    step = min(most, np.ceil(count / parts))
    nodes = np.arange(0.0, count - 1.0, step)
    if count - 1.0 - nodes[-1] < 0.25 * step:
        nodes = nodes[:-1]
    return np.append(nodes, count - 1.0)


def control_grid(geometry: RadarGeometry, shape: tuple[int, int]) -> ControlGrid:
    """Geolocation grid on the ellipsoid, every 500 lines and about 20 steps across."""
    lines, samples = _nodes(shape[0], 10, 500.0), _nodes(shape[1], 20, 525.0)
    line, sample = np.meshgrid(lines, samples, indexing="ij")
    slant_range = geometry.slant_range(line, sample)
    time = geometry.azimuth_time(line, slant_range)
    places = geometry.place(time, slant_range, 0.0)
    longitude, latitude, height = from_ecef(places)
    incidence, elevation = geometry.incidence_elevation(places, time)
    return ControlGrid(
        lines, samples, time, 2.0 * slant_range / SPEED_OF_LIGHT,
        longitude, latitude, height, incidence, elevation,
    )  # fmt: skip


def _incidence(geometry: RadarGeometry, lines: FloatArray, samples: FloatArray) -> FloatArray:
    line, sample = np.meshgrid(lines, samples, indexing="ij")
    slant_range = geometry.slant_range(line, sample)
    time = geometry.azimuth_time(line, slant_range)
    return geometry.incidence_elevation(geometry.place(time, slant_range, 0.0), time)[0]


def _calibration(mode: Mode, geometry: RadarGeometry, shape: tuple[int, int]) -> Calibration:
    """Vectors each second and every 40 samples.

    Sigma is beta / sqrt(sin), gamma is beta / sqrt(tan) of the incidence angle.
    """
    per_second = 1.0 / geometry.line_interval_s
    lines = np.rint(np.arange(max(5, int(shape[0] / per_second) + 3)) * per_second)
    samples = np.append(np.arange(0.0, shape[1] - 1.0, 40.0), shape[1] - 1.0)
    incidence = np.deg2rad(_incidence(geometry, lines, samples))
    beta = np.full(incidence.shape, mode.beta_nought)
    tables = {
        "sigmaNought": beta / np.sqrt(np.sin(incidence)),
        "betaNought": beta,
        "gamma": beta / np.sqrt(np.tan(incidence)),
        "dn": beta,
    }
    # The annotation carries seven digits.
    rounded = {name: np.vectorize(lambda v: float(f"{v:.6e}"))(t) for name, t in tables.items()}
    return Calibration(lines, samples, rounded)


def _noise(
    mode_name: str, geometry: RadarGeometry, shape: tuple[int, int], full: bool, *, cross: bool
) -> RangeNoise:
    """Vectors each second: a trough in each sub-swath, steps between, scalloping along track."""
    mode = MODES[mode_name]
    per_second = 1.0 / geometry.line_interval_s
    lines = np.rint(np.arange(int(shape[0] / per_second) + 2) * per_second)
    samples = np.arange(shape[1], dtype=np.float64)
    incidence = _incidence(geometry, np.array([0.5 * shape[0]]), samples)[0]
    swath = np.searchsorted(mode.swath_limits, incidence)
    limits = np.array([mode.near_incidence, *mode.swath_limits, 46.5])
    middle = 0.5 * (limits[swath] + limits[swath + 1])
    off_axis = (incidence - middle) / (0.5 * (limits[swath + 1] - limits[swath]))
    decibels = np.array(mode.noise_db)[swath] + 3.6 * off_axis**2 + (0.0 if cross else 0.7)
    power = 10.0 ** (0.1 * decibels) * mode.beta_nought**2 / np.sin(np.deg2rad(incidence))
    firsts = np.append(0, np.flatnonzero(np.diff(swath)) + 1)
    lasts = np.append(firsts[1:] - 1, shape[1] - 1)
    nodes = np.unique(np.concatenate([samples[::40], firsts, lasts])).astype(np.int64)
    slow = 1.0 + 0.02 * np.sin(lines * geometry.line_interval_s / 17.0)
    blocks = tuple(
        _block(mode_name, int(number), int(first), int(last), shape, geometry, full)
        for number, first, last in zip(swath[firsts], firsts, lasts, strict=True)
    )
    vectors = tuple(power[nodes] * factor for factor in slow)
    return RangeNoise(lines, (nodes.astype(np.float64),) * lines.size, vectors, blocks)


def _block(
    mode_name: str, number: int, first: int, last: int,
    shape: tuple[int, int], geometry: RadarGeometry, full: bool,
) -> NoiseBlock:  # fmt: skip
    """One sub-swath over all lines; on a full product it starts late, as bursts do."""
    first_line = int(0.6 * number / geometry.line_interval_s) if full else 0
    lines = np.unique(np.append(np.arange(first_line, shape[0], 10), shape[0] - 1)).astype(float)
    phase = lines * geometry.line_interval_s / MODES[mode_name].burst_s + 0.2 * number
    factors = 1.0 + 0.147 * (2.0 * (phase - np.floor(phase)) - 1.0) ** 2
    name = f"{mode_name}{number + 1}"
    return NoiseBlock(name, first_line, first, shape[0] - 1, last, lines, factors)


def _assembled(
    settings: PairSettings, mode: Mode, shape: tuple[int, int],
    geometry: RadarGeometry, grid: ControlGrid,
) -> RadarAnnotation:  # fmt: skip
    calibration = _calibration(mode, geometry, shape)
    start = settings.radar_time
    stop = start + np.timedelta64(round((shape[0] - 1) * geometry.line_interval_s * 1e6), "us")
    product = radar_product_name(settings, start, stop, _ORBIT_NUMBER, _DATA_TAKE)
    header = {
        polarisation: _header(settings, polarisation, shape, geometry, grid, start, stop)
        for polarisation in settings.polarisations
    }
    noise = {
        polarisation: _noise(
            settings.mode, geometry, shape, settings.full, cross=polarisation in ("HV", "VH")
        )
        for polarisation in settings.polarisations
    }
    return RadarAnnotation(
        product, settings.mode, shape, start, geometry, grid,
        dict.fromkeys(settings.polarisations, calibration), noise, header,
        settings.pass_direction,
    )  # fmt: skip


_ORBIT_NUMBER = 17767
_DATA_TAKE = 136944


def radar_product_name(
    settings: PairSettings,
    start: np.datetime64,
    stop: np.datetime64,
    orbit_number: int,
    data_take: int,
) -> str:
    """Name of a radar product without suffix."""
    letters = "".join(settings.polarisations)
    code = {"HHHV": "DH", "VVVH": "DV", "HH": "SH", "VV": "SV", "HV": "HV", "VH": "VH"}[letters]
    check = (settings.seed * 40503 + 0xE6FA) & 0xFFFF
    return (
        f"{settings.unit}_{settings.mode}_{MODES[settings.mode].product_type}_1S{code}"
        f"_{compact(start)}_{compact(stop)}_{orbit_number:06d}_{data_take:06X}_{check:04X}"
    )


def _header(
    settings: PairSettings, polarisation: str, shape: tuple[int, int],
    geometry: RadarGeometry, grid: ControlGrid, start: np.datetime64, stop: np.datetime64,
) -> dict[str, str]:  # fmt: skip
    """Leaves of the annotation's general part, spelled as the archive passes them on."""
    spacing = f"{geometry.spacing_m:.6e}"
    number = settings.polarisations.index(polarisation) + 1
    velocity = geometry.orbit.at(np.array(0.0))[1]
    longitude = np.deg2rad(grid.longitude[0, 0])
    north = velocity[2] / np.cos(np.deg2rad(grid.latitude[0, 0]))
    east = -velocity[0] * np.sin(longitude) + velocity[1] * np.cos(longitude)
    return {
        "missionId": settings.unit,
        "productType": "GRD",
        "polarisation": polarisation,
        "mode": settings.mode,
        "startTime": str(start),
        "stopTime": str(stop),
        "absoluteOrbitNumber": str(_ORBIT_NUMBER),
        "missionDataTakeId": str(_DATA_TAKE),
        "imageNumber": f"{number:03d}",
        "productQualityIndex": f"{0.0:.15e}",
        "platformHeading": f"{np.rad2deg(np.arctan2(east, north)):.15e}",
        "projection": "Ground Range",
        "rangeSamplingRate": f"{2.502314816e7:.15e}",
        "radarFrequency": f"{5.405000454334350e9:.15e}",
        "rangePixelSpacing": spacing,
        "azimuthPixelSpacing": spacing,
        "azimuthTimeInterval": f"{geometry.line_interval_s:.15e}",
        "numberOfSamples": str(shape[1]),
        "numberOfLines": str(shape[0]),
        "incidenceAngleMidSwath": f"{grid.incidence[0].mean():.15e}",
        "antennaElevationPatternApplied": "true",
        "rangeSpreadingLossCompensationApplied": "true",
        "srgrConversionApplied": "true",
        "detectionPerformed": "true",
        "thermalNoiseCorrectionPerformed": "false",
        "referenceRange": f"{8.0e5:.15e}",
        "ellipsoidName": "WGS84",
        "ellipsoidSemiMajorAxis": f"{6.378137e6:.15e}",
        "ellipsoidSemiMinorAxis": f"{6.356752314245e6:.15e}",
        "bistaticDelayCorrectionApplied": "true",
        "topsFilterConvention": "Only Echo Lines",
    }
