"""How often change is found where there is none, and where there is 0.05 of it.

    python benchmarks/calibrate_change.py --cases 40 [--first 0] [--shape 400 500]

draws ice by the battery's seeds and looks at it on two days: wind, incidence, noise, light, cloud
and speckle are drawn anew, the ice stays, or has changed by 0.05 of the area. Prints for
both sensors, and for both together, the share of cases in which `icepair.ice_change` finds a
change, the errors of the changes by how well the radar tells its classes apart, and how many maps
of cells have a wrong discovery. `COEFFICIENTS` in ``icepair/ice/change/difference.py`` are chosen
by it.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from battery import cases, toy

import icepair
from icepair.ice.uncertainty import trust_of

_OTHER_DAY = 5000
_STEP = 0.05


def other_day(case: cases.Case, number: int) -> cases.Case:
    """Another look at the same ice: its own backscatter and colours stay."""
    rng = np.random.default_rng([99, number])
    drawn = cases.draw(number + _OTHER_DAY, case.shape)
    low, high = (20.0, 45.0) if case.mode.startswith("EW") else (31.0, 45.0)
    wind = float(rng.uniform(0, 15))
    level, slope = case.co_db["water"]
    cross, cross_slope = case.cross_db["water"]
    level += _wind_db(wind) - _wind_db(case.wind_m_s) + rng.normal(0, 0.5)
    cross = float(np.clip(cross + 0.6 * (wind - case.wind_m_s), -33, -24))
    return replace(
        case, seed=number + _OTHER_DAY, wind_m_s=wind,
        co_db={**case.co_db, "water": (level, slope)},
        cross_db={**case.cross_db, "water": (cross, cross_slope)},
        incidence=float(rng.uniform(low, high)), heading_deg=float(rng.uniform(-180, 180)),
        noise_db={name: float(rng.uniform(-32, -25)) for name in case.polarisations},
        cloud=0.5 * drawn.cloud,
        **{name: getattr(drawn, name) for name in (
            "gust_db", "residual_db", "scallop_db", "veil", "shade", "sun_zenith", "optical_noise",
            "nodata")},
    )  # fmt: skip


def _wind_db(wind: float) -> float:
    return 14.5 * math.log10(max(wind, 0.7))


def looks(seed: int, shape: tuple[int, int]) -> tuple[xr.Dataset, xr.Dataset, xr.Dataset, float]:
    """Ice on one day, the same on another, changed ice on a third; and the true change."""
    case = cases.draw(seed, shape)
    up = _STEP if case.concentration < 0.5 else -_STEP
    same, changed = (
        toy.surfaces_of(each, np.random.default_rng([7, seed]))
        for each in (case, replace(case, concentration=case.concentration + up))
    )
    made = [
        toy.make(case, same),
        toy.make(other_day(case, seed), same),
        toy.make(other_day(case, seed + 20000), changed),
    ]
    truth = [float(one.truth["s2"].mean()) for one in made]
    return (*(_dated(one.pair, day) for day, one in enumerate(made)), truth[2] - truth[0])  # type: ignore[return-value]


def _dated(pair: xr.Dataset, day: int) -> xr.Dataset:
    ice = icepair.sea_ice(pair)
    return ice.assign_attrs(
        {**ice.attrs, "s1_time": f"2020-05-{1 + day:02d}T05:00:00Z",
         "s2_time": f"2020-05-{1 + day:02d}T12:00:00Z"}
    )  # fmt: skip


def measured(seed: int, shape: tuple[int, int]) -> list[dict[str, Any]]:
    """What is found of a case: a row for each of its two comparisons."""
    first, same, changed, truth = looks(seed, shape)
    rows = []
    for label, second, step in (("unchanged", same, 0.0), ("changed", changed, truth)):
        found = icepair.ice_change([first, second]).isel(step=0)
        row: dict[str, Any] = {"seed": seed, "label": label, "truth": step}
        for side in ("s1_", "s2_", ""):
            name = f"{side}concentration_change"
            row[name] = float(found[name])
            row[f"{name}_significant"] = int(found[f"{name}_significant"])
            if side:
                verdict = found[f"{side}cell_change_verdict"].values
                row[f"{side}cells"] = int(np.isin(verdict, (1, 2)).sum())
        row["separability"] = min(
            trust_of(one["s1_ice_probability"].attrs).separability for one in (first, second)
        )
        rows.append(row)
    return rows


def report(rows: list[dict[str, Any]]) -> None:
    """Print the shares in which a change was found."""
    for side in ("s1_", "s2_", ""):
        name = f"{side}concentration_change"
        told = [row for row in rows if row[f"{name}_significant"] != 255]
        none = [row for row in told if row["label"] == "unchanged"]
        some = [row for row in told if 0.04 < abs(row["truth"]) < 0.065]
        found = [np.mean([row[f"{name}_significant"] for row in part]) for part in (none, some)]
        print(
            f"{side or 'together'}: found in {found[0]:.1%} of {len(none)} unchanged, "
            f"{found[1]:.1%} of {len(some)} changed by 0.05"
            + (f"; maps with a discovery {np.mean([r[f'{side}cells'] > 0 for r in none]):.1%}"
               if side else "")
        )  # fmt: skip
    errors = np.array([abs(row["s1_concentration_change"] - row["truth"]) for row in rows])
    apart = np.array([row["separability"] for row in rows])
    for low, high in ((0, 2.2), (2.2, 3), (3, 4), (4, 99)):
        chosen = errors[(apart >= low) & (apart < high) & np.isfinite(errors)]
        if chosen.size:
            quantiles = np.quantile(chosen, [0.5, 0.8, 0.95]).round(3)
            print(f"radar, separability {low}-{high}: n {chosen.size}, errors {quantiles}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--shape", type=int, nargs=2, default=(400, 500))
    parser.add_argument("--keep", help="Rows as JSON lines, for another look.")
    chosen = parser.parse_args()
    rows = []
    for seed in range(chosen.first, chosen.first + chosen.cases):
        rows += measured(seed, tuple(chosen.shape))
    if chosen.keep:
        with open(chosen.keep, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.writelines(json.dumps(row) + "\n" for row in rows)
    report(rows)


if __name__ == "__main__":
    main()
