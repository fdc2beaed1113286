"""How far the ice that a radar saw lies from where the optical sensor saw it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, Float32Array, FloatArray
from icepair.ice.taught.lagged import lagged_search

__all__ = ["Displacement", "displacement_between", "moved"]

_CANDIDATES = 4
_PEAK_M = 600.0
"""Shifts nearer to the best than this belong to its peak."""
_LEAST_CORRELATION, _LEAST_LEAD, _OF_RIVAL = 0.45, 0.25, 0.5
"""How well the two must agree, and that less so much of the rival: by chance a few floes agree half
as well as the right ones, but then they do so in other places too."""

_PATCH_M, _SEARCH_M, _PATCH_PEAK_M = 3_000.0, (1_200.0, 500.0), 300.0
_MOST_PATCHES = 16
"""Patches along a side of the scene."""
_LEAST_PATCH_CORRELATION, _LEAST_KNOWN = 0.35, 0.4
_LEAST_CELLS = 100

_SCALE_M, _DEGREE = 30_000.0, 3
_SPREAD_M = 1_500.0
"""By how much the ice of a scene is expected to drift apart over `_SCALE_M`."""
_PATCH_ERROR_M, _USUAL_MISFIT_M = 60.0, 150.0
_ROUNDS = 12
_EXPONENTS = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]


@dataclass(frozen=True)
class Displacement:
    """Where cells of the radar have to be looked for in the optical scene."""

    coefficients: FloatArray
    """Metres downwards and to the right by powers of the place in 30 km, (powers, 2)."""
    cell_m: float
    """Side of a cell, metres."""
    correlation: float = 0.0
    """Of what the radar tells with the optical ice so moved, 0 to 1."""
    rival: float = 1.0
    """How likely the best displacement elsewhere is beside it: 0 not at all, 1 as much."""

    @classmethod
    def uniform(cls, down_m: float, right_m: float, cell_m: float) -> Displacement:
        """The same for all cells."""
        coefficients = np.zeros((len(_EXPONENTS), 2))
        coefficients[0] = down_m, right_m
        return cls(coefficients, cell_m)

    @property
    def believed(self) -> bool:
        """Whether the two agree so well, and nowhere else, that lessons may be taken by place."""
        lead = self.correlation - _OF_RIVAL * self.rival
        return self.correlation > _LEAST_CORRELATION and lead > _LEAST_LEAD

    def cells_at(self, row: AnyArray, column: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Cells downwards and to the right, at cells of the radar."""
        cells = _powers(row, column, self.cell_m) @ self.coefficients / self.cell_m
        return cells[..., 0], cells[..., 1]

    def metres_at(self, row: float, column: float) -> tuple[float, float]:
        """Metres downwards and to the right, at a cell."""
        down, right = self.cells_at(np.array(row), np.array(column))
        return float(down * self.cell_m), float(right * self.cell_m)


def _powers(row: AnyArray, column: AnyArray, cell_m: float) -> FloatArray:
    """Powers of the place in units of 30 km, (..., powers)."""
    down, right = np.broadcast_arrays(*(np.asarray(n) * (cell_m / _SCALE_M) for n in (row, column)))
    return np.stack([down**i * right**j for i, j in _EXPONENTS], axis=-1)


def moved(taught: AnyArray, displacement: Displacement, cell_m: float) -> Float32Array:
    """Taught shares (rows, columns) where the radar saw the ice; NaN where nothing comes from.

    `cell_m` is the side of their cells, which may be others than the displacement's own.
    """
    displacement = dataclasses.replace(displacement, cell_m=cell_m)
    row, column = np.ogrid[: taught.shape[0], : taught.shape[1]]
    down, right = displacement.cells_at(row, column)
    source = np.rint(row + down), np.rint(column + right)
    inside = np.logical_and.reduce(
        [(n >= 0) & (n < size) for n, size in zip(source, taught.shape, strict=True)]
    )
    picked = tuple(np.where(inside, n, 0).astype(np.intp) for n in source)
    return np.where(inside, taught[picked], np.nan).astype(np.float32)


