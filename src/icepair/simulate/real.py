"""Annotation of a real radar product, from its XML files; whole, or cut to a part of the image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import DamagedFileError, UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.simulate.annotation import (
    Calibration,
    ControlGrid,
    NoiseBlock,
    RadarAnnotation,
    RangeNoise,
)
from icepair.simulate.cutting import cut_annotation
from icepair.simulate.geometry import Orbit, RadarGeometry, Records, to_ecef
from icepair.simulate.settings import PairSettings
from icepair.simulate.synthesis import MODES, radar_product_name

__all__ = ["read_annotation"]

_HEADER = (
    "missionId",
    "productType",
    "polarisation",
    "mode",
    "startTime",
    "stopTime",
    "absoluteOrbitNumber",
    "missionDataTakeId",
    "imageNumber",
    "productQualityIndex",
    "iInputDataMean",
    "qInputDataMean",
    "inputDataMeanOutsideNominalRangeFlag",
    "iInputDataStdDev",
    "qInputDataStdDev",
    "inputDataStDevOutsideNominalRangeFlag",
    "numDownlinkInputDataGaps",
    "downlinkGapsInInputDataSignificantFlag",
    "numDownlinkInputMissingLines",
    "downlinkMissingLinesSignificantFlag",
    "numInstrumentInputDataGaps",
    "instrumentGapsInInputDataSignificantFlag",
    "numInstrumentInputMissingLines",
    "instrumentMissingLinesSignificantFlag",
    "numSsbErrorInputDataGaps",
    "ssbErrorGapsInInputDataSignificantFlag",
    "numSsbErrorInputMissingLines",
    "ssbErrorMissingLinesSignificantFlag",
    "chirpSourceUsed",
    "pgSourceUsed",
    "rrfSpectrumUsed",
    "replicaReconstructionFailedFlag",
    "meanPgProductAmplitude",
    "stdDevPgProductAmplitude",
    "meanPgProductPhase",
    "stdDevPgProductPhase",
    "pgProductDerivationFailedFlag",
    "invalidDownlinkParamsFlag",
    "iBiasSignificanceFlag",
    "qBiasSignificanceFlag",
    "iqGainSignificanceFlag",
    "iqQuadratureDepartureSignificanceFlag",
    "platformHeading",
    "projection",
    "rangeSamplingRate",
    "radarFrequency",
    "azimuthSteeringRate",
    "rangePixelSpacing",
    "azimuthPixelSpacing",
    "azimuthTimeInterval",
    "azimuthFrequency",
    "numberOfSamples",
    "numberOfLines",
    "zeroDopMinusAcqTime",
    "incidenceAngleMidSwath",
    "rawDataAnalysisUsed",
    "orbitDataFileUsed",
    "attitudeDataFileUsed",
    "rxVariationCorrectionApplied",
    "antennaElevationPatternApplied",
    "antennaAzimuthPatternApplied",
    "antennaAzimuthElementPatternApplied",
    "rangeSpreadingLossCompensationApplied",
    "srgrConversionApplied",
    "detectionPerformed",
    "thermalNoiseCorrectionPerformed",
    "referenceRange",
    "ellipsoidName",
    "ellipsoidSemiMajorAxis",
    "ellipsoidSemiMinorAxis",
    "bistaticDelayCorrectionApplied",
    "topsFilterConvention",
)
"""Leaves of the annotation's general part that the archive passes on, in its order."""

_GRID_FIELDS = ("latitude", "longitude", "height", "incidenceAngle", "elevationAngle")


def read_annotation(
    settings: PairSettings, longitude: float | None, latitude: float | None
) -> tuple[RadarAnnotation, float, float]:
    """Annotation from a folder, and the place at the centre of the optical scene.

    Parameters
    ----------
    settings : PairSettings
        With `annotation`, the folder; polarisations are the folder's own.
    longitude, latitude : float, optional
        Centre of the optical scene, degrees; None for the middle of the annotated image.

    Returns
    -------
    annotation : RadarAnnotation
        The whole image with ``full``, otherwise a part about the place.
    longitude, latitude : float

    Raises
    ------
    DamagedFileError
        The folder lacks a file, or a file lacks what it must have.
    UsageError
        The place is not in the image.
    """
    folder = Path(settings.annotation or ".")
    try:
        annotation = _whole(_documents(folder), settings)
    except (OSError, ElementTree.ParseError, _MissingError, ValueError) as error:
        raise DamagedFileError(
            f"The folder {str(folder)!r} holds no complete annotation of a Sentinel-1 GRD product "
            f"({error}). It must hold the product, calibration and noise XML of each polarisation."
        ) from error
    line, sample = _position(annotation, longitude, latitude, settings)
    if longitude is None or latitude is None:
        place = annotation.geometry.longitude_latitude(
            np.array([line]), np.array([sample]), Surface.parse(settings.surface)
        )
        longitude, latitude = float(place[0][0]), float(place[1][0])
    if not settings.full:
        annotation = cut_annotation(annotation, _window(annotation, line, sample, settings))
    return annotation, longitude, latitude


