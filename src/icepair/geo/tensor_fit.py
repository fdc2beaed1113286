"""Smooth functions of line and sample through scattered or gridded values, chosen by leave-out.

A fit is a polynomial (Legendre products) plus, for gridded values, a uniform cubic B-spline held
small by a ridge. Both are linear in the values, so the residual of each point in a fit without it
is e / (1 - h), h being the diagonal of the hat matrix (Allen 1974, Technometrics 16): an identity,
not an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError
from icepair.geo import _fit_kernels, _kernels

__all__ = ["TensorFit", "earth_centred"]

_MAX_DEGREE = 9
_POINTS_PER_TERM = 1.5
_RIDGES = (1e-3, 1e-2, 1e-1)
_SPLINE_DEGREES = (3, 3)  # of the polynomial under a spline
_MAX_INTERVALS = 24


def earth_centred(
    longitude: FloatArray, latitude: FloatArray, height_m: FloatArray | float = 0.0
) -> FloatArray:
    """Earth-centred places, shape (n, 3), metres, of degrees and metres above the ellipsoid."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    normal = _kernels.SEMI_MAJOR_M / np.sqrt(1.0 - _kernels.ECCENTRICITY2 * np.sin(phi) ** 2)
    in_plane = (normal + height_m) * np.cos(phi)
    return np.stack(
        [
            in_plane * np.cos(lam),
            in_plane * np.sin(lam),
            (normal * (1.0 - _kernels.ECCENTRICITY2) + height_m) * np.sin(phi),
        ],
        axis=-1,
    )