def displacement_between(
    told: AnyArray, taught: AnyArray, cell_m: float, most_m: float
) -> Displacement:
    """Displacement by which what a radar tells explains the ice of the other sensor best.

    Parameters
    ----------
    told : array (features, rows, columns)
        What is told of the radar's cells, a first guess of ice first; NaN for no answer.
    taught : array (rows, columns)
        Share of ice by the other sensor; NaN for no answer.
    cell_m : float
        Side of a cell, metres.
    most_m : float
        Longest uniform part, metres.

    Returns
    -------
    Displacement
        The likeliest, and how much likelier it is than any elsewhere; it is for the caller to
        heed `Displacement.believed`.

    Notes
    -----
    The likeliest uniform shifts (`lagged_search`), by all that is told and by the first guess
    alone, are candidates: where ice drifts apart, the right one may not come first. Each is
    refined patch by patch, and what is told explains the moved ice best by the right one.
    """
    found = [_refined(told, taught, each) for each in _candidates(told, taught, cell_m, most_m)]
    scored = sorted(found, key=lambda each: -each[0])
    if not scored or scored[0][0] <= 0.0:
        return Displacement.uniform(0.0, 0.0, cell_m)
    likelihood, best = scored[0]
    middle = tuple(size / 2 for size in taught.shape)
    others = [score for score, each in scored if _apart(each, best, middle) > _PEAK_M]
    return dataclasses.replace(best, rival=max(others, default=0.0) / likelihood)


def _apart(one: Displacement, other: Displacement, place: tuple[float, ...]) -> float:
    a, b = (np.array(each.metres_at(*place)) for each in (one, other))
    return float(np.hypot(*(a - b)))


def _candidates(
    told: AnyArray, taught: AnyArray, cell_m: float, most_m: float
) -> Iterator[Displacement]:
    seen: set[tuple[int, int]] = set()
    for part in (told, told[:1]):
        search = lagged_search(part, taught, most_m / cell_m)
        for row, column in search.peaks(_CANDIDATES, _PEAK_M / cell_m):
            if all(np.hypot(row - i, column - j) * cell_m > _PEAK_M for i, j in seen):
                seen.add((row, column))
                # The optical ice lies on the radar's when moved by the shift: looked for against.
                yield Displacement.uniform(-row * cell_m, -column * cell_m, cell_m)


def _refined(told: AnyArray, taught: AnyArray, first: Displacement) -> tuple[float, Displacement]:
    """Likelihood and displacement, after it was let vary smoothly where that explains more.

    Patches of 3 km are laid where they correlate best, first within 1.2 km, then within 500 m.
    Cubic surfaces go through their displacements, held back to what ice drifts apart, each patch
    counting the less the more it disagrees.
    """
    best, result = _explained(told, moved(taught, first, first.cell_m)), first
    for search_m in _SEARCH_M:
        laid = moved(taught, result, result.cell_m)
        places, off_m, weights = _of_patches(best.guess, laid, result.cell_m, search_m)
        if not len(places):
            break
        after = _with_surface(result, places, off_m, weights)
        then = _explained(told, moved(taught, after, after.cell_m))
        if then.likelihood <= best.likelihood:
            break
        best, result = then, after
    return best.likelihood, dataclasses.replace(result, correlation=best.correlation)


@dataclass(frozen=True)
class _Explained:
    """What a regression on all that is told makes of the taught ice."""

    likelihood: float
    """Logarithm over no relation."""
    correlation: float
    guess: FloatArray
    """Share of ice (rows, columns), NaN for no answer."""


