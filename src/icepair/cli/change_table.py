"""What changed, as people read it."""

from __future__ import annotations

import textwrap
from typing import Any

from icepair.conventions import SENSOR_NAMES
from icepair.pair.tables import percent, table

__all__ = ["change_table"]


def change_table(values: dict[str, Any]) -> str:
    """Concentrations by time, changes from time to time, and what they leave open."""
    sensors = values["sensors"]
    parts = [_series(values, sensors), "", _changes(values, sensors)]
    notes = [
        textwrap.fill(f"Note: {note}", 100, initial_indent="  ", subsequent_indent=" " * 8)
        for note in values["notes"]
    ]
    ending = [("Result", values["folder"]), ("Took", f"{values['timings']['total_s']:.1f} s")]
    return "\n".join([*parts, *([""] if notes else []), *notes, "", table(ending, right=False)])


def _series(values: dict[str, Any], sensors: list[str]) -> str:
    rows: list[tuple[str, ...]] = [
        ("Ice concentration, common area", *(SENSOR_NAMES[sensor] for sensor in sensors))
    ]
    for number, pair in enumerate(values["pairs"]):
        looks = [values["series"][sensor][number] for sensor in sensors]
        cells = (
            _with_error(look["ice_concentration"], look["ice_concentration_uncertainty"])
            for look in looks
        )
        rows.append((f"{_clock(pair['time'])}  {pair['name']}", *cells))
    return table(rows)


def _changes(values: dict[str, Any], sensors: list[str]) -> str:
    rows: list[tuple[str, ...]] = [
        ("Change", "Points", "", "Gained", "Lost", "Moved in", "Cells more/less/tested")
    ]
    for change in values["changes"]:
        rows.append((f"{_clock(change['from'])} to {_clock(change['to'])}",))
        for sensor in sensors:
            found = change[sensor]
            cells = found["cells"]
            rows.append((
                f"  {SENSOR_NAMES[sensor]}", *_tested(found), percent(found["ice_gained"]),
                percent(found["ice_lost"]), percent(found["ice_moved_in"]),
                f"{cells['more_ice']}/{cells['less_ice']}/{cells['tested']}",
            ))  # fmt: skip
        if len(sensors) > 1:
            rows.append(("  together", *_tested(change["together"])))
    return table(rows)


def _tested(found: dict[str, Any]) -> tuple[str, str]:
    if found["estimate"] is None:
        return "–", "no answer"
    stated = f"{100 * found['estimate']:+.1f} ± {100 * found['standard_error']:.1f}"
    return stated, "significant" if found["significant"] else "not significant"


def _with_error(share: float | None, error: float | None) -> str:
    if share is None or error is None:
        return "gap"
    return f"{100 * share:.1f} ± {100 * error:.1f} %"


def _clock(iso: str) -> str:
    return iso[:16].replace("T", " ")
