"""A pair on the cells of its radar: what the radar saw, and what either sensor makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array
from icepair.ice.answered import known_only, with_flags
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.looks import RadarLooks
from icepair.ice.taught.features import REACH, cell_features, columns_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CellFields", "known_cells"]

_STRIP_ROWS = 1024
_STRIP_CELLS = 400_000
_COARSE_M = 80.0
_TOLD = ("mean over 3", "deviation over 5")
"""Features of each polarisation by which two scenes are laid on one another."""


@dataclass(frozen=True)
class CellFields:
    """Arrays (rows, columns) of cells, NaN for no answer."""

    powers: Mapping[str, Float32Array]
    """Linear, by polarisation."""
    incidence: Float32Array | None
    """Degrees; None where it is not known."""
    guess: Float32Array
    """Share of ice by the radar, untaught."""
    taught: Float32Array
    """Share of ice by the optical scene, as it lies."""
    cell_m: float
    """Side of a cell, metres."""

    @classmethod
    def of(cls, pair: xr.Dataset, ice: xr.Dataset) -> CellFields:
        """Fields of a pair with backscatter as it was seen, strip by strip.

        Parameters
        ----------
        pair : Dataset
            With backscatter at its own angles, lazy or not.
        ice : Dataset
            With ``s1_ice_probability`` and ``s2_ice_probability``.
        """
        looks = RadarLooks.of(pair)
        cells = Cells.of_spacings(*looks.spacings_m)
        parts = list(_thinned_strips(pair, ice, looks, cells))
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return cls(
            looks.powers(whole), looks.incidence(whole), whole["s1"], whole["s2"],
            cells.step * looks.spacings_m[1],
        )  # fmt: skip

    def strips(self) -> Iterator[tuple[slice, Float32Array]]:
        """Rows, and the features of their cells (rows, columns, features)."""
        rows, columns = self.guess.shape
        height = max(4 * REACH, _STRIP_CELLS // columns)
        for start in range(0, rows, height):
            stop = min(rows, start + height)
            first = max(0, start - REACH)
            part = np.s_[first : stop + REACH]
            powers = {name: power[part] for name, power in self.powers.items()}
            angle = None if self.incidence is None else self.incidence[part]
            features = cell_features(powers, angle)
            yield slice(start, stop), features[start - first : stop - first]

    def coarse(self) -> tuple[Float32Array, Float32Array, float]:
        """What is told of the radar and what is taught, on cells by which both can be laid.

        Returns
        -------
        told : array (features, rows, columns)
            The guess first.
        taught : array (rows, columns)
        cell_m : float
        """
        coarse = Cells(max(1, round(_COARSE_M / self.cell_m)), averages=True)
        chosen = columns_of(len(self.powers), *_TOLD)
        levels = np.empty((len(chosen), *self.guess.shape), np.float32)
        for rows, features in self.strips():
            levels[:, rows] = np.moveaxis(features[..., chosen], -1, 0)
        told = [coarse.thinned({"": each})[""] for each in (self.guess, *levels)]
        return np.stack(told), coarse.thinned({"": self.taught})[""], coarse.step * self.cell_m


def _thinned_strips(
    pair: xr.Dataset, ice: xr.Dataset, looks: RadarLooks, cells: Cells
) -> Iterator[dict[str, Float32Array]]:
    names = with_flags(pair, looks.variables)
    seen = pair[names].transpose("y", "x")
    shares = ice[["s1_ice_probability", "s2_ice_probability"]].transpose("y", "x")
    shares = shares.rename(s1_ice_probability="s1", s2_ice_probability="s2")
    height = max(1, _STRIP_ROWS // cells.step) * cells.step
    mean = Cells(cells.step, averages=True)
    for start in range(0, pair.sizes["y"], height):
        rows = {"y": slice(start, start + height)}
        part, of_ice = seen.isel(rows).compute(), shares.isel(rows).compute()
        known = known_only({str(name): part[name].values for name in names})
        thin = cells.thinned({name: known[name] for name in looks.variables})
        yield thin | mean.thinned({str(name): of_ice[name].values for name in of_ice})


def known_cells(features: AnyArray, *others: AnyArray) -> BoolArray:
    """Cells (rows, columns) of which everything is known."""
    known = np.isfinite(features).all(axis=-1)
    return np.asarray(np.logical_and.reduce([known, *map(np.isfinite, others)]))
