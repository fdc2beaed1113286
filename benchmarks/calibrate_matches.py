"""Fit the weights by which a match of floes is believed, and say how they hold on other scenes.

    python benchmarks/calibrate_matches.py [--design 24] [--held-out 12]

Scenes are drawn by `icepair.testing.moving_floes`; design scenes have seeds from 0, held-out ones
from 100000. Prints what `icepair.motion.consensus.WEIGHTS` holds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from icepair.motion import consensus
from icepair.motion.candidates import Candidates, candidates_of
from icepair.motion.common_part import common_parts
from icepair.motion.consensus import Weights
from icepair.motion.matches import expected_variances, standard_errors
from icepair.motion.outlines import Outlines, outlines_of
from icepair.testing.moving_floes import Look, MovingFloes, TwoLooks, two_looks

HOURS = 7.2
FARTHEST_M = HOURS * 3600.0
EDGE_M = 40.0
HELD_OUT = 100_000
SMALLEST_M = 500.0


@dataclass(frozen=True)
class Case:
    """Candidates of a scene, and which are right."""

    first: Outlines
    candidates: Candidates
    right: np.ndarray
    error: np.ndarray
    """(c, 2) metres."""
    whole: int
    """Floes of more than 1 km that stay whole and have a label of their own in both looks."""
    large: np.ndarray
    """(c,) whether the floe of the first is one of those."""


def drawn(seed: int) -> MovingFloes:
    """Settings drawn over wide ranges."""
    random = np.random.default_rng([seed, 99])
    way, towards = random.uniform(0, 12e3), random.uniform(0, 2 * np.pi)
    number = lambda low, high: float(random.uniform(low, high))  # noqa: E731
    return MovingFloes(
        seed, extent_m=number(25e3, 45e3),
        drift_m=(float(way * np.cos(towards)), float(way * np.sin(towards))),
        gradient=number(0, 0.12), own_way_m=number(0, 300),
        turn_deg=float(random.choice([3, 15, 40, 120])), concentration=number(0.2, 0.6),
        largest_m=number(2.5e3, 8e3), broken=number(0, 0.3),
        first=Look(40.0, number(20, 70), number(0.05, 0.2), number(0, 40), number(0, 0.5),
                   number(0, 0.15)),
        second=Look(float(random.choice([10, 20])), number(0, 15), number(0, 0.08), 0.0,
                    number(0, 0.3), number(0, 0.1)),
    )  # fmt: skip


def case_of(looks: TwoLooks) -> Case:
    """Candidates with their truth."""
    outlines = [
        outlines_of(look, which, SMALLEST_M, 3 * EDGE_M)
        for look, which in ((looks.first, "first"), (looks.second, "second"))
    ]
    found = candidates_of(*outlines, FARTHEST_M, EDGE_M)
    one = looks.first.floe[outlines[0].label[found.first]]
    other = looks.second.floe[outlines[1].label[found.second]]
    truth = looks.truth
    every = np.arange(found.first.size)
    way = common_parts(found, *outlines, every).displacement
    error = way - truth[["dx", "dy"]].to_numpy()[one]
    whole = (truth["diameter"] > 1000) & truth["whole"]
    whole &= (truth["label_first"] > 0) & (truth["label_second"] > 0)
    return Case(
        outlines[0], found, (one == other) & (one >= 0), error, int(whole.sum()),
        whole.to_numpy()[one],
    )  # fmt: skip


def logistic(features: np.ndarray, right: np.ndarray) -> tuple[float, ...]:
    """Maximum likelihood with a little shrinkage, by Newton's steps."""
    table = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(table.shape[1])
    shrink = np.diag([0.0, *np.full(features.shape[1], 0.5)])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (right - chance) - shrink @ weights
        curve = (table * (chance * (1 - chance))[:, None]).T @ table + shrink
        weights = weights + np.linalg.solve(curve + 1e-9 * np.eye(len(curve)), slope)
    return tuple(float(weight) for weight in np.round(weights, 3))


