"""Series and changes with names, units and what is stated of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.conventions import SENSOR_NAMES
from icepair.ice.change.difference import (
    AT_95_PERCENT,
    LEVEL,
    TAIL,
    change_error,
    combined,
    discoveries,
    p_value,
)
from icepair.ice.change.looks import Look, Series
from icepair.ice.change.over_time import OverTime
from icepair.ice.change.step import Step
from icepair.ice.methods import SENSORS, Sensor

__all__ = [
    "Measured", "attributes", "cells_in_steps", "cells_in_time", "in_steps", "in_time",
    "step_times", "times", "together",
]  # fmt: skip

_LEAST_SHARE = 0.25
"""Of a whole cell's pixels: fewer that compare are not tested."""


@dataclass(frozen=True)
class Measured:
    """A step with its errors."""

    step: Step
    change: float
    error: float
    cells: AnyArray
    """Change, its error and its p, (rows, columns, 3)."""

    @classmethod
    def of(cls, series: Series, sensor: Sensor, number: int, step: Step) -> Measured:
        """A step with what is stated of it."""
        trusts = [look.trust(sensor) for look in series.looks[number : number + 2]]
        change = error = np.nan
        if step.compared:
            first, second = (step.tally.area(which, common=True) for which in (0, 1))
            change = float(second.concentration or 0.0) - float(first.concentration or 0.0)
            error = float(change_error(sensor, step.swap, *trusts))
        before, after, swap = step.cells
        on_cells = np.where(
            np.isfinite(before), change_error(sensor, swap, *trusts, on_cells=True), np.nan
        )
        enough = step.number[..., 3] >= _LEAST_SHARE * step.number[..., 0].max(initial=1)
        p = np.where(enough, p_value(after - before, on_cells), np.nan)
        return cls(step, change, error, np.stack([after - before, on_cells, p], axis=-1))


def in_time(sensor: Sensor, values: OverTime) -> dict[str, Any]:
    """Concentrations of a sensor by time."""
    data: dict[str, Any] = {}
    for suffix, area, pixels in (
        ("", values.common, "the pixels that answer at every time"),
        ("_own_area", values.own, "each pair's own pixels that answer"),
    ):
        name = f"{sensor}_ice_concentration{suffix}"
        data |= _with_error(
            name, ("time",), area, f"share of sea ice seen by {SENSOR_NAMES[sensor]} among {pixels}"
        )
    words = f"share of the area's pixels with an answer of {SENSOR_NAMES[sensor]}"
    data[f"{sensor}_valid_fraction"] = (
        "time", values.valid.astype(np.float32), {"long_name": words, "units": "1"}
    )  # fmt: skip
    return data


def _with_error(
    name: str, dims: tuple[str, ...], values: FloatArray, words: str, *, is_share: bool = True
) -> dict[str, Any]:
    """A number and one standard deviation of its error, from the last axis of `values`."""
    of_share = {"standard_name": "sea_ice_area_fraction"} if is_share else {}
    of_error = (
        {"standard_name": "sea_ice_area_fraction standard_error"}
        if is_share
        else {
            "comment": f"Errors are distributed like Student's with {TAIL:g} degrees of freedom: "
            f"95 % are within {AT_95_PERCENT:.2f} of it."
        }
    )
    return {
        name: (dims, values[..., 0].astype(np.float32), {
            "long_name": words, **of_share, "units": "1",
            "ancillary_variables": f"{name}_standard_error"}),
        f"{name}_standard_error": (dims, values[..., 1].astype(np.float32), {
            "long_name": f"one standard deviation of the error of the {words}", **of_error,
            "units": "1"}),
    }  # fmt: skip


def cells_in_time(sensor: Sensor, values: OverTime) -> dict[str, Any]:
    """Concentrations of cells by time."""
    assert values.cells is not None
    dims = ("time", "y", "x")
    data = _with_error(
        f"{sensor}_cell_concentration", dims, values.cells,
        f"share of sea ice seen by {SENSOR_NAMES[sensor]} in the cell",
    )  # fmt: skip
    words = f"share of the cell's pixels with an answer of {SENSOR_NAMES[sensor]}"
    data[f"{sensor}_cell_valid_share"] = (
        dims, values.cells[..., 2].astype(np.float32), {"long_name": words, "units": "1"}
    )  # fmt: skip
    return data


_SHARES = ("ice_gained", "ice_lost", "ice_stayed", "water_stayed", "ice_moved_in", "ice_moved_out")


def in_steps(sensor: Sensor, steps: list[Measured]) -> dict[str, Any]:
    """Changes of a sensor from each time to the next."""
    pixels = max(1, max(int(step.step.classes.sum()) for step in steps))
    name, sees = f"{sensor}_concentration_change", f"seen by {SENSOR_NAMES[sensor]}"
    changes = np.array([(step.change, step.error) for step in steps])
    data = _with_error(name, ("step",), changes, f"change of the share of sea ice {sees}",
                       is_share=False)  # fmt: skip
    data |= _tested(name, changes)
    for share in _SHARES:
        words = f"share of the compared pixels: {share.replace('_', ' ')}, {sees}"
        values = np.array([step.step.share(share) for step in steps], dtype=np.float32)
        data[f"{sensor}_{share}"] = ("step", values, {"long_name": words, "units": "1"})
    compared = np.array([step.step.compared / pixels for step in steps], dtype=np.float32)
    words = f"share of the area's pixels with an answer of {SENSOR_NAMES[sensor]} before and after"
    data[f"{sensor}_compared_fraction"] = ("step", compared, {"long_name": words, "units": "1"})
    return data