def _explained(told: AnyArray, laid: AnyArray) -> _Explained:
    heard = np.isfinite(told).all(axis=0)
    known = heard & np.isfinite(laid)
    guess = np.full(laid.shape, np.nan)
    if known.sum() < _LEAST_CELLS or laid[known].std() < 1e-3:
        return _Explained(0.0, 0.0, guess)
    terms, share = told[:, known].astype(np.float64), laid[known].astype(np.float64)
    middle = terms.mean(axis=1)
    terms -= middle[:, None]
    # Normal equations: of a full tile there are millions of cells, and six terms.
    weights = np.linalg.lstsq(terms @ terms.T, terms @ (share - share.mean()), rcond=1e-9)[0]
    guess[heard] = share.mean() + weights @ (told[:, heard] - middle[:, None])
    left = ((guess[known] - share) ** 2).mean() / share.var()
    left = min(1.0, max(float(left), 1e-3))
    return _Explained(-float(known.sum()) * np.log(left), (1 - left) ** 0.5, guess)


def _of_patches(
    guess: AnyArray, laid: AnyArray, cell_m: float, search_m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Middles of patches (n, 2) in cells, metres that they are off by (n, 2), weights (n,)."""
    side, reach = (round(length / cell_m) for length in (_PATCH_M, search_m))
    found: list[tuple[float, ...]] = []
    for top in _starts(guess.shape[0], side):
        for left in _starts(guess.shape[1], side):
            rows, columns = slice(top, top + side), slice(left, left + side)
            # Room on all sides, so that what lies around takes part.
            window = np.s_[
                max(0, top - reach) : top + side + reach, max(0, left - reach) : left + side + reach
            ]
            alone = np.full(laid.shape, np.nan)[window]
            inner = np.s_[top - window[0].start :, left - window[1].start :]
            part = guess[rows, columns]
            alone[inner][: part.shape[0], : part.shape[1]] = part
            best = _of_patch(alone, laid[window], reach, _PATCH_PEAK_M / cell_m)
            if best is not None:
                found.append((top + side / 2, left + side / 2, *best))
    table = np.array(found).reshape(-1, 5)
    return table[:, :2], table[:, 2:4] * cell_m, table[:, 4]


def _starts(size: int, side: int) -> list[int]:
    count = max(1, min(_MOST_PATCHES, 2 * size // side - 1))
    return sorted(set(np.linspace(0, max(0, size - side), count).astype(int).tolist()))


def _of_patch(
    alone: AnyArray, around: AnyArray, reach: int, peak: float
) -> tuple[float, float, float] | None:
    """Cells downwards and to the right where a patch is to be looked for, and its weight."""
    enough = _LEAST_KNOWN * min(around.size, np.isfinite(alone).sum())
    if np.isfinite(alone).sum() < _LEAST_CELLS or np.isfinite(around).sum() < enough:
        return None
    search = lagged_search(alone[None], around, reach)
    row, column = search.peaks(1, peak)[0]
    explained = search.explained_at(row, column)
    if explained < _LEAST_PATCH_CORRELATION**2:
        return None
    return -row, -column, explained * (1 - search.rival(peak))


def _with_surface(
    before: Displacement, places: FloatArray, off_m: FloatArray, weights: FloatArray
) -> Displacement:
    """Displacement with a smooth surface through what patches are off by (n, 2), metres."""
    powers = _powers(places[:, 0], places[:, 1], before.cell_m)
    held = np.full(powers.shape[1], (_PATCH_ERROR_M / _SPREAD_M) ** 2)
    held[0] = 1e-6
    trust = weights.copy()
    for _ in range(_ROUNDS):
        normal = (powers * trust[:, None]).T @ powers + np.diag(held)
        surface = np.linalg.solve(normal, (powers * trust[:, None]).T @ off_m)
        misfit = np.hypot(*(powers @ surface - off_m).T)
        trust = weights / (1 + (misfit / _USUAL_MISFIT_M) ** 2) ** 2
    return dataclasses.replace(before, coefficients=before.coefficients + surface)
