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
_SHORT_M, _SHORT_DEGREE = 1.5e5, 1  # a shorter path is straight to 60 m and too short for more
_FLAT_BULGE_M = 100.0  # below this, float32 coordinates say less of a plane than the vertical does
_ORBIT_RADIUS_M = 7.071e6  # Sentinel-1, good to 8 km
_NOMINAL_WEIGHTS = (0.003, 1.0)
"""Of that radius beside the crossing of the lines of sight; the second where angles and places
contradict each other so much that they cross nowhere near an orbit."""
_SIGHT_LENGTH_M = (4e5, 1.6e6)  # of any radar satellite


@dataclass(frozen=True, eq=False)
class SightPath:
    """The satellite's path as a function of the image line, from the points' lines of sight."""

    coefficients: FloatArray
    """Shape (m, 3), Earth-centred metres, powers of 2 line / (lines - 1) - 1, lowest first."""
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
        degree = _PATH_DEGREE if _length_m(points, places) > _SHORT_M else _SHORT_DEGREE
        powers = np.vander(_unit_line(points.line, shape[0]), degree + 1, increasing=True)
        # (I - s s') (S(line) - X) = 0 for every point, linear in the path's coefficients. Over a
        # narrow image the lines of sight hardly cross; the orbit's usual radius steadies them.
        along = sights[:, :, np.newaxis] * sights[:, np.newaxis, :]
        nominal = places - sights * _nominal_range_m(places, sights)[:, np.newaxis]
        for weight in _NOMINAL_WEIGHTS:
            weights = np.eye(3) - (1.0 - weight) * along
            design = np.einsum("nij,nk->nikj", weights, powers).reshape(3 * len(points), -1)
            wanted = np.einsum("nij,nj->ni", weights, nominal).ravel()
            found = np.linalg.lstsq(design, wanted, rcond=1e-12)[0]
            path = cls(found.reshape(degree + 1, 3), shape[0])
            length_m = np.linalg.norm(places - path.positions(points.line), axis=1)
            if _SIGHT_LENGTH_M[0] < length_m.min() and length_m.max() < _SIGHT_LENGTH_M[1]:
                return path
        raise InputError(
            f"{len(points)} control points do not say where the satellite was, so pixels cannot "
            "be moved to another height; align with --surface ellipsoid instead."
        )

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
        result: tuple[FloatArray, FloatArray, FloatArray] = _kernels.slide(
            _unit_line(line, self.lines), longitude, latitude, from_m, to_m, self.coefficients
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


def _nominal_range_m(places: FloatArray, sights: FloatArray) -> FloatArray:
    """Distance back along each line of sight to the usual radius of the orbit."""
    along = np.sum(sights * places, axis=1)
    return np.asarray(along + np.sqrt(along**2 + _ORBIT_RADIUS_M**2 - np.sum(places**2, axis=1)))


def _length_m(points: ControlPoints, places: FloatArray) -> float:
    """Way along the flight from the first points to the last."""
    first, last = places[np.argmin(points.line)], places[np.argmax(points.line)]
    return float(np.linalg.norm(last - first))


def _forward_directions(
    points: ControlPoints, places: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Unit normals of the zero-Doppler planes, shape (n, 3), one sign or the other.

    All pixels of a line lie in one plane with the satellite, raised ones too. The Earth's
    curvature bends that line by kilometres, so two differences along it span the plane. In a
    narrow image it does not; there the plane is taken as vertical, which is true to 0.3 degrees.
    """
    degrees = (3, 3) if len(points) >= 2 * 16 else (1, 1)
    fit = TensorFit.of_degrees(points.line, points.sample, places, shape, degrees)
    middle, half = 0.5 * (shape[1] - 1), 0.45 * (shape[1] - 1)
    along = [fit.value(points.line, np.full(len(points), middle + k * half)) for k in (-1, 0, 1)]
    bend = along[2] - 2.0 * along[1] + along[0]
    if np.median(np.linalg.norm(bend, axis=1)) < 2.0 * _FLAT_BULGE_M:
        bend = places
    normal = np.cross(along[2] - along[0], bend)
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _farther(points: ControlPoints, places: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Direction on the ground in which the incidence angle grows."""
    columns = np.column_stack([places, points.incidence])
    gradient = TensorFit.of_degrees(points.line, points.sample, columns, shape, (1, 1))
    slope = gradient.polynomial[0, 1]
    return np.asarray(slope[:3] * np.sign(slope[3]))