class _MissingError(Exception):
    """An element that must be there is not."""


def _need(parent: ElementTree.Element, path: str) -> ElementTree.Element:
    element = parent.find(path)
    if element is None:
        raise _MissingError(f"no {path} in <{parent.tag}>")
    return element


def _text(parent: ElementTree.Element, path: str) -> str:
    return (_need(parent, path).text or "").strip()


def _numbers(parent: ElementTree.Element, path: str) -> FloatArray:
    return np.array(_text(parent, path).split(), dtype=np.float64)


def _column(parents: list[ElementTree.Element], path: str) -> FloatArray:
    return np.array([float(_text(parent, path)) for parent in parents])


def _seconds(parents: list[ElementTree.Element], path: str, epoch: np.datetime64) -> FloatArray:
    times = np.array([_text(parent, path) for parent in parents], dtype="datetime64[us]")
    return np.asarray((times - epoch) / np.timedelta64(1_000_000, "us"))


_Documents = Mapping[str, Mapping[str, ElementTree.Element]]


def _documents(folder: Path) -> _Documents:
    """Roots by kind (product, calibration, noise) and polarisation."""
    found: dict[str, dict[str, ElementTree.Element]] = {
        "product": {},
        "calibration": {},
        "noise": {},
    }
    for path in sorted(folder.rglob("*.xml")):
        root = ElementTree.parse(path).getroot()
        if root.tag in found:
            found[root.tag][_text(root, "adsHeader/polarisation")] = root
    if not found["product"]:
        raise _MissingError("no annotation XML")
    for kind in ("calibration", "noise"):
        for polarisation in found["product"]:
            if polarisation not in found[kind]:
                raise _MissingError(f"no {kind} XML for {polarisation}")
    return found


def _whole(documents: _Documents, settings: PairSettings) -> RadarAnnotation:
    products = documents["product"]
    root = next(iter(products.values()))
    image = _need(root, "imageAnnotation/imageInformation")
    first_line_time = np.datetime64(_text(image, "productFirstLineUtcTime"), "us")
    shape = (int(_text(image, "numberOfLines")), int(_text(image, "numberOfSamples")))
    grid = _grid(root, first_line_time)
    interval = float(_text(image, "azimuthTimeInterval"))
    late = grid.azimuth_time_s - grid.lines[:, None] * interval
    geometry = RadarGeometry(
        _orbit(root, first_line_time),
        _records(root, first_line_time),
        interval,
        float(_text(image, "rangePixelSpacing")),
        float(np.mean(grid.slant_range_time_s - 2.0 * late)),
    )
    mode = _text(root, "adsHeader/mode")
    if mode not in MODES:
        raise _MissingError(f"mode {mode} is not EW or IW")
    return RadarAnnotation(
        _name(root, tuple(products), settings),
        mode,
        shape,
        first_line_time,
        geometry,
        grid,
        {name: _calibration(document) for name, document in documents["calibration"].items()},
        {name: _noise(document) for name, document in documents["noise"].items()},
        {name: dict(_header(document)) for name, document in products.items()},
        _text(root, "generalAnnotation/productInformation/pass").lower(),
    )


def _name(root: ElementTree.Element, polarisations: tuple[str, ...], settings: PairSettings) -> str:
    header = _need(root, "adsHeader")
    return radar_product_name(
        replace(
            settings,
            unit=_text(header, "missionId"),
            mode=_text(header, "mode"),  # type: ignore[arg-type]
            polarisations=polarisations,
        ),
        np.datetime64(_text(header, "startTime"), "us"),
        np.datetime64(_text(header, "stopTime"), "us"),
        int(_text(header, "absoluteOrbitNumber")),
        int(_text(header, "missionDataTakeId")),
    )


