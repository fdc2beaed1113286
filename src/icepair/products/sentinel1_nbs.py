"""Opening Sentinel-1 GRD products in the NBS layout, and exports of them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np

from icepair.conventions import POLARISATIONS
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    UnsupportedProductError,
)
from icepair.products.agreement import Agreement, measured_spacing, reconcile
from icepair.products.annotation import ImageInformation, image_information, ingredients
from icepair.products.attributes import (
    fallback_name,
    first_match,
    first_text,
    moment,
    time_of_variable,
)
from icepair.products.container import Container
from icepair.products.geolocation_grid import (
    annotated_points,
    points_from_rasters,
    with_incidence,
)
from icepair.products.rasters import raster_shape
from icepair.products.scene import OrbitQuality
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel1_name import GRD_MODES, SENTINEL1_NAME
from icepair.products.sentinel1_places import with_ingredients
from icepair.products.thermal_noise import noise_status

__all__ = ["is_sentinel1", "open_sentinel1"]

_AMPLITUDE = re.compile(r"Amplitude_([HV]{2})")
_COMPLEX = re.compile(r"(?:i|q)_(?:[A-Z0-9]+_)?[HV]{2}(?:_.*)?")
_SPACING_TOLERANCE = 0.2
"""Terrain and the change of ground spacing along the orbit stay well below."""


@dataclass(frozen=True)
class _Identity:
    """What kind of product it is."""

    product: str
    unit: str
    mode: str
    product_type: str
    pass_direction: str
    start: datetime | None
    stop: datetime | None


def is_sentinel1(container: Container) -> bool:
    """Whether the variables are those of a Sentinel-1 image, detected or complex."""
    return any(_AMPLITUDE.fullmatch(n) or _COMPLEX.fullmatch(n) for n in container.names)


def open_sentinel1(container: Container) -> Sentinel1Scene:
    """Scene of a Sentinel-1 GRD product; metadata and a few probe pixels are read.

    Raises
    ------
    UnsupportedProductError
        A complex (SLC) or other product, or a mode that is not EW, IW or stripmap.
    DamagedFileError
        Something that a scene must have is missing.
    ContradictionError
        Rasters differ in shape, or control points contradict ``lat``/``lon``.
    """
    information = image_information(container)
    identity = _identity(container, information)
    _refuse_unsupported(container, information, identity)
    polarisations, shape = _images(container)
    agreement, points_method = _control_points(container, shape)
    start, stop = _start_and_stop(container, information, identity)
    first_line_time, interval_s = _timing(information, agreement, shape[0], start, stop)
    (azimuth_m, range_m), spacing_notes = _spacing(information, agreement)
    noise, noise_notes = noise_status(
        container, polarisations, shape, removed=information.noise_removed
    )
    scene = Sentinel1Scene(
        product=identity.product,
        address=container.address,
        time=_product_time(container) or start,
        platform=identity.unit,
        sensor="S1",
        shape=shape,
        container=container,
        mode=identity.mode,
        product_type=identity.product_type,
        polarisations=polarisations,
        pass_direction=identity.pass_direction,
        start_time=start,
        stop_time=stop,
        first_line_time=first_line_time,
        line_interval_s=interval_s,
        range_spacing_m=range_m,
        azimuth_spacing_m=azimuth_m,
        subswaths=_subswaths(container),
        noise_status=noise,
        control_points=agreement.points,
        points_method=points_method,
        ingredients=None,
        orbit_quality=_orbit_quality(information),
        notes=(*agreement.notes, *spacing_notes, *noise_notes),
    )
    return _with_ingredients(scene, information, agreement)


def _identity(container: Container, information: ImageInformation) -> _Identity:
    attributes = information.attributes
    texts = (
        attributes.get("title"),
        *container.attributes().values(),
        Path(container.address).name,
    )
    named = first_match(SENTINEL1_NAME, texts)
    mode = first_text(attributes, "MODE", "mode", "BEAM_MODE") or (named["mode"] if named else "")
    mode = mode or "".join(_subswaths(container)[:1]).rstrip("123456789")
    unit = first_text(attributes, "MISSION_ID", "missionId") or (named["unit"] if named else "S1")
    return _Identity(
        product=named[0] if named else fallback_name(container, "S1"),
        unit=unit.upper(),
        mode=named["mode"] if named and mode.upper() == "SM" else mode.upper(),
        product_type=named["type"] if named else "GRD",
        pass_direction=(
            first_text(attributes, "orbit_direction", "ORBIT_DIRECTION", "pass") or ""
        ).lower(),
        start=moment(named["start"]) if named else None,
        stop=moment(named["stop"]) if named else None,
    )


def _orbit_quality(information: ImageInformation) -> OrbitQuality:
    """Whether the processor had an orbit file; the archive's layout does not say which."""
    used = (first_text(information.attributes, "orbitDataFileUsed") or "").lower()
    return {"true": "file", "false": "onboard"}.get(used, "unknown")  # type: ignore[return-value]


def _refuse_unsupported(
    container: Container, information: ImageInformation, identity: _Identity
) -> None:
    stated = first_text(information.attributes, "productType", "product_type", "PRODUCT_TYPE")
    kind = (stated or identity.product_type).upper()
    is_complex = any(_COMPLEX.fullmatch(name) for name in container.names)
    if is_complex or "SLC" in kind or not kind.startswith("GRD"):
        raise UnsupportedProductError(
            f"{container.address} is a Sentinel-1 product of type "
            f"{'SLC' if is_complex else kind}; icepair reads ground-range detected ones (GRD)."
        )
    if identity.mode and identity.mode not in GRD_MODES:
        raise UnsupportedProductError(
            f"{container.address} was taken in mode {identity.mode!r}; "
            "icepair reads EW, IW and stripmap (S1 to S6)."
        )


