"""Annotation of one polarisation: XML to records, at full precision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import DamagedFileError
from icepair.geo.control_points import ControlPoints
from icepair.products.annotation import (
    Conversion,
    OrbitState,
    RangeDopplerIngredients,
    ingredients_of,
)
from icepair.products.safe.xml import Part
from icepair.radar.noise import SwathBounds

__all__ = ["ProductAnnotation", "read_annotation", "read_ingredients"]

_HIGHEST_M = 10_000.0
"""Heights above the ellipsoid stay below."""
_INTERVAL_S = (1e-5, 0.1)
"""Between lines of products of every mode: 0.0005 to 0.006."""
_SPACING_M = (1.0, 1000.0)
"""Of pixels of products of every mode: 3.5 to 40."""


@dataclass(frozen=True, eq=False)
class ProductAnnotation:
    """What the annotation of one polarisation says of its image."""

    document: Part = field(repr=False)
    """Root of the document."""
    unit: str
    """``S1A`` and so on."""
    product_type: str
    """``GRD``, ``SLC`` ….."""
    mode: str
    """``EW``, ``IW``, ``SM`` …."""
    swath: str
    """The mode again, or the stripmap's beam, ``S1`` to ``S6``."""
    polarisation: str
    """``HH`` and so on."""
    pass_direction: str
    """``ascending`` or ``descending``, wrong over the pole."""
    start_time: np.datetime64
    """Start of the acquisition, UTC."""
    stop_time: np.datetime64
    """End of the acquisition, UTC."""
    shape: tuple[int, int]
    """Lines and samples."""
    first_line_time: np.datetime64
    """Azimuth time of line 0, UTC."""
    line_interval_s: float
    """Seconds from line to line."""
    range_spacing_m: float
    """Ground range from sample to sample, metres."""
    azimuth_spacing_m: float
    """Way from line to line, metres."""
    noise_removed: bool
    """Whether the processor has already taken thermal noise off."""
    orbit_file_used: bool
    """Whether the processor had an orbit file, of whatever quality."""
    points: ControlPoints = field(repr=False)
    """Geolocation grid."""
    elevation: FloatArray = field(repr=False)
    """Elevation angle at `points`, degrees, (n,)."""
    bounds: tuple[SwathBounds, ...] = field(repr=False)
    """Where each sub-swath lies; none where the product was not merged from several."""

    @property
    def beam(self) -> str:
        """``EW``, ``IW``, or ``S1`` to ``S6`` for stripmap."""
        return self.swath if self.mode == "SM" else self.mode


def read_annotation(document: Part) -> ProductAnnotation:
    """Records of an annotation document.

    Raises
    ------
    DamagedFileError
        It lacks an element, or one of them is not what it must be.
    """
    header = document.part("adsHeader")
    image = document.part("imageAnnotation/imageInformation")
    processing = document.part("imageAnnotation/processingInformation")
    points, elevation = _points(document)
    return ProductAnnotation(
        document=document,
        unit=header.text("missionId").upper(),
        product_type=header.text("productType").upper(),
        mode=header.text("mode").upper(),
        swath=header.text("swath").upper(),
        polarisation=header.text("polarisation").upper(),
        pass_direction=document.text("generalAnnotation/productInformation/pass").lower(),
        start_time=header.time("startTime"),
        stop_time=header.time("stopTime"),
        shape=(image.whole("numberOfLines"), image.whole("numberOfSamples")),
        first_line_time=image.time("productFirstLineUtcTime"),
        line_interval_s=_between(image, "azimuthTimeInterval", *_INTERVAL_S),
        range_spacing_m=_between(image, "rangePixelSpacing", *_SPACING_M),
        azimuth_spacing_m=_between(image, "azimuthPixelSpacing", *_SPACING_M),
        noise_removed=_is_true(processing, "thermalNoiseCorrectionPerformed"),
        orbit_file_used=_is_true(processing, "orbitDataFileUsed"),
        points=points,
        elevation=elevation,
        bounds=tuple(_bounds(document)),
    )


def _between(part: Part, path: str, least: float, most: float) -> float:
    """Number that everything else is divided by, if a product could have it."""
    value = part.number(path)
    if not least <= value <= most:
        raise DamagedFileError(
            f"{part.document}: {path} is {value:g}; between {least:g} and {most:g} was expected. "
            "Fetch the product again."
        )
    return value


def _is_true(part: Part, path: str) -> bool:
    """Flag that early processors do not write: absent is False."""
    return part.has(path) and part.text(path).lower() == "true"


def _points(document: Part) -> tuple[ControlPoints, FloatArray]:
    """Geolocation grid and the elevation angles on it."""
    points = document.all("geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    lines, samples, *columns = (
        np.array([point.number(name) for point in points])
        for name in (
            "line", "pixel", "longitude", "latitude", "height", "incidenceAngle",
            "elevationAngle", "slantRangeTime",
        )
    )  # fmt: skip
    longitude, latitude, height, incidence, elevation, slant_range_time_s = columns
    if np.unique(lines).size < 3 or np.unique(samples).size < 3:
        raise DamagedFileError(
            f"{document.document}: the {len(points)} points of the geolocation grid do not span "
            "the image; at least 3 x 3 are needed. Fetch the product again."
        )
    possible = (np.abs(latitude) <= 90.0) & (np.abs(longitude) <= 360.0)
    possible &= (np.abs(height) < _HIGHEST_M) & (incidence > 0.0) & (incidence < 90.0)
    if not possible.all():
        raise DamagedFileError(
            f"{document.document}: {np.count_nonzero(~possible)} of {len(points)} points of the "
            "geolocation grid have a latitude, longitude, height or incidence angle that no place "
            "on Earth has. Fetch the product again."
        )
    times = np.array([point.time("azimuthTime") for point in points])
    seconds = (times - times[0]) / np.timedelta64(1, "us") * 1e-6
    return ControlPoints(
        line=lines,
        sample=samples,
        longitude=longitude,
        latitude=latitude,
        height=height,
        incidence=incidence,
        azimuth_time_s=np.asarray(seconds, dtype=np.float64),
        slant_range_time_s=slant_range_time_s,
        epoch=times[0],
    ), elevation


def _bounds(document: Part) -> Iterator[SwathBounds]:
    for merge in document.all("swathMerging/swathMergeList/swathMerge"):
        swath = merge.text("swath").upper()
        for bounds in merge.all("swathBoundsList/swathBounds"):
            yield SwathBounds(
                swath,
                bounds.number("firstAzimuthLine"),
                bounds.number("lastAzimuthLine"),
                bounds.number("firstRangeSample"),
                bounds.number("lastRangeSample"),
            )


def read_ingredients(document: Part) -> RangeDopplerIngredients:
    """Orbit and ground-to-slant records of an annotation document.

    Raises
    ------
    InputError
        A list lacks an element or holds nothing that can be used.
    """
    states = document.all("generalAnnotation/orbitList/orbit")
    conversions = document.all("coordinateConversion/coordinateConversionList/coordinateConversion")
    return ingredients_of(
        [_state(state) for state in states if state.text("frame").lower() == "earth fixed"],
        [_conversion(item) for item in conversions],
    )


def _state(state: Part) -> OrbitState:
    position, velocity = (
        np.array([state.number(f"{what}/{axis}") for axis in "xyz"])
        for what in ("position", "velocity")
    )
    return state.time("time"), position, velocity


def _conversion(item: Part) -> Conversion:
    return (
        item.time("azimuthTime"),
        item.number("sr0"),
        item.number("gr0"),
        item.numbers("srgrCoefficients"),
        item.numbers("grsrCoefficients"),
    )
