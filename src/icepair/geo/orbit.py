"""The satellite's path: state vectors and the polynomial pieces between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError

__all__ = ["OrbitStates"]

_NODES = 4  # states per piece, each giving a position and a velocity: degree 7


@dataclass(frozen=True, eq=False)
class OrbitStates:
    """Positions and velocities of the satellite in the Earth-fixed frame.

    Raises
    ------
    InputError
        Fewer than two states, shapes that do not fit, values that are not finite, or times that
        do not increase.
    """

    times_s: FloatArray
    """Shape (n,), seconds since `epoch`, increasing."""
    positions: FloatArray
    """Shape (n, 3), metres, Earth-centred."""
    velocities: FloatArray
    """Shape (n, 3), metres per second, relative to the turning Earth."""
    epoch: np.datetime64
    """Zero of the times, to the microsecond, UTC."""

    def __post_init__(self) -> None:
        count = len(self.times_s)
        if count < 2 or self.positions.shape != (count, 3) or self.velocities.shape != (count, 3):
            raise InputError(
                f"The orbit has {count} times, positions {self.positions.shape} and velocities "
                f"{self.velocities.shape}; at least 2 states of 3 components each are needed."
            )
        values = np.concatenate([self.times_s, self.positions.ravel(), self.velocities.ravel()])
        if not np.isfinite(values).all() or not (np.diff(self.times_s) > 0).all():
            raise InputError(
                "The orbit's state vectors are not finite or their times do not increase; "
                "the product's orbit list is damaged."
            )

    def seconds(self, time: np.datetime64) -> float:
        """Seconds from the epoch to a UTC time."""
        difference = time.astype("datetime64[us]") - self.epoch.astype("datetime64[us]")
        return float(difference / np.timedelta64(1, "us")) * 1e-6

    def pieces(self) -> FloatArray:
        """Polynomial coefficients of the path, shape (n - 1, 3, 2 m), lowest power first.

        Piece i belongs to the interval from state i to i + 1 and is a polynomial in seconds since
        state i. It takes on position and velocity of the m = 4 states around its interval (fewer
        where there are fewer): Hermite interpolation of degree 7.
        """
        count = len(self.times_s)
        nodes = min(_NODES, count)
        starts = np.clip(np.arange(count - 1) - (nodes // 2 - 1), 0, count - nodes)
        return np.stack([self._piece(i, slice(s, s + nodes)) for i, s in enumerate(starts)])

    def _piece(self, origin: int, near: slice) -> FloatArray:
        # Straight motion is taken off first: what is left is 1e4 times smaller, so that the
        # solution keeps micrometres.
        scale = self.times_s[origin + 1] - self.times_s[origin]
        offset = (self.times_s[near] - self.times_s[origin]) / scale
        straight = self.positions[origin] + np.outer(offset * scale, self.velocities[origin])
        powers = np.arange(2 * offset.size)
        values = offset[:, np.newaxis] ** powers
        slopes = powers * offset[:, np.newaxis] ** np.maximum(powers - 1, 0)
        wanted = np.vstack(
            [
                self.positions[near] - straight,
                (self.velocities[near] - self.velocities[origin]) * scale,
            ]
        )
        coefficients = (
            np.linalg.solve(np.vstack([values, slopes]), wanted) / scale ** powers[:, None]
        )
        coefficients[0] += self.positions[origin]
        coefficients[1] += self.velocities[origin]
        return np.ascontiguousarray(coefficients.T)
