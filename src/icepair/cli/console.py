"""What people read: progress on standard error, tables on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from icepair.pair.reasons import reasons_in_words
from icepair.pair.tables import (
    grid_part,
    notes_part,
    percent,
    scenes_part,
    streamed_part,
    table,
)

if TYPE_CHECKING:
    from icepair.pipeline.steps import Progress

__all__ = ["Bar", "demo_table", "progress_bar", "result_table", "share_reporter", "show"]

_WORDS = {
    "open": "opening",
    "plan": "planning",
    "align": "aligning",
    "ice": "telling ice from water",
    "write": "writing masks",
    "views": "writing GeoTIFFs and pictures",
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


def result_table(values: dict[str, Any]) -> str:
    """How much ice each sensor saw, where and how exactly."""
    s1, s2 = values["s1"], values["s2"]
    rows: list[tuple[str, ...]] = [("", "Sentinel-1", "Sentinel-2")]
    for label, key in (
        ("Ice concentration where both saw", "ice_concentration"),
        ("Ice concentration of its own area", "ice_concentration_own_area"),
        ("Pixels with an answer", "valid_fraction"),
    ):
        cells = (_with_error(side[key], side.get(f"{key}_uncertainty")) for side in (s1, s2))
        rows.append((label, *cells))
    rows.append(("Pixels that both answer", percent(values["valid_fraction"]), ""))
    rows.append(("Objects in the optical mask", "", f"{s2['features']}"))
    withheld = [
        (f"{name} has no answer", words)
        for name, side in (("Sentinel-1", s1), ("Sentinel-2", s2))
        if (words := reasons_in_words(side["reasons"]))
    ]
    if values["difference"] is not None:
        found = values["difference"]
        stated = f"{100 * found['estimate']:+.1f} ± {100 * found['standard_error']:.1f} points"
        withheld.insert(0, ("Sentinel-2 less Sentinel-1", f"{stated}: {found['words']}"))
    counts = [table(rows), *(["", table(withheld, right=False)] if withheld else [])]
    ending = [
        ("Result", values["folder"]),
        *streamed_part(values["streaming"]),
        ("Took", f"{values['timings']['total_s']:.1f} s"),
    ]
    parts = [scenes_part(values), "", *counts, "", grid_part(values), *notes_part(values)]
    return "\n".join([*parts, "", table(ending, right=False)])


def _with_error(share: float | None, error: float | None) -> str:
    """Share with one standard deviation, where that is known: 72.3 ± 1.4 %."""
    if share is None or error is None:
        return percent(share)
    return f"{100 * share:.1f} ± {100 * error:.1f} %"


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
        truth, found, off = (
            _with_unit(row[key], row["unit"]) for key in ("truth", "estimate", "difference")
        )
        if row.get("uncertainty") is not None:
            found = _with_error(row["estimate"], row["uncertainty"])
        rows.append((words[name], truth, found, off))
    return "\n".join(
        [
            scenes_part(values["summary"]),
            "",
            table(rows),
            "",
            "  The archive dates an optical scene by the start of its datatake, minutes before the",
            "  tile was seen: hence the difference in time.",
            "",
            table(
                [
                    ("Result", values["folder"]),
                    *streamed_part(values["summary"]["streaming"]),
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
