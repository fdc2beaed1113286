"""Ice or water from backscatter by a small network that was taught on simulated scenes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import sigma0_name
from icepair.ice.answered import patches, thinned
from icepair.ice.methods import Rule
from icepair.ice.neighbours import filled
from icepair.ice.radar.automatic import RadarRule, automatic, rule_of_parts
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.features import AROUND, REACH, VOTE, cell_features, scene_traits
from icepair.ice.radar.looks import RadarLooks
from icepair.ice.radar.taught import taught

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["network"]

_LEAST_OF_CLASS = 0.003
"""Share of a scene below which a class is not there: so many cells may be wrong."""
Arrays = Mapping[str, AnyArray]


def network(pair: xr.Dataset) -> Rule:
    """Share of ice of every radar pixel from both polarisations, the angle and its surroundings.

    What `automatic` learns and votes is one of the things that the network is told. Cells from all
    over the scene are put to a first perceptron, whose mean says what sort of scene it is (which
    levels, how much wind, how much noise); a second tells ice in each cell in the light of that.
    One polarisation alone goes by `automatic`.

    Raises
    ------
    UsageError
        The pair holds no backscatter.

    Notes
    -----
    Perceptrons for ice concentration by radar: Karvonen (2014), Hydrology Research 45, 4-5. Means
    over a set for what its members have in common: Zaheer et al. (2017), Deep Sets. Ours is taught
    on simulated scenes alone, by ``benchmarks/teach_radar.py``.
    """
    looks = RadarLooks.of(pair)
    if len(looks.polarisations) < 2:
        return automatic(pair)
    told = _Told(looks, Cells.of_spacings(*looks.spacings_m))
    parts = [told.thinned(part) for part in patches(pair, looks.variables, told.reach)]
    levels = rule_of_parts(
        [looks.powers(part) for part in parts], [looks.incidence(part) for part in parts], AROUND
    )
    if levels.method == "no pixels":
        return automatic(pair)
    net = taught()
    sample = _sample([told.features(levels, part) for part in parts])
    traits = scene_traits(levels, float(sample[:, VOTE].mean()), averages=told.cells.averages)
    scaled = net.scaled(sample)
    scene = net.of_scene(scaled, traits)

    def probability(arrays: Arrays) -> Float32Array:
        features = told.features(levels, told.thinned(arrays))
        known = np.isfinite(features).all(axis=-1)
        share = np.full(known.shape, np.nan, np.float32)
        share[known] = net.share(net.scaled(features[known]), scene)
        return told.spread(share, arrays)

    record = dataclasses.asdict(levels) | {
        "method": _classes(net.share(scaled, scene)),
        "cell_pixels": told.cells.step,
    }
    return Rule(looks.variables, told.reach, probability, record, told.cells.step)


@dataclass(frozen=True)
class _Told:
    """How a pair's arrays become features of cells, and shares of cells those of pixels."""

    looks: RadarLooks
    cells: Cells

    @property
    def reach(self) -> int:
        return REACH * self.cells.step

    def thinned(self, arrays: Arrays) -> dict[str, Float32Array]:
        """One value of each variable for each cell."""
        return self.cells.thinned({name: arrays[name] for name in self.looks.variables})

    def features(self, levels: RadarRule, part: Arrays) -> Float32Array:
        """Features of thinned arrays, (rows, columns, features)."""
        # A cell whose middle is not known may hold pixels that are.
        powers = {name: filled(power) for name, power in self.looks.powers(part).items()}
        return cell_features(levels, powers, self.looks.incidence(part))

    def spread(self, share: Float32Array, arrays: Arrays) -> Float32Array:
        """Shares of cells on the pixels that have power in both polarisations."""
        cross, co = (arrays[sigma0_name(name)] for name in self.looks.polarisations)
        fine: Float32Array = self.cells.spread(share, cross.shape)
        return np.where(np.isnan(cross) | np.isnan(co), np.float32(np.nan), fine)


def _sample(features: list[Float32Array]) -> Float32Array:
    """Features (cells, features) of cells from all over the scene."""
    columns = {str(n): [part[..., n] for part in features] for n in range(features[0].shape[-1])}
    return np.stack([*thinned(columns, [*columns]).values()], axis=-1)


def _classes(share: Float32Array) -> str:
    """Whether the cells of a scene show both classes."""
    ice = float((share > 0.5).mean())
    if ice < _LEAST_OF_CLASS:
        return "all water"
    return "all ice" if ice > 1 - _LEAST_OF_CLASS else "two classes"
