"""The radar's annotation inside an NBS file: attributes of scalar variables, one per record."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError
from icepair.geo.range_doppler import GroundRangeRecords, OrbitStates
from icepair.products.attributes import first_text, moment64, number, numbers, record
from icepair.products.container import Container

__all__ = [
    "Conversion",
    "ImageInformation",
    "OrbitState",
    "RangeDopplerIngredients",
    "image_information",
    "ingredients",
    "ingredients_of",
]

OrbitState: TypeAlias = tuple[np.datetime64, FloatArray, FloatArray]
"""Time, position (m) and velocity (m/s)."""
Conversion: TypeAlias = tuple[np.datetime64, float, float, FloatArray, FloatArray]
"""Time, sr0, gr0 (m), coefficients slant to ground and ground to slant."""
_Record = TypeVar("_Record", OrbitState, Conversion)


@dataclass(frozen=True)
class ImageInformation:
    """What ``s1Level1ProductSchema_*`` and the global attributes say of the image."""

    attributes: Mapping[str, object]
    """All of it, the schema's own attributes over the global ones."""
    first_line_time: np.datetime64 | None
    """Azimuth time of line 0 (UTC)."""
    last_line_time: np.datetime64 | None
    """Azimuth time of the last line (UTC)."""
    line_interval_s: float
    """Time from line to line, seconds; NaN where the file does not say."""
    range_spacing_m: float
    """Ground range from sample to sample, metres; NaN where the file does not say."""
    azimuth_spacing_m: float
    """Way from line to line, metres; NaN where the file does not say."""
    shape: tuple[int, int] | None
    """Lines and samples that the processor wrote; None where the file does not say."""
    noise_removed: bool
    """Whether the processor has already taken thermal noise off."""


@dataclass(frozen=True, eq=False)
class RangeDopplerIngredients:
    """What a range-Doppler geolocation is made of."""

    orbit: OrbitStates
    """State vectors."""
    records: GroundRangeRecords
    """Ground range to slant range, times counted from the orbit's epoch."""


def annotation_variable(container: Container, stem: str) -> str | None:
    """Name of ``stem_HH`` or its like, the first in the file's order; None where there is none."""
    return next((name for name in container.names if name.split("_")[0] == stem), None)


def image_information(container: Container) -> ImageInformation:
    """Image information of an NBS Sentinel-1 file, as far as it goes."""
    attributes = dict(container.attributes())
    schema = annotation_variable(container, "s1Level1ProductSchema")
    if schema is not None:
        attributes.update(container.attributes(schema))
    return ImageInformation(
        attributes=attributes,
        first_line_time=_first_time(
            attributes, "startTime", "ACQUISITION_START_TIME", "time_coverage_start"
        ),
        last_line_time=_first_time(
            attributes, "stopTime", "ACQUISITION_STOP_TIME", "time_coverage_end"
        ),
        line_interval_s=number(attributes.get("azimuthTimeInterval")),
        range_spacing_m=_first_number(attributes, "rangePixelSpacing", "PIXEL_SPACING"),
        azimuth_spacing_m=_first_number(attributes, "azimuthPixelSpacing", "LINE_SPACING"),
        shape=_shape(attributes),
        noise_removed=str(attributes.get("thermalNoiseCorrectionPerformed", "")).lower() == "true",
    )


def _shape(attributes: Mapping[str, object]) -> tuple[int, int] | None:
    lines, samples = (number(attributes.get(key)) for key in ("numberOfLines", "numberOfSamples"))
    return (round(lines), round(samples)) if lines > 0 and samples > 0 else None


def _first_time(attributes: Mapping[str, object], *keys: str) -> np.datetime64 | None:
    return moment64(first_text(attributes, *keys) or "")


def _first_number(attributes: Mapping[str, object], *keys: str) -> float:
    return number(first_text(attributes, *keys))


