"""Opening a Sentinel-1 GRD product in the SAFE layout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from icepair._typing import AnyArray
from icepair.errors import ContradictionError, UnsupportedProductError
from icepair.products.attributes import first_match
from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.container import Raster, RasterContainer
from icepair.products.safe.image import Image
from icepair.products.safe.manifest import Manifest, read_manifest
from icepair.products.safe.sentinel1.annotation import (
    ProductAnnotation,
    read_annotation,
    read_ingredients,
)
from icepair.products.safe.sentinel1.calibration import (
    CALIBRATION_TABLES,
    CalibrationFile,
    CalibrationTable,
)
from icepair.products.safe.sentinel1.files import PolarisationFiles, polarisation_files
from icepair.products.safe.sentinel1.provenance import orbit_quality, processor_version
from icepair.products.safe.sentinel1.tables import SubSwathMap, TableRaster, angle_table
from icepair.products.sentinel1 import Sentinel1Scene, with_ingredients
from icepair.products.sentinel1_name import GRD_MODES, SENTINEL1_NAME
from icepair.products.thermal_noise import NoiseStatus

__all__ = ["open_sentinel1_safe"]

_TYPE_IN_NAME = re.compile(r"S1[A-Z]_\w\w_(RAW|SLC|OCN|GRD|ETA|AUX)")
_TO_DO = {
    "SLC": "take the GRD product of the same scene",
    "RAW": "take the GRD product of the same scene",
    "OCN": "it holds wind and waves, no image; take the GRD product of the same scene",
}


def open_sentinel1_safe(archive: SafeArchive) -> Sentinel1Scene:
    """Scene of a Sentinel-1 GRD product in the SAFE layout.

    Manifest, annotation and noise are read; calibration when it is first wanted.

    Raises
    ------
    UnsupportedProductError
        Another product than GRD, or another mode than EW, IW and stripmap.
    DamagedFileError
        A file is missing, cut short, or not the one that the manifest lists.
    ContradictionError
        Annotation and image, or two polarisations, contradict each other.
    """
    named = first_match(SENTINEL1_NAME, (archive.name, Path(archive.address).name))
    _refuse_by_name(archive)
    manifest = read_manifest(archive)
    _refuse_type(archive, _stated_type(manifest))
    files, notes = polarisation_files(manifest)
    annotations = {
        polarisation: read_annotation(manifest.document(members.annotation))
        for polarisation, members in files.items()
    }
    annotation = next(iter(annotations.values()))
    _refuse_type(archive, annotation.product_type)
    _refuse_mode(archive, annotation)
    _check_agreement(archive, annotations)
    images = {name: Image(archive, members.measurement, "GTiff") for name, members in files.items()}
    for polarisation, image in images.items():
        _check_image(archive, files[polarisation].measurement, image, annotation.shape)
    subswaths = _subswaths(annotation)
    rasters = _rasters(manifest, files, images, annotation, subswaths)
    start = _utc(annotation.start_time)
    scene = Sentinel1Scene(
        product=named[0] if named else archive.name,
        address=archive.address,
        time=start,
        platform=annotation.unit,
        sensor="S1",
        shape=annotation.shape,
        container=RasterContainer(archive.address, annotation.shape, rasters),
        mode=annotation.swath if annotation.mode == "SM" else annotation.mode,
        product_type=named["type"] if named else annotation.product_type,
        polarisations=tuple(files),
        pass_direction=annotation.pass_direction,
        start_time=start,
        stop_time=_utc(annotation.stop_time),
        first_line_time=annotation.first_line_time,
        line_interval_s=annotation.line_interval_s,
        range_spacing_m=annotation.range_spacing_m,
        azimuth_spacing_m=annotation.azimuth_spacing_m,
        subswaths=subswaths.names,
        noise_status=dict.fromkeys(files, _absent(annotation)),
        control_points=annotation.points,
        points_method="control-points",
        ingredients=None,
        orbit_quality=orbit_quality(manifest, annotation),
        processor_version=processor_version(manifest),
        notes=notes,
    )
    return with_ingredients(scene, lambda: read_ingredients(annotation.document))


def _absent(annotation: ProductAnnotation) -> NoiseStatus:
    return "removed" if annotation.noise_removed else "absent"


def _utc(time: np.datetime64) -> datetime:
    moment: datetime = time.astype("datetime64[us]").astype(datetime)
    return moment.replace(tzinfo=UTC)


def _refuse_by_name(archive: SafeArchive) -> None:
    """Refuse before anything is missed that other products do not have."""
    stated = first_match(_TYPE_IN_NAME, (archive.name, Path(archive.address).name))
    if stated is not None:
        _refuse_type(archive, stated[1])


def _stated_type(manifest: Manifest) -> str:
    """Type by the manifest, ``GRD`` where it does not say."""
    for element in manifest.root.element.iter():
        if element.tag.endswith("}productType") and element.text:
            return element.text.strip().upper()
    return "GRD"


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


def _check_agreement(archive: SafeArchive, annotations: Mapping[str, ProductAnnotation]) -> None:
    """Refuse polarisations that are not of one image."""
    first, *others = annotations.items()
    for name, annotation in annotations.items():
        if annotation.polarisation != name:
            raise ContradictionError(
                f"In {archive.address} a file named {name} holds the annotation of "
                f"{annotation.polarisation}. Fetch the product again."
            )
    for name, other in others:
        if other.shape != first[1].shape or other.first_line_time != first[1].first_line_time:
            raise ContradictionError(
                f"In {archive.address} {first[0]} has {first[1].shape[0]} x {first[1].shape[1]} "
                f"pixels from {first[1].first_line_time}, but {name} has {other.shape[0]} x "
                f"{other.shape[1]} from {other.first_line_time}. Fetch the product again."
            )


def _check_image(archive: SafeArchive, member: str, image: Image, shape: tuple[int, int]) -> None:
    """Refuse an image of other size or type, or whose end is missing."""
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
        image.read(slice(shape[0] - 1, shape[0]), slice(0, shape[1]))


def _subswaths(annotation: ProductAnnotation) -> SubSwathMap:
    names = tuple(sorted({block.swath for block in annotation.bounds}))
    return SubSwathMap(names or (annotation.swath,), annotation.bounds)


def _rasters(
    manifest: Manifest,
    files: Mapping[str, PolarisationFiles],
    images: Mapping[str, Image],
    annotation: ProductAnnotation,
    subswaths: SubSwathMap,
) -> dict[str, Raster]:
    """Rasters by the names that the archive's NetCDF gives them."""
    rasters: dict[str, Raster] = {f"Amplitude_{name}": image for name, image in images.items()}
    for polarisation, members in files.items():
        file = CalibrationFile(manifest, members.calibration)
        for name in CALIBRATION_TABLES:
            rasters[f"{name}_{polarisation}"] = TableRaster(CalibrationTable(file, name))
    rasters["swathList"] = TableRaster(subswaths)
    rasters |= _angles(annotation, annotation.points.incidence, "incidence_angle")
    rasters |= _angles(annotation, annotation.elevation, "elevation_angle")
    return rasters


def _angles(annotation: ProductAnnotation, degrees: AnyArray, name: str) -> dict[str, Raster]:
    table = angle_table(annotation.points.line, annotation.points.sample, degrees)
    return {} if table is None else {name: TableRaster(table)}
