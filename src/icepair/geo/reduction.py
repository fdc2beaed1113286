"""Control points brought to the ellipsoid, and pixels from there to any height.

An annotated point holds at its own height: the ellipsoid over sea, the terrain near land. The same
pixel at another height lies height / tan(incidence) nearer or farther. Here it slides along its
arc of equal range in its zero-Doppler plane. Where the satellite was is found from the points: it
is where their lines of sight meet.

Annotated incidence angles are those from the geocentric direction, not from the ellipsoid's normal
(2e-9 degrees on a real product; up to 0.04 degrees between the two).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError
from icepair.geo import _kernels
from icepair.geo.points import ControlPoints
from icepair.geo.tensor_fit import TensorFit, earth_centred

__all__ = ["SightPath"]

_PATH_DEGREE = 3  # a metre over the minute of a scene
_SIGHT_LENGTH_M = (4e5, 1.6e6)  # of any radar satellite


@dataclass(frozen=True, eq=False)
class SightPath:
    """The satellite's path as a function of the image line, from the points' lines of sight."""

    coefficients: FloatArray
    """Shape (4, 3), Earth-centred metres, powers of 2 line / (lines - 1) - 1, lowest first."""
    lines: int
    """Lines of the image."""

    @classmethod
    def through(cls, points: ControlPoints, shape: tuple[int, int]) -> SightPath:
        """Path that the lines of sight of the points meet best, in the least-squares sense.

        Raises
        ------
        InputError
            The points carry no incidence angles, or do not determine a path.
        """
        if not np.isfinite(points.incidence).all():
            raise InputError(
                "The control points carry no incidence angles, so pixels cannot be moved to "
                "another height; align with --surface ellipsoid instead."
            )
        places = earth_centred(points.longitude, points.latitude, points.height)
        sights = _sights(points, places, shape)
        powers = np.vander(_unit_line(points.line, shape[0]), _PATH_DEGREE + 1, increasing=True)
        # (I - s s') (S(line) - X) = 0 for every point, linear in the path's coefficients.
        across = np.eye(3) - sights[:, :, np.newaxis] * sights[:, np.newaxis, :]
        design = np.einsum("nij,nk->nikj", across, powers).reshape(3 * len(points), -1)
        wanted = np.einsum("nij,nj->ni", across, places).ravel()
        weights, _, rank, _ = np.linalg.lstsq(design, wanted, rcond=1e-12)
        path = cls(weights.reshape(_PATH_DEGREE + 1, 3), shape[0])
        length_m = np.linalg.norm(places - path.positions(points.line), axis=1)
        low_m, high_m = _SIGHT_LENGTH_M
        if rank < design.shape[1] or not ((low_m < length_m) & (length_m < high_m)).all():
            raise InputError(
                f"{len(points)} control points do not say where the satellite was, so pixels "
                "cannot be moved to another height; align with --surface ellipsoid instead."
            )
        return path

    def positions(self, line: FloatArray) -> FloatArray:
        """Earth-centred places of the satellite at image lines, shape (n, 3), metres."""
        u = _unit_line(line, self.lines)
        return np.asarray(np.polynomial.polynomial.polyval(u, self.coefficients).T, np.float64)

    def slide(
        self,
        line: FloatArray,
        longitude: FloatArray,
        latitude: FloatArray,
        from_m: FloatArray,
        to_m: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Longitude, latitude and incidence (degrees) of pixels moved from height to height.

        Parameters
        ----------
        line : array
            Shape (n,), image lines of the pixels.
        longitude, latitude : array
            Shape (n,), degrees, at the heights `from_m`.
        from_m, to_m : array
            Shape (n,), metres above the ellipsoid.
        """
        u = _unit_line(line, self.lines)
        satellites = self.positions(line)
        forwards = np.polynomial.polynomial.polyval(
            u, np.polynomial.polynomial.polyder(self.coefficients)
        ).T
        places = earth_centred(longitude, latitude, from_m)
        # A control point's pixel is seen square to the flight but for what the fit misses: the
        # plane through the point itself is what it moves in, so that equal heights do not move.
        gap = np.sum((places - satellites) * forwards, axis=1) / np.sum(forwards**2, axis=1)
        satellites = satellites + gap[:, np.newaxis] * forwards
        result: tuple[FloatArray, FloatArray, FloatArray] = _kernels.slide(
            places, np.ascontiguousarray(satellites), np.ascontiguousarray(forwards), to_m
        )
        return result


def _unit_line(line: FloatArray, lines: int) -> FloatArray:
    return np.asarray(2.0 * line / (lines - 1) - 1.0, dtype=np.float64)


def _sights(points: ControlPoints, places: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Unit vectors from the satellite to the points, shape (n, 3)."""
    forwards = _forward_directions(points, places, shape)
    up = places / np.linalg.norm(places, axis=1, keepdims=True)
    plumb = up - forwards * np.sum(forwards * up, axis=1, keepdims=True)
    tilt = np.linalg.norm(plumb, axis=1)
    plumb /= tilt[:, np.newaxis]
    outward = np.cross(forwards, plumb)
    farther = _farther(points, places, shape)
    outward *= np.sign(np.sum(outward * farther, axis=1))[:, np.newaxis]
    cosine = np.clip(np.cos(np.radians(points.incidence)) / tilt, -1.0, 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    return np.asarray(sine[:, np.newaxis] * outward - cosine[:, np.newaxis] * plumb)


def _forward_directions(
    points: ControlPoints, places: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Unit normals of the zero-Doppler planes, shape (n, 3), one sign or the other.

    All pixels of a line lie in one plane with the satellite, raised ones too. The Earth's
    curvature bends that line by kilometres, so two differences along it span the plane.
    """
    fit = TensorFit.of_degrees(points.line, points.sample, places, shape, (3, 3))
    middle, half = 0.5 * (shape[1] - 1), 0.45 * (shape[1] - 1)
    along = [fit.value(points.line, np.full(len(points), middle + k * half)) for k in (-1, 0, 1)]
    normal = np.cross(along[1] - along[0], along[2] - along[1])
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _farther(points: ControlPoints, places: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Direction on the ground in which the incidence angle grows."""
    columns = np.column_stack([places, points.incidence])
    gradient = TensorFit.of_degrees(points.line, points.sample, columns, shape, (1, 1))
    slope = gradient.polynomial[0, 1]
    return np.asarray(slope[:3] * np.sign(slope[3]))
