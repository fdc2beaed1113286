"""What every geolocation of a radar scene can do, whatever it is built from."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from icepair._typing import FloatArray
from icepair.geo.steps import SampleSteps
from icepair.geo.surface import Surface

__all__ = ["Swath"]


@runtime_checkable
class Swath(Protocol):
    """A map between image position (line, sample) and place on the surface, both ways.

    Line and sample are zero-based and fractional, whole numbers at pixel centres, counted in the
    whole product. Longitudes and latitudes are degrees on WGS 84. Arrays broadcast. NaN means
    "no answer"; a position outside ``shape`` is an answer, extrapolated by 3 % of the image and at
    least 64 pixels (`icepair.geo.image_positions.answer_margin`).
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples of the whole image."""
        ...

    @property
    def method(self) -> str:
        """``range-doppler``, ``control-points``, ``rasters`` or ``grid``."""
        ...

    @property
    def surface(self) -> Surface:
        """Surface on which the places lie."""
        ...

    @property
    def residual_m(self) -> float | None:
        """Root mean square of leave-out residuals, metres; None where nothing could be left out."""
        ...

    def longitude_latitude(
        self, line: FloatArray, sample: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of image positions on the surface."""
        ...

    def line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Image position of places on the surface: the exact inverse of the above."""
        ...

    def smooth_line_sample(
        self, longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `line_sample`, without the steps between ground-to-slant records.

        This is what may be interpolated between nodes; `add_steps` completes it.
        """
        ...

    @property
    def steps(self) -> SampleSteps:
        """What `add_steps` adds."""
        ...

    def add_steps(self, line: FloatArray, smooth_sample: FloatArray) -> FloatArray:
        """Sample from what `smooth_line_sample` gave; cheap, exact to 1e-5 pixel."""
        ...

    def incidence_angle(self, line: FloatArray, sample: FloatArray) -> FloatArray:
        """Angle between the line of sight and the ellipsoid's normal, degrees."""
        ...
