"""The table that is printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = ("work", "client", "time", "of the first row", "memory", "bytes", "requests", "result")


@dataclass(frozen=True)
class Row:
    """One client at one task; NaN where nothing was measured."""

    task: str
    client: str
    seconds: float = math.nan
    memory_mb: float = math.nan
    megabytes: float = math.nan
    requests: float = math.nan
    outcome: str = ""

    def cells(self, first: Row) -> tuple[str, ...]:
        """Text of the columns; ratios of bytes where they are counted, else of times."""
        own, base = self.megabytes, first.megabytes
        if math.isnan(own):
            own, base = self.seconds, first.seconds
        return (
            self.task if self is first else "",
            self.client,
            _text(self.seconds, "{:.2f} s"),
            _text(own / base, "{:.2f}"),
            _text(self.memory_mb, "{:.0f} MB"),
            _text(self.megabytes, "{:.2f} MB"),
            _text(self.requests, "{:.0f}"),
            self.outcome,
        )


def markdown(rows: Sequence[Row]) -> str:
    """Table in Markdown."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.task, row)
    return markdown_lines(_HEAD, [row.cells(first[row.task]) for row in rows])


def markdown_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Table in Markdown of texts."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(number: float, form: str) -> str:
    return "" if math.isnan(number) else form.format(number)
