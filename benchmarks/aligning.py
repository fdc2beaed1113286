"""How fast and how right aligning is, beside other ways to do it.

``make bench`` runs it and prints the table of docs/reference/benchmarks.md; ``--full`` adds the
slow ones on the whole tile. The clock covers map and resampling, compiled and warm, from arrays in
memory to an array in memory, which is ready where a call can take one. Images tell where they lie,
so the accuracy is that of the calls that are timed.
"""

from __future__ import annotations

import functools
import math
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import aligners
import numpy as np
import rasterio
from accuracy import Accuracy, accuracy_of_numbers, accuracy_of_ramps, numbered, ramps
from aligners import THREADS, Aligner
from swaths import POLAR, SPACING_M, UTM, Scene, radar_scene, scene_around
from table import markdown_lines
from timing import best, timed

from icepair._typing import AnyArray
from icepair.geo.grid import Grid
from icepair.geo.swath import Swath
from icepair.resample.methods import METHODS
from icepair.resample.source_map import map_between_grids, map_from_swath
from icepair.resample.warp import warp

OURS = "icepair"
_HEAD = (
    "work", "by", "time", "of icepair's", "same pixel", "rms distance", "icepair's goal", "",
)  # fmt: skip

FAST: Mapping[str, Aligner] = {
    "rasterio, GCPs, default": aligners.POLYNOMIAL,
    "rasterio, GCPs, thin-plate": aligners.SPLINE,
    "rasterio, GCPs in 3413, order 3": aligners.POLAR_CUBIC,
    "rasterio, GCPs in 3413, thin-plate": aligners.POLAR_SPLINE,
    "odc-geo, GCPs": aligners.odc_control_points,
}
SLOW: Mapping[str, Aligner] = {
    "pyresample kd_tree": aligners.kd_tree_nearest,
    "pyresample gradient": aligners.gradient,
    "xcube-resampling": aligners.xcube,
    "rasterio, geolocation arrays": aligners.geolocation_arrays,
}
TAKE = "numpy.take"
THIN_PLATE = "rasterio, GCPs, thin-plate"
BY_FOUR = "pyresample bilinear"
LONGITUDES = {*SLOW, BY_FOUR}
"""Who asks for rasters of longitude and latitude."""


@dataclass(frozen=True)
class Row:
    """One way at one task."""

    task: str
    by: str
    seconds: float
    accuracy: Accuracy
    least_ratio: float = math.nan
    """How many times icepair's time this should take at least; NaN where nothing was promised."""

    def cells(self, first: Row) -> tuple[str, ...]:
        """Text of the columns; icepair's row is the task's first."""
        ratio = self.seconds / first.seconds
        accuracy = self.accuracy
        return (
            self.task if self is first else "",
            self.by,
            f"{self.seconds:.3f} s",
            "" if self is first else f"{ratio:.{1 if ratio < 10 else 0}f}",
            _text(accuracy.same, "{:.3%}"),
            _text(accuracy.rms_m, "{:.2f} m"),
            *_goal(ratio, self.least_ratio),
        )


@dataclass(frozen=True)
class Limit:
    """One figure and what it should be at most."""

    task: str
    figure: str
    value: float = math.nan
    at_most: float = math.nan
    """NaN where nothing was promised."""
    said: str = ""
    by: str = OURS

    def cells(self) -> tuple[str, ...]:
        """Text of the columns."""
        outcome = "met" if self.value <= self.at_most else "missed"
        outcome = "" if math.isnan(self.at_most) else outcome
        return (self.task, self.by, self.figure, "", "", "", self.said, outcome)


def _text(number: float, form: str) -> str:
    return "" if math.isnan(number) else form.format(number)


def _goal(ratio: float, least: float) -> tuple[str, str]:
    if math.isnan(least):
        return "", ""
    said = f"{least:.0f} x faster" if least > 1 else f"{1 / least:.0f} x its time"
    return said, "met" if ratio >= least else f"missed: {ratio if least > 1 else 1 / ratio:.1f} x"


def say(name: str) -> None:
    """What is done now."""
    sys.stderr.write(f"{name} …\n")


def nearest_rows(
    scene: Scene, ways: Mapping[str, Aligner], goals: Mapping[str, float]
) -> list[Row]:
    """Nearest neighbours by icepair, others and the floor; slow ones run once, with numbers."""
    task = f"nearest, u1, {_size(scene.grid.shape)} from {_size(scene.shape)}"
    say(task)
    ways = {OURS: aligners.icepair, **ways}
    numbers = numbered(scene.shape)
    image = (numbers % 255 + 1).astype(np.uint8)
    # What a scene computes once is no part of anyone's time.
    _ = scene.longitude_latitude if ways.keys() & SLOW.keys() else None, scene.control_points
    seconds, accuracy = {}, {TAKE: Accuracy()}
    for by, align in ways.items():
        seconds[by], found = timed(functools.partial(align, numbers, scene, "nearest"))
        found = found[:: scene.stride, :: scene.stride]
        accuracy[by] = accuracy_of_numbers(found, scene.truth, scene.shape, SPACING_M)
    quick = {
        by: functools.partial(align, image, scene, "nearest")
        for by, align in ways.items()
        if by not in SLOW
    }
    seconds |= best({**quick, TAKE: floor(image, scene)})
    order = (OURS, TAKE, *(by for by in ways if by != OURS))
    return [Row(task, by, seconds[by], accuracy[by], goals.get(by, math.nan)) for by in order]


