"""How long it takes to tell ice from water and to count it, part by part.

``make bench`` runs it on a simulated pair of 1500 x 2000 pixels in memory, compiled and warm, and
prints the table of docs/concepts/masks-and-concentration.md. ``--pair pair.nc`` takes a pair that
`icepair align` wrote, read back strip by strip as a run does.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import xarray as xr
from table import markdown_lines

import icepair
from icepair import PairSettings, simulate_pair
from icepair.ice import concentrations, count_features, sea_ice
from icepair.ice.cells import concentration_map
from icepair.ice.methods import METHODS, method_of
from icepair.pipeline.ice import ice_of
from icepair.pipeline.recipe import Recipe
from icepair.write.formats import FORMATS

RUNS = 3
_HEAD = ("work", "time", "time of all cores")


def simulated() -> xr.Dataset:
    """A pair of 1500 x 2000 pixels, in memory."""
    with tempfile.TemporaryDirectory() as folder:
        simulate_pair(folder, PairSettings(seed=5, optical_shape=(1500, 2000)))
        s1, s2 = (
            icepair.open_scene(next(Path(folder).glob(f"{name}*.nc"))) for name in ("S1", "S2")
        )
        try:
            return icepair.plan(s1, s2).run().compute()
        finally:
            s1.container.close()
            s2.container.close()


def timed(run: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Least of the times and of the processor's times, seconds; the first run is not counted."""
    times = []
    for _ in range(runs + (runs > 1)):
        begin, busy = time.perf_counter(), time.process_time()
        run()
        times.append((time.perf_counter() - begin, time.process_time() - busy))
    counted = times[1:] or times
    return min(wall for wall, _ in counted), min(cpu for _, cpu in counted)


def rows_in_memory(pair: xr.Dataset) -> list[tuple[str, ...]]:
    """Every part by every method, and the whole step by those of the radar."""
    rows = []
    for sensor, methods in METHODS.items():
        for name in methods:
            learn = method_of(sensor, name)
            rows.append(_row(f"learn of the scene, {sensor} {name}", lambda f=learn: f(pair)))
    for name in METHODS["s1"]:
        rows.append(_row(f"`sea_ice`, s1 {name}", lambda m=name: sea_ice(pair, s1_mask=m)))
    ice = sea_ice(pair)
    rows.append(_row("concentrations and their errors", lambda: concentrations(ice)))
    rows.append(_row("objects", lambda: count_features(ice["s2_ice"].values)))
    rows.append(_row("cells of 1 km", lambda: concentration_map(ice)))
    for name in METHODS["s1"]:
        rows.append(
            _row(f"all of it, s1 {name}", lambda m=name: whole_step(pair, Recipe(s1_mask=m)))
        )
    return rows


def whole_step(pair: xr.Dataset, recipe: Recipe) -> None:
    """What a run does with an aligned pair."""
    ice, _ = ice_of(None, pair, recipe)  # type: ignore[arg-type]
    concentration_map(pair.assign(ice))


def rows_of_file(path: Path, method: str) -> list[tuple[str, ...]]:
    """The whole step on a pair that lies in a file, once."""
    form = next(each for each in FORMATS.values() if path.name.endswith(Path(each.file).suffix))
    with form.read(path) as pair:
        made = [name for name in pair if "_ice" in str(name) or name == "valid"]
        lazy = pair.drop_vars(made)
        row = _row(f"all of it from {path.name}, s1 {method}",
                   lambda: whole_step(lazy, Recipe(s1_mask=method)), runs=1)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [row, (f"peak memory {peak:.2f} GB", "", "")]


def _row(work: str, run: Callable[[], object], runs: int = RUNS) -> tuple[str, ...]:
    wall, cpu = timed(run, runs)
    return work, f"{wall:.2f} s", f"{cpu:.2f} s"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", type=Path, help="pair.nc or pair.zarr of a run")
    parser.add_argument("--s1-mask", default="automatic", help="with --pair: the radar's method")
    chosen = parser.parse_args()
    rows = rows_of_file(chosen.pair, chosen.s1_mask) if chosen.pair else rows_in_memory(simulated())
    sys.stdout.write(f"{markdown_lines(_HEAD, rows)}\n")


if __name__ == "__main__":
    main()
