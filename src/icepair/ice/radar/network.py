"""Ice or water from backscatter by a small network that was taught on simulated scenes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.neighbours import filled
from icepair.ice.perceptron import perceptron
from icepair.ice.radar.automatic import RadarRule, automatic, rule_of_parts
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.features import (
    NARROW,
    REACH,
    WIDE,
    Look,
    local_features,
    look,
    scene_features,
)
from icepair.ice.radar.looks import RadarLooks
from icepair.ice.share import Neighbourhood

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["learn_levels", "network", "tell_scene"]

_AROUND = Neighbourhood(1, NARROW, WIDE)
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
    sampled = [looks.powers(part) for part in parts]
    angles = [looks.incidence(part) for part in parts]
    levels = learn_levels(sampled, angles)
    if levels.method == "no pixels":
        return automatic(pair)
    told = tell_scene(levels, sampled, angles, averages=cells.averages)
    taught = perceptron("icepair.ice.radar", _FILE)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        part = cells.thinned({name: arrays[name] for name in names})
        # A cell whose middle is not known may hold pixels that are.
        powers = {name: filled(power) for name, power in looks.powers(part).items()}
        seen = _looks(levels, powers, looks.incidence(part))
        features = local_features(seen)
        known = np.isfinite(features).all(axis=-1)
        share = np.full(known.shape, np.nan, np.float32)
        share[known] = taught.share(features[known], told)
        cross, co = (arrays[name] for name in names[:2])
        fine: Float32Array = cells.spread(share, cross.shape)
        return np.where(np.isnan(cross) | np.isnan(co), np.float32(np.nan), fine)

    record = dataclasses.asdict(levels) | {"cell_pixels": cells.step}
    return Rule(names, REACH * cells.step, probability, record, cells.step)


def learn_levels(powers: list[dict[str, AnyArray]], angles: list[AnyArray | None]) -> RadarRule:
    """`rule_of_parts` of cells."""
    return rule_of_parts(powers, angles, _AROUND)


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
