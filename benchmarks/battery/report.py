"""Answers in words: a line each, a sentence for many, and the tables of the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from table import markdown_lines

from battery.scores import Answer, Figures, figures
from icepair.conventions import SENSOR_NAMES

_HEAD = (
    "pairs", "sensor", "method", "number", "no answer", "bias", "mean error", "rms", "worst",
    "within 5 %", "stated", "covered",
)  # fmt: skip
_KINDS = {"products": "through products", "toy": "in memory"}
BEGIN, END = "<!-- tables: written by make accuracy -->", "<!-- end of tables -->"


def line(answer: Answer) -> str:
    """One answer."""
    if answer.estimate is None:
        return f"{answer.seed:5d} {answer.method:10s} no answer: {answer.words}"
    stated = "" if answer.uncertainty is None else f" +- {answer.uncertainty:.3f}"
    return (
        f"{answer.seed:5d} {answer.method:10s} {answer.error:+.3f}{stated}  truth "
        f"{answer.truth:.3f} valid {answer.valid:.2f} hidden {answer.hidden:.2f} "
        f"{answer.seconds:.2f} s  {answer.words[:60]}"
    )


def sentence(method: str, of: Figures) -> str:
    """Figures of one method."""
    return (
        f"{method}: {of.count} pairs ({of.unanswered} without answer), bias {of.bias:+.4f}, MAE "
        f"{of.mae:.4f}, rms {of.rms:.4f}, worst {of.worst:+.3f} (seed {of.worst_seed}), within 5 % "
        f"{of.within_5:.2f}, coverage {of.coverage:.2f} of stated {of.stated:.4f}"
    )


def table(given: Sequence[Answer]) -> str:
    """Table of all materials, sensors and methods."""
    keys = sorted({(a.material, a.sensor, a.method) for a in given})
    rows = []
    for material, sensor, method in keys:
        some = [a for a in given if (a.material, a.sensor, a.method) == (material, sensor, method)]
        rows.append((_KINDS[material], SENSOR_NAMES[sensor], f"`{method}`", *_cells(figures(some))))
    return markdown_lines(_HEAD, rows)


def _extent(given: Sequence[Answer]) -> str:
    """How many pairs the tables speak of."""
    counts = {
        words: len({a.seed for a in given if a.material == kind}) for kind, words in _KINDS.items()
    }
    return "Of " + " and ".join(f"{count} pairs {words}" for words, count in counts.items()) + ":"


def _cells(of: Figures) -> tuple[str, ...]:
    return (
        str(of.count), str(of.unanswered), _percent(of.bias, "+"), _percent(of.mae),
        _percent(of.rms), f"{_percent(of.worst, '+')} ({of.worst_seed})",
        _percent(of.within_5, digits=0), _percent(of.stated), _percent(of.coverage, digits=0),
    )  # fmt: skip


def _percent(share: float, sign: str = "", digits: int = 1) -> str:
    return "" if math.isnan(share) else f"{100 * share:{sign}.{digits}f} %"


def write(given: Sequence[Answer], path: Path) -> None:
    """Put the tables between their marks in a page of the documentation."""
    page = path.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN, maxsplit=1)
    after = rest.split(END, maxsplit=1)[1]
    parts = [_extent(given), table(given)]
    told = [a for a in given if a.material == "toy" and a.sensor == "s1"]
    clear = [a for a in told if a.hidden == 0.0 and a.method != "tutorial"]
    if clear and any(a.hidden > 0.0 for a in told):
        parts += ["Without the pairs whose ice is partly hidden from the radar:", table(clear)]
    even = [a for a in given if a.even_brash]
    if even:
        parts += ["The pairs whose brash fills all the water alike, alone:", table(even)]
    path.write_text("\n\n".join((before + BEGIN, *parts, END + after)), encoding="utf-8")
