"""How fast speckle filters are, beside scipy, and how right.

``make bench`` runs it and prints the table of docs/reference/benchmarks.md. From an array in
memory to an array in memory, compiled and warm, in one thread unless a row says otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from scipy import ndimage
from table import markdown_lines
from timing import best

from icepair._typing import AnyArray
from icepair.radar.speckle import speckle_filter
from icepair.testing.speckle import speckled

LOOKS = 10.7
SHAPE = (2000, 2000)
_HEAD = ("work", "by", "time", "of icepair's", "same pixels inside")


def rows(size: int, image: AnyArray) -> list[tuple[str, ...]]:
    """The median by icepair and by scipy."""
    ways: dict[str, Callable[[], AnyArray]] = {
        "icepair": lambda: speckle_filter(image, "median", size=size),
        "icepair, 2 threads": lambda: speckle_filter(image, "median", size=size, threads=2),
        "scipy.ndimage": lambda: ndimage.median_filter(image, size),
    }
    inside = np.s_[size // 2 : -(size // 2), size // 2 : -(size // 2)]
    reference = ways["scipy.ndimage"]()[inside]
    same = {by: float(np.mean(run()[inside] == reference)) for by, run in ways.items()}
    seconds = best(ways)
    return _cells(f"median, {size} x {size}", seconds, {k: f"{v:.3%}" for k, v in same.items()})


def other_rows(image: AnyArray) -> list[tuple[str, ...]]:
    """The other filters, beside the mean by scipy."""
    ways: dict[str, Callable[[], AnyArray]] = {
        "boxcar:7": lambda: speckle_filter(image, "boxcar:7"),
        "refined-lee:7": lambda: speckle_filter(image, "refined-lee:7", looks=LOOKS),
        "gamma-map:7": lambda: speckle_filter(image, "gamma-map:7", looks=LOOKS),
        "scipy.ndimage.uniform_filter": lambda: ndimage.uniform_filter(image, 7),
    }
    for run in ways.values():
        run()
    return _cells("means, 7 x 7", best(ways), {})


def _cells(task: str, seconds: dict[str, float], same: dict[str, str]) -> list[tuple[str, ...]]:
    first = next(iter(seconds.values()))
    return [
        (task, by, f"{time:.3f} s", f"{time / first:.1f}", same.get(by, ""))
        for by, time in seconds.items()
    ]


def main() -> None:
    """Print the table."""
    image = speckled(np.full(SHAPE, 0.02), LOOKS, seed=1)
    cells = [row for size in (3, 5, 7) for row in rows(size, image)] + other_rows(image)
    sys.stdout.write(f"float32, {SHAPE[0]} x {SHAPE[1]}.\n\n{markdown_lines(_HEAD, cells)}\n")


if __name__ == "__main__":
    main()
