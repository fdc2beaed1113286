"""Thermal noise of one polarisation, from its annotation to a raster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray
from icepair.products.safe.manifest import Manifest
from icepair.products.safe.sentinel1.annotation import ProductAnnotation
from icepair.products.safe.sentinel1.calibration import CalibrationFile
from icepair.products.safe.sentinel1.noise_annotation import noise_annotation
from icepair.products.thermal_noise import NoiseStatus
from icepair.radar.noise import NoiseScale, ThermalNoise, Timing, thermal_noise

__all__ = ["NoiseRaster", "read_noise", "status_of"]

_SCALED_SINCE = (2, 50)
"""Processor version from which noise is annotated in squared digital numbers."""


def read_noise(
    manifest: Manifest,
    member: str,
    annotation: ProductAnnotation,
    version: str,
    calibration: CalibrationFile,
) -> ThermalNoise:
    """Thermal noise of a polarisation from its noise document.

    Parameters
    ----------
    manifest, member
        Where the document lies.
    annotation
        Of the same polarisation.
    version
        Of the processor, ``3.52``; empty where unknown.
    calibration
        Of the same polarisation: the earliest noise is annotated without the calibration constant.

    Raises
    ------
    DamagedFileError
        The document is missing, no safe XML, or holds no noise vectors.
    """
    document = manifest.document(member)
    return thermal_noise(
        noise_annotation(document.element, document.document),
        annotation.shape,
        annotation.bounds,
        Timing(annotation.first_line_time, annotation.line_interval_s),
        _scale(annotation, version, calibration),
    )


def _scale(
    annotation: ProductAnnotation, version: str, calibration: CalibrationFile
) -> NoiseScale | None:
    """What the earliest products need; calibration is not read for any other."""
    major, _, minor = version.partition(".")
    number = (int(major), int(minor)) if minor else None
    if number is not None and number >= _SCALED_SINCE:
        return None
    constant = float(calibration.tables["dn"].values.flat[0])
    return NoiseScale(number, annotation.beam, constant)


def status_of(noise: ThermalNoise, *, removed: bool) -> NoiseStatus:
    """What is known of the noise of a polarisation."""
    if removed:
        return "removed"
    return "zero" if noise.is_zero else "table"


@dataclass(frozen=True, eq=False)
class NoiseRaster:
    """Noise power as a raster of a container."""

    noise: ThermalNoise
    dtype = np.dtype(np.float32)
    """Type of the values."""
    chunks = None
    """Values are made, not stored."""

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Part of the raster; slices lie inside it and may have steps."""
        return self.noise.power(rows, columns)

    def close(self) -> None:
        """Nothing: no file is open."""
