"""Times of things that share a machine with others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name")
Result = TypeVar("Result")
_ENOUGH_S = 2.0
_MOST_RUNS = 9


def best(runs: Mapping[Name, Callable[[], object]], fewest: int = 1) -> dict[Name, float]:
    """Shortest time of each of several; they take turns, so that a busy machine is so for all."""
    times: dict[Name, list[float]] = {by: [] for by in runs}
    while any(_wants_more(had, fewest) for had in times.values()):
        for by, run in runs.items():
            if _wants_more(times[by], fewest):
                times[by].append(timed(run)[0])
    return {by: min(had) for by, had in times.items()}


def _wants_more(times: Sequence[float], fewest: int) -> bool:
    return len(times) < fewest or (len(times) < _MOST_RUNS and sum(times) < _ENOUGH_S)


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and the result."""
    begin = time.perf_counter()
    result = run()
    return time.perf_counter() - begin, result
