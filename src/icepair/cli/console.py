"""What people read: progress on standard error, tables on standard output."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from icepair.pipeline.steps import Progress

__all__ = [
    "Bar",
    "demo_table",
    "plan_table",
    "progress_bar",
    "result_table",
    "share_reporter",
    "show",
    "table",
]

_WORDS = {
    "open": "opening",
    "plan": "planning",
    "align": "aligning",
    "ice": "telling ice from water",
    "write": "writing masks",
    "geotiffs": "GeoTIFFs",
    "pictures": "pictures",
    "radar": "simulating the radar scene",
    "optical": "simulating the optical scene",
}


class Bar:
    """Progress as one line with bytes and time left, which vanishes when a step is done."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, step: str, total_bytes: int) -> None:
        """Start the line of a step; of unknown length where the bytes are 0."""
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(
            total=total_bytes or None,
            desc=_WORDS.get(step, step),
            unit="B",
            unit_scale=True,
            leave=False,
            file=sys.stderr,
            bar_format=None if total_bytes else "{desc} …",
        )

    def advance(self, n_bytes: int) -> None:
        """Move the line on."""
        if self._bar is not None:
            self._bar.update(n_bytes)

    def close(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress | None]:
    """Progress for a person at a terminal; None for everything else."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


def share_reporter(bar: Progress | None) -> Callable[[str, float], None] | None:
    """Callback of step and share that moves a bar of bytes; None without a bar."""
    if bar is None:
        return None
    now: dict[str, Any] = {"step": None, "done": 0}

    def report(step: str, share: float) -> None:
        if step != now["step"]:
            bar.begin(step, 1000)
            now.update(step=step, done=0)
        bar.advance(int(1000 * share) - now["done"])
        now["done"] = int(1000 * share)

    return report


def show(
    values: dict[str, Any],
    as_text: Callable[[dict[str, Any]], str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print values as JSON, as a table, or not at all."""
    if as_json:
        click.echo(json.dumps(values, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        click.echo(as_text(values))


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


def plan_table(values: dict[str, Any]) -> str:
    """What would be read, onto which grid, and how exact it would be."""
    windows = values["alignment"]["window"]
    rows = [
        ("Read of S1", _window(windows["s1"], "lines", "samples", values["s1"]["polarisations"])),
        ("Read of S2", _window(windows["s2"], "rows", "columns", values["s2"]["bands"])),
        ("Together", f"{_bytes(values['bytes_to_read'])} before compression"),
    ]
    parts = [_scenes_part(values), "", table(rows, right=False), "", _grid_part(values)]
    return "\n".join([*parts, *_notes_part(values)])


def result_table(values: dict[str, Any]) -> str:
    """How much ice each sensor saw, where and how exactly."""
    s1, s2 = values["s1"], values["s2"]
    rows: list[tuple[str, ...]] = [("", "Sentinel-1", "Sentinel-2")]
    for label, key in (
        ("Ice concentration where both saw", "ice_concentration"),
        ("Ice concentration of its own area", "ice_concentration_own_area"),
        ("Pixels with an answer", "valid_fraction"),
    ):
        rows.append((label, percent(s1[key]), percent(s2[key])))
    rows.append(("Pixels that both answer", percent(values["valid_fraction"]), ""))
    rows.append(("Objects in the optical mask", "", f"{s2['features']}"))
    ending = [
        ("Result", values["folder"]),
        ("Took", f"{values['timings']['total_s']:.1f} s"),
    ]
    parts = [_scenes_part(values), "", table(rows), "", _grid_part(values), *_notes_part(values)]
    return "\n".join([*parts, "", table(ending, right=False)])


def demo_table(values: dict[str, Any]) -> str:
    """The truth beside the estimate."""
    words = {
        "s1_ice_concentration": "Ice that Sentinel-1 saw",
        "s2_ice_concentration": "Ice that Sentinel-2 saw",
        "time_difference": "Time between the looks",
        "largest_position_error": "Largest error of position",
    }
    rows: list[tuple[str, ...]] = [("", "Truth", "Estimate", "Difference")]
    for name, row in values["comparison"].items():
        cells = (row["truth"], row["estimate"], row["difference"])
        rows.append((words[name], *(_with_unit(cell, row["unit"]) for cell in cells)))
    return "\n".join(
        [
            _scenes_part(values["summary"]),
            "",
            table(rows),
            "",
            "  The archive dates an optical scene by the start of its datatake, minutes before the",
            "  tile was seen: hence the difference in time.",
            "",
            table(
                [
                    ("Result", values["folder"]),
                    ("Aligned in", f"{values['summary']['timings']['total_s']:.1f} s"),
                ],
                right=False,
            ),
        ]
    )


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return {"1": percent(value), "h": f"{value:.2f} h", "m": f"{value:.3f} m"}[unit]


def percent(share: float | None) -> str:
    """Share as per cent, or a dash where there is no answer."""
    return "–" if share is None else f"{100 * share:.1f} %"


def _scenes_part(values: dict[str, Any]) -> str:
    hours = values["time_difference_hours"]
    drift = values["alignment"]["expected_drift_m"]
    rows = [
        ("Sentinel-1", _clock(values["s1"]["time"]), values["s1"]["product"]),
        ("Sentinel-2", _clock(values["s2"]["time"]), values["s2"]["product"]),
        ("Between", f"{hours:+.2f} h", f"in which ice usually drifts {_metres(drift)}"),
    ]
    return table(rows, right=False)


def _grid_part(values: dict[str, Any]) -> str:
    grid, alignment = values["grid"], values["alignment"]
    rows, columns = grid["shape"]
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
            f"{alignment['geolocation']}, sea at {_surface(alignment['surface'])}, "
            f"{alignment['method']}",
        ),
        ("Position error", f"{_metres(error)} ({budget})"),
    ]
    return table(entries, right=False)


def _notes_part(values: dict[str, Any]) -> list[str]:
    lines = [
        textwrap.fill(
            f"Note on {side}: {note}", 100, initial_indent="  ", subsequent_indent=" " * 14
        )
        for side in ("S1", "S2")
        for note in values[side.lower()]["notes"]
    ]
    return ["", *lines] if lines else []


def _window(bounds: list[int], rows: str, columns: str, names: list[str]) -> str:
    row0, row1, column0, column1 = bounds
    return f"{rows} {row0}:{row1}, {columns} {column0}:{column1} of {', '.join(names)}"


def _surface(name: str) -> str:
    return f"{name} m" if name not in ("geoid", "ellipsoid") else f"the {name}"


def _clock(iso: str) -> str:
    return iso[:19].replace("T", " ") + " UTC"


def _metres(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value / 1e3:.1f} km" if value >= 1000 else f"{value:.1f} m"


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
