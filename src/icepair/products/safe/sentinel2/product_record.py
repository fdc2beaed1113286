"""What ``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml`` says about a whole product."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

from icepair.conventions import BANDS
from icepair.errors import ContradictionError, DamagedFileError, UnsupportedProductError
from icepair.products.attributes import moment, number

__all__ = ["ProductRecord", "first_text", "product_record"]

_OFFSET_SINCE = 4.0
"""Processing baseline from which digital numbers carry an offset, 1000 so far."""
_OLDEST, _NEWEST = 2.04, 5.11
"""Baselines whose products are known."""


@dataclass(frozen=True)
class ProductRecord:
    """Identity of a product and what turns its numbers into reflectance."""

    name: str
    """Product name without ``.SAFE``; empty where the metadata do not say."""
    level: str
    """``L1C`` or ``L2A``."""
    unit: str
    """``S2A`` …."""
    baseline: str
    """Processing baseline, ``05.09``; empty where nothing says."""
    datatake: str
    """Datatake's start and absolute orbit, ``S2B_20221130T084444_032624``, baseline left out."""
    generated: datetime | None
    """When the product was made."""
    offsets: Mapping[str, int]
    """What is added to a digital number before division, by band."""
    quantification: float
    """Divisor."""
    images: tuple[str, ...]
    """Image files that the product should have, without suffix; empty where it does not list."""
    notes: tuple[str, ...]
    """What was odd."""


def product_record(root: ElementTree.Element, address: str, named: str) -> ProductRecord:
    """Record of a product's metadata.

    Parameters
    ----------
    root
        Root element of the metadata.
    address
        The product, for messages.
    named
        Name of its folder, which tells the baseline where the metadata do not.

    Raises
    ------
    UnsupportedProductError
        A level other than L1C and L2A.
    DamagedFileError
        Nothing decides the offset, or the divisor is no number above 0.
    ContradictionError
        The offsets written out and the processing baseline contradict each other.
    """
    level = _level(root, address)
    uri = first_text(root, "PRODUCT_URI", "PRODUCT_URI_2A", "PRODUCT_URI_1C")
    name = uri.removesuffix(".SAFE")
    baseline = _baseline(first_text(root, "PROCESSING_BASELINE"), name, named)
    offsets, notes = _offsets(root, baseline, address)
    divisor, divisor_notes = _quantification(root, address)
    unit = re.search(r"Sentinel-2([A-Z])", first_text(root, "SPACECRAFT_NAME"))
    letter = re.match(r"S2([A-Z])", name or named)
    return ProductRecord(
        name=name,
        level=level,
        unit=f"S2{unit[1] if unit else letter[1] if letter else ''}",
        baseline=baseline,
        datatake=_datatake(root),
        generated=moment(first_text(root, "GENERATION_TIME")),
        offsets=offsets,
        quantification=divisor,
        images=tuple((image.text or "").strip() for tag in _IMAGE_TAGS for image in root.iter(tag)),
        notes=(*notes, *divisor_notes, *_baseline_notes(baseline)),
    )


_DIVISOR_TAGS = (
    "QUANTIFICATION_VALUE", "BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE",
)  # fmt: skip
_USUAL_DIVISOR = 10_000.0
_IMAGE_TAGS = ("IMAGE_FILE", "IMAGE_FILE_2A", "IMAGE_ID", "IMAGE_ID_2A")


def first_text(root: ElementTree.Element, *tags: str) -> str:
    """Text of the first element of any of `tags`, stripped; empty where there is none."""
    for tag in tags:
        for element in root.iter(tag):
            if element.text and element.text.strip():
                return element.text.strip()
    return ""


def _level(root: ElementTree.Element, address: str) -> str:
    stated = first_text(root, "PROCESSING_LEVEL", "PRODUCT_TYPE") or root.tag
    match = re.search(r"(1C|2A)", stated)
    if match is None:
        raise UnsupportedProductError(
            f"{address} is a Sentinel-2 product of level {stated!r}; icepair reads L1C and L2A."
        )
    return f"L{match[1]}"


def _baseline(stated: str, *names: str) -> str:
    """Baseline as ``NN.NN`` as stated, else from the first product name that has one."""
    match = re.fullmatch(r"(\d{1,2})\.(\d{2})", stated)
    for name in names:
        match = match or re.search(r"_N(\d{2})\.?(\d{2})(?:_|$)", name)
    return f"{int(match[1]):02d}.{match[2]}" if match else ""


def _datatake(root: ElementTree.Element) -> str:
    for element in root.iter("Datatake"):
        match = re.match(r"G(S2[A-Z]_\d{8}T\d{6}_\d{6})", element.get("datatakeIdentifier", ""))
        if match:
            return match[1]
    return ""


def _offsets(
    root: ElementTree.Element, baseline: str, address: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Offsets by band as written out, none before there were any; held against the baseline."""
    written = _written_offsets(root, address)
    if not baseline:
        if not written:
            raise DamagedFileError(
                f"The reflectance offset of {address} cannot be decided: there is neither a "
                "PROCESSING_BASELINE, nor a baseline (Nxxyy) in its name, nor a list of offsets."
            )
        note = "The product does not state its processing baseline; its list of offsets is taken."
        return written, (note,)
    expected = float(baseline) >= _OFFSET_SINCE
    if expected != any(written.values()):
        listed = sorted(set(written.values()))
        raise ContradictionError(
            f"{address} is of processing baseline {baseline}, where digital numbers "
            f"{'carry' if expected else 'do not carry'} an offset, but "
            + (f"lists offsets of {listed}." if written else "lists no offsets.")
            + " Reflectances would be wrong by 0.1; fetch the product again."
        )
    return (written if expected else dict.fromkeys(BANDS, 0)), ()


def _quantification(root: ElementTree.Element, address: str) -> tuple[float, tuple[str, ...]]:
    """Divisor as stated, else what all known products have, with a note."""
    stated = first_text(root, *_DIVISOR_TAGS)
    if not stated:
        return _USUAL_DIVISOR, (
            f"The metadata do not state QUANTIFICATION_VALUE; {_USUAL_DIVISOR:g} is taken.",
        )
    divisor = number(stated)
    if not 0 < divisor < math.inf:
        raise DamagedFileError(
            f"{address} states {stated!r} as QUANTIFICATION_VALUE, by which digital numbers are "
            f"divided; a number above 0, usually {_USUAL_DIVISOR:g}, was expected. Fetch the "
            "product again."
        )
    return divisor, ()


def _written_offsets(root: ElementTree.Element, address: str) -> dict[str, int]:
    offsets: dict[str, int] = {}
    for tag in ("RADIO_ADD_OFFSET", "BOA_ADD_OFFSET"):
        for element in root.iter(tag):
            band, value = element.get("band_id", ""), number(element.text)
            if not (band.isdigit() and int(band) < len(BANDS) and value == round(value)):
                raise DamagedFileError(
                    f"{address} has an offset {element.text!r} of band_id {band!r}; whole numbers "
                    f"of bands 0 to {len(BANDS) - 1} were expected."
                )
            offsets[BANDS[int(band)]] = round(value)
    return offsets


def _baseline_notes(baseline: str) -> tuple[str, ...]:
    if not baseline or _OLDEST <= float(baseline) <= _NEWEST:
        return ()
    age = "newer" if float(baseline) > _NEWEST else "older"
    return (
        f"The processing baseline {baseline} is {age} than those known ({_OLDEST:05.2f} to "
        f"{_NEWEST:05.2f}); the product is read as its neighbours among these are.",
    )
