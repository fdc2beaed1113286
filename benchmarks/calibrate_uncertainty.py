"""Fit the coefficients of stated uncertainties to errors against known truth.

    python benchmarks/calibrate_uncertainty.py --cases 100 [--pairs FOLDER]

draws pairs of the battery by seed (`battery.toy`), tells ice in them by every method of either
sensor, and prints the table for ``icepair/ice/uncertainty.py``: coefficients by maximum likelihood,
scaled so that 68 % of the errors lie within one standard deviation; then the coverage of the odd
cases by a fit to the even ones alone. ``--pairs`` adds aligned pairs in NetCDF that carry
``truth_s1_ice_share`` and ``truth_s2_ice_share``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from battery import cases, toy
from scipy.optimize import minimize

from icepair.conventions import NO_ANSWER
from icepair.ice.concentration import tallied
from icepair.ice.mask import sea_ice
from icepair.ice.methods import METHODS, SENSORS, Sensor
from icepair.ice.uncertainty import TERMS, terms, trust_of

Truth = Mapping[str, Any]
"""Share of ice of every pixel, by sensor."""
_LEAST = {"one_class": 0.03, "one_polarisation": 0.01, "floor": 0.002}
"""What is granted whatever the fit says: single scenes of one class say little of the next."""

_TAIL = 4.0
"""Degrees of freedom of Student's distribution: a few scenes fail by far, and may not decide."""
_WITHIN = 0.68


def battery_case(seed: int) -> tuple[xr.Dataset, Truth]:
    """Pair of the battery's own generator, and its truth as shares of every pixel."""
    made = toy.make(cases.draw(seed))
    return made.pair, made.truth


def file_case(path: Path) -> tuple[xr.Dataset, Truth]:
    """Pair of a file, and its truth."""
    pair = xr.open_dataset(path).load()
    for name in ("s1_flags", "s2_flags"):
        pair[name] = pair[name].astype("u1")
    return pair, {side: pair[f"truth_{side}_ice_share"].values for side in ("s1", "s2")}


@dataclass(frozen=True)
class Row:
    """One stated concentration: of which case, by what, over which area, and its error."""

    case: int
    sensor: Sensor
    method: str
    common: bool
    sizes: list[float]
    """Of `TERMS`."""
    error: float


def measured(case: int, pair: xr.Dataset, truth: Truth) -> Iterator[Row]:
    """Concentrations of a pair by every method."""
    for methods in zip_longest(METHODS["s1"], METHODS["s2"]):
        chosen = {"s1_mask": methods[0], "s2_mask": methods[1]}
        ice = sea_ice(pair, **{name: method for name, method in chosen.items() if method})
        for side in SENSORS[: 1 if methods[1] is None else 2]:
            yield from _of_sensor(case, side, ice, truth)


def _of_sensor(case: int, side: Sensor, ice: xr.Dataset, truth: Truth) -> Iterator[Row]:
    tally = tallied(ice, by_probability=True)
    trust = trust_of(ice[f"{side}_ice_probability"].attrs)
    for common in (True, False):
        area = tally.area(SENSORS.index(side), common=common)
        if area.concentration is None:
            continue
        sizes = terms(area.evidence, trust)
        known = ice["valid"].values == 1 if common else ice[f"{side}_ice"].values != NO_ANSWER
        error = area.concentration - float(np.asarray(truth[side])[known].mean(dtype=float))
        yield Row(case, side, trust.method, common, [float(sizes[name]) for name in TERMS], error)


def fitted(sizes: np.ndarray, errors: np.ndarray, known: np.ndarray | float = 0.0) -> np.ndarray:
    """Coefficients of greatest likelihood, scaled to the wanted coverage.

    `known` is a standard error that adds to what the coefficients say.
    """

    def cost(logs: np.ndarray) -> float:
        spread = np.sqrt(((np.exp(logs) * sizes) ** 2).sum(axis=1) + known**2)
        tail = (_TAIL + 1) / 2 * np.log1p((errors / spread) ** 2 / _TAIL)
        return float((np.log(spread) + tail).sum() + 0.02 * (logs + 3.5) @ (logs + 3.5))

    start = np.full(sizes.shape[1], np.log(0.03))
    found = np.exp(minimize(cost, start, method="L-BFGS-B", bounds=[(-9.0, 1.0)] * len(start)).x)
    spread = np.sqrt(((found * sizes) ** 2).sum(axis=1) + known**2)
    scaled = found * np.quantile(np.abs(errors) / spread, _WITHIN)
    return np.maximum(scaled, [_LEAST.get(name, 0.0) for name in TERMS])


def main() -> None:
    """Measure, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--keep", type=Path, help="Measurements as JSON lines, for another look.")
    chosen = parser.parse_args()
    sources: list[Any] = [(battery_case, chosen.first + n) for n in range(chosen.cases)]
    if chosen.pairs:
        sources += [(file_case, path) for path in sorted(chosen.pairs.glob("*.nc"))]
    rows: list[Row] = []
    for number, (make, which) in enumerate(sources):
        rows += measured(number, *make(which))
    if chosen.keep:
        chosen.keep.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
    for side in SENSORS:
        print(f'    "{side}": {{')
        for method in METHODS[side]:
            report([row for row in rows if (row.sensor, row.method) == (side, method)])
        print("    },")


def report(rows: list[Row]) -> None:
    """Print coefficients and coverage of one method."""
    sizes, errors = np.array([row.sizes for row in rows]), np.array([row.error for row in rows])
    unseen = np.array([row.case % 2 == 1 for row in rows])
    common = np.array([row.common for row in rows])
    halves = fitted(sizes[~unseen], errors[~unseen])
    within = np.abs(errors) <= np.sqrt(((halves * sizes) ** 2).sum(axis=1))
    every = fitted(sizes, errors)
    values = ", ".join(f'"{n}": {v:.4f}' for n, v in zip(TERMS, every, strict=True))
    print(f'        "{rows[0].method}": {{{values}}},')
    print(
        f"# unseen half, common area {within[unseen & common].mean():.0%}, "
        f"own {within[unseen & ~common].mean():.0%}; mean error {errors.mean():+.3f}, "
        f"absolute {np.abs(errors).mean():.3f}, rms {np.sqrt((errors**2).mean()):.3f}, "
        f"n {len(errors)}"
    )


if __name__ == "__main__":
    main()
