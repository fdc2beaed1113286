"""What will be read of each scene, known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from icepair.geo.window import Window
from icepair.products.container import Selection
from icepair.products.rasters import raster_selection
from icepair.products.scene import OpticalScene

__all__ = ["CLOUD_MASKS", "optical_selections"]

CLOUD_MASKS = ("MSK_OPAQUE", "MSK_CIRRUS")
"""Quality rasters that tell of cloud."""


def optical_selections(
    scene: OpticalScene, bands: Sequence[str], masks: Sequence[str], window: Window
) -> list[Selection]:
    """Bands and cloud masks of a window."""
    parts = [(scene.variables[band], scene.stored_window(band, window)) for band in bands]
    parts += [(name, window) for name in masks]
    return [raster_selection(scene.container, name, part) for name, part in parts]
