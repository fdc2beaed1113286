"""How near to the truth a taught radar comes under cloud that hides half of a pair.

    python benchmarks/taught.py --toy 100 --products 30 --first 1000 [--workers 2] [--fit]

Pairs of the battery (`battery.toy`, or `battery.products` through simulated files), made larger and
with up to 6 km of drift, lose one half of their optical scene, each another: the rest teaches the
radar, which is judged where nothing taught it. One line a pair, then errors by material, untaught
and taught, and the share of errors within what is stated. ``--fit`` prints the coefficients of the
uncertainty for ``icepair/ice/uncertainty.py``.

Seeds are those of the battery: 0-99 to design by, 100-199 held out, 1000 on published.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import xarray as xr
from battery import cases, products, toy
from battery.toy import Made
from calibrate_uncertainty import fitted

import icepair
from icepair._typing import BoolArray
from icepair.conventions import S2Flag
from icepair.errors import IcepairError
from icepair.ice.concentration import tallied
from icepair.ice.uncertainty import TERMS, standard_error, terms, trust_of

_SHAPE, _PRODUCT_SHAPE = (1000, 1400), (1500, 1500)
_MOST_DRIFT_M = 6000.0


@dataclass(frozen=True)
class Row:
    """What came of a pair, over its hidden half."""

    by: str
    untaught: float
    """Error of the concentration by ``network``."""
    taught: float
    stated: float
    """Standard error that is stated."""
    held_out: float
    sizes: list[float]
    """Of `TERMS`."""


def made(material: str, seed: int) -> Made:
    """Pair of the battery, large enough for its drift."""
    if material == "products":
        settings = products.settings_of(seed, _PRODUCT_SHAPE)
        return products.make(dataclasses.replace(settings, cloud_cover=0.0, cirrus_cover=0.0))
    rng = np.random.default_rng([5, seed])
    towards, length = rng.uniform(0, 2 * np.pi), rng.uniform(0, _MOST_DRIFT_M)
    drift_m = (length * np.cos(towards), length * np.sin(towards))
    return toy.make(dataclasses.replace(cases.draw(seed, _SHAPE), cloud=0.0, drift_m=drift_m))


def half_of(shape: tuple[int, int], which: int) -> BoolArray:
    """Upper, lower, left or right half."""
    half = np.zeros(shape, bool)
    rows, columns = (size // 2 for size in shape)
    part = (np.s_[:rows], np.s_[rows:], np.s_[:, :columns], np.s_[:, columns:])[which % 4]
    half[part] = True
    return half


def covered(pair: Made, seed: int) -> tuple[xr.Dataset, BoolArray]:
    """The pair with one half of its optical scene under cloud, and that half."""
    hidden = half_of(pair.truth["s1"].shape, seed)
    flags = pair.pair["s2_flags"]
    cloudy = flags.copy(data=flags.values | np.uint8(S2Flag.OPAQUE_CLOUD) * hidden)
    return pair.pair.assign(s2_flags=cloudy).assign_attrs(s1_product=f"pair {seed}"), hidden


def measured(pair: Made, seed: int) -> Row:
    """Teach by one half, judge the other."""
    given, hidden = covered(pair, seed)
    radar = icepair.teach_radar(given)
    taught = icepair.sea_ice(given, s1_mask=radar)
    untaught = icepair.sea_ice(given, s1_mask="network")
    there = xr.DataArray(hidden, dims=("y", "x"))
    trust = trust_of(taught["s1_ice_probability"].attrs)
    only = {
        f"{s}_ice_probability": taught[f"{s}_ice_probability"].where(there) for s in ("s1", "s2")
    }
    evidence = tallied(xr.Dataset(only), by_probability=True).area(0, common=False).evidence
    sizes = terms(evidence, trust)
    return Row(
        radar.lessons.by, _error(untaught, pair, hidden), _error(taught, pair, hidden),
        float(standard_error("s1", evidence, trust)), radar.lessons.held_out_error,
        [float(sizes[name]) for name in TERMS],
    )  # fmt: skip


def _error(ice: xr.Dataset, pair: Made, hidden: BoolArray) -> float:
    share = ice["s1_ice_probability"].values
    known = np.isfinite(share) & hidden
    return float(share[known].mean() - pair.truth["s1"][known].mean())


def one(task: tuple[str, int]) -> Row | str:
    """Row of a pair by material and seed, or why there is none."""
    try:
        return measured(made(*task), task[1])
    except IcepairError as error:
        return str(error)


def main() -> None:
    """Run, print, sum up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", type=int, default=40, help="Pairs in memory.")
    parser.add_argument("--products", type=int, default=20, help="Pairs through files.")
    parser.add_argument("--first", type=int, default=0, help="Seed of the first of either.")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    rows: dict[str, list[Row]] = {"toy": [], "products": []}
    tasks = [(name, given.first + n) for name in rows for n in range(getattr(given, name))]
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        for (material, seed), row in zip(tasks, pool.map(one, tasks), strict=True):
            if isinstance(row, str):
                sys.stdout.write(f"{material} {seed}: {row}\n")
                continue
            rows[material].append(row)
            sys.stdout.write(
                f"{material} {seed} by {row.by}: untaught {row.untaught:+.3f}, taught "
                f"{row.taught:+.3f} ± {row.stated:.3f}\n"
            )
            sys.stdout.flush()
    for material, some in rows.items():
        if some:
            report(material, some)
    if given.fit:
        fit([row for some in rows.values() for row in some if row.by == "place"])


def report(material: str, rows: list[Row]) -> None:
    """Print errors of all pairs."""
    by_place = np.array([row.by == "place" for row in rows])
    sys.stdout.write(f"{material}: {len(rows)} pairs, {by_place.mean():.0%} taught by place\n")
    for name in ("untaught", "taught"):
        error = np.abs([getattr(row, name) for row in rows])
        for words, chosen in (("all", by_place | ~by_place), ("by place", by_place)):
            part = error[chosen]
            sys.stdout.write(
                f"{name}, {words}: mean {part.mean():.4f}, median {np.median(part):.4f}, four in "
                f"five below {np.quantile(part, 0.8):.3f}, within 0.02 {(part < 0.02).mean():.0%}\n"
            )
    within = np.mean([abs(row.taught) <= row.stated for row in rows])
    sys.stdout.write(f"within the stated standard error: {within:.0%}\n")


def fit(rows: list[Row]) -> None:
    """Print coefficients that the stated uncertainty needs besides the held-out error."""
    found = fitted(
        np.array([row.sizes for row in rows]), np.array([row.taught for row in rows]),
        np.array([row.held_out for row in rows]),
    )  # fmt: skip
    values = ", ".join(f'"{name}": {value:.4f}' for name, value in zip(TERMS, found, strict=True))
    sys.stdout.write(f'"taught": {{{values}}},\n')


if __name__ == "__main__":
    main()