def ingredients(container: Container) -> RangeDopplerIngredients | None:
    """Orbit and ground-to-slant records of an NBS file.

    Returns
    -------
    RangeDopplerIngredients or None
        None where the file has neither list, as exports by other programs.

    Raises
    ------
    InputError
        A list is there but holds nothing that can be used.
    """
    orbit = annotation_variable(container, "orbitList")
    conversion = annotation_variable(container, "coordinateConversionList")
    if orbit is None or conversion is None:
        return None
    states = _records(container.attributes(orbit), _orbit_state)
    conversions = _records(container.attributes(conversion), _conversion_record)
    if not states and not conversions:
        return None
    return ingredients_of(states, conversions)


def ingredients_of(
    states: Sequence[OrbitState], conversions: Sequence[Conversion]
) -> RangeDopplerIngredients:
    """Orbit and ground-to-slant records of annotated ones, in any order, some perhaps twice.

    Raises
    ------
    InputError
        Fewer than 2 states or no record, or values that cannot be used.
    """
    states, conversions = _in_order(states), _in_order(conversions)
    if len(states) < 2 or not conversions:
        raise InputError(
            f"The product holds {len(states)} readable orbit states and {len(conversions)} "
            "readable ground-to-slant records; at least 2 and 1 are needed."
        )
    epoch = states[0][0]
    path = OrbitStates(
        times_s=_seconds([state[0] for state in states], epoch),
        positions=np.array([state[1] for state in states]),
        velocities=np.array([state[2] for state in states]),
        epoch=epoch,
    )
    records = GroundRangeRecords(
        times_s=_seconds([item[0] for item in conversions], epoch),
        slant_range_start_m=np.array([item[1] for item in conversions]),
        ground_range_start_m=np.array([item[2] for item in conversions]),
        slant_to_ground=_stacked([item[3] for item in conversions]),
        ground_to_slant=_stacked([item[4] for item in conversions]),
    )
    return RangeDopplerIngredients(path, records)


def _records(
    attributes: Mapping[str, object], parse: Callable[[str, object], _Record | None]
) -> list[_Record]:
    """Readable ones of the records that attributes hold."""
    parsed = (parse(key, record(value)) for key, value in attributes.items())
    return [item for item in parsed if item is not None]


def _in_order(records: Sequence[_Record]) -> list[_Record]:
    """Records by time, each time once."""
    by_time = {item[0]: item for item in records}
    return [by_time[time] for time in sorted(by_time)]


def _orbit_state(key: str, values: object) -> OrbitState | None:
    """Time, position and velocity from ``time: [frame, 'x y z', 'x y z']``."""
    time = moment64(key)
    if time is None or not isinstance(values, list | tuple) or len(values) < 3:
        return None
    position, velocity = numbers(values[1]), numbers(values[2])
    earth_fixed = str(values[0]).strip().lower() == "earth fixed"
    complete = position.size == velocity.size == 3
    return (time, position, velocity) if earth_fixed and complete else None


def _conversion_record(_key: str, values: object) -> Conversion | None:
    """Time, sr0, gr0, srgr and grsr from ``index: [time, tau, sr0, srgr, gr0, grsr]``."""
    if not isinstance(values, list | tuple) or len(values) < 6:
        return None
    time = moment64(values[0])
    starts = number(values[2]), number(values[4])
    inverse, forward = numbers(values[3]), numbers(values[5])
    usable = all(math.isfinite(start) for start in starts) and np.isfinite(forward).all()
    if time is None or not usable or forward.size == 0:
        return None
    return (time, *starts, inverse, forward)


def _stacked(rows: list[FloatArray]) -> FloatArray:
    """Rows of coefficients, shorter ones continued by zeros."""
    width = max(row.size for row in rows)
    return np.stack([np.pad(row, (0, width - row.size)) for row in rows])


def _seconds(times: list[np.datetime64], epoch: np.datetime64) -> FloatArray:
    microseconds = (np.array(times) - epoch) / np.timedelta64(1, "us")
    return np.asarray(microseconds, dtype=np.float64) * 1e-6
