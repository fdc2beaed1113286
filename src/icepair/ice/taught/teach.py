"""Teaching the radar of a pair by its optical scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, BoolArray, Float32Array, IntArray
from icepair.errors import UsageError
from icepair.ice.as_seen import as_seen
from icepair.ice.mask import sea_ice
from icepair.ice.methods import DEFAULTS
from icepair.ice.taught.correction import fit_correction, offset_alone
from icepair.ice.taught.displacement import Displacement, displacement_between, moved
from icepair.ice.taught.features import with_context
from icepair.ice.taught.fields import CellFields, known_cells
from icepair.ice.taught.radar import Lessons, TaughtRadar, network_digest
from icepair.ice.taught.validity import Validity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["BASE", "teach_radar"]

BASE = "network"
"""Method of the radar that is corrected."""
_MOST_DRIFT_M = 12_000.0
_LEAST_CELLS, _MOST_CELLS = 400, 16_000
_SIDES = 3
_AREA_ERROR = 0.1
"""Least held-out error of lessons by area: nothing says how the other ice that came differs."""


def teach_radar(pair: xr.Dataset, *, s2_mask: str = DEFAULTS["s2"]) -> TaughtRadar:
    """Radar classifier taught by the optical ice of the same pair, where that is clear.

    Parameters
    ----------
    pair : Dataset
        As `icepair.Plan.run` makes it, or read back from a result: backscatter, angle, bands and
        flags on (y, x), of numpy or dask.
    s2_mask : str
        Method that tells ice in the optical scene.

    Returns
    -------
    TaughtRadar
        To be given to `sea_ice` as ``s1_mask``, or kept by `TaughtRadar.save`.

    Raises
    ------
    UsageError
        Fewer than 400 cells of the radar have an answer of both; no such method; the pair lacks
        what it looks at.

    Notes
    -----
    The ice drifts between the two looks. `displacement_between` finds how far, everywhere; where
    that cannot be believed no cell is taught, but the mean over the clear area alone. What is
    learnt corrects the odds of ice that ``network`` gives, by the levels around a cell, and then
    once more by the share of ice around it that comes out.
    """
    fields = CellFields.of(as_seen(pair), sea_ice(pair, s1_mask=BASE, s2_mask=s2_mask))
    displacement = displacement_between(*fields.coarse(), _MOST_DRIFT_M)
    if displacement.believed:
        taught = moved(fields.taught, displacement, fields.cell_m)
        cells = _cells_of(fields, taught)
        if len(cells.taught) >= _LEAST_CELLS:
            return _by_place(pair, fields, cells, displacement, s2_mask)
    cells = _cells_of(fields, fields.taught)
    if len(cells.taught) < _LEAST_CELLS:
        raise UsageError(
            f"{cells.known} cells of the radar have an answer of both scenes, too few to teach by: "
            f"{_LEAST_CELLS} are needed. Take a pair with more clear sky over its ice and water."
        )
    return _by_area(pair, cells, displacement, fields, s2_mask)


@dataclass(frozen=True)
class _Cells:
    """Some of the cells that are known, side by side."""

    place: tuple[IntArray, IntArray]
    """Rows and columns."""
    features: Float32Array
    guess: Float32Array
    taught: Float32Array
    known: int
    """All that are known, of which these are some."""
    incidence_deg: tuple[float, float] | None


def _cells_of(fields: CellFields, taught: Float32Array) -> _Cells:
    known = np.zeros(taught.shape, bool)
    for rows, features in fields.strips():
        known[rows] = known_cells(features, fields.guess[rows], taught[rows])
    count = int(known.sum())
    # Evenly over rows and columns: a step that divides a row would pick stripes.
    chosen = np.flatnonzero(known)[:: -(-count // _MOST_CELLS) | 1]
    row, column = np.divmod(chosen, taught.shape[1])
    place = row, column
    angle = None if fields.incidence is None else fields.incidence[place]
    range_deg = (
        None
        if angle is None or not np.isfinite(angle).any()
        else (float(np.nanmin(angle)), float(np.nanmax(angle)))
    )
    features = _picked(fields, place)
    return _Cells(place, features, fields.guess[place], taught[place], count, range_deg)


def _picked(fields: CellFields, place: tuple[IntArray, IntArray]) -> Float32Array:
    row, column = place
    parts = []
    for rows, features in fields.strips():
        here = (row >= rows.start) & (row < rows.stop)
        parts.append(features[row[here] - rows.start, column[here]])
    return np.concatenate(parts)


def _by_place(
    pair: xr.Dataset, fields: CellFields, cells: _Cells, displacement: Displacement, s2_mask: str
) -> TaughtRadar:
    first = fit_correction(cells.features, cells.guess, cells.taught)
    share = np.full(fields.guess.shape, np.nan, np.float32)
    for rows, features in fields.strips():
        share[rows] = first.share(features, fields.guess[rows])
    around = with_context(np.empty((*share.shape, 0), np.float32), share)[cells.place]
    features = np.concatenate([cells.features, around], axis=-1)
    second = fit_correction(features, cells.guess, cells.taught)
    error = _held_out_error(features, cells)
    lessons = _lessons(pair, cells, displacement, fields, s2_mask, "place", error)
    return TaughtRadar(first, second, Validity.of(pair), lessons)


def _by_area(
    pair: xr.Dataset, cells: _Cells, displacement: Displacement, fields: CellFields, s2_mask: str
) -> TaughtRadar:
    mean = float(cells.taught.mean())
    first = offset_alone(cells.features, cells.guess, mean)
    second = offset_alone(_room_for_context(cells.features), cells.guess, mean)
    error = _error_of_parts(cells, lambda out: first.share(cells.features[out], cells.guess[out]))
    error = min(1.0, max(_AREA_ERROR, error))
    lessons = _lessons(pair, cells, displacement, fields, s2_mask, "area", error)
    return TaughtRadar(first, second, Validity.of(pair), lessons)


def _room_for_context(features: Float32Array) -> Float32Array:
    return np.concatenate([features, np.zeros((len(features), 1), np.float32)], axis=-1)


def _held_out_error(features: AnyArray, cells: _Cells) -> float:
    """Error of parts of the area by what the others taught."""

    def share(out: BoolArray) -> Float32Array:
        rule = fit_correction(features[~out], cells.guess[~out], cells.taught[~out])
        return rule.share(features[out], cells.guess[out])

    return _error_of_parts(cells, share)


def _error_of_parts(cells: _Cells, share: Callable[[BoolArray], Float32Array]) -> float:
    """Root mean square error of the concentrations of parts of the area, by shares of their cells.

    `share` is given which cells lie in a part.
    """
    part = _parts(*cells.place)
    errors = [
        float((share(part == number) - cells.taught[part == number]).mean())
        for number in np.unique(part)
    ]
    return float(np.sqrt(np.mean(np.square(errors))))


def _parts(row: IntArray, column: IntArray) -> IntArray:
    """Nine parts of the area with about as many cells each."""
    ends = np.linspace(0, 1, _SIDES + 1)[1:-1]
    down, across = (np.searchsorted(np.quantile(n, ends), n) for n in (row, column))
    return np.asarray(down * _SIDES + across)


def _lessons(
    pair: xr.Dataset, cells: _Cells, displacement: Displacement, fields: CellFields, s2_mask: str,
    by: str, error: float,
) -> Lessons:  # fmt: skip
    told = {name: str(pair.attrs.get(name, "")) for name in _TOLD_OF}
    scale = fields.cell_m / displacement.cell_m
    middle = (size / 2 * scale for size in fields.guess.shape)
    down, right = displacement.metres_at(*middle) if by == "place" else (0.0, 0.0)
    return Lessons(
        **told, s2_mask=s2_mask, by=by, cells=cells.known, displacement_m=(right, down),
        correlation=displacement.correlation, rival=displacement.rival,
        concentration=float(cells.taught.mean()), held_out_error=error,
        incidence_deg=cells.incidence_deg, network=network_digest(),
        icepair=metadata.version("icepair"),
    )  # fmt: skip


_TOLD_OF = ("s1_product", "s2_product", "s1_time", "s2_time")