def floor(image: AnyArray, scene: Scene) -> Callable[[], AnyArray]:
    """numpy.take with indices and memory that are ready."""
    indices = aligners.icepair(numbered(scene.shape), scene, "nearest") - 1
    out = np.empty(scene.grid.shape, np.uint8)
    return functools.partial(np.take, image.ravel(), indices, out=out, mode="clip")


def weighted_rows(
    method: str, scene: Scene, ways: Mapping[str, Aligner], goals: Mapping[str, float]
) -> list[Row]:
    """A method that averages; the slow one runs once for time and once more for accuracy."""
    size = f"{_size(scene.grid.shape)} of {scene.grid.spacing_m:.0f} m"
    task = f"{method}, f4, {size} from {_size(scene.shape)}"
    say(task)
    images = ramps(scene.shape)
    ways = {OURS: aligners.icepair, **ways}
    _ = scene.longitude_latitude if ways.keys() & LONGITUDES else None, scene.control_points
    seconds, accuracy = {}, {}
    for by, align in ways.items():
        seconds[by], line = timed(functools.partial(align, images[0], scene, method))
        # The next call may write into the same memory.
        line = line[:: scene.stride, :: scene.stride].copy()
        sample = align(images[1], scene, method)[:: scene.stride, :: scene.stride]
        found = line, sample
        accuracy[by] = accuracy_of_ramps(found, scene.truth, scene.shape, SPACING_M)
    seconds |= best(
        {
            by: functools.partial(align, images[0], scene, method)
            for by, align in ways.items()
            if by != BY_FOUR
        }
    )
    return [Row(task, by, seconds[by], accuracy[by], goals.get(by, math.nan)) for by in ways]


def between_grids_rows() -> list[Row]:
    """A band of 10 m brought to a polar plane of 20 m."""
    source = Grid.from_crs(UTM, left=399960, top=8900040, spacing_m=10, shape=(10980, 10980))
    place = source.longitude_latitude(np.array([5490.0]), np.array([5490.0]))
    middle = Grid.from_crs(POLAR, left=0, top=0, spacing_m=20, shape=(1, 1)).rows_columns(*place)
    top, left = (round(float(at[0])) * 20 - 54_000 for at in middle)
    target = Grid.from_crs(POLAR, left=left, top=-top, spacing_m=20, shape=(5400, 5400))
    task = f"S2 band, u2, {_size(source.shape)} UTM onto {POLAR}@20"
    say(task)
    ways = {
        OURS: _icepair_between_grids,
        "rasterio": aligners.rasterio_between_grids,
        "odc-geo": aligners.odc_between_grids,
    }
    stride = 12
    rows, columns = (np.arange(0.0, size, stride) for size in target.shape)
    truth = source.rows_columns(*target.longitude_latitude(rows[:, None], columns))
    numbers = numbered(source.shape)
    image = (numbers % 60_000 + 1).astype(np.uint16)
    accuracy = {}
    for by, align in ways.items():
        found = align(numbers, source, target, "nearest")[::stride, ::stride]
        accuracy[by] = accuracy_of_numbers(found, truth, source.shape, source.spacing_m)
    seconds = best(
        {
            by: functools.partial(align, image, source, target, "nearest")
            for by, align in ways.items()
        }
    )
    goals = {"rasterio": 2.0}
    return [Row(task, by, seconds[by], accuracy[by], goals.get(by, math.nan)) for by in ways]


def _icepair_between_grids(image: AnyArray, source: Grid, target: Grid, method: str) -> AnyArray:
    source_map = map_between_grids(source, target)
    out = aligners.ready(target.shape, image.dtype)
    return warp(image, source_map, METHODS[method], fill_value=0, threads=THREADS, out=out)


def net_limit(scene: Scene) -> Limit:
    """The map alone."""
    say("net of nodes")
    seconds = best({OURS: lambda: map_from_swath(scene.swath, scene.grid)})[OURS]
    error = map_from_swath(scene.swath, scene.grid).bound
    task = f"net of nodes, {_size(scene.grid.shape)}, range-Doppler, within {error:.0e} pixel"
    return Limit(task, f"{seconds:.3f} s", seconds, 0.15, "0.15 s")


