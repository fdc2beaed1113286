"""Documents of a Sentinel-1 GRD product, from the simulator's annotation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

import numpy as np

from icepair._typing import FloatArray
from icepair.simulate.annotation import NoiseBlock, RadarAnnotation

__all__ = ["annotation_xml", "calibration_xml", "manifest_xml", "noise_xml"]

_XFDU = "urn:ccsds:schema:xfdu:1"
_SAFE = "http://www.esa.int/safe/sentinel-1.0"
_S1 = "http://www.esa.int/safe/sentinel-1.0/sentinel-1/sar/level-1"


def annotation_xml(annotation: RadarAnnotation, polarisation: str) -> bytes:
    """Document ``annotation/*.xml`` of a polarisation."""
    root = ElementTree.Element("product")
    _header(root, annotation, polarisation)
    general = ElementTree.SubElement(root, "generalAnnotation")
    _leaf(general, "productInformation/pass", annotation.pass_direction.capitalize())
    _orbit(general, annotation)
    _image(root, annotation, polarisation)
    _grid(root, annotation)
    _conversions(root, annotation)
    _merging(root, annotation, polarisation)
    return _document(root)


def calibration_xml(annotation: RadarAnnotation, polarisation: str) -> bytes:
    """Document ``annotation/calibration/calibration-*.xml`` of a polarisation."""
    root = ElementTree.Element("calibration")
    _header(root, annotation, polarisation)
    calibration = annotation.calibration[polarisation]
    for index, line in enumerate(calibration.lines):
        values = {name: table[index] for name, table in calibration.tables.items()}
        vector = _item(root, "calibrationVectorList", "calibrationVector", annotation, line)
        _leaf(vector, "pixel", _whole(calibration.samples))
        for name, row in values.items():
            _leaf(vector, name, " ".join(f"{value:.6e}" for value in row))
    return _document(root)


def noise_xml(annotation: RadarAnnotation, polarisation: str) -> bytes:
    """Document ``annotation/calibration/noise-*.xml`` of a polarisation, as since IPF 2.90."""
    root = ElementTree.Element("noise")
    _header(root, annotation, polarisation)
    noise = annotation.noise[polarisation]
    for line, samples, power in zip(noise.lines, noise.samples, noise.power, strict=True):
        vector = _item(root, "noiseRangeVectorList", "noiseRangeVector", annotation, line)
        _leaf(vector, "pixel", _whole(samples))
        _leaf(vector, "noiseRangeLut", _reals(power))
    for block in noise.blocks:
        vector = _child(_child(root, "noiseAzimuthVectorList"), "noiseAzimuthVector", new=True)
        _leaf(vector, "swath", block.swath)
        _bounds(vector, block)
        _leaf(vector, "line", _whole(block.lines))
        _leaf(vector, "noiseAzimuthLut", _reals(block.factors))
    return _document(root)


def manifest_xml(
    files: Mapping[str, tuple[int, str]], *, processor: str, inputs: Iterable[str]
) -> bytes:
    """Document ``manifest.safe``.

    Parameters
    ----------
    files
        Bytes and MD5 by member.
    processor
        Version as stated, ``003.52``.
    inputs
        Names of the files that the processor is said to have used.
    """
    for prefix, address in (("xfdu", _XFDU), ("safe", _SAFE), ("s1sarl1", _S1)):
        ElementTree.register_namespace(prefix, address)
    root = ElementTree.Element(f"{{{_XFDU}}}XFDU")
    meta = _child(root, "metadataSection")
    processing = _child(meta, f"{{{_SAFE}}}processing")
    facility = _child(processing, f"{{{_SAFE}}}facility")
    software = _child(facility, f"{{{_SAFE}}}software")
    software.attrib.update(name="Sentinel-1 IPF", version=processor)
    for name in inputs:
        _child(processing, f"{{{_SAFE}}}resource", new=True).set("name", name)
    _leaf(_child(meta, f"{{{_S1}}}standAloneProductInformation"), f"{{{_S1}}}productType", "GRD")
    for member, (size, checksum) in files.items():
        entry = _child(_child(root, "dataObjectSection"), "dataObject", new=True)
        stream = _child(entry, "byteStream")
        stream.set("size", str(size))
        _child(stream, "fileLocation").attrib.update(locatorType="URL", href=f"./{member}")
        _leaf(stream, "checksum", checksum).set("checksumName", "MD5")
    return _document(root)


def _header(root: ElementTree.Element, annotation: RadarAnnotation, polarisation: str) -> None:
    given = annotation.header[polarisation]
    header = _child(root, "adsHeader")
    for name in ("missionId", "productType", "polarisation", "mode"):
        _leaf(header, name, given[name])
    _leaf(header, "swath", annotation.mode)
    for name in ("startTime", "stopTime", "absoluteOrbitNumber"):
        _leaf(header, name, given[name])


def _orbit(general: ElementTree.Element, annotation: RadarAnnotation) -> None:
    orbit = annotation.geometry.orbit
    for time, place, velocity in zip(orbit.times_s, orbit.positions, orbit.velocities, strict=True):
        state = _child(_child(general, "orbitList"), "orbit", new=True)
        _leaf(state, "time", str(annotation.time_at(float(time))))
        _leaf(state, "frame", "Earth Fixed")
        for what, vector in (("position", place), ("velocity", velocity)):
            for axis, value in zip("xyz", vector, strict=True):
                _leaf(_child(state, what), axis, f"{value:.15e}")


def _image(root: ElementTree.Element, annotation: RadarAnnotation, polarisation: str) -> None:
    given, geometry = annotation.header[polarisation], annotation.geometry
    image = _child(_child(root, "imageAnnotation"), "imageInformation")
    _leaf(image, "productFirstLineUtcTime", str(annotation.first_line_time))
    _leaf(image, "productLastLineUtcTime", str(annotation.time_at(annotation.seconds)))
    _leaf(image, "rangePixelSpacing", f"{geometry.spacing_m:.15e}")
    _leaf(image, "azimuthPixelSpacing", given["azimuthPixelSpacing"])
    _leaf(image, "azimuthTimeInterval", f"{geometry.line_interval_s:.15e}")
    _leaf(image, "numberOfSamples", str(annotation.shape[1]))
    _leaf(image, "numberOfLines", str(annotation.shape[0]))
    processing = _child(_child(root, "imageAnnotation"), "processingInformation")
    _leaf(processing, "orbitDataFileUsed", "true")
    _leaf(processing, "thermalNoiseCorrectionPerformed", "false")


def _grid(root: ElementTree.Element, annotation: RadarAnnotation) -> None:
    grid = annotation.grid
    points = _child(_child(root, "geolocationGrid"), "geolocationGridPointList")
    for (i, j), seconds in np.ndenumerate(grid.azimuth_time_s):
        point = _child(points, "geolocationGridPoint", new=True)
        _leaf(point, "azimuthTime", str(annotation.time_at(float(seconds))))
        _leaf(point, "slantRangeTime", f"{grid.slant_range_time_s[i, j]:.15e}")
        _leaf(point, "line", f"{grid.lines[i]:.0f}")
        _leaf(point, "pixel", f"{grid.samples[j]:.0f}")
        for name, values in (
            ("latitude", grid.latitude), ("longitude", grid.longitude), ("height", grid.height),
            ("incidenceAngle", grid.incidence), ("elevationAngle", grid.elevation),
        ):  # fmt: skip
            _leaf(point, name, f"{values[i, j]:.15e}")


def _conversions(root: ElementTree.Element, annotation: RadarAnnotation) -> None:
    records = annotation.geometry.records
    items = _child(_child(root, "coordinateConversion"), "coordinateConversionList")
    for index, time in enumerate(records.times_s):
        item = _child(items, "coordinateConversion", new=True)
        _leaf(item, "azimuthTime", str(annotation.time_at(float(time))))
        _leaf(item, "sr0", f"{records.slant_range_start_m[index]:.15e}")
        _leaf(item, "srgrCoefficients", _reals(records.slant_to_ground[index]))
        _leaf(item, "gr0", f"{records.ground_range_start_m[index]:.15e}")
        _leaf(item, "grsrCoefficients", _reals(records.ground_to_slant[index]))


def _merging(root: ElementTree.Element, annotation: RadarAnnotation, polarisation: str) -> None:
    merges = _child(_child(root, "swathMerging"), "swathMergeList")
    by_swath: dict[str, ElementTree.Element] = {}
    for block in annotation.noise[polarisation].blocks:
        if block.swath not in by_swath:
            merge = _child(merges, "swathMerge", new=True)
            _leaf(merge, "swath", block.swath)
            by_swath[block.swath] = _child(merge, "swathBoundsList")
        _bounds(_child(by_swath[block.swath], "swathBounds", new=True), block)


def _bounds(parent: ElementTree.Element, block: NoiseBlock) -> None:
    _leaf(parent, "firstAzimuthLine", str(block.first_line))
    _leaf(parent, "firstRangeSample", str(block.first_sample))
    _leaf(parent, "lastAzimuthLine", str(block.last_line))
    _leaf(parent, "lastRangeSample", str(block.last_sample))


def _item(
    root: ElementTree.Element, list_name: str, name: str, annotation: RadarAnnotation, line: float
) -> ElementTree.Element:
    """A vector with its azimuth time and line."""
    item = _child(_child(root, list_name), name, new=True)
    seconds = float(line) * annotation.geometry.line_interval_s
    _leaf(item, "azimuthTime", str(annotation.time_at(seconds)))
    _leaf(item, "line", f"{line:.0f}")
    return item


def _child(parent: ElementTree.Element, tag: str, *, new: bool = False) -> ElementTree.Element:
    found = None if new else parent.find(tag)
    return ElementTree.SubElement(parent, tag) if found is None else found


def _leaf(parent: ElementTree.Element, path: str, text: str) -> ElementTree.Element:
    for tag in path.split("/") if not path.startswith("{") else [path]:
        parent = _child(parent, tag)
    parent.text = text
    return parent


def _whole(values: FloatArray) -> str:
    return " ".join(f"{value:.0f}" for value in values)


def _reals(values: FloatArray) -> str:
    return " ".join(f"{value:.15e}" for value in values)


def _document(root: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
