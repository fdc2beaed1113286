"""What a plan learns of its scenes: which part is needed, when it was seen, how wide a pixel is."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from icepair.errors import NoOverlapError
from icepair.geo.swath import Swath
from icepair.geo.swath_grid import ground_spacings_m
from icepair.geo.window import Window
from icepair.products.scene import OpticalScene, RadarScene
from icepair.resample.methods import Method
from icepair.resample.source_map import SourceMap

__all__ = ["needed_part", "pixel_spacing_m", "times_seen"]


def needed_part(
    source_map: SourceMap, shape: tuple[int, int], method: Method, margin: int = 0
) -> Window:
    """Part of a scene that the target needs, and `margin` pixels around it.

    Raises
    ------
    NoOverlapError
        The target needs nothing of the scene.
    """
    window = source_map.window(shape, method.widest_margin(source_map) + margin)
    if window is None:
        raise NoOverlapError(
            "No pixel of the target grid falls on the scene; choose another --grid."
        )
    return window


def times_seen(
    s1: RadarScene, s2: OpticalScene, window: Window, preset: str
) -> tuple[datetime, float]:
    """When the radar saw the window's centre, and hours from then to the optical look.

    The tutorial's hours are those between the products' own times.
    """
    middle = (window.row_start + window.row_stop - 1) / 2
    moment: datetime = s1.line_time(middle).item()
    s1_time = moment.replace(tzinfo=UTC)
    start = s1.time if preset == "tutorial" else s1_time
    return s1_time, (s2.time - start).total_seconds() / 3600.0


def pixel_spacing_m(s1: RadarScene, swath: Swath) -> tuple[float, float]:
    """Metres between lines and between samples, as annotated, else as measured in mid scene."""
    annotated = (s1.azimuth_spacing_m, s1.range_spacing_m)
    if all(math.isfinite(spacing) for spacing in annotated):
        return annotated
    return ground_spacings_m(swath)