def growth_limits(swath: Swath) -> list[Limit]:
    """Time of a pixel with an answer, those without are cheaper; and that of memory alone."""
    say("growth")
    ours, new, memory = OURS, "icepair, new output", "filling a new array"
    runs, answered = {}, {}
    for side in (5_000, 40_000):
        scene = scene_around(swath, swath.shape, (side, side))
        image = np.ones(scene.shape, np.uint8)
        align = functools.partial(aligners.icepair, image, scene, "nearest")
        runs[ours, side], runs[new, side] = align, functools.partial(align, is_new=True)
        runs[memory, side] = functools.partial(np.full, (side, side), 1, np.uint8)
        answered[side] = np.count_nonzero(align())
    seconds = best(runs, fewest=4)
    task = "nearest, u1, time per answered pixel at 5,000 x 5,000 and 40,000 x 40,000"
    limits = []
    for by in (ours, new, memory):
        small, large = (seconds[by, side] / answered[side] for side in answered)
        figure = f"{small * 1e9:.1f} and {large * 1e9:.1f} ns"
        said = f"1.3 x; it is {large / small:.2f}" if by == ours else ""
        at_most = 1.3 if by == ours else math.nan
        limits.append(Limit(task if by == ours else "", figure, large / small, at_most, said, by))
    return limits


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]:,} x {shape[1]:,}"


def warm_up(swath: Swath) -> None:
    """Compile what is compiled when first called."""
    say("warming up")
    scene = scene_around(swath, (120, 120), (200, 200))
    for method in ("nearest", "bilinear", "cubic", "lanczos", "area"):
        for kind in (np.uint8, np.uint16, np.int32, np.float32):
            aligners.icepair(np.ones(scene.shape, kind), scene, method)
    for align in {**FAST, **SLOW}.values():
        align(numbered(scene.shape), scene, "nearest")


def weighted_tables(swath: Swath, is_full: bool) -> list[Row]:
    """All methods that average."""
    small = scene_around(swath, (1000, 1000), (1500, 2000))
    part = scene_around(swath, (200, 200), (300, 400))
    tile = scene_around(swath, (4000, 4000), (10980, 10980))
    coarse = scene_around(swath, (4000, 4000), (650, 650), spacing_m=160.0)
    splines = {THIN_PLATE: FAST[THIN_PLATE]}
    slow = {BY_FOUR: aligners.pyresample_bilinear}
    ways = {
        **FAST,
        "pyresample gradient": aligners.gradient,
        **(slow if is_full else {}),
    }
    goals = {**dict.fromkeys(FAST, 10.0), BY_FOUR: 300.0}
    return [
        *weighted_rows("bilinear", small, ways, goals),
        *([] if is_full else weighted_rows("bilinear", part, slow, goals)),
        *weighted_rows("bilinear", tile, splines, goals),
        *weighted_rows("cubic", small, splines, {THIN_PLATE: 5.0}),
        *weighted_rows("lanczos", small, splines, {THIN_PLATE: 5.0}),
        *weighted_rows("area", coarse, splines, {THIN_PLATE: 5.0}),
    ]


def nearest_tables(swath: Swath, is_full: bool) -> list[Row]:
    """Nearest neighbours, the ways that are slow on a part of the tile."""
    small = scene_around(swath, (1000, 1000), (1500, 2000))
    part = scene_around(swath, (1500, 1500), (4000, 4000))
    tile = scene_around(swath, (4000, 4000), (10980, 10980))
    trees = ("pyresample kd_tree", "pyresample gradient")
    tile_goals = {"pyresample kd_tree": 150.0, THIN_PLATE: 5.0, TAKE: 1 / 2}
    return [
        *nearest_rows(
            small,
            {**FAST, **SLOW},
            {"pyresample kd_tree": 100.0, THIN_PLATE: 3.0, TAKE: 1 / 3},
        ),
        *nearest_rows(part, {by: SLOW[by] for by in trees}, tile_goals),
        *nearest_rows(tile, {**FAST, **(SLOW if is_full else {})}, tile_goals),
    ]


def machine() -> str:
    """What the figures were measured on."""
    names = ("rasterio", "pyresample", "xcube-resampling", "odc-geo", "numba", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load = os.getloadavg()[1]
    return (
        f"{os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, "
        f"{versions}, GDAL {rasterio.__gdal_version__}"
    )


def printed(rows: Sequence[Row], limits: Sequence[Limit]) -> str:
    """Table in Markdown."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.task, row)
    cells = [row.cells(first[row.task]) for row in rows] + [limit.cells() for limit in limits]
    return markdown_lines(_HEAD, cells)


def main(arguments: Sequence[str]) -> None:
    """Run every task, print the table."""
    if [argument for argument in arguments if argument != "--full"]:
        sys.exit("usage: aligning.py [--full]")
    # Peers warn about their own insides.
    warnings.simplefilter("ignore")
    is_full = "--full" in arguments
    begin = time.monotonic()
    swath = radar_scene()
    warm_up(swath)
    rows = [
        *nearest_tables(swath, is_full),
        *weighted_tables(swath, is_full),
        *between_grids_rows(),
    ]
    tile = scene_around(swath, (4000, 4000), (10980, 10980))
    limits = [net_limit(tile), *growth_limits(swath)]
    seconds = time.monotonic() - begin
    sys.stdout.write(f"{machine()}; {seconds:.0f} s in all.\n\n{printed(rows, limits)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
