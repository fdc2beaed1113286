"""Teach the radar's network on simulated scenes and write its weights.

    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/teach_radar.py --out network.npz

Each surface is looked at by five radars (`school.surfaces`, `school.backscatter`); 500 cells of
each look are kept. One surface in eight takes no part and is judged at the end. 800 surfaces take
about 20 minutes on two cores, the lessons two more. The weights belong beside
``icepair/ice/radar/network.py``.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from school.backscatter import Seen, draw_backscatter
from school.lessons import Pupil, teach
from school.surfaces import draw_surface

from icepair._typing import Float32Array
from icepair.ice.radar.features import local_features, look
from icepair.ice.radar.network import learn_levels, tell_scene

_LOOKS, _CELLS, _JUDGED = 5, 500, 8
_MOST = 6.0
Lesson = tuple[Float32Array, Float32Array, Float32Array]


def lessons_of(number: int) -> list[Lesson]:
    """Cells, scene and truth of the looks at a surface."""
    rng = np.random.default_rng(800_000 + number)
    surface = draw_surface(rng)
    return [_lesson(rng, draw_backscatter(rng, surface)) for _ in range(_LOOKS)]


def _lesson(rng: np.random.Generator, seen: Seen) -> Lesson:
    levels = learn_levels([seen.powers], [seen.incidence])
    told = tell_scene(levels, [seen.powers], [seen.incidence], averages=seen.averages)
    features = local_features(tuple(
        look(levels, index, seen.powers[name], seen.incidence)
        for index, name in enumerate(levels.polarisations)
    ))  # fmt: skip
    cells = rng.choice(seen.truth.size, _CELLS)
    return features.reshape(seen.truth.size, -1)[cells], told, seen.truth.ravel()[cells]


def main() -> None:
    """Draw, teach, judge, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--surfaces", type=int, default=800)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    with ProcessPoolExecutor(given.workers) as pool:
        drawn = list(pool.map(lessons_of, range(given.surfaces), chunksize=4))
    is_judged = np.repeat(np.arange(given.surfaces) % _JUDGED == 0, _LOOKS)
    local, told, truth = (
        np.array([lesson[part] for lessons in drawn for lesson in lessons]) for part in range(3)
    )
    inputs = np.concatenate([local, np.repeat(told[:, None], local.shape[1], axis=1)], axis=-1)
    known = inputs[~is_judged].reshape(-1, inputs.shape[-1])
    centre, scale = known.mean(axis=0), known.std(axis=0) + 1e-3
    inputs = np.clip((inputs - centre) / scale, -_MOST, _MOST).astype(np.float32)
    pupil = teach(inputs[~is_judged], truth[~is_judged], local.shape[-1], steps=given.steps)
    _judge(pupil, inputs[is_judged], truth[is_judged])
    _write(given.out, pupil, centre, scale)


def _judge(pupil: Pupil, inputs: Float32Array, truth: Float32Array) -> None:
    share = pupil.layers(inputs.reshape(-1, inputs.shape[-1]))[-1].reshape(truth.shape)
    error = (share - truth).mean(axis=1)
    sys.stdout.write(
        f"{len(error)} looks that took no part: bias {error.mean():+.4f}, mean absolute error "
        f"{np.abs(error).mean():.4f}, worst {np.abs(error).max():.3f}\n"
    )


def _write(path: Path, pupil: Pupil, centre: Float32Array, scale: Float32Array) -> None:
    arrays = {"centre": centre.astype(np.float32), "scale": scale.astype(np.float32)}
    for layer, (weights, offsets) in enumerate(zip(pupil.weights, pupil.offsets, strict=True)):
        arrays |= {f"weights{layer}": weights, f"offsets{layer}": offsets}
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()
