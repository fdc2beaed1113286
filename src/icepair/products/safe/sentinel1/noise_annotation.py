"""Noise files of a SAFE product as records, whatever their schema."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import DamagedFileError
from icepair.radar.noise import AzimuthVector, NoiseAnnotation, RangeVector, SwathBounds

__all__ = ["noise_annotation"]


def noise_annotation(root: Element, name: str) -> NoiseAnnotation:
    """Records of a file ``annotation/calibration/noise-*.xml``.

    Parameters
    ----------
    root
        Its root element.
    name
        What to call it in a message.

    Returns
    -------
    NoiseAnnotation
        Of range vectors alone before IPF 2.90; the list of azimuth vectors may be empty since.

    Raises
    ------
    DamagedFileError
        No range vector, a value that is no number, or lists of differing length.
    """
    ranges = root.findall("noiseRangeVectorList/noiseRangeVector")
    lut = "noiseRangeLut"
    if not ranges:
        ranges, lut = root.findall("noiseVectorList/noiseVector"), "noiseLut"
    if not ranges:
        raise DamagedFileError(
            f"{name} has neither noiseRangeVectorList nor noiseVectorList with a vector in it; "
            "the product is incomplete. Fetch it again."
        )
    return NoiseAnnotation(
        polarisation=(root.findtext("adsHeader/polarisation") or "").strip(),
        range_vectors=tuple(_range_vector(element, lut, name) for element in ranges),
        azimuth_vectors=tuple(
            vector
            for element in root.findall("noiseAzimuthVectorList/noiseAzimuthVector")
            if (vector := _azimuth_vector(element, name)) is not None
        ),
    )


def _range_vector(element: Element, lut: str, name: str) -> RangeVector:
    sample, power = _pair(element, "pixel", lut, name)
    return RangeVector(
        time=_time(element.findtext("azimuthTime") or ""),
        line=round(_number(element, "line", name)),
        sample=sample,
        power=power,
    )


def _azimuth_vector(element: Element, name: str) -> AzimuthVector | None:
    """Record, None for one without a value."""
    line, factor = _pair(element, "line", "noiseAzimuthLut", name)
    if not line.size:
        return None
    bounds = SwathBounds(
        swath=(element.findtext("swath") or "").strip(),
        first_line=_number(element, "firstAzimuthLine", name),
        last_line=_number(element, "lastAzimuthLine", name),
        first_sample=_number(element, "firstRangeSample", name),
        last_sample=_number(element, "lastRangeSample", name),
    )
    return AzimuthVector(bounds, line, factor)


def _pair(element: Element, at: str, values: str, name: str) -> tuple[FloatArray, FloatArray]:
    """Positions and values of a vector, by position, each position once."""
    position, value = (_numbers(element, tag, name) for tag in (at, values))
    if position.size != value.size:
        raise DamagedFileError(
            f"{name} has a {element.tag} of {position.size} {at} and {value.size} {values}; "
            "there must be as many of both. Fetch the product again."
        )
    unique, first = np.unique(position, return_index=True)
    return unique, value[first]


def _number(element: Element, tag: str, name: str) -> float:
    values = _numbers(element, tag, name)
    if values.size != 1:
        raise DamagedFileError(
            f"{name} has a {element.tag} with {values.size} values of {tag} where there must be "
            "one. Fetch the product again."
        )
    return float(values[0])


def _numbers(element: Element, tag: str, name: str) -> FloatArray:
    """Finite numbers of a sub-element, none where it is absent or empty."""
    text = element.findtext(tag) or ""
    try:
        values = np.array(text.split(), dtype=np.float64)
    except ValueError:
        values = np.array([np.nan])
    if not np.isfinite(values).all():
        raise DamagedFileError(
            f"{name} has a {element.tag} whose {tag} is no number: {text[:60]!r}. "
            "Fetch the product again."
        )
    return values


def _time(text: str) -> np.datetime64:
    try:
        return np.datetime64(text.strip().removesuffix("Z"), "us")
    except ValueError:
        return np.datetime64("NaT", "us")
