"""Whether control points and ``lat``/``lon`` rasters of a file tell the same story.

Exports by other programs turn the raster over and leave the points as they were, count from pixel
corners, or shrink one and not the other. What a separable straight map of line and sample explains
is repaired; what nothing explains is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyproj

from icepair._typing import FloatArray, IntArray
from icepair.errors import ContradictionError
from icepair.geo.control_points import ControlPoints
from icepair.products.container import Container
from icepair.products.geolocation_grid import raster_places

__all__ = ["Agreement", "measured_spacing", "reconcile"]

_PROBES_A_SIDE = 5
_SMALL_RASTER = 20_000
"""Pixels up to which all are looked at: a small export may be mostly empty."""
_MOST_PROBES = 400
_CONTRADICTION_M = 100.0
_EDGE_PIXELS = 0.75
"""How far repaired points may begin or end from the raster's first or last pixel centre."""


_SAME_SCALE = 0.1
"""Pixels by which scales may drift apart over the whole raster and still be called the same."""
_FEWEST_PROBES = 8
_MOST_KNOTS = 1000
_PlaceOf: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Agreement:
    """Control points in the raster's own counting, and what was done to them."""

    points: ControlPoints
    """Points, repaired where needed."""
    mirrored: bool
    """Whether lines of the raster run against those of the annotation."""
    repaired: bool
    """Whether the points were changed."""
    notes: tuple[str, ...]
    """For people."""


@dataclass(frozen=True)
class _Probes:
    """Pixels whose place the rasters give."""

    line: FloatArray
    sample: FloatArray
    place: FloatArray


def reconcile(container: Container, points: ControlPoints, shape: tuple[int, int]) -> Agreement:
    """Compare control points with the rasters, repair what is explained, refuse the rest.

    Parameters
    ----------
    container
        With ``lat`` and ``lon``.
    points
        As annotated.
    shape
        Lines and samples of the raster.

    Raises
    ------
    ContradictionError
        The median distance at the probes exceeds 100 m and a tenth of a pixel, and no mirroring,
        shift by half a pixel or change of scale explains it.
    """
    probes = _probe(container, points, shape)
    if probes.line.size == 0:
        return Agreement(points, False, False, ("The lat and lon rasters are empty where probed.",))
    place_of = _spline(points)
    distances = _distances(place_of, probes, np.array([0.0, 1.0, 0.0, 1.0]))
    median = float(np.median(distances))
    pixel_m = min(_spacing(place_of, points))
    if median <= max(3.0, 0.15 * pixel_m):
        return Agreement(points, False, False, ())
    explained = _explanation(place_of, probes, points, shape, max(5.0, 0.1 * pixel_m))
    if explained is not None:
        return _repaired(points, explained, shape, median)
    if median <= max(_CONTRADICTION_M, 0.1 * pixel_m):
        note = (
            f"Control points and lat/lon rasters differ by {median:.1f} m (median of "
            f"{distances.size} places); the control points are used."
        )
        return Agreement(points, False, False, (note,))
    raise ContradictionError(
        f"In {container.address} the control points contradict the lat/lon rasters: they differ "
        f"by {median / 1e3:.1f} km (median of {distances.size} pixels with a place, at least "
        f"{distances.min() / 1e3:.1f} km), and neither mirroring, half a pixel nor another scale "
        "explains it. Take the product from the archive itself."
    )


