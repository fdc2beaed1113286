"""Opening a Sentinel-1 GRD product in the SAFE layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

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
from icepair.products.safe.sentinel1.checks import (
    check_agreement,
    check_image,
    refuse_by_manifest,
    refuse_by_name,
)
from icepair.products.safe.sentinel1.files import PolarisationFiles, polarisation_files
from icepair.products.safe.sentinel1.noise import NoiseRaster, read_noise, status_of
from icepair.products.safe.sentinel1.provenance import (
    orbit_quality,
    processor_notes,
    processor_version,
)
from icepair.products.safe.sentinel1.tables import (
    OverviewTable,
    SubSwathMap,
    TableRaster,
    grid_tables,
)
from icepair.products.scene import IMAGED
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel1_name import SENTINEL1_NAME
from icepair.products.sentinel1_places import with_ingredients
from icepair.products.thermal_noise import status_notes
from icepair.radar.noise import ThermalNoise

__all__ = ["open_sentinel1_safe"]

_SUBSWATHS = {"EW": 5, "IW": 3}


@dataclass(frozen=True, eq=False)
class _Channel:
    """One polarisation, opened."""

    annotation: ProductAnnotation
    image: Image
    calibration: CalibrationFile
    noise: ThermalNoise


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
    refuse_by_name(archive)
    manifest = read_manifest(archive)
    refuse_by_manifest(manifest)
    files, notes = polarisation_files(manifest)
    annotations = {
        polarisation: read_annotation(manifest.document(members.annotation))
        for polarisation, members in files.items()
    }
    check_agreement(archive, annotations)
    version = processor_version(manifest)
    channels = {
        polarisation: _channel(manifest, members, annotations[polarisation], version)
        for polarisation, members in files.items()
    }
    return _scene(manifest, channels, version, (*notes, *processor_notes(version)))


def _channel(
    manifest: Manifest, members: PolarisationFiles, annotation: ProductAnnotation, version: str
) -> _Channel:
    image = Image(manifest.archive, members.measurement, "GTiff")
    check_image(manifest.archive, members.measurement, image, annotation.shape)
    calibration = CalibrationFile(manifest, members.calibration)
    noise = read_noise(manifest, members.noise, annotation, version, calibration)
    return _Channel(annotation, image, calibration, noise)


def _scene(
    manifest: Manifest, channels: Mapping[str, _Channel], version: str, notes: tuple[str, ...]
) -> Sentinel1Scene:
    archive = manifest.archive
    annotation = next(iter(channels.values())).annotation
    named = first_match(SENTINEL1_NAME, (archive.name, Path(archive.address).name))
    subswaths = _subswaths(annotation)
    rasters = _rasters(annotation, channels, subswaths)
    start = _utc(annotation.start_time)
    noise_status = {
        name: status_of(channel.noise, removed=channel.annotation.noise_removed)
        for name, channel in channels.items()
    }
    odd = (note for channel in channels.values() for note in channel.noise.notes)
    scene = Sentinel1Scene(
        product=named[0] if named else archive.name,
        address=archive.address,
        time=start,
        platform=annotation.unit,
        sensor="S1",
        shape=annotation.shape,
        container=RasterContainer(archive.address, annotation.shape, rasters),
        mode=annotation.beam,
        product_type=named["type"] if named else annotation.product_type,
        polarisations=tuple(channels),
        pass_direction=annotation.pass_direction,
        start_time=start,
        stop_time=_utc(annotation.stop_time),
        first_line_time=annotation.first_line_time,
        line_interval_s=annotation.line_interval_s,
        range_spacing_m=annotation.range_spacing_m,
        azimuth_spacing_m=annotation.azimuth_spacing_m,
        subswaths=subswaths.names,
        noise_status=noise_status,
        control_points=annotation.points,
        points_method="control-points",
        ingredients=None,
        orbit_quality=orbit_quality(manifest, annotation),
        processor_version=version,
        notes=(*notes, *status_notes(noise_status), *dict.fromkeys(odd)),
    )
    return with_ingredients(scene, lambda: read_ingredients(annotation.document))


def _utc(time: np.datetime64) -> datetime:
    moment: datetime = time.astype("datetime64[us]").astype(datetime)
    return moment.replace(tzinfo=UTC)


def _subswaths(annotation: ProductAnnotation) -> SubSwathMap:
    """Sub-swaths by their numbers: EW1 is 1 though an image may begin with EW2."""
    count = _SUBSWATHS.get(annotation.mode)
    if count is None:
        return SubSwathMap((annotation.beam,), ())
    names = tuple(f"{annotation.mode}{number}" for number in range(1, count + 1))
    known = tuple(block for block in annotation.bounds if block.swath in names)
    return SubSwathMap(names, known)


def _rasters(
    annotation: ProductAnnotation, channels: Mapping[str, _Channel], subswaths: SubSwathMap
) -> dict[str, Raster]:
    """Rasters by the names that the archive's NetCDF gives them, and annotated angles."""
    rasters: dict[str, Raster] = {}
    for polarisation, channel in channels.items():
        rasters[f"Amplitude_{polarisation}"] = channel.image
        rasters[f"noiseCorrectionMatrix_{polarisation}"] = NoiseRaster(channel.noise)
        for name in CALIBRATION_TABLES:
            table = CalibrationTable(channel.calibration, name)
            rasters[f"{name}_{polarisation}"] = TableRaster(table)
    rasters["swathList"] = TableRaster(subswaths)
    first = next(iter(channels.values())).image
    if first.coarsest > 1:
        rasters[IMAGED] = TableRaster(OverviewTable(first))
    places = grid_tables(annotation.points, annotation.elevation)
    return rasters | {name: TableRaster(table) for name, table in places.items()}