def _images(container: Container) -> tuple[tuple[str, ...], tuple[int, int]]:
    """Polarisations in our order, and the common shape of all rasters that are read."""
    present = {match[1] for name in container.names if (match := _AMPLITUDE.fullmatch(name))}
    polarisations = tuple(name for name in POLARISATIONS if name in present)
    names = [f"Amplitude_{polarisation}" for polarisation in polarisations]
    for polarisation in polarisations:
        if f"sigmaNought_{polarisation}" not in container.names:
            raise DamagedFileError(
                f"{container.address} has Amplitude_{polarisation} but no calibration table "
                f"sigmaNought_{polarisation}; fetch the product from the archive itself."
            )
        names.append(f"sigmaNought_{polarisation}")
        names.append(f"noiseCorrectionMatrix_{polarisation}")
    names += ["lat", "lon", "swathList"]
    shapes = {name: raster_shape(container, name) for name in names if name in container.names}
    shape = shapes[names[0]]
    odd = {name: other for name, other in shapes.items() if other != shape}
    if odd:
        raise ContradictionError(
            f"In {container.address} {names[0]} has {shape[0]} x {shape[1]} pixels, but "
            + ", ".join(f"{name} has {rows} x {columns}" for name, (rows, columns) in odd.items())
            + "."
        )
    return polarisations, shape


def _control_points(
    container: Container, shape: tuple[int, int]
) -> tuple[Agreement, Literal["control-points", "rasters"]]:
    has_rasters = "lat" in container.names and "lon" in container.names
    points = annotated_points(container)
    if points is None and not has_rasters:
        raise DamagedFileError(
            f"{container.address} has neither control points (GCP_*) nor lat and lon rasters; "
            "its pixels cannot be placed."
        )
    if points is None:
        note = "The file has no control points; places come from its lat and lon rasters."
        agreement = Agreement(points_from_rasters(container, shape), False, False, (note,))
    elif has_rasters:
        agreement = reconcile(container, points, shape)
    else:
        agreement = Agreement(points, False, False, ())
    filled = replace(agreement, points=with_incidence(container, agreement.points, shape))
    return filled, "rasters" if points is None else "control-points"


def _product_time(container: Container) -> datetime | None:
    """The file's ``time``, whole seconds."""
    if "time" not in container.names or container.shape("time") not in ((), (1,)):
        return None
    value = container.read("time").reshape(-1)[0]
    return time_of_variable(value, container.attributes("time").get("units", ""))


def _start_and_stop(
    container: Container, information: ImageInformation, identity: _Identity
) -> tuple[datetime, datetime]:
    start = moment(information.first_line_time) or identity.start or _product_time(container)
    if start is None:
        raise DamagedFileError(
            f"{container.address} does not say when it was taken: no startTime, no time variable "
            "and no product name with a date."
        )
    stops = (moment(information.last_line_time), identity.stop)
    stop = next((time for time in stops if time is not None and time > start), start)
    return start, stop


def _timing(
    information: ImageInformation,
    agreement: Agreement,
    lines: int,
    start: datetime,
    stop: datetime,
) -> tuple[np.datetime64, float]:
    """Azimuth time of line 0 and seconds from line to line, negative in a mirrored raster.

    From the annotation where it speaks of this raster, else from the control points' times, else
    spread evenly from start to stop.
    """
    first, interval_s = information.first_line_time, information.line_interval_s
    points = agreement.points
    if (
        first is None
        or not interval_s > 0
        or information.shape is None
        or information.shape[0] != lines
    ):
        if points.azimuth_time_s is not None and points.epoch is not None:
            slope, intercept = np.polyfit(points.line, points.azimuth_time_s, 1)
            return points.epoch + _microseconds(intercept), float(slope)
        first = np.datetime64(start.replace(tzinfo=None), "us")
        interval_s = (stop - start).total_seconds() / max(1, lines - 1)
    if agreement.mirrored:
        return first + _microseconds(interval_s * (lines - 1)), -interval_s
    return first, interval_s


def _microseconds(seconds: float) -> np.timedelta64:
    return np.timedelta64(round(seconds * 1e6), "us")


def _spacing(
    information: ImageInformation, agreement: Agreement
) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Metres from line to line and sample to sample: as annotated if the points bear it out."""
    stated = (information.azimuth_spacing_m, information.range_spacing_m)
    measured = measured_spacing(agreement.points)
    if all(abs(s / m - 1.0) < _SPACING_TOLERANCE for s, m in zip(stated, measured, strict=True)):
        return stated, ()
    along, across = (float(f"{metres:.3g}") for metres in measured)
    if any(math.isnan(metres) for metres in stated):
        return (along, across), ()
    note = (
        f"Pixels are {along:g} m x {across:g} m by their places; the file states "
        f"{stated[0]:g} m x {stated[1]:g} m."
    )
    return (along, across), (note,)


def _subswaths(container: Container) -> tuple[str, ...]:
    if "swathList" not in container.names:
        return ()
    return tuple((first_text(container.attributes("swathList"), "flag_meanings") or "").split())


def _with_ingredients(
    scene: Sentinel1Scene, information: ImageInformation, agreement: Agreement
) -> Sentinel1Scene:
    """Scene that locates by range-Doppler, if its own control points bear that out."""
    stated_m = information.range_spacing_m
    if information.shape != scene.shape or agreement.repaired or stated_m != scene.range_spacing_m:
        return scene
    return with_ingredients(scene, lambda: ingredients(scene.container))
