"""Control points: image positions whose places are annotated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError

__all__ = ["ControlPoints", "bistatic_reference"]


@dataclass(frozen=True, eq=False)
class ControlPoints:
    """Image positions whose places are known: the annotated geolocation grid.

    Raises
    ------
    InputError
        The columns differ in length.
    """

    line: FloatArray
    """Shape (n,), zero-based, whole numbers at pixel centres."""
    sample: FloatArray
    """Shape (n,), as `line`."""
    longitude: FloatArray
    """Shape (n,), degrees, WGS 84."""
    latitude: FloatArray
    """Shape (n,), degrees, WGS 84."""
    height: FloatArray
    """Shape (n,), metres above the ellipsoid at which the place holds."""
    incidence: FloatArray
    """Shape (n,), degrees from the ellipsoid's normal."""
    azimuth_time_s: FloatArray | None = None
    """Shape (n,), zero-Doppler time in seconds since `epoch`; None where unknown."""
    slant_range_time_s: FloatArray | None = None
    """Shape (n,), two-way time to the point in seconds; None where unknown."""
    epoch: np.datetime64 | None = None
    """Zero of `azimuth_time_s`, UTC, to the microsecond."""

    def __post_init__(self) -> None:
        columns = [self.line, self.sample, self.longitude, self.latitude, self.height]
        columns += [self.incidence]
        columns += [c for c in (self.azimuth_time_s, self.slant_range_time_s) if c is not None]
        sizes = {np.asarray(column).shape for column in columns}
        if len(sizes) != 1 or np.asarray(self.line).ndim != 1:
            raise InputError(
                f"The control points' columns have shapes {sorted(sizes)}; all must be "
                "one-dimensional and equally long. The product's geolocation grid is damaged."
            )

    def __len__(self) -> int:
        """Count the points."""
        return len(self.line)


def bistatic_reference(
    points: ControlPoints, first_line_time: np.datetime64, line_interval_s: float
) -> float | None:
    """Two-way time at which a point's azimuth time equals its line's.

    Annotated azimuth times differ from those of the lines by half the difference of the two-way
    time from a reference near mid swath. Times in float32 (4e-6 s coarse at the end of a scene)
    are enough to see it, since it amounts to 4e-4 s.

    Parameters
    ----------
    points
        With azimuth and slant range times and their epoch.
    first_line_time
        Azimuth time of line 0, UTC.
    line_interval_s
        Seconds from line to line.

    Returns
    -------
    float or None
        Seconds; None where the points carry no times or show no such term.
    """
    two_way_s, azimuth_s, epoch = points.slant_range_time_s, points.azimuth_time_s, points.epoch
    if two_way_s is None or azimuth_s is None or epoch is None:
        return None
    shift = first_line_time.astype("datetime64[us]") - epoch.astype("datetime64[us]")
    line_s = float(shift / np.timedelta64(1, "us")) * 1e-6 + points.line * line_interval_s
    two_way_s = np.asarray(two_way_s, dtype=np.float64)
    late_s = np.asarray(azimuth_s, dtype=np.float64) - line_s
    if np.ptp(two_way_s) == 0.0:
        return None
    slope = np.polyfit(two_way_s - two_way_s.mean(), late_s, 1)[0]
    if not 0.4 < slope < 0.6:  # one half where the term is there, nought where it is not
        return None
    return float(np.mean(two_way_s - 2.0 * late_s))