def _header(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for name in _HEADER:
        element = root.find(f".//{name}")
        if element is not None and element.text:
            yield name, element.text.strip()


def _orbit(root: ElementTree.Element, epoch: np.datetime64) -> Orbit:
    states = _need(root, "generalAnnotation/orbitList").findall("orbit")
    positions, velocities = (
        np.stack([_column(states, f"{what}/{axis}") for axis in "xyz"], axis=-1)
        for what in ("position", "velocity")
    )
    return Orbit(_seconds(states, "time", epoch), positions, velocities)


def _records(root: ElementTree.Element, epoch: np.datetime64) -> Records:
    items = _need(root, "coordinateConversion/coordinateConversionList").findall(
        "coordinateConversion"
    )
    return Records(
        _seconds(items, "azimuthTime", epoch),
        _column(items, "sr0"),
        _column(items, "gr0"),
        np.stack([_numbers(item, "srgrCoefficients") for item in items]),
        np.stack([_numbers(item, "grsrCoefficients") for item in items]),
    )


def _grid(root: ElementTree.Element, epoch: np.datetime64) -> ControlGrid:
    points = list(_need(root, "geolocationGrid/geolocationGridPointList"))
    lines, samples = (np.unique(_column(points, name)) for name in ("line", "pixel"))
    shape = (lines.size, samples.size)
    if shape[0] * shape[1] != len(points):
        raise _MissingError(f"{len(points)} grid points do not fill {shape[0]} x {shape[1]}")
    latitude, longitude, height, incidence, elevation = (
        _column(points, name).reshape(shape) for name in _GRID_FIELDS
    )
    return ControlGrid(
        lines,
        samples,
        _seconds(points, "azimuthTime", epoch).reshape(shape),
        _column(points, "slantRangeTime").reshape(shape),
        longitude,
        latitude,
        height,
        incidence,
        elevation,
    )


def _calibration(root: ElementTree.Element) -> Calibration:
    vectors = list(_need(root, "calibrationVectorList"))
    tables = {
        name: np.stack([_numbers(vector, name) for vector in vectors])
        for name in ("sigmaNought", "betaNought", "gamma", "dn")
    }
    return Calibration(_column(vectors, "line"), _numbers(vectors[0], "pixel"), tables)


def _noise(root: ElementTree.Element) -> RangeNoise:
    vectors = list(_need(root, "noiseRangeVectorList"))
    blocks = [
        NoiseBlock(
            _text(block, "swath"),
            int(_text(block, "firstAzimuthLine")),
            int(_text(block, "firstRangeSample")),
            int(_text(block, "lastAzimuthLine")),
            int(_text(block, "lastRangeSample")),
            _numbers(block, "line"),
            _numbers(block, "noiseAzimuthLut"),
        )
        for block in _need(root, "noiseAzimuthVectorList")
    ]
    return RangeNoise(
        _column(vectors, "line"),
        tuple(_numbers(vector, "pixel") for vector in vectors),
        tuple(_numbers(vector, "noiseRangeLut") for vector in vectors),
        tuple(blocks),
    )


def _position(
    annotation: RadarAnnotation,
    longitude: float | None,
    latitude: float | None,
    settings: PairSettings,
) -> tuple[float, float]:
    """Line and sample of the optical scene's centre."""
    lines, samples = annotation.shape
    if longitude is None or latitude is None:
        return 0.5 * (lines - 1), 0.5 * (samples - 1)
    place = np.array([longitude]), np.array([latitude])
    height = Surface.parse(settings.surface).height(*place)
    line, slant_range = annotation.geometry.line_slant_range(to_ecef(*place, height))
    sample = annotation.geometry.sample(line, slant_range)
    if not (0.0 <= line[0] < lines and 0.0 <= sample[0] < samples):
        raise UsageError(
            f"The place {latitude:.3f} N {longitude:.3f} E is not in the annotated image: it would "
            f"be at line {line[0]:.0f} of {lines}, sample {sample[0]:.0f} of {samples}."
        )
    return float(line[0]), float(sample[0])


def _window(
    annotation: RadarAnnotation, line: float, sample: float, settings: PairSettings
) -> Window:
    wanted = settings.radar_shape or MODES[annotation.mode].small_shape
    starts, stops = [], []
    for centre, size, whole in zip((line, sample), wanted, annotation.shape, strict=True):
        start = int(np.clip(round(centre - 0.5 * size), 0, max(0, whole - size)))
        starts.append(start)
        stops.append(min(whole, start + size))
    return Window(starts[0], stops[0], starts[1], stops[1])
