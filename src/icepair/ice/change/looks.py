"""Pairs of one area at several times, on one grid, in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import ByteArray
from icepair.conventions import SENSOR_NAMES
from icepair.errors import DamagedFileError, InputError, NoOverlapError, UsageError
from icepair.ice.methods import SENSORS, Sensor
from icepair.ice.packed import packed
from icepair.ice.uncertainty import Trust, trust_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["STRIP", "Look", "Series", "series_of", "strips"]

STRIP = 512
"""Rows that are held at a time."""
_OFF_LATTICE = 0.01
"""Pixels by which grids may miss each other."""


@dataclass(frozen=True)
class Look:
    """One pair: probabilities of both sensors at one time."""

    name: str
    """Of its folder, or its number; for messages."""
    pair: xr.Dataset
    """``s1_ice_probability`` and ``s2_ice_probability`` on (y, x), packed or not."""
    times: Mapping[Sensor, np.datetime64]
    """When each sensor looked, UTC."""

    @property
    def time(self) -> np.datetime64:
        """Middle of the two looks."""
        return self.times["s1"] + (self.times["s2"] - self.times["s1"]) / 2

    def trust(self, sensor: Sensor) -> Trust:
        """What the scene as a whole tells of its certainty."""
        return trust_of(self.pair[f"{sensor}_ice_probability"].attrs)

    def method(self, sensor: Sensor) -> str:
        """Name of the method that told ice from water."""
        return str(self.pair[f"{sensor}_ice_probability"].attrs.get("method", "unknown"))

    def steps(self, sensor: Sensor, rows: slice, columns: slice) -> ByteArray:
        """Packed probabilities of a part, counted in the pair's own rows and columns.

        Raises
        ------
        DamagedFileError
            The file has nothing readable there.
        """
        part = self.pair[f"{sensor}_ice_probability"].isel(y=rows, x=columns)
        try:
            values = part.transpose("y", "x").values
        except (OSError, RuntimeError) as error:
            raise DamagedFileError(
                f"Rows {rows.start} to {rows.stop} of {part.name} of {self.name} cannot be read: "
                f"{error}. The file is damaged; align the pair anew with --overwrite."
            ) from error
        return np.ascontiguousarray(values if values.dtype == np.uint8 else packed(values))


@dataclass(frozen=True)
class Series:
    """Looks in order of time, and the window that all of them hold."""

    looks: tuple[Look, ...]
    corners: tuple[tuple[int, int], ...]
    """First row and column of the window in each look."""
    shape: tuple[int, int]
    """Rows and columns of the window."""

    @cached_property
    def grid(self) -> xr.Dataset:
        """Coordinates of the window, without variables."""
        (row, column), (rows, columns) = self.corners[0], self.shape
        inside = {"y": slice(row, row + rows), "x": slice(column, column + columns)}
        pair = self.looks[0].pair
        return pair.drop_vars(list(pair.data_vars)).isel(inside)

    def steps(self, number: int, sensor: Sensor, rows: slice) -> ByteArray:
        """Packed probabilities of a look in rows of the window."""
        row, column = self.corners[number]
        inside = slice(row + rows.start, row + rows.stop), slice(column, column + self.shape[1])
        return self.looks[number].steps(sensor, *inside)


def strips(rows: int) -> Iterator[slice]:
    """Rows in parts of `STRIP`."""
    for start in range(0, rows, STRIP):
        yield slice(start, min(start + STRIP, rows))


def series_of(
    pairs: Sequence[xr.Dataset], sensors: Sequence[Sensor], names: Sequence[str] | None = None
) -> Series:
    """Pairs as a series, after everything that could be wrong with them was looked at.

    Parameters
    ----------
    pairs : sequence of Dataset
        At least two, earliest first, with probabilities, ``spatial_ref``, ``s1_time``, ``s2_time``.
    sensors : sequence of {"s1", "s2"}
        Whose times have to be in order.
    names : sequence of str, optional
        What to call the pairs in messages; their numbers from 1 where None.

    Raises
    ------
    UsageError
        Fewer than two pairs; pairs without probabilities; out of order, or one time twice.
    InputError
        Pairs on different grids.
    NoOverlapError
        Pairs of different places.
    DamagedFileError
        A pair without times.
    """
    if len(pairs) < 2:
        raise UsageError(
            f"Change needs at least two pairs, earliest first, not {len(pairs)}. Each is a folder "
            "that icepair align wrote."
        )
    called = names or [f"pair {number}" for number in range(1, len(pairs) + 1)]
    looks = tuple(_look(pair, name) for pair, name in zip(pairs, called, strict=True))
    _require_order(looks, sensors)
    return _on_one_grid(looks)


def _look(pair: xr.Dataset, name: str) -> Look:
    missing = [s for s in SENSORS if f"{s}_ice_probability" not in pair]
    if missing:
        raise UsageError(
            f"{name} has no {missing[0]}_ice_probability, which change is measured by. Call "
            "icepair.sea_ice first; icepair align writes it under every preset but tutorial."
        )
    try:
        times = {s: np.datetime64(str(pair.attrs[f"{s}_time"]).removesuffix("Z"), "ns")
                 for s in SENSORS}  # fmt: skip
    except (KeyError, ValueError) as error:
        raise DamagedFileError(
            f"{name} does not say when it was seen: its attributes s1_time and s2_time are missing "
            f"or no times ({error}). Align it anew."
        ) from error
    return Look(name, pair, times)


def _require_order(looks: Sequence[Look], sensors: Sequence[Sensor]) -> None:
    for before, after in itertools.pairwise(looks):
        for sensor in sensors:
            first, second = before.times[sensor], after.times[sensor]
            if second == first:
                raise UsageError(
                    f"{before.name} and {after.name} have one time of {SENSOR_NAMES[sensor]}, "
                    f"{_clock(first)}: nothing can have changed. Leave one of them out, or compare "
                    "the other sensor alone (--sensor)."
                )
            if second < first:
                in_order = " ".join(look.name for look in sorted(looks, key=lambda k: k.time))
                raise UsageError(
                    f"The pairs are not in order of time: {SENSOR_NAMES[sensor]} saw {before.name} "
                    f"at {_clock(first)} and {after.name} at {_clock(second)}. Earliest first is: "
                    f"{in_order}. Where the sensors disagree about the order, compare one of them "
                    "(--sensor s1)."
                )


def _clock(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]")).replace("T", " ") + " UTC"


def _on_one_grid(looks: tuple[Look, ...]) -> Series:
    """The window that all looks hold; pixels are never resampled."""
    first = looks[0]
    offsets = [_offset(first, look) for look in looks]
    top, left = (max(offset[i] for offset in offsets) for i in (0, 1))
    bottom, right = (
        min(offset[i] + look.pair.sizes[axis] for offset, look in zip(offsets, looks, strict=True))
        for i, axis in enumerate(("y", "x"))
    )
    if bottom <= top or right <= left:
        raise NoOverlapError(
            f"The pairs {', '.join(look.name for look in looks)} have no pixel in common: they lie "
            "beside each other. Take pairs of one place."
        )
    corners = tuple((top - row, left - column) for row, column in offsets)
    return Series(looks, corners, (bottom - top, right - left))


def _offset(first: Look, look: Look) -> tuple[int, int]:
    """Row and column in the first look's grid of another's upper-left pixel.

    Raises
    ------
    InputError
        The grids are not parts of one.
    """
    grids = _grid(first), _grid(look)
    (crs, x0, y0, dx), (other, x1, y1, other_dx) = grids
    if crs != other or abs(dx - other_dx) * max(look.pair.sizes.values()) > _OFF_LATTICE * dx:
        raise _different(first, look, *(f"{g[3]:g} m pixels in {g[0].name}" for g in grids))
    row, column = (y0 - y1) / dx, (x1 - x0) / dx
    if max(abs(row - round(row)), abs(column - round(column))) > _OFF_LATTICE:
        shift = [f"{dx * (v - round(v)):.3g} m" for v in (column, row)]
        raise _different(
            first, look, "its pixels", f"pixels shifted by parts of one, {' and '.join(shift)}"
        )
    return round(row), round(column)


def _grid(look: Look) -> tuple[Any, float, float, float]:
    """Coordinate system, first x and y, and the pixels' side."""
    import pyproj

    pair = look.pair
    in_swath = "longitude" in pair.coords and "latitude" in pair.coords
    if in_swath or "crs_wkt" not in (pair["spatial_ref"].attrs if "spatial_ref" in pair else {}):
        raise InputError(
            f"{look.name} lies in the radar's own lines and samples, or does not say where it "
            "lies. No two looks share those: align every pair with --grid s2, CRS@metres or "
            "like:FILE."
        )
    x, y = pair["x"].values, pair["y"].values
    side = (x[-1] - x[0]) / (x.size - 1) if x.size > 1 else abs(y[1] - y[0])
    crs = pyproj.CRS.from_wkt(str(pair["spatial_ref"].attrs["crs_wkt"]))
    return crs, float(x[0]), float(y[0]), float(side)


def _different(first: Look, look: Look, one: str, other: str) -> InputError:
    products = " ".join(str(look.pair.attrs.get(f"{s}_product", s.upper())) for s in SENSORS)
    return InputError(
        f"The pairs lie on different grids: {first.name} has {one}, {look.name} has {other}. Bring "
        f"them onto one: icepair align {products} --grid like:{first.name}/pair.nc --out DIR, and "
        f"compare DIR in place of {look.name}."
    )