def fitted(cases: list[Case]) -> Weights:
    """The three regressions, one after the other."""
    right = np.concatenate([case.right for case in cases])
    shapes = [consensus.shape_features(c.candidates, c.first, EDGE_M) for c in cases]
    shape = logistic(np.concatenate(shapes), right)
    odds = [consensus.linear(features, shape) for features in shapes]
    columns = [np.column_stack([o, _support(c, o)]) for c, o in zip(cases, odds, strict=True)]
    together = logistic(np.concatenate(columns), right)
    last, chosen = [], []
    for case, own, both in zip(cases, odds, columns, strict=True):
        better = consensus.linear(both, together)
        lead = consensus.lead(case.candidates, better)
        last.append(np.column_stack([own, _support(case, better), lead]))
        chosen.append(consensus.mutual_best(case.candidates, better))
    # Only what is best both ways can be handed out: its confidence is what must be right.
    which = np.concatenate(chosen)
    return Weights(shape, together, logistic(np.concatenate(last)[which], right[which]))


def _support(case: Case, odds: np.ndarray) -> np.ndarray:
    chance = consensus.shared(case.candidates, odds)
    return consensus.neighbour_support(case.candidates, case.first, chance, FARTHEST_M)


def error_factor(cases: list[Case], weights: Weights, least: float = 0.8) -> float:
    """What brings 68 % of the errors within one standard error."""
    ratios = []
    for case in cases:
        belief = consensus.believed(case.candidates, case.first, FARTHEST_M, EDGE_M, weights)
        good = consensus.mutual_best(case.candidates, belief) & (belief >= least) & case.right
        sigma = np.sqrt(expected_variances(case.candidates.fit[good]))
        ratios.append(np.abs(case.error[good]) / sigma[:, None])
    return float(np.quantile(np.concatenate(ratios), 0.68))


def report(cases: list[Case], weights: Weights, least: float = 0.8) -> None:
    """Found, false, error and calibration."""
    rows = []
    for case in cases:
        belief = consensus.believed(case.candidates, case.first, FARTHEST_M, EDGE_M, weights)
        best = consensus.mutual_best(case.candidates, belief)
        sigma = standard_errors(case.candidates.fit, EDGE_M)
        rows.append(np.column_stack([belief, case.right, case.large, sigma, case.error])[best])
    belief, right, large, sigma, *error = np.concatenate(rows).T
    taken = belief >= least
    good = taken & (right > 0)
    big = good & (large > 0)
    way = np.hypot(*error)
    found = big.sum() / sum(case.whole for case in cases)
    print(f"matches {taken.sum()}, of floes > 1 km that stay whole {found:.3f}, "
          f"false {1 - right[taken].mean():.4f}")  # fmt: skip
    print(f"displacement rms {np.sqrt((way[big] ** 2).mean()):.1f} m (> 1 km), "
          f"{np.sqrt((way[good] ** 2).mean()):.1f} m (all), median {np.median(way[good]):.1f} m; "
          f"within 1 and 2 standard errors "
          f"{(np.abs(error) < sigma)[:, good].mean():.2f} "
          f"{(np.abs(error) < 2 * sigma)[:, good].mean():.2f}")  # fmt: skip
    print(" confidence   matches   mean   right")
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 0.99), (0.99, 1.01)):
        part = (belief >= low) & (belief < high)
        if part.any():
            print(f" {low:4.2f}-{min(high, 1):4.2f} {part.sum():9} "
                  f"{belief[part].mean():7.3f} {right[part].mean():7.3f}")  # fmt: skip


def main() -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--design", type=int, default=24)
    parser.add_argument("--held-out", type=int, default=12)
    chosen = parser.parse_args()
    design = [case_of(two_looks(drawn(seed))) for seed in range(chosen.design)]
    weights = fitted(design)
    print(weights, f"ERROR_FACTOR = {error_factor(design, weights):.2f}")
    print("\nDesign scenes")
    report(design, weights)
    print("\nHeld-out scenes")
    others = range(HELD_OUT, HELD_OUT + chosen.held_out)
    report([case_of(two_looks(drawn(seed))) for seed in others], weights)


if __name__ == "__main__":
    main()
