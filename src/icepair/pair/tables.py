"""A plan as people read it: text made of `values.plan_values`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

__all__ = [
    "grid_part",
    "notes_part",
    "percent",
    "plan_table",
    "scenes_part",
    "size",
    "streamed_part",
    "table",
]

_ROUNDED_UP = 999.5
"""Three digits of more than this are a thousand."""


def plan_table(values: dict[str, Any]) -> str:
    """What would be read, onto which grid, and how exact it would be."""
    windows = values["alignment"]["window"]
    rows = [
        ("Read of S1", _window(windows["s1"], "lines", "samples", values["s1"]["polarisations"])),
        ("Read of S2", _window(windows["s2"], "rows", "columns", values["s2"]["bands"])),
        ("Together", f"{size(values['bytes_to_read'])} before compression"),
        *_streaming(values["streaming"]),
    ]
    parts = [scenes_part(values), "", table(rows, right=False), "", grid_part(values)]
    return "\n".join([*parts, *notes_part(values)])


def _streaming(traffic: dict[str, Any]) -> list[tuple[str, str]]:
    """What travels over a network; nothing for files."""
    if not traffic["requests"]:
        return []
    come, seen = (
        f"{size(bytes_)} in {requests} requests"
        for bytes_, requests in (
            (traffic["bytes_to_come"], traffic["requests_to_come"]),
            (traffic["bytes"], traffic["requests"]),
        )
    )
    return [("To stream", f"{come}, without compression; planning took {seen}")]


def streamed_part(traffic: dict[str, Any]) -> list[tuple[str, str]]:
    """What has travelled over a network; nothing for files."""
    if not traffic["requests"]:
        return []
    bytes_, requests, seconds = (traffic[key] for key in ("bytes", "requests", "seconds"))
    return [("Streamed", f"{size(bytes_)} in {requests} requests, {seconds:.1f} s")]


def scenes_part(values: dict[str, Any]) -> str:
    """Which scenes, when, and how long apart."""
    hours = values["time_difference_hours"]
    drift = values["alignment"]["expected_drift_m"]
    rows = [
        ("Sentinel-1", _clock(values["s1"]["time"]), values["s1"]["product"]),
        ("Sentinel-2", _clock(values["s2"]["time"]), values["s2"]["product"]),
        ("Between", f"{hours:+.2f} h", f"in which ice usually drifts {_metres(drift)}"),
    ]
    return table(rows, right=False)


def grid_part(values: dict[str, Any]) -> str:
    """Which grid, and how exactly the radar lies on it."""
    grid, alignment = values["grid"], values["alignment"]
    rows, columns = grid["shape"]
    if grid["radar_window"]:
        name = "the radar's own lines and samples"
    else:
        name = f"EPSG:{grid['epsg']}" if grid["epsg"] else grid["crs"].split('"')[1]
    error = alignment["position_error_m"]
    terms = sorted(
        ((v, k) for k, v in alignment["position_error_budget_m"].items() if v), reverse=True
    )
    budget = ", ".join(f"{key.replace('_', ' ')} {value:.1f}" for value, key in terms[:4])
    entries = [
        ("Grid", f"{rows} x {columns} pixels of {grid['spacing_m']:g} m, {name}"),
        (
            "Radar placed by",
            f"{alignment['geolocation']}, {_placed_on(alignment)}, {alignment['method']}",
        ),
        *_processing(alignment, values["s1"].get("power_balance", {})),
        ("Position error", f"{_metres(error)} ({budget})"),
    ]
    return table(entries, right=False)


def _processing(
    alignment: dict[str, Any], balances: dict[str, dict[str, Any]]
) -> list[tuple[str, str]]:
    """What the radar goes through besides calibration; nothing for nothing."""
    rows = []
    for name in alignment["noise_balanced"]:
        rows.append(("Noise", f"balanced between sub-swaths in {name}{_steps(balances.get(name))}"))
    if alignment["speckle"]:
        rows.append(("Speckle", f"{alignment['speckle']}, before the radar is placed"))
    if alignment["reference_incidence"]:
        rows.append(("Incidence", f"backscatter as at {alignment['reference_incidence']}"))
    return rows


def _steps(balance: dict[str, Any] | None) -> str:
    """Steps at borders before and after, once they have been measured."""
    if balance is None:
        return ""
    before, after = balance["steps_before_db"], balance["steps_after_db"]
    if before is None or after is None:
        return "; no step at a border could be measured"
    return f": steps of {before:.2f} dB before, {after:.2f} dB after"


def notes_part(values: dict[str, Any]) -> list[str]:
    """What was odd about the products, and what the numbers leave out; empty for nothing."""
    notes = [("Note on S1", note) for note in values["s1"]["notes"]]
    notes += [("Note on S2", note) for note in values["s2"]["notes"]]
    notes += [("Note", note) for note in values.get("notes", [])]
    lines = [
        textwrap.fill(
            f"{label}: {note}", 100, initial_indent="  ", subsequent_indent=" " * (len(label) + 4)
        )
        for label, note in notes
    ]
    return ["", *lines] if lines else []


def table(rows: Sequence[tuple[str, ...]], *, indent: int = 2, right: bool = True) -> str:
    """Columns under each other: the first to the left, the others to the right (or left)."""
    count = max(len(row) for row in rows)
    full = [(*row, *[""] * (count - len(row))) for row in rows]
    widths = [max(len(row[i]) for row in full) for i in range(count)]
    lines = []
    for row in full:
        cells = [row[0].ljust(widths[0])]
        for cell, width in zip(row[1:], widths[1:], strict=True):
            cells.append(cell.rjust(width) if right else cell.ljust(width))
        lines.append((" " * indent + "   ".join(cells)).rstrip())
    return "\n".join(lines)


def percent(share: float | None) -> str:
    """Share as per cent, or a dash where there is no answer."""
    return "–" if share is None else f"{100 * share:.1f} %"


def _window(bounds: list[int], rows: str, columns: str, names: list[str]) -> str:
    row0, row1, column0, column1 = bounds
    return f"{rows} {row0}:{row1}, {columns} {column0}:{column1} of {', '.join(names)}"


def _placed_on(alignment: dict[str, Any]) -> str:
    if alignment["geolocation"] == "grid":
        return "where the file has its pixels"
    name = alignment["surface"]
    return f"sea at {name} m" if name not in ("geoid", "ellipsoid") else f"sea at the {name}"


def _clock(iso: str) -> str:
    return iso[:19].replace("T", " ") + " UTC"


def _metres(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value / 1e3:.1f} km" if value >= 1000 else f"{value:.1f} m"


def size(n_bytes: float) -> str:
    """Bytes with three digits and the unit that fits: ``13.1 MB``."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < _ROUNDED_UP:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"
