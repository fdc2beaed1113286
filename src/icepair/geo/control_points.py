"""Where a radar pixel lies, as far as annotated control points tell.

For products without orbit and timing. The points are brought to the ellipsoid, then fitted in
Earth-centred coordinates, where neither 180 degrees nor a pole is anything special; from there
pixels slide to the surface. Float32
coordinates are 0.3 m coarse, so a smooth fit is better than a spline through the points; where the
ground-to-slant records follow mountains it is the other way round. The leave-out residual decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError
from icepair.geo import _fit_kernels, _kernels
from icepair.geo.image_positions import answer_margin, flat, is_near
from icepair.geo.points import ControlPoints, bistatic_reference
from icepair.geo.reduction import SightPath
from icepair.geo.steps import NO_STEPS, SampleSteps
from icepair.geo.surface import Surface
from icepair.geo.tensor_fit import TensorFit, earth_centred

__all__ = ["ControlPointSwath", "ControlPoints", "bistatic_reference"]

_MIN_POINTS = 6
_NODES = 13  # per side; where the inverse starts from
_LEVEL_M = 0.05  # annotated heights over sea are some millimetres
_GOOD_ENOUGH_M = 0.5  # a little more than what float32 coordinates leave
_GOOD_ENOUGH_DEGREES = 0.01


@dataclass(frozen=True, eq=False)
class ControlPointSwath:
    """A `Swath` fitted to control points."""

    places: TensorFit
    """Earth-centred place (m) of pixels on the ellipsoid."""
    incidence: TensorFit
    """Incidence angle on the ellipsoid, degrees, where there is no path; NaN where unknown."""
    path: SightPath | None
    """Where the satellite was; None where the points do not say and need not."""
    shape: tuple[int, int]
    """Lines and samples of the whole image."""
    surface: Surface
    """Surface on which the places lie."""
    method: str
    """``control-points``, or ``rasters`` where the points were read off those."""

    @classmethod
    def fit(
        cls,
        points: ControlPoints,
        shape: tuple[int, int],
        surface: Surface,
        *,
        method: str = "control-points",
    ) -> ControlPointSwath:
        """Swath through control points.

        Parameters
        ----------
        points
            Gridded or scattered, in any order; at least six with finite coordinates. Heights that
            are not finite count as 0.
        shape
            Lines and samples of the image.
        surface
            Where the pixels lie.
        method
            ``control-points``, or ``rasters`` for points read off latitude and longitude rasters.

        Raises
        ------
        InputError
            Too few points, all of them on one line, or no incidence angles although points or
            pixels must leave the ellipsoid.
        """
        usable = _usable(points)
        if len(usable) < _MIN_POINTS or min(shape) < 2:
            raise InputError(
                f"{len(usable)} of {len(points)} control points are usable on an image of "
                f"{shape[0]} x {shape[1]}; at least {_MIN_POINTS} are needed."
            )
        is_level = surface.name == "ellipsoid" and bool(np.all(np.abs(usable.height) < _LEVEL_M))
        path = _path(usable, shape, is_needed=not is_level)
        if path is not None:
            usable = _on_ellipsoid(usable, path)
        at = usable.line, usable.sample
        values = earth_centred(usable.longitude, usable.latitude)
        places = TensorFit.best(*at, values, shape, good_enough=_GOOD_ENOUGH_M)
        angles = TensorFit.best(
            *at, usable.incidence[:, np.newaxis], shape, good_enough=_GOOD_ENOUGH_DEGREES
        )
        return cls(places, angles, path, shape, surface, method)

    @property
    def residual_m(self) -> float | None:
        """Root mean square of leave-out residuals on the ground, metres."""
        return self.places.residual

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of image positions on the surface, degrees; NaN far outside the image."""
        longitude, latitude, _ = self._on_surface(line, sample)
        return longitude, latitude

    def line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Image position of places on the surface; NaN where the radar did not look.

        Answers reach 3 % of the image, at least 64 pixels, beyond its edges.
        """
        (longitude, latitude), shape = flat(longitude, latitude)
        nowhere = np.full(longitude.size, np.nan)
        line, sample = self._from_ellipsoid(longitude, latitude, (nowhere, nowhere))
        if self.path is not None:
            height_m = self.surface.height(longitude, latitude)
            ground_m = np.zeros(longitude.size)
            # The line of sight changes by 1e-4 over the way to the ellipsoid: four digits a turn,
            # and the way is a few hundred metres: the second leaves a thousandth of a millimetre.
            for _ in range(2):
                below = self.path.slide(line, longitude, latitude, height_m, ground_m)
                line, sample = self._from_ellipsoid(below[0], below[1], (line, sample))
        near = is_near(line, sample, self.shape)
        return (
            np.where(near, line, np.nan).reshape(shape),
            np.where(near, sample, np.nan).reshape(shape),
        )

    def smooth_line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `line_sample`: control points know nothing of records."""
        return self.line_sample(longitude, latitude)

    @property
    def steps(self) -> SampleSteps:
        """None: control points know nothing of records."""
        return NO_STEPS

    def add_steps(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """`smooth_sample`, unchanged."""
        return np.broadcast_arrays(np.asarray(smooth_sample, dtype=np.float64), line)[0]

    def incidence_angle(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Angle between line of sight and the ellipsoid's normal, degrees; NaN where unknown."""
        return self._on_surface(line, sample)[2]

    def _on_surface(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        (line, sample), shape = flat(line, sample)
        line = np.where(is_near(line, sample, self.shape), line, np.nan)
        longitude, latitude = _kernels.foot_points(*self.places.value(line, sample).T)
        incidence = self.incidence.value(line, sample)[:, 0]
        if self.path is not None:
            ground = longitude, latitude
            ground_m = np.zeros(line.size)
            for _ in range(4):  # the geoid's slope is below 1e-3
                height_m = self.surface.height(longitude, latitude)
                longitude, latitude, incidence = self.path.slide(line, *ground, ground_m, height_m)
        return longitude.reshape(shape), latitude.reshape(shape), incidence.reshape(shape)

    def _from_ellipsoid(
        self, longitude: FloatArray, latitude: FloatArray, near: tuple[FloatArray, FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Image position of places on the ellipsoid, to twice the margin.

        The search starts at positions that are `near`, where these are known.
        """
        reach = [1.0 + 4.0 * answer_margin(count) / (count - 1) for count in self.shape]
        half = 0.5 * (np.array(self.shape) - 1)
        start = near[0] / half[0] - 1.0, near[1] / half[1] - 1.0
        fit = self.places.polynomial, self.places.spline
        u, v = _fit_kernels.invert_fit(longitude, latitude, *start, *self._nodes, fit, *reach)
        return (u + 1.0) * half[0], (v + 1.0) * half[1]

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray]:
        """Positions (u, v) of a net over the image and half its margin, and their places (m)."""
        reach = [1.0 + 4.0 * answer_margin(count) / (count - 1) for count in self.shape]
        nodes_uv = _node_positions(reach)
        half = 0.5 * (np.array(self.shape) - 1)
        return nodes_uv, self.places.value(*((nodes_uv + 1.0) * half).T)


def _usable(points: ControlPoints) -> ControlPoints:
    """Points with finite coordinates, in float64, heights filled with 0."""
    finite = np.isfinite(points.line) & np.isfinite(points.sample)
    finite &= np.isfinite(points.longitude) & np.isfinite(points.latitude)

    def column(values: FloatArray) -> FloatArray:
        return np.asarray(values, dtype=np.float64)[finite]

    times, ranges = points.azimuth_time_s, points.slant_range_time_s
    known = ranges is not None and bool(np.isfinite(column(ranges)).all())
    return ControlPoints(
        line=column(points.line),
        sample=column(points.sample),
        longitude=column(points.longitude),
        latitude=column(points.latitude),
        height=np.nan_to_num(column(points.height)),
        incidence=column(points.incidence),
        azimuth_time_s=None if times is None else column(times),
        slant_range_time_s=column(ranges) if known and ranges is not None else None,
        epoch=points.epoch,
    )


def _path(points: ControlPoints, shape: tuple[int, int], *, is_needed: bool) -> SightPath | None:
    try:
        return SightPath.through(points, shape)
    except InputError:
        if is_needed:
            raise
        return None


def _on_ellipsoid(points: ControlPoints, path: SightPath) -> ControlPoints:
    """Points moved from their annotated heights to the ellipsoid."""
    longitude, latitude, incidence = path.slide(
        points.line, points.longitude, points.latitude, points.height, np.zeros(len(points))
    )
    return replace(points, longitude=longitude, latitude=latitude, incidence=incidence)


def _node_positions(reach: list[float]) -> FloatArray:
    """Positions (u, v) of a net over the image and half its margin, shape (n, 2)."""
    axes = [np.linspace(-math.sqrt(r), math.sqrt(r), _NODES) for r in reach]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=-1)
