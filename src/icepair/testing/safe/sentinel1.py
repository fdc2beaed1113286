"""Sentinel-1 GRD products in the SAFE layout, around simulated or real annotation."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.windows import Window as RasterWindow

from icepair._typing import AnyArray
from icepair.geo.window import Window
from icepair.simulate.annotation import RadarAnnotation
from icepair.simulate.radar import RadarScene
from icepair.testing.safe.sentinel1_xml import (
    annotation_xml,
    calibration_xml,
    manifest_xml,
    noise_xml,
)

__all__ = ["refresh_manifest", "write_annotated", "write_radar_product"]

PRECISE_ORBIT = "S1B_OPER_AUX_POEORB_OPOD_20190916T110540_V20190826T225942_20190828T005942.EOF"


def write_radar_product(
    folder: Path,
    scene: RadarScene,
    *,
    cog: bool = False,
    name: str | None = None,
    processor: str = "002.91",
    orbit_file: str = PRECISE_ORBIT,
) -> Path:
    """Write a simulated radar image as a product.

    Parameters
    ----------
    folder
        Where the ``.SAFE`` folder goes.
    scene
        From `icepair.simulate.pair.build_scenes`: the same that `simulate_pair` writes as NetCDF.
    cog
        Whether images are cloud-optimised GeoTIFFs, as in products named ``…_COG``.
    name
        Name of the folder without ``.SAFE``; that of the product where None.
    processor
        Version of the processor, as stated.
    orbit_file
        Name among the processor's inputs.

    Returns
    -------
    Path
        The ``.SAFE`` folder.
    """
    annotation = scene.annotation
    suffix = "_COG" if cog else ""
    safe = folder / f"{name or annotation.product + suffix}.SAFE"
    for part in ("annotation/calibration", "measurement"):
        (safe / part).mkdir(parents=True)
    strips = list(scene.strips())
    for number, polarisation in enumerate(annotation.polarisations, 1):
        stem = _stem(annotation, polarisation, number) + ("-cog" if cog else "")
        _write_documents(safe / "annotation", stem, annotation, polarisation)
        image = np.concatenate([strip.amplitude[polarisation] for strip in strips])
        _write_image(safe / f"measurement/{stem}.tiff", image, annotation, cog=cog)
    refresh_manifest(safe, processor=processor, orbit_file=orbit_file)
    return safe


def _write_documents(
    folder: Path, stem: str, annotation: RadarAnnotation, polarisation: str
) -> None:
    for path, document in (
        (f"{stem}.xml", annotation_xml),
        (f"calibration/calibration-{stem}.xml", calibration_xml),
        (f"calibration/noise-{stem}.xml", noise_xml),
    ):
        (folder / path).write_bytes(document(annotation, polarisation))


def refresh_manifest(
    safe: Path, *, processor: str = "002.91", orbit_file: str = PRECISE_ORBIT
) -> None:
    """Write the manifest of a folder's files as they are now."""
    files = {
        path.relative_to(safe).as_posix(): (
            path.stat().st_size,
            hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(),
        )
        for path in sorted(safe.rglob("*"))
        if path.is_file() and path.name != "manifest.safe"
    }
    manifest = manifest_xml(files, processor=processor, inputs=[orbit_file])
    (safe / "manifest.safe").write_bytes(manifest)


def write_annotated(
    folder: Path, source: Path, product: str, pixels: Mapping[Window, AnyArray]
) -> Path:
    """Write a full-size product around real annotation, its images empty but for some windows.

    Parameters
    ----------
    folder
        Where the ``.SAFE`` folder goes.
    source
        Folder with ``manifest.safe``, ``ew-hh.xml``, ``calibration-ew-hh.xml``,
        ``noise-ew-hh.xml`` and so on.
    product
        Name of the product.
    pixels
        Digital numbers by window, the same for all polarisations.

    Returns
    -------
    Path
        The ``.SAFE`` folder; its images are sparse files of some kilobytes.
    """
    safe = folder / f"{product}.SAFE"
    manifest = (source / "manifest.safe").read_text()
    for member in re.findall(r'href="\./((?:annotation|measurement)/[^"]*)"', manifest):
        found = re.search(r"(calibration-|noise-|)s1\w-(\w\w)-grd-(\w\w)-.*\.(xml|tiff)", member)
        if found is None or "/rfi/" in member:
            continue
        path = safe / member
        path.parent.mkdir(parents=True, exist_ok=True)
        origin = source / f"{found[1]}{found[2]}-{found[3]}.xml"
        if found[4] == "xml":
            shutil.copyfile(origin, path)
        else:
            _write_sparse(path, _stated_shape(origin), pixels)
    (safe / "manifest.safe").write_text(manifest)
    return safe


def _stated_shape(annotation: Path) -> tuple[int, int]:
    text = annotation.read_text()
    lines, samples = (
        re.search(f"<{name}>(\\d+)<", text) for name in ("numberOfLines", "numberOfSamples")
    )
    assert lines is not None
    assert samples is not None
    return int(lines[1]), int(samples[1])


def _write_sparse(path: Path, shape: tuple[int, int], pixels: Mapping[Window, AnyArray]) -> None:
    profile = {"driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1}
    point = GroundControlPoint(row=0, col=0, x=0.0, y=0.0)
    with rasterio.open(
        path, "w", **profile, dtype="uint16", sparse_ok=True, gcps=[point], crs="EPSG:4326"
    ) as image:
        for window, values in pixels.items():
            image.write(values, 1, window=RasterWindow.from_slices(*window.slices))


def _stem(annotation: RadarAnnotation, polarisation: str, number: int) -> str:
    """``s1b-ew-grd-hh-20190827t052357-…-001``."""
    unit, mode, _, _, start, stop, orbit, take, _ = annotation.product.lower().split("_")
    return f"{unit}-{mode}-grd-{polarisation.lower()}-{start}-{stop}-{orbit}-{take}-{number:03d}"


def _write_image(path: Path, values: AnyArray, annotation: RadarAnnotation, *, cog: bool) -> None:
    grid = annotation.grid
    points = [
        GroundControlPoint(
            row=grid.lines[i], col=grid.samples[j],
            x=grid.longitude[i, j], y=grid.latitude[i, j], z=grid.height[i, j],
        )
        for i, j in np.ndindex(grid.height.shape)
    ]  # fmt: skip
    layout = {"driver": "GTiff"}
    if cog:
        layout = {"driver": "COG", "blocksize": "256", "compress": "deflate"}
    height, width = values.shape
    with rasterio.open(
        path, "w", **layout, height=height, width=width, count=1, dtype="uint16",
        gcps=points, crs="EPSG:4326",
    ) as image:  # fmt: skip
        image.write(values, 1)