def _probe(container: Container, points: ControlPoints, shape: tuple[int, int]) -> _Probes:
    """About 25 pixels at control points, where the rasters are best; all of a small raster."""
    if shape[0] * shape[1] <= _SMALL_RASTER:
        rows, columns = (index.ravel().astype(np.int64) for index in np.indices(shape))
    else:
        chosen = _spread(points)
        rows = np.clip(np.rint(points.line[chosen]), 0, shape[0] - 1).astype(np.int64)
        columns = np.clip(np.rint(points.sample[chosen]), 0, shape[1] - 1).astype(np.int64)
    longitude, latitude = raster_places(container, rows, columns)
    known = np.flatnonzero(np.isfinite(longitude))
    known = known[:: -(-known.size // _MOST_PROBES) or 1]
    return _Probes(
        line=rows[known].astype(np.float64),
        sample=columns[known].astype(np.float64),
        place=_earth_centred(longitude[known], latitude[known]),
    )


def _spread(points: ControlPoints) -> IntArray:
    """Return indices of about 25 points that cover the image."""
    lines, samples = np.unique(points.line), np.unique(points.sample)
    near = [
        np.hypot(
            (points.line - line) / max(1.0, np.ptp(lines)),
            (points.sample - sample) / max(1.0, np.ptp(samples)),
        ).argmin()
        for line in _every(lines)
        for sample in _every(samples)
    ]
    return np.unique(near).astype(np.int64)


def _every(places: FloatArray) -> FloatArray:
    """Every so many of the places, about 5: regular where the places are."""
    return places[:: max(1, (places.size - 1) // (_PROBES_A_SIDE - 1))]


def _earth_centred(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    transformer = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.stack(transformer.transform(longitude, latitude, np.zeros_like(longitude)), axis=-1)


@dataclass(frozen=True)
class _Plane:
    """Local plane through the middle of the points: no longitude, so no 180 degrees, no pole."""

    centre: FloatArray
    axes: FloatArray

    @classmethod
    def through(cls, place: FloatArray) -> _Plane:
        centre = place.mean(axis=0)
        axes = np.linalg.svd(place - centre, full_matrices=False)[2][:2]
        return cls(centre, axes)

    def coordinates(self, place: FloatArray) -> FloatArray:
        return np.asarray((place - self.centre) @ self.axes.T)


def _through(known: FloatArray, values: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Smooth function through `values` (n, k) at `known` (n, 2)."""
    from scipy.interpolate import RBFInterpolator

    middle, scale = known.mean(axis=0), np.ptp(known, axis=0)
    spline = RBFInterpolator(
        (known - middle) / scale,
        values,
        kernel="cubic",
        degree=1,
        neighbors=None if len(known) <= _MOST_KNOTS else 64,
    )
    return lambda places: np.asarray(spline((places - middle) / scale))


def _spline(points: ControlPoints) -> _PlaceOf:
    """Earth-centred place (n, 3) of lines and samples, through the points."""
    through = _through(
        np.stack([points.line, points.sample], axis=-1),
        _earth_centred(points.longitude, points.latitude),
    )
    return lambda line, sample: through(np.stack([line, sample], axis=-1))


def _distances(place_of: _PlaceOf, probes: _Probes, straight: FloatArray) -> FloatArray:
    """Metres between raster and points under a map (a, b, c, d): a + b line, c + d sample."""
    a, b, c, d = straight
    places = place_of(a + b * probes.line, c + d * probes.sample)
    return np.asarray(np.linalg.norm(places - probes.place, axis=-1))


def measured_spacing(points: ControlPoints) -> tuple[float, float]:
    """Metres from line to line and from sample to sample in the middle of the points."""
    return _spacing(_spline(points), points)


def _spacing(place_of: _PlaceOf, points: ControlPoints) -> tuple[float, float]:
    line, sample = float(np.median(points.line)), float(np.median(points.sample))
    here, down, right = place_of(
        np.array([line, line + 1, line]), np.array([sample, sample, sample + 1])
    )
    return float(np.linalg.norm(down - here)), float(np.linalg.norm(right - here))


def _explanation(
    place_of: _PlaceOf,
    probes: _Probes,
    points: ControlPoints,
    shape: tuple[int, int],
    tolerance_m: float,
) -> FloatArray | None:
    """Straight map from raster to annotation that explains the difference, None if none does."""
    if probes.line.size < _FEWEST_PROBES:
        return None
    places = _earth_centred(points.longitude, points.latitude)
    plane = _Plane.through(places)
    annotated = _through(
        plane.coordinates(places), np.stack([points.line, points.sample], axis=-1)
    )(plane.coordinates(probes.place))
    fit = np.array(
        [*_robust_line(probes.line, annotated[:, 0]), *_robust_line(probes.sample, annotated[:, 1])]
    )
    snapped = _snapped(fit, shape)
    if not (_is_of_a_kind(snapped, shape) and _spans(points, snapped, shape)):
        return None
    median_m = float(np.median(_distances(place_of, probes, snapped)))
    return snapped if median_m <= tolerance_m else None


def _robust_line(index: FloatArray, annotated: FloatArray) -> tuple[float, float]:
    """Offset and slope of a straight line that a few wild values do not bend."""
    from scipy.stats import theilslopes

    slope, offset, _, _ = theilslopes(annotated, index)
    misfit = np.abs(annotated - (offset + slope * index))
    tame = misfit <= 4.0 * np.median(misfit) + 1e-6
    slope, offset = np.polyfit(index[tame], annotated[tame], 1)
    return float(offset), float(slope)


def _snapped(fit: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Fit with slopes of exactly 1 and offsets of exact half pixels, where it is that close."""
    snapped = fit.copy()
    for axis in (0, 1):
        offset, slope = fit[2 * axis : 2 * axis + 2]
        half = np.rint(2.0 * offset) / 2.0
        if abs(abs(slope) - 1.0) * shape[axis] < _SAME_SCALE and abs(offset - half) < 0.1:
            snapped[2 * axis : 2 * axis + 2] = half, np.sign(slope)
    return snapped


def _is_of_a_kind(fit: FloatArray, shape: tuple[int, int]) -> bool:
    """Whether shifts of a raster of the same scale are whole or half pixels.

    Other shifts have no known cause; they are disagreements about the place.
    """
    return all(
        abs(abs(slope) - 1.0) * length >= _SAME_SCALE or (2.0 * offset).is_integer()
        for offset, slope, length in ((*fit[:2], shape[0]), (*fit[2:], shape[1]))
    )


def _spans(points: ControlPoints, fit: FloatArray, shape: tuple[int, int]) -> bool:
    """Whether the repaired points span the raster: else the fit hides a displacement."""
    a, b, c, d = fit
    for annotated, offset, slope, length in (
        (points.line, a, b, shape[0]),
        (points.sample, c, d, shape[1]),
    ):
        own = (annotated - offset) / slope
        if abs(own.min()) > _EDGE_PIXELS or abs(own.max() - (length - 1)) > _EDGE_PIXELS + 0.75:
            return False
    return True


def _repaired(
    points: ControlPoints, fit: FloatArray, shape: tuple[int, int], median_m: float
) -> Agreement:
    a, b, c, d = fit
    what = []
    if b < 0:
        what.append("the points' lines run opposite to the raster's")
    if d < 0:
        what.append("the points' samples run opposite to the raster's")
    if abs(abs(b) - 1.0) * shape[0] >= _SAME_SCALE or abs(abs(d) - 1.0) * shape[1] >= _SAME_SCALE:
        what.append(f"they are scaled by {abs(b):.4g} along lines and {abs(d):.4g} along samples")
    if not what:
        what.append(f"they count lines from {a:g} and samples from {c:g} at the first pixel")
    note = (
        "Control points repaired by the lat/lon rasters: "
        + "; ".join(what)
        + f" (unrepaired they were {median_m:.0f} m off in the median)."
    )
    moved = replace(points, line=(points.line - a) / b, sample=(points.sample - c) / d)
    return Agreement(moved, bool(b < 0), True, (note,))
