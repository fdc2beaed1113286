"""Blocks of a pair against one look-up per pixel, with every kind of hole that products have."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from icepair.conventions import S1_UNANSWERED, S1Flag, S2Flag
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.pair.blocks import OpticalReader, RadarReader
from icepair.pair.radar_processing import RadarProcessing
from icepair.resample.methods import METHODS
from icepair.resample.source_map import map_from_swath
from icepair.resample.warp import warp
from icepair.testing.swath import FlatSwath

IMAGE = Grid.from_crs("EPSG:32639", left=399960.0, top=9100020.0, spacing_m=40.0, shape=(70, 80))
PARTS = ((slice(0, 37), slice(0, 90)), (slice(37, 230), slice(0, 90)))


def turned_target() -> Grid:
    """Larger than the image on every side."""
    place = IMAGE.longitude_latitude(np.array([35.0]), np.array([40.0]))
    probe = Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=20.0, shape=(1, 1))
    row, column = probe.rows_columns(*place)
    left, top = 20.0 * (round(float(column[0])) - 130), -20.0 * (round(float(row[0])) - 115)
    return Grid.from_crs("EPSG:3413", left=left, top=top, spacing_m=20.0, shape=(230, 260))


MAP = map_from_swath(FlatSwath(IMAGE, step_samples=1.375), turned_target())
LIMITS = Window(3, 66, 2, 75)


def holed(values: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(values.shape) < 0.1, np.nan, values)
    return np.where(rng.random(values.shape) < 0.1, -values, values).astype(np.float32)


class Source:
    """Values and flags by window, as scenes give them."""

    masks = ("MSK_OPAQUE",)
    container = SimpleNamespace(remote=False)

    def __init__(self, nodata: int, remark: int) -> None:
        rng = np.random.default_rng(11)
        self.values = {
            name: holed(rng.normal(size=IMAGE.shape), seed)
            for seed, name in enumerate(("HH", "HV", "B02", "B03"))
        }
        self.flags = {
            name: np.where(
                np.isnan(values) & (rng.random(IMAGE.shape) < 0.8),
                nodata,
                np.where(rng.random(IMAGE.shape) < 0.2, remark, 0),
            ).astype(np.uint8)
            for name, values in self.values.items()
        }
        self.mask = (rng.random(IMAGE.shape) < 0.2).astype(np.uint8)

    def read_sigma_nought(self, name, window):
        return self.values[name][window.slices], self.flags[name][window.slices]

    read_reflectance = read_sigma_nought

    def read_mask(self, name, window):
        return self.mask[window.slices]


def radar(source: Source, method: str) -> RadarReader:
    return RadarReader(
        RadarProcessing(source, ("HH", "HV"), LIMITS), source_map=MAP, node_map=MAP,
        incidence_nodes=np.full(MAP.row_nodes.shape, 30.0), method=METHODS[method],
        source_position=False,
    )  # fmt: skip


class ByMask:
    """Cloud as a mask of the source tells it."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def flags(self, window):
        return self.source.read_mask("MSK_OPAQUE", window) * np.uint8(S2Flag.OPAQUE_CLOUD)


def optical(source: Source, method: str) -> OpticalReader:
    return OpticalReader(source, LIMITS, MAP, ("B02", "B03"), METHODS[method], ByMask(source))


SOURCES = {
    "radar": (Source(int(S1Flag.NODATA), int(S1Flag.NO_NOISE)), radar, ("HH", "HV")),
    "optical": (Source(int(S2Flag.NODATA), int(S2Flag.SATURATED)), optical, ("B02", "B03")),
}
NAMES = {"HH": "s1_sigma0_hh", "HV": "s1_sigma0_hv", "B02": "s2_b02", "B03": "s2_b03"}
WITHOUT_VALUE = {"radar": S1_UNANSWERED, "optical": int(S2Flag.OUTSIDE | S2Flag.NODATA)}


def at_pixel(source: Source, side: str, names: tuple[str, ...], line: float, sample: float):
    """What one pixel of the target must be: values by name, and flags."""
    i, j = (math.floor(place + 0.5) if math.isfinite(place) else -1 for place in (line, sample))
    if not (
        LIMITS.row_start <= i < LIMITS.row_stop and LIMITS.column_start <= j < LIMITS.column_stop
    ):
        return [math.nan] * len(names), 1
    flags = 0
    for name in names:
        flags |= int(source.flags[name][i, j])
    if side == "optical" and source.mask[i, j]:
        flags |= int(S2Flag.OPAQUE_CLOUD)
    values = [float(source.values[name][i, j]) for name in names]
    if not flags & WITHOUT_VALUE[side] and any(math.isnan(value) for value in values):
        flags |= 2
    return (values if not flags & WITHOUT_VALUE[side] else [math.nan] * len(values)), flags


@pytest.mark.parametrize("side", SOURCES)
def test_nearest_against_one_look_per_pixel(side):
    source, reader, names = SOURCES[side]
    block = (slice(0, 230), slice(0, 260))
    result = reader(source, "nearest").read(block)
    line, sample = MAP.positions(*block)
    seen = set()
    for row, column in np.ndindex(line.shape):
        values, flags = at_pixel(source, side, names, line[row, column], sample[row, column])
        assert result[f"s{1 + (side == 'optical')}_flags"][row, column] == flags
        found = [result[NAMES[name]][row, column] for name in names]
        np.testing.assert_array_equal(found, values)
        seen.add(flags)
    assert len(seen) >= 5, "the case tests too little"


@pytest.mark.parametrize("side", SOURCES)
@pytest.mark.parametrize("method", ["nearest", "bilinear", "area"])
def test_values_are_those_of_each_array_alone(side, method):
    """However many share a map, each is brought over as `warp` does it, bit for bit."""
    source, reader, names = SOURCES[side]
    block = (slice(40, 200), slice(17, 251))
    result = reader(source, method).read(block)
    for name in names:
        alone = warp(
            source.values[name][LIMITS.slices], MAP, METHODS[method],
            window=LIMITS, block=block, fill_value=np.nan,
        )  # fmt: skip
        found = result[NAMES[name]]
        kept = ~np.isnan(found)
        assert kept.mean() > 0.2
        np.testing.assert_array_equal(found[kept].view("u4"), alone[kept].view("u4"))


@pytest.mark.parametrize("side", SOURCES)
@pytest.mark.parametrize("method", ["nearest", "area"])
def test_blocks_do_not_depend_on_the_cut(side, method):
    source, reader, _ = SOURCES[side]
    whole = reader(source, method).read((slice(0, 230), slice(0, 90)))
    parts = [reader(source, method).read(part) for part in PARTS]
    for name, values in whole.items():
        joined = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(joined, values, err_msg=name)


@pytest.mark.parametrize("side", SOURCES)
def test_far_from_the_source_there_is_nothing(side):
    source, reader, names = SOURCES[side]
    result = reader(source, "nearest").read((slice(0, 9), slice(0, 9)))
    assert (result[f"s{1 + (side == 'optical')}_flags"] == 1).all()
    assert all(np.isnan(result[NAMES[name]]).all() for name in names)