@dataclass(frozen=True, eq=False)
class TensorFit:
    """A function of (line, sample) with any number of components."""

    polynomial: FloatArray
    """Shape (p, q, components), coefficients of Legendre products over -1..1 of the image."""
    spline: FloatArray
    """Shape (m + 3, k + 3, components), of B-splines on m x k intervals; (3, 3, ...) is none."""
    shape: tuple[int, int]
    """Lines and samples of the image."""
    leave_out: FloatArray
    """Shape (n,), length of each point's residual in the fit without it."""

    @classmethod
    def of_degrees(
        cls,
        line: FloatArray,
        sample: FloatArray,
        values: FloatArray,
        shape: tuple[int, int],
        degrees: tuple[int, int],
        *,
        intervals: tuple[int, int] | None = None,
        ridge: float = 0.0,
    ) -> TensorFit:
        """Least-squares fit of a given kind.

        Parameters
        ----------
        line, sample : array
            Shape (n,).
        values : array
            Shape (n, components).
        shape
            Lines and samples of the image.
        degrees
            Highest powers (p, q) of line and sample; products i, j with i/p + j/q <= 1 are used.
        intervals
            Intervals of the spline along lines and samples; None: no spline.
        ridge
            Weight of the spline's squared coefficients.

        Raises
        ------
        InputError
            The points do not determine such a fit, for instance because all lie on one line.
        """
        u, v = _unit(line, shape[0]), _unit(sample, shape[1])
        terms = _terms(degrees)
        design = _legendre_design(u, v, terms)
        count = design.shape[1]
        if intervals is None:
            weights, hat = _least_squares(design, values)
        else:
            design = np.hstack([design, _spline_design(u, v, intervals)])
            weights, hat = _ridge_regression(design, values, count, ridge)
        left_out = (values - design @ weights) / (1.0 - hat)[:, np.newaxis]
        polynomial = np.zeros((*terms.shape, values.shape[1]))
        polynomial[terms] = weights[:count]
        spline = np.zeros((3, 3, values.shape[1]))
        if intervals is not None:
            spline = weights[count:].reshape(intervals[0] + 3, intervals[1] + 3, -1)
        return cls(
            polynomial, np.ascontiguousarray(spline), shape, np.linalg.norm(left_out, axis=1)
        )

    @classmethod
    def best(
        cls,
        line: FloatArray,
        sample: FloatArray,
        values: FloatArray,
        shape: tuple[int, int],
        *,
        good_enough: float,
    ) -> TensorFit:
        """Fit of the kind whose leave-out residual is smallest; parameters as `of_degrees`.

        Degrees are climbed from (1, 1) as long as the residual falls. Splines are tried where the
        best polynomial leaves more than `good_enough` and the points form a grid.

        Raises
        ------
        InputError
            As `of_degrees`.
        """
        degrees = (1, 1)
        chosen = cls.of_degrees(line, sample, values, shape, degrees)
        tried = {degrees}
        while True:
            fresh = [d for d in _neighbours(degrees, len(line)) if d not in tried]
            tried.update(fresh)
            fits = [(d, cls._if_determined(line, sample, values, shape, d)) for d in fresh]
            better = [(d, f) for d, f in fits if f is not None and f.residual < chosen.residual]
            if not better:
                break
            degrees, chosen = min(better, key=lambda pair: pair[1].residual)
        intervals = _grid_intervals(line, sample) if chosen.residual > good_enough else None
        for ridge in _RIDGES if intervals else ():
            splined = cls.of_degrees(
                line, sample, values, shape, _SPLINE_DEGREES, intervals=intervals, ridge=ridge
            )
            chosen = min(chosen, splined, key=lambda fit: fit.residual)
        return chosen

    @property
    def residual(self) -> float:
        """Root mean square of the leave-out residuals."""
        return float(np.sqrt(np.mean(self.leave_out**2)))

    def value(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Value at image positions of shape (n,); shape (n, components)."""
        u, v = _unit(line, self.shape[0]), _unit(sample, self.shape[1])
        result: FloatArray = _fit_kernels.evaluate_fit(u, v, self.polynomial, self.spline)
        return result[:, 0]

    @classmethod
    def _if_determined(
        cls,
        line: FloatArray,
        sample: FloatArray,
        values: FloatArray,
        shape: tuple[int, int],
        degrees: tuple[int, int],
    ) -> TensorFit | None:
        try:
            return cls.of_degrees(line, sample, values, shape, degrees)
        except InputError:  # too few different lines or samples for these degrees
            return None


def _neighbours(degrees: tuple[int, int], points: int) -> list[tuple[int, int]]:
    """Degrees one or two further in either direction or both, as far as the points allow."""
    p, q = degrees
    steps = [(a, b) for a in (0, 1, 2) for b in (0, 1, 2) if (a, b) != (0, 0)]
    near = [(min(p + a, _MAX_DEGREE), min(q + b, _MAX_DEGREE)) for a, b in steps]
    room = points / _POINTS_PER_TERM
    return sorted({d for d in near if _terms(d).sum() <= room} - {degrees})


def _unit(position: FloatArray, count: int) -> FloatArray:
    """Line or sample scaled to -1..1 over the image."""
    return np.asarray(2.0 * position / (count - 1) - 1.0, dtype=np.float64)


def _terms(degrees: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    i, j = np.indices((degrees[0] + 1, degrees[1] + 1))
    return np.asarray(i / degrees[0] + j / degrees[1] <= 1.0 + 1e-9)


def _legendre_design(
    u: FloatArray, v: FloatArray, terms: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
) -> FloatArray:
    along = np.polynomial.legendre.legvander(u, terms.shape[0] - 1)
    across = np.polynomial.legendre.legvander(v, terms.shape[1] - 1)
    return (along[:, :, np.newaxis] * across[:, np.newaxis, :])[:, terms]


def _spline_design(u: FloatArray, v: FloatArray, intervals: tuple[int, int]) -> FloatArray:
    along, across = _cubic_design(u, intervals[0]), _cubic_design(v, intervals[1])
    return (along[:, :, np.newaxis] * across[:, np.newaxis, :]).reshape(u.size, -1)


def _cubic_design(u: FloatArray, intervals: int) -> FloatArray:
    """Uniform cubic B-splines at u, shape (n, intervals + 3)."""
    position = 0.5 * (np.clip(u, -1.0, 1.0) + 1.0) * intervals
    apart = np.abs(position[:, np.newaxis] - np.arange(-1, intervals + 2))
    near = (4.0 - 6.0 * apart**2 + 3.0 * apart**3) / 6.0
    far = np.clip(2.0 - apart, 0.0, None) ** 3 / 6.0
    return np.where(apart < 1.0, near, far)


def _least_squares(design: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights and the diagonal of the hat matrix."""
    if design.shape[0] <= design.shape[1]:
        raise InputError(
            f"{design.shape[0]} control points cannot determine {design.shape[1]} terms."
        )
    q, r = np.linalg.qr(design)
    diagonal = np.abs(np.diag(r))
    if diagonal.min() < 1e-6 * diagonal.max():
        raise InputError(
            "The control points lie on too few different lines or samples to say where pixels "
            "between them are; the product's geolocation grid is damaged."
        )
    hat = np.sum(q**2, axis=1)
    return np.linalg.solve(r, q.T @ values), np.minimum(hat, 1.0 - 1e-9)


def _ridge_regression(
    design: FloatArray, values: FloatArray, free: int, ridge: float
) -> tuple[FloatArray, FloatArray]:
    """As `_least_squares`, with a penalty on all columns after the first `free`."""
    penalty = np.full(design.shape[1], ridge)
    penalty[:free] = 0.0
    normal = design.T @ design + np.diag(penalty)
    smoother = np.linalg.solve(normal, design.T)
    hat = np.sum(design * smoother.T, axis=1)
    return smoother @ values, np.minimum(hat, 1.0 - 1e-9)


def _grid_intervals(line: FloatArray, sample: FloatArray) -> tuple[int, int] | None:
    """Intervals of a spline on a full grid of points; None where they are scattered or few."""
    rows, columns = np.unique(line).size, np.unique(sample).size
    if rows * columns != line.size or min(rows, columns) < 5:
        return None
    return min(rows - 1, _MAX_INTERVALS), min(columns - 1, _MAX_INTERVALS)
