"""Grids of angles in the metadata of a tile."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from icepair._typing import FloatArray
from icepair.conventions import BANDS
from icepair.errors import DamagedFileError
from icepair.products.attributes import number
from icepair.products.safe.sentinel2.product_record import first_text
from icepair.products.tile_angles import AngleGrid, TileAngles

__all__ = ["tile_angles"]


def tile_angles(root: ElementTree.Element, name: str) -> TileAngles | None:
    """Angles of the sun and of every detector of every band; None where there are none.

    Parameters
    ----------
    root
        Root element of the tile's metadata.
    name
        What to call them in messages.

    Raises
    ------
    DamagedFileError
        A grid is not a rectangle of numbers.
    """
    sun = next(root.iter("Sun_Angles_Grid"), None)
    if sun is None:
        return None
    views: dict[str, dict[int, AngleGrid]] = {}
    for element in root.iter("Viewing_Incidence_Angles_Grids"):
        band, detector = element.get("bandId", ""), element.get("detectorId", "")
        if not (band.isdigit() and int(band) < len(BANDS) and detector.isdigit()):
            raise DamagedFileError(f"{name} has angles of band {band!r}, detector {detector!r}.")
        views.setdefault(BANDS[int(band)], {})[int(detector)] = _grid(element, name)
    return TileAngles(_grid(sun, name), views)


def _grid(element: ElementTree.Element, name: str) -> AngleGrid:
    parts = element.find("Zenith"), element.find("Azimuth")
    if parts[0] is None or parts[1] is None:
        raise DamagedFileError(f"{name} has a grid of angles without zenith or azimuth.")
    zenith, azimuth = (_values(part, name) for part in parts if part is not None)
    steps = [number(first_text(parts[0], tag)) for tag in ("ROW_STEP", "COL_STEP")]
    if zenith.shape != azimuth.shape or not all(step > 0 for step in steps):
        raise DamagedFileError(
            f"{name} has a grid of angles of {zenith.shape} zeniths, {azimuth.shape} azimuths and "
            f"steps of {steps} m; equal shapes and steps above 0 were expected."
        )
    return AngleGrid(zenith, azimuth, (steps[0], steps[1]))


def _values(part: ElementTree.Element, name: str) -> FloatArray:
    rows = [(element.text or "").split() for element in part.iter("VALUES")]
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise DamagedFileError(
            f"{name} has a grid of angles that is no rectangle of numbers ({error})."
        ) from error
    if values.ndim != 2 or 0 in values.shape:
        raise DamagedFileError(f"{name} has a grid of angles without values.")
    return values
