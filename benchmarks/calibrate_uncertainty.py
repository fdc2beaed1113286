"""Fit the coefficients of stated uncertainties to errors against known truth.

    python benchmarks/calibrate_uncertainty.py --cases 120 [--pairs FOLDER]

draws toy scenes by seed, tells ice in them by the default methods, and prints the table for
``icepair/ice/uncertainty.py``: coefficients by maximum likelihood, scaled so that 68 % of the
errors of the even cases lie within one standard deviation; then the coverage of the odd cases,
which took no part. ``--pairs`` adds aligned pairs in NetCDF that carry ``truth_s1_ice_share`` and
``truth_s2_ice_share``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.optimize import minimize

from icepair.ice.concentration import tallied
from icepair.ice.mask import sea_ice
from icepair.ice.uncertainty import TERMS, terms, trust_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ice"))
import toy_ice

_TAIL = 4.0
"""Degrees of freedom of Student's distribution: a few scenes fail by far, and may not decide."""
_WITHIN = 0.68


def drawn(seed: int) -> toy_ice.Toy:
    """A toy over wide limits of levels, wind, noise and mode."""
    rng = np.random.default_rng(seed)
    iw = rng.random() < 0.35
    hh = rng.uniform(-13, -8)
    hv = rng.uniform(-22, -17)
    single = rng.random() < 0.15
    return toy_ice.Toy(
        seed=seed,
        shape=(500, 600),
        concentration=float(np.clip(rng.uniform(-0.05, 1.05), 0, 1)),
        field=str(rng.choice(["floes", "smooth"])),
        smallest_m=rng.uniform(40, 150),
        largest_m=rng.uniform(500, 6000),
        thin_share=float(rng.choice([0, rng.uniform(0, 0.35)])),
        pond_share=float(rng.choice([0, rng.uniform(0, 0.4)])),
        incidence=rng.uniform(21, 45),
        radar_m=10.0 if iw else 40.0,
        looks=4.4 if iw else 10.7,
        noise_db=rng.uniform(-32, -26),
        ice_hh=hh,
        ice_hv=hv,
        ice_texture_db=rng.uniform(0.5, 2.5),
        thin_hh=hh - rng.uniform(2, 6),
        thin_hv=hv - rng.uniform(2.5, 6),
        water_hh=rng.uniform(-22, -14),
        water_hv=rng.uniform(-32, -26),
        polarisations=("HH",) if single else ("HH", "HV"),
        light=rng.uniform(0.75, 1.05),
        haze=float(rng.choice([0, rng.uniform(0, 0.06)])),
        nodata=True,
    )


def toy_case(seed: int) -> tuple[xr.Dataset, dict[str, dict[bool, float]]]:
    """Pair of a seed, and its truth for each sensor over its own and the common area."""
    toy = drawn(seed)
    pair, common = toy_ice.scene(toy)
    share = 1 - toy_ice.shares(toy, np.random.default_rng(toy.seed))["water"]
    own = {"s1": share[pair["s1_flags"].values == 0].mean(),
           "s2": share[pair["s2_flags"].values == 0].mean()}  # fmt: skip
    return pair, {side: {True: common, False: float(own[side])} for side in own}


def file_case(path: Path) -> tuple[xr.Dataset, dict[str, dict[bool, float]]]:
    """Pair of a file, and its truth."""
    pair = xr.open_dataset(path).load()
    for name in ("s1_flags", "s2_flags"):
        pair[name] = pair[name].astype("u1")
    return pair, {}


def measured(
    pair: xr.Dataset, truth: dict[str, dict[bool, float]]
) -> list[tuple[str, bool, list[float], float]]:
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
            true = truth[side][common] if truth else _truth_in(ice, side, common=common)
            rows.append((side, common, [sizes[name] for name in TERMS], area.concentration - true))
    return rows


def _truth_in(ice: xr.Dataset, side: str, *, common: bool) -> float:
    known = ice["valid"].values == 1 if common else ice[f"{side}_ice"].values != 255
    return float(ice[f"truth_{side}_ice_share"].values[known].mean())


def fitted(sizes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Coefficients of greatest likelihood, scaled to the wanted coverage."""

    def cost(logs: np.ndarray) -> float:
        spread = np.sqrt(((np.exp(logs) * sizes) ** 2).sum(axis=1))
        tail = (_TAIL + 1) / 2 * np.log1p((errors / spread) ** 2 / _TAIL)
        return float((np.log(spread) + tail).sum() + 0.02 * (logs + 3.5) @ (logs + 3.5))

    start = np.full(sizes.shape[1], np.log(0.03))
    found = np.exp(minimize(cost, start, method="L-BFGS-B", bounds=[(-9.0, 1.0)] * len(start)).x)
    spread = np.sqrt(((found * sizes) ** 2).sum(axis=1))
    return found * np.quantile(np.abs(errors) / spread, _WITHIN)


def main() -> None:
    """Measure, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--keep", type=Path, help="Measurements as JSON lines, for another look.")
    chosen = parser.parse_args()
    sources = [(toy_case, seed) for seed in range(chosen.first, chosen.first + chosen.cases)]
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