def _tested(name: str, changes: FloatArray) -> dict[str, Any]:
    p = p_value(changes[:, 0], changes[:, 1])
    verdict = np.where(np.isnan(p), 255, p < LEVEL).astype(np.uint8)
    return {
        f"{name}_p_value": ("step", p.astype(np.float32), {
            "long_name": "chance of as large a change, either way, where there is none",
            "units": "1"}),
        f"{name}_significant": ("step", verdict, {
            "long_name": f"whether the change is significant at the {100 * LEVEL:.0f} % level",
            "flag_values": np.array([0, 1, 255], dtype=np.uint8),
            "flag_meanings": "no yes no_answer"}),
    }  # fmt: skip


def cells_in_steps(sensor: Sensor, steps: list[Measured]) -> dict[str, Any]:
    """Changes of cells, and verdicts under a false discovery rate."""
    dims = ("step", "y", "x")
    cells = np.stack([step.cells for step in steps])
    found = np.stack([discoveries(step.cells[..., 2]) for step in steps])
    verdict = np.where(found, np.where(cells[..., 0] > 0, 1, 2), 0)
    verdict = np.where(np.isfinite(cells[..., 2]), verdict, 255).astype(np.uint8)
    name = f"{sensor}_cell_change"
    data = _with_error(name, dims, cells, f"change of the cell's share of sea ice seen by "
                       f"{SENSOR_NAMES[sensor]}", is_share=False)  # fmt: skip
    data[f"{name}_verdict"] = (dims, verdict, {
        "long_name": f"what {SENSOR_NAMES[sensor]} says of the cell",
        "flag_values": np.array([0, 1, 2, 255], dtype=np.uint8),
        "flag_meanings": "no_significant_change more_ice less_ice no_answer",
        "comment": "Of the cells said to have changed at most 5 % have not, on average "
        "(Benjamini and Hochberg 1995)."})  # fmt: skip
    return data


def together(data: Mapping[str, Any], sensors: Sequence[Sensor]) -> dict[str, Any]:
    """Both sensors' changes as one."""
    parts = [
        [np.asarray(data[f"{s}_concentration_change{end}"][1], float) for s in sensors]
        for end in ("", "_standard_error")
    ]
    changes = np.array([combined(*np.array(step)) for step in np.moveaxis(np.array(parts), -1, 0)])
    words = "change of the share of sea ice, sensors weighted by their certainty"
    name = "concentration_change"
    return _with_error(name, ("step",), changes, words, is_share=False) | _tested(name, changes)


def times(series: Series) -> dict[str, Any]:
    """Times of the looks, as coordinates."""
    coordinates: dict[str, Any] = {
        "time": ("time", [look.time for look in series.looks], {
            "standard_name": "time", "long_name": "middle of the looks of both sensors"}),
    }  # fmt: skip
    for sensor in SENSORS:
        times = np.array([look.times[sensor] for look in series.looks])
        words = {"standard_name": "time", "long_name": f"when {SENSOR_NAMES[sensor]} looked"}
        coordinates[f"{sensor}_time"] = ("time", times, words)
    return coordinates


def step_times(series: Series) -> dict[str, Any]:
    """When each step begins and ends, as coordinates."""
    times = np.array([look.time for look in series.looks])
    return {
        "step_start": ("step", times[:-1], {
            "standard_name": "time", "long_name": "time before"}),
        "step_end": ("step", times[1:], {"standard_name": "time", "long_name": "time after"}),
    }  # fmt: skip


def attributes(series: Series, found: Mapping[Sensor, OverTime]) -> dict[str, Any]:
    """What the numbers do not say: names, products, gaps."""
    products = [
        {s: str(look.pair.attrs.get(f"{s}_product", "")) for s in SENSORS} | {"name": look.name}
        for look in series.looks
    ]
    return {"pairs": json.dumps(products), "notes": json.dumps(_notes(series.looks, found))}


def _notes(looks: Sequence[Look], found: Mapping[Sensor, OverTime]) -> list[str]:
    notes = []
    for sensor, values in found.items():
        notes += [
            f"{SENSOR_NAMES[sensor]} has no answer in the common area of {looks[gap].name}: its "
            "series has a gap there, and no change from or to that time is known of it."
            for gap in values.gaps
        ]
        if not values.common_pixels and len(values.gaps) < len(looks):
            notes.append(
                f"No pixel has an answer of {SENSOR_NAMES[sensor]} at all times, so that its "
                "series has no common area; its changes are over the pixels of each two times."
            )
        methods = sorted({look.method(sensor) for look in looks})
        if len(methods) > 1:
            notes.append(
                f"Ice seen by {SENSOR_NAMES[sensor]} was told by different methods "
                f"({', '.join(methods)}): part of its change is theirs. Align all pairs with one."
            )
    return notes
