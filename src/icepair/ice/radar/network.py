"""Ice or water from backscatter by a small network that was taught on simulated scenes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.neighbours import local_mean
from icepair.ice.perceptron import perceptron
from icepair.ice.radar.automatic import RadarRule, automatic, fit_radar_rule
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.features import REACH, WIDE, Look, local_features, look, scene_features
from icepair.ice.radar.levels import decibels
from icepair.ice.radar.looks import RadarLooks
from icepair.ice.share import Neighbourhood, roughness

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["learn_levels", "network", "tell_scene"]

_AROUND = Neighbourhood(1, (1.0, 2.0, 1.0), WIDE)
_FILE = "network.npz"


def network(pair: xr.Dataset) -> Rule:
    """Share of ice of every radar pixel from both polarisations, the angle and its surroundings.

    The levels of water and ice are learnt as by `automatic`; what a cell amounts to between them,
    how rough its surroundings are and what lies in them is put to a perceptron, together with the
    scene's own levels. One polarisation alone goes by `automatic`.

    Raises
    ------
    UsageError
        The pair holds no backscatter.

    Notes
    -----
    Perceptrons for ice concentration by radar: Karvonen (2014), Hydrology Research 45, 4-5. Ours is
    taught on simulated scenes alone, by ``benchmarks/teach_radar.py``.
    """
    looks = RadarLooks.of(pair)
    if len(looks.polarisations) < 2:
        return automatic(pair)
    cells = Cells.of_spacings(*looks.spacings_m)
    names = looks.variables
    parts = [
        cells.thinned({name: patch[name] for name in names})
        for patch in patches(pair, names, REACH * cells.step)
    ]
    powers = [looks.powers(part) for part in parts]
    angles = [looks.incidence(part) for part in parts]
    levels = learn_levels(powers, angles)
    if levels.method == "no pixels":
        return automatic(pair)
    told = tell_scene(levels, powers, angles, averages=cells.averages)
    taught = perceptron("icepair.ice.radar", _FILE)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        part = cells.thinned({name: arrays[name] for name in names})
        seen = _looks(levels, _filled(looks.powers(part)), looks.incidence(part))
        features = local_features(seen)
        known = np.isfinite(features).all(axis=-1)
        share = np.full(known.shape, np.nan, np.float32)
        share[known] = taught.share(features[known], told)
        cross, co = (arrays[name] for name in names[:2])
        fine: Float32Array = cells.spread(share, cross.shape)
        return np.where(np.isnan(cross) | np.isnan(co), np.float32(np.nan), fine)

    record = dataclasses.asdict(levels) | {"cell_pixels": cells.step}
    return Rule(looks.variables, REACH * cells.step, probability, record, cells.step)


def learn_levels(powers: list[dict[str, AnyArray]], angles: list[AnyArray | None]) -> RadarRule:
    """Levels of water and ice of cells, as `automatic` learns them of pixels.

    Parameters
    ----------
    powers : list of mapping of polarisation to array (rows, columns)
        Linear power of the cells of some parts of a scene.
    angles : list of array (rows, columns) or None
        Incidence angles, degrees.
    """
    names = list(powers[0])
    columns: dict[str, list[AnyArray]] = {name: [] for name in [*names, "angle", "rough"]}
    for power, angle in zip(powers, angles, strict=True):
        wide = {name: local_mean(values, 1, WIDE) for name, values in power.items()}
        first = wide[names[0]]
        columns["rough"].append(roughness(decibels(first, names[0]), _AROUND))
        columns["angle"].append(np.full(first.shape, np.nan) if angle is None else angle)
        for name, values in wide.items():
            columns[name].append(values)
    sample = thinned(columns, [*names, "rough"])
    return fit_radar_rule({name: sample[name] for name in names}, sample["angle"], sample["rough"])


def tell_scene(
    levels: RadarRule,
    powers: list[dict[str, AnyArray]],
    angles: list[AnyArray | None],
    *,
    averages: bool,
) -> Float32Array:
    """`scene_features` of the cells of some parts of a scene."""
    seen = [_looks(levels, *part) for part in zip(powers, angles, strict=True)]
    samples = {}
    for index, name in enumerate(levels.polarisations):
        columns = {
            "share": [part[index].wide for part in seen],
            "level": [part[index].level for part in seen],
        }
        chosen = thinned(columns, ["share", "level"])
        samples[name] = (chosen["share"], chosen["level"])
    return scene_features(levels, samples, averages=averages)


def _looks(
    levels: RadarRule, powers: Mapping[str, AnyArray], incidence: AnyArray | None
) -> tuple[Look, ...]:
    return tuple(
        look(levels, index, powers[name], incidence)
        for index, name in enumerate(levels.polarisations)
    )


def _filled(powers: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Cells whose middle is not known, with the mean of their neighbours: some pixels may be."""
    return {
        name: np.where(np.isnan(power), _of_neighbours(power), power)
        for name, power in powers.items()
    }


def _of_neighbours(power: AnyArray) -> AnyArray:
    known = np.isfinite(power)
    padded, inside = np.pad(np.where(known, power, 0), 1), np.pad(known, 1).astype(np.float32)
    rows, columns = power.shape
    total, count = np.zeros_like(power), np.zeros(power.shape, np.float32)
    for r in range(3):
        for c in range(3):
            place = np.s_[r : r + rows, c : c + columns]
            total += padded[place]
            count += inside[place]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)
