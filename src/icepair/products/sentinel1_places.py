"""When and where the pixels of a Sentinel-1 scene were seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeVar

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.errors import InputError
from icepair.geo.control_points import ControlPoints, ControlPointSwath, bistatic_reference
from icepair.geo.range_doppler import RangeDopplerSwath
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath
from icepair.products.annotation import RangeDopplerIngredients
from icepair.products.scene import RadarScene

__all__ = ["SwathScene", "with_ingredients"]

_REPRODUCED_M = 1.0

_Scene = TypeVar("_Scene", bound="SwathScene")


@dataclass(frozen=True)
class SwathScene(RadarScene):
    """A radar scene in the geometry in which it was seen: its acquisition and its geolocation."""

    mode: str
    """``EW``, ``IW``, or ``S1`` … ``S6`` (stripmap); empty where the file does not say."""
    product_type: str
    """``GRDF``, ``GRDH`` or ``GRDM``; ``GRD`` where the file does not say which."""
    pass_direction: str
    """``ascending``, ``descending`` or empty, as stated; wrong for data takes over the pole."""
    start_time: datetime
    """Azimuth time at which the acquisition began, UTC."""
    stop_time: datetime
    """Azimuth time at which it ended, UTC."""
    first_line_time: np.datetime64
    """Azimuth time of line 0, UTC, to the microsecond."""
    line_interval_s: float
    """Time from line to line, seconds; negative where the file's lines run backwards in time."""
    subswaths: tuple[str, ...]
    """Names of the sub-swaths 1, 2, …, as `read_subswath` counts them; empty where unknown."""
    control_points: ControlPoints = field(repr=False, compare=False)
    """Annotated places, in the raster's counting; from ``lat``/``lon`` where there are none."""
    points_method: Literal["control-points", "rasters"]
    """Where the control points come from."""
    ingredients: RangeDopplerIngredients | None = field(repr=False, compare=False)
    """Orbit and ground-to-slant records; None where absent or found wrong when opened."""
    processor_version: str = field(default="", kw_only=True)
    """Version of the processor (IPF), ``3.52``; empty where the product does not say."""

    @property
    def unit(self) -> str:
        """Satellite, ``S1A`` … ``S1D``."""
        return self.platform

    @property
    def time_source(self) -> str:
        """What `line_time` gives."""
        return "azimuth time of the middle of what was read"

    @property
    def bistatic_reference_s(self) -> float | None:
        """Two-way time at which the bistatic term is zero, seconds; None where there is none."""
        return bistatic_reference(self.control_points, self.first_line_time, self.line_interval_s)

    def line_time(self, line: FloatArray | float) -> AnyArray:
        """Azimuth time of (fractional) lines, datetime64[us], shape of `line`."""
        microseconds = np.rint(np.asarray(line, dtype=np.float64) * self.line_interval_s * 1e6)
        return np.asarray(self.first_line_time + microseconds.astype("timedelta64[us]"))

    def swath(self, surface: Surface) -> Swath:
        """Geolocation on a surface, the best that the product allows.

        Parameters
        ----------
        surface
            Where the pixels are placed: the geoid for sea.

        Returns
        -------
        Swath
            By range-Doppler where the product has orbit, timing and ground-to-slant records that
            reproduce its control points to 1 m rms; else by its control points; else by points
            sampled from its ``lat``/``lon`` rasters. ``method`` says which.

        Raises
        ------
        InputError
            The control points cannot carry a geolocation.
        """
        if self.ingredients is not None:
            return self._range_doppler(surface, self.ingredients)
        return ControlPointSwath.fit(
            self.control_points, self.shape, surface, method=self.points_method
        )

    def _range_doppler(
        self, surface: Surface, ingredients: RangeDopplerIngredients
    ) -> RangeDopplerSwath:
        return RangeDopplerSwath.from_annotation(
            ingredients.orbit,
            ingredients.records,
            first_line_time=self.first_line_time,
            line_interval_s=self.line_interval_s,
            sample_spacing_m=self.range_spacing_m,
            shape=self.shape,
            surface=surface,
            bistatic_reference_s=self.bistatic_reference_s,
        )

    def range_doppler_misfit_m(self) -> float:
        """Root mean square distance of range-Doppler places from the control points, metres.

        Both at the points' own heights. Infinite where range-Doppler has no answer at a point.

        Raises
        ------
        InputError
            The scene has no ingredients, or they do not cover the image.
        """
        if self.ingredients is None:
            raise InputError(f"{self.product} carries no orbit and ground-to-slant records.")
        points = self.control_points
        swath = self._range_doppler(Surface("ellipsoid"), self.ingredients)
        longitude, latitude = swath.place(points.line, points.sample, points.height)
        distance = _distance_m(longitude, latitude, points.longitude, points.latitude)
        rms = float(np.sqrt(np.mean(distance**2)))
        return rms if np.isfinite(rms) else float("inf")


def with_ingredients(scene: _Scene, find: Callable[[], RangeDopplerIngredients | None]) -> _Scene:
    """Scene that locates by range-Doppler, if its own control points bear that out.

    Parameters
    ----------
    scene
        Without ingredients.
    find
        Gives what the product holds, or None; what it raises as `InputError` becomes a note.
    """
    try:
        found = find()
        if found is None:
            return scene
        complete = replace(scene, ingredients=found)
        misfit_m = complete.range_doppler_misfit_m()
    except InputError as error:
        return _with_note(scene, f"Orbit and records are not used: {error}")
    if misfit_m >= _REPRODUCED_M:
        return _with_note(
            scene,
            f"Orbit and records miss the control points by {misfit_m:.3g} m rms (below 1 m was "
            "expected); places come from the control points instead.",
        )
    return complete


def _with_note(scene: _Scene, note: str) -> _Scene:
    return replace(scene, notes=(*scene.notes, note))


def _distance_m(
    longitude: FloatArray, latitude: FloatArray, other_longitude: FloatArray, other: FloatArray
) -> FloatArray:
    import pyproj

    _, _, metres = pyproj.Geod(ellps="WGS84").inv(longitude, latitude, other_longitude, other)
    return np.asarray(metres)
