r"""Teach the radar's network on simulated scenes and write its weights.

    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/teach_radar.py \
        --lessons build/lessons --out src/icepair/ice/radar/network.npz

Each surface is looked at by four radars (`school.surfaces`, `school.backscatter`); 500 cells of
each look are kept in the folder of lessons. What is there already is not drawn again, and takes
part too. 300 more surfaces are of ice alone or water alone. One surface in ten is not taught and
is judged at the end. 1,500 surfaces take about 25 minutes on two cores, the steps ten minutes on
one. Needs PyTorch (``pip install torch``), which nothing else does.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from school.backscatter import Seen, draw_backscatter
from school.lessons import Lessons, Pupil, teach, write
from school.surfaces import draw_surface

from icepair._typing import BoolArray, Float32Array
from icepair.ice.radar.automatic import rule_of_parts
from icepair.ice.radar.features import AROUND, VOTE, cell_features, scene_traits

_LOOKS, _CELLS, _JUDGED = 4, 500, 10
_MOST = 6.0
_SOME = 7
_ONE_CLASS = 100_000
"""Number of the first surface of one class."""


def keep_lessons(folder: Path, number: int) -> None:
    """Cells, truth and traits of the looks at a surface, in a file of the folder."""
    path = folder / f"{number}.npz"
    if path.exists():
        return
    rng = np.random.default_rng(500_000 + number)
    surface = draw_surface(rng, one_class=number >= _ONE_CLASS)
    looks = [_lesson(rng, draw_backscatter(rng, surface)) for _ in range(_LOOKS)]
    arrays = {name: np.array([look[name] for look in looks]) for name in looks[0]}
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as stream:
        np.savez(stream, **arrays)
    unfinished.rename(path)


def _lesson(rng: np.random.Generator, seen: Seen) -> dict[str, np.ndarray]:
    cells = rng.choice(seen.truth.size, _CELLS)
    levels = rule_of_parts([seen.powers], [seen.incidence], AROUND)
    features = cell_features(levels, seen.powers, seen.incidence)
    voted = float(np.nanmean(features[..., VOTE]))
    return {
        "features": features.reshape(seen.truth.size, -1)[cells].astype(np.float16),
        "truth": seen.truth.ravel()[cells].astype(np.float16),
        "traits": scene_traits(levels, voted, averages=seen.averages),
    }


def main() -> None:
    """Draw, teach, judge, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--surfaces", type=int, default=1500)
    parser.add_argument("--one-class", type=int, default=300)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lessons", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.lessons.mkdir(parents=True, exist_ok=True)
    wanted = [*range(given.surfaces), *range(_ONE_CLASS, _ONE_CLASS + given.one_class)]
    with ProcessPoolExecutor(given.workers) as pool:
        list(pool.map(partial(keep_lessons, given.lessons), wanted, chunksize=4))
    numbers = sorted(int(path.stem) for path in given.lessons.glob("*.npz"))
    stored = [np.load(given.lessons / f"{number}.npz") for number in numbers]
    features, truth, traits = (
        np.concatenate([each[name] for each in stored]) for name in ("features", "truth", "traits")
    )
    is_judged = np.repeat(np.array(numbers) % _JUDGED == 0, _LOOKS)
    some = features[~is_judged][::_SOME].reshape(-1, features.shape[-1]).astype(np.float32)
    centre, scale = some.mean(axis=0), some.std(axis=0) + 1e-3
    scaled = _scaled(features, centre, scale)

    def lessons(chosen: BoolArray) -> Lessons:
        return Lessons(*(
            torch.from_numpy(values[chosen]) for values in (scaled, truth.astype("f4"), traits)
        ))  # fmt: skip

    pupil = teach(lessons(~is_judged), steps=given.steps)
    judge(pupil, lessons(is_judged))
    write(given.out, pupil, centre, scale)


def _scaled(features: np.ndarray, centre: Float32Array, scale: Float32Array) -> np.ndarray:
    scaled = np.empty_like(features)
    for start in range(0, len(features), 500):
        part = slice(start, start + 500)
        scaled[part] = np.clip((features[part] - centre) / scale, -_MOST, _MOST)
    return scaled


@torch.no_grad()
def judge(pupil: Pupil, lessons: Lessons) -> None:
    """Print errors of the concentration of looks."""
    looks, cells = lessons.truth.shape
    share = pupil(lessons.part(torch.arange(looks), torch.arange(cells)))
    error = (share - lessons.truth).mean(1)
    sys.stdout.write(
        f"{looks} looks that took no part: bias {error.mean():+.4f}, mean absolute error "
        f"{error.abs().mean():.4f}, median {error.abs().median():.4f}, worst "
        f"{error.abs().max():.3f}\n"
    )


if __name__ == "__main__":
    main()
