"""Fit the coefficients of stated uncertainties to errors against known truth.

    python benchmarks/calibrate_uncertainty.py --cases 100 [--pairs FOLDER]

draws pairs of the battery by seed (`battery.toy`), tells ice in them by the default methods,
and prints the table for ``icepair/ice/uncertainty.py``: coefficients by maximum likelihood, scaled
so that 68 % of the errors of the even cases lie within one standard deviation; then the coverage of
the odd cases, which took no part. ``--pairs`` adds aligned pairs in NetCDF that carry
``truth_s1_ice_share`` and ``truth_s2_ice_share``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from battery import cases, toy
from scipy.optimize import minimize

from icepair.conventions import NO_ANSWER
from icepair.ice.concentration import tallied
from icepair.ice.mask import sea_ice
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


def measured(pair: xr.Dataset, truth: Truth) -> list[tuple[str, bool, list[float], float]]:
    """Sensor, common or own area, sizes of all terms, and the error of the concentration."""
    ice = sea_ice(pair)
    tally = tallied(ice, by_probability=True)
    rows = []
    for number, side in enumerate(("s1", "s2")):
        trust = trust_of(ice[f"{side}_ice_probability"].attrs)
        for common in (True, False):
            area = tally.area(number, common=common)
            if area.concentration is None:
                continue
            sizes = terms(area.evidence, trust)
            known = ice["valid"].values == 1 if common else ice[f"{side}_ice"].values != NO_ANSWER
            error = area.concentration - float(np.asarray(truth[side])[known].mean(dtype=float))
            rows.append((side, common, [float(sizes[name]) for name in TERMS], error))
    return rows


def fitted(sizes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Coefficients of greatest likelihood, scaled to the wanted coverage."""

    def cost(logs: np.ndarray) -> float:
        spread = np.sqrt(((np.exp(logs) * sizes) ** 2).sum(axis=1))
        tail = (_TAIL + 1) / 2 * np.log1p((errors / spread) ** 2 / _TAIL)
        return float((np.log(spread) + tail).sum() + 0.02 * (logs + 3.5) @ (logs + 3.5))

    start = np.full(sizes.shape[1], np.log(0.03))
    found = np.exp(minimize(cost, start, method="L-BFGS-B", bounds=[(-9.0, 1.0)] * len(start)).x)
    spread = np.sqrt(((found * sizes) ** 2).sum(axis=1))
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
    rows = []
    for number, (make, which) in enumerate(sources):
        rows += [(number, *row) for row in measured(*make(which))]
    if chosen.keep:
        chosen.keep.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report(rows)


def report(rows: list[tuple[int, str, bool, list[float], float]]) -> None:
    """Print coefficients and coverage of both sensors."""
    for side in ("s1", "s2"):
        of_side = [row for row in rows if row[1] == side]
        sizes = np.array([row[3] for row in of_side])
        errors = np.array([row[4] for row in of_side])
        unseen = np.array([row[0] % 2 == 1 for row in of_side])
        common = np.array([row[2] for row in of_side])
        halves = fitted(sizes[~unseen], errors[~unseen])
        within = np.abs(errors) <= np.sqrt(((halves * sizes) ** 2).sum(axis=1))
        every = fitted(sizes, errors)
        values = ", ".join(f'"{n}": {v:.4f}' for n, v in zip(TERMS, every, strict=True))
        print(f'    "{side}": {{{values}}},')  # noqa: T201
        print(  # noqa: T201
            f"# {side}: unseen half, common area {within[unseen & common].mean():.0%}, "
            f"own {within[unseen & ~common].mean():.0%}; mean error {errors.mean():+.3f}, "
            f"rms {np.sqrt((errors**2).mean()):.3f}, n {len(errors)}"
        )


if __name__ == "__main__":
    main()
