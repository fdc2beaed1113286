"""One client in a process of its own: takes jobs as lines of JSON, answers with measurements."""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from clients import READERS, Window

_STATUS, _PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def memory_mb(field: str) -> float:
    """``VmRSS`` or ``VmHWM`` of this process, MB; NaN where the system does not tell."""
    try:
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(lines[field].split()[0]) * 1024 / 1e6
    except (OSError, KeyError):
        return float("nan")


def forget_peak() -> None:
    """Let the peak of memory begin at what is in use now."""
    if _PEAK_RESET.exists():
        _PEAK_RESET.write_text("5")


def is_right(found: list[Any], windows: list[Window], truth: str) -> bool:
    """Whether every element is that of the file, which h5py reads; sums for sums."""
    with h5py.File(truth) as file:
        return all(
            _agrees(each, file[name], slices)
            for each, (name, slices) in zip(found, windows, strict=True)
        )


def _agrees(found: Any, stored: h5py.Dataset, slices: tuple[slice, ...]) -> bool:
    lines, samples = slices or (slice(0, stored.shape[0]), slice(0, stored.shape[1]))
    total = 0
    for line in range(lines.start, lines.stop, 1000):
        strip = stored[line : min(line + 1000, lines.stop), samples]
        total += int(strip.sum(dtype=np.int64))
        if isinstance(found, np.ndarray):
            own = found[line - lines.start : line - lines.start + len(strip)]
            if not np.array_equal(own, strip):
                return False
    return isinstance(found, np.ndarray) or found == total


def measured(client: str, job: dict[str, Any]) -> dict[str, Any]:
    """Time, memory above what the imports take, and whether the result is right."""
    windows: list[Window] = [
        (name, tuple(slice(*pair) for pair in slices)) for name, slices in job["windows"]
    ]
    forget_peak()
    before = memory_mb("VmRSS")
    begin = time.perf_counter()
    try:
        found = READERS[client](job["url"], windows)
    except Exception as error:  # noqa: BLE001, RUF100 - a peer's failure is a result
        return {"seconds": float("nan"), "memory_mb": float("nan"), "outcome": repr(error)[:200]}
    seconds = time.perf_counter() - begin
    memory = memory_mb("VmHWM") - before
    right = is_right(found, windows, job["truth"])
    return {"seconds": seconds, "memory_mb": memory, "outcome": "right" if right else "WRONG"}


def main() -> None:
    """Read jobs until the input ends."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(measured(sys.argv[1], json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
