"""Opening Sentinel-2 L1C and L2A products in the NBS layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from icepair.conventions import BANDS, band_name
from icepair.errors import ContradictionError, DamagedFileError, UnsupportedProductError
from icepair.products.attributes import (
    fallback_name,
    first_match,
    first_text,
    moment,
    number,
    time_of_variable,
)
from icepair.products.container import Container
from icepair.products.rasters import raster_shape
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.utm_grid import tile_grid

__all__ = ["is_sentinel2", "open_sentinel2"]

_BAND = re.compile(r"B(?:\d{1,2}|8A)")
_MASKS = ("MSK_OPAQUE", "MSK_CIRRUS", "MSK_SNOICE", "MSK_CLDPRB", "MSK_SNWPRB", "SCL", "AOT", "WVP")
_ENLARGED_BANDS = ("B01", "B09", "B10")
_NAME = re.compile(
    r"(?P<unit>S2[A-Z])_MSI(?P<level>L1C|L2A)_(?P<start>\d{8}T\d{6})_N(?P<baseline>\d{4})_"
    r"R\d{3}_T(?P<tile>\d{2}[A-Z]{3})_\d{8}T\d{6}"
)
_OFFSET_SINCE = 4.0
"""Processing baseline from which digital numbers carry 1000 more."""


@dataclass(frozen=True)
class _Identity:
    """What kind of product it is."""

    product: str
    unit: str
    level: str
    tile: str
    named_baseline: str
    start: datetime | None


def is_sentinel2(container: Container) -> bool:
    """Whether the variables are those of a Sentinel-2 tile."""
    return bool(_bands(container)) and {"x", "y"} <= set(container.names)


def open_sentinel2(container: Container) -> Sentinel2Scene:
    """Scene of a Sentinel-2 product; metadata and coordinates are read.

    Raises
    ------
    UnsupportedProductError
        A level other than L1C and L2A.
    DamagedFileError
        Something that a scene must have is missing: coordinate system, time, or what decides
        the offset.
    ContradictionError
        Coordinates are not those of one 10 m grid, or the offsets stated contradict each other.
    """
    identity = _identity(container)
    variables = _bands(container)
    shape = _common_shape(container, tuple(variables.values()))
    grid, grid_notes = tile_grid(container, shape, next(iter(variables.values())), identity.tile)
    baseline, offset = _baseline_and_offset(container, identity)
    time, time_source = _time(container, identity)
    return Sentinel2Scene(
        product=identity.product,
        address=container.address,
        time=time,
        platform=identity.unit,
        sensor="S2",
        shape=shape,
        container=container,
        level=identity.level,
        tile=identity.tile,
        baseline=baseline,
        bands=tuple(variables),
        grid=grid,
        offsets=dict.fromkeys(variables, offset),
        quantification=_quantification(container),
        time_source=time_source,
        masks=tuple(name for name in _MASKS if name in container.names),
        variables=variables,
        datatake=_datatake(container),
        enlarged=frozenset(_ENLARGED_BANDS) & variables.keys(),
        notes=(*grid_notes, *_band_notes(variables)),
    )


def _bands(container: Container) -> dict[str, str]:
    """Name in the file by the field's name, in the order of wavelength."""
    found = {band_name(name): name for name in container.names if _is_band(container, name)}
    return {band: found[band] for band in BANDS if band in found}


def _is_band(container: Container, name: str) -> bool:
    known = _BAND.fullmatch(name) is not None and name.removeprefix("B").zfill(2) != "00"
    return known and len(container.shape(name)) >= 2


def _identity(container: Container) -> _Identity:
    attributes = container.attributes()
    first = (attributes.get("title"), attributes.get("PRODUCT_URI"))
    named = first_match(_NAME, (*first, *attributes.values(), Path(container.address).name))
    stated = first_text(attributes, "PROCESSING_LEVEL", "product_type", "processing_level") or ""
    level = re.search(r"(1C|2A)", named["level"] if named else stated)
    if level is None:
        raise UnsupportedProductError(
            f"{container.address} has Sentinel-2 bands of level {stated or 'unknown'!r}; "
            "icepair reads L1C and L2A."
        )
    platform = first_text(attributes, "platform", "DATATAKE_1_SPACECRAFT_NAME") or ""
    letter = re.search(r"Sentinel-2([A-Z])", platform)
    return _Identity(
        product=named[0] if named else fallback_name(container, "S2"),
        unit=named["unit"] if named else f"S2{letter[1] if letter else ''}",
        level=f"L{level[1]}",
        tile=named["tile"] if named else "",
        named_baseline=f"{named['baseline'][:2]}.{named['baseline'][2:]}" if named else "",
        start=moment(named["start"]) if named else None,
    )


