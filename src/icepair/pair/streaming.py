"""What will be read of each scene, known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from icepair.geo.window import Window
from icepair.products.container import Selection
from icepair.products.rasters import raster_selection
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel2 import Sentinel2Scene

__all__ = ["CLOUD_MASKS", "optical_selections", "radar_selections"]

CLOUD_MASKS = ("MSK_OPAQUE", "MSK_CIRRUS")
"""Quality rasters that are read where a product has them."""


def radar_selections(
    scene: Sentinel1Scene, polarisations: Sequence[str], window: Window
) -> list[Selection]:
    """Amplitudes of a window, and what its calibration and noise are rebuilt from."""
    amplitudes = [
        raster_selection(scene.container, f"Amplitude_{polarisation}", window)
        for polarisation in polarisations
    ]
    tables = scene.plan_tables(polarisations, window)
    return [selection for table in tables for selection in table.selections] + amplitudes


def optical_selections(
    scene: Sentinel2Scene, bands: Sequence[str], window: Window
) -> list[Selection]:
    """Bands of a window, and the cloud masks that the product has."""
    names = [scene.variables[band] for band in bands]
    names += [name for name in CLOUD_MASKS if name in scene.masks]
    return [raster_selection(scene.container, name, window) for name in names]
