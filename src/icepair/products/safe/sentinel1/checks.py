"""What is refused of a Sentinel-1 product in the SAFE layout, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from icepair.errors import ContradictionError, UnsupportedProductError
from icepair.products.attributes import first_match
from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.image import Image
from icepair.products.safe.manifest import Manifest
from icepair.products.safe.sentinel1.annotation import ProductAnnotation
from icepair.products.sentinel1_name import GRD_MODES

__all__ = ["check_agreement", "check_image", "refuse_by_manifest", "refuse_by_name"]

_TYPE_IN_NAME = re.compile(r"S1[A-Z]_\w\w_(RAW|SLC|OCN|GRD|ETA|AUX)")
_TO_DO = {"OCN": "it holds wind and waves, no image; take the GRD product of the same scene"}


def refuse_by_name(archive: SafeArchive) -> None:
    """Refuse by its name what lacks other things, too, that would be complained of.

    Raises
    ------
    UnsupportedProductError
        It is not GRD.
    """
    stated = first_match(_TYPE_IN_NAME, (archive.name, Path(archive.address).name))
    if stated is not None:
        _refuse_type(archive, stated[1])


def refuse_by_manifest(manifest: Manifest) -> None:
    """Refuse what is not GRD by its manifest, under whatever name; raises as `refuse_by_name`."""
    for element in manifest.root.element.iter():
        if element.tag.endswith("}productType") and element.text:
            _refuse_type(manifest.archive, element.text.strip().upper())


def check_agreement(archive: SafeArchive, annotations: Mapping[str, ProductAnnotation]) -> None:
    """Refuse what is not GRD in a mode that is read, and polarisations not of one image.

    Raises
    ------
    UnsupportedProductError
        Another product, or another mode than EW, IW and stripmap.
    ContradictionError
        Polarisations differ in size or time, or files are named for another polarisation.
    """
    first_name, first = next(iter(annotations.items()))
    for name, annotation in annotations.items():
        _refuse_type(archive, annotation.product_type)
        _refuse_mode(archive, annotation)
        if annotation.polarisation != name:
            raise ContradictionError(
                f"In {archive.address} a file named {name} holds the annotation of "
                f"{annotation.polarisation}. Fetch the product again."
            )
        one, other = _image(annotation), _image(first)
        if one != other:
            raise ContradictionError(
                f"In {archive.address} {first_name} has {other}, but {name} has {one}. "
                "Fetch the product again."
            )


def _image(annotation: ProductAnnotation) -> str:
    lines, samples = annotation.shape
    return f"{lines} x {samples} pixels from {annotation.first_line_time}"


def _refuse_type(archive: SafeArchive, product_type: str) -> None:
    if product_type != "GRD":
        raise UnsupportedProductError(
            f"{archive.address} is a Sentinel-1 product of type {product_type}; icepair reads "
            "ground-range detected ones (GRD): "
            f"{_TO_DO.get(product_type, 'take the GRD product of the same scene')}."
        )


def _refuse_mode(archive: SafeArchive, annotation: ProductAnnotation) -> None:
    if annotation.mode not in GRD_MODES:
        raise UnsupportedProductError(
            f"{archive.address} was taken in mode {annotation.mode!r}; "
            "icepair reads EW, IW and stripmap (S1 to S6)."
        )


def check_image(archive: SafeArchive, member: str, image: Image, shape: tuple[int, int]) -> None:
    """Refuse an image whose end is missing, or that is not what its annotation says.

    Raises
    ------
    ContradictionError
        Its size is another.
    UnsupportedProductError
        Its values are not uint16.
    DamagedFileError
        Its last pixel cannot be read.
    """
    if image.shape != shape:
        raise ContradictionError(
            f"{member} of {archive.address} has {image.shape[0]} x {image.shape[1]} pixels, its "
            f"annotation {shape[0]} x {shape[1]}. Fetch the product again."
        )
    if image.dtype != np.uint16:
        raise UnsupportedProductError(
            f"{member} of {archive.address} holds values of type {image.dtype}; "
            "digital numbers of a GRD product are uint16."
        )
    if not archive.packed:
        # A file that was cut short opens all the same; in a zip the zip itself would not.
        image.read(slice(shape[0] - 1, shape[0]), slice(shape[1] - 1, shape[1]))