def _common_shape(container: Container, names: tuple[str, ...]) -> tuple[int, int]:
    shapes = {name: raster_shape(container, name) for name in names}
    if len(set(shapes.values())) > 1:
        raise ContradictionError(
            f"The bands of {container.address} differ in shape: "
            + ", ".join(f"{name} {rows} x {columns}" for name, (rows, columns) in shapes.items())
            + "; all were expected on the 10 m grid."
        )
    return shapes[names[0]]


def _baseline_and_offset(container: Container, identity: _Identity) -> tuple[str, int]:
    """Processing baseline, and the offset that it and the stated offsets agree on.

    The attribute decides, then the product name, then the datatake's name; an offset that is
    written out must not say otherwise. The date says nothing: old dates are processed anew.
    """
    attributes = container.attributes()
    datatake = re.search(r"_N(\d{2}\.\d{2})", first_text(attributes, "DATATAKE_1_ID") or "")
    sources = {
        "PROCESSING_BASELINE": _baseline(first_text(attributes, "PROCESSING_BASELINE")),
        "the product name": identity.named_baseline,
        "DATATAKE_1_ID": datatake[1] if datatake else "",
    }
    offsets = {
        f"{source} ({baseline})": -1000 if float(baseline) >= _OFFSET_SINCE else 0
        for source, baseline in list(sources.items())[:2]
        if baseline
    }
    baseline = next((value for value in sources.values() if value), "")
    if not offsets and baseline:
        offsets["DATATAKE_1_ID"] = -1000 if float(baseline) >= _OFFSET_SINCE else 0
    written = first_text(attributes, "RADIO_ADD_OFFSET", "BOA_ADD_OFFSET")
    if written is not None and np.isfinite(number(written)):
        offsets["RADIO_ADD_OFFSET or BOA_ADD_OFFSET"] = round(number(written))
    if not offsets:
        raise DamagedFileError(
            f"The reflectance offset of {container.address} cannot be decided: there is no "
            "PROCESSING_BASELINE, no baseline (Nxxyy) in a product name and no RADIO_ADD_OFFSET. "
            "Give the file its product name, or add the attribute PROCESSING_BASELINE."
        )
    if len(set(offsets.values())) > 1:
        raise ContradictionError(
            f"{container.address} contradicts itself about the reflectance offset: "
            + ", ".join(f"{source} means {offset}" for source, offset in offsets.items())
            + "."
        )
    return baseline, next(iter(offsets.values()))


def _datatake(container: Container) -> str:
    stated = first_text(container.attributes(), "DATATAKE_1_ID") or ""
    match = re.match(r"G(S2[A-Z]_\d{8}T\d{6}_\d{6})", stated)
    return match[1] if match else ""


def _baseline(text: str | None) -> str:
    """Baseline as ``NN.NN`` from ``05.09``, ``5.09``, ``N0509`` or ``0509``; empty from others."""
    match = re.fullmatch(r"N?(\d{1,2})\.?(\d{2})", text or "")
    if match is None:
        return ""
    return f"{int(match[1]):02d}.{match[2]}"


def _quantification(container: Container) -> float:
    attributes = container.attributes()
    stated = number(first_text(attributes, "QUANTIFICATION_VALUE", "BOA_QUANTIFICATION_VALUE"))
    return stated if stated > 0 else 10_000.0


def _time(container: Container, identity: _Identity) -> tuple[datetime, str]:
    time = None
    if "time" in container.names and container.shape("time") in ((), (1,)):
        value = container.read("time").reshape(-1)[0]
        time = time_of_variable(value, container.attributes("time").get("units", ""))
    if time is not None:
        return time, "start of the datatake (the product's time)"
    attributes = container.attributes()
    stated = first_text(attributes, "DATATAKE_1_DATATAKE_SENSING_START", "time_coverage_start")
    time = moment(stated)
    if time is not None:
        return time, "start of the datatake (attribute)"
    if identity.start is not None:
        return identity.start, "start of the datatake (product name)"
    raise DamagedFileError(
        f"{container.address} does not say when it was taken: no time variable, no "
        "DATATAKE_1_DATATAKE_SENSING_START and no product name with a date."
    )


def _band_notes(variables: dict[str, str]) -> tuple[str, ...]:
    enlarged = [band for band in _ENLARGED_BANDS if band in variables]
    if not enlarged:
        return ()
    return (
        f"{', '.join(enlarged)} (60 m) were enlarged wrongly by the archive's converter, by up to "
        "20 m towards the edges of the tile; their pixels are put back as they are read.",
    )
