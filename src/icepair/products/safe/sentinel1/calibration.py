"""Calibration annotation of one polarisation, parsed when a table of it is first wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from icepair._typing import Float32Array, FloatArray, IntArray
from icepair.errors import DamagedFileError
from icepair.products.safe.manifest import Manifest
from icepair.products.safe.sentinel1.tables import LookUpTable
from icepair.products.safe.xml import Part

__all__ = ["CALIBRATION_TABLES", "CalibrationFile", "CalibrationTable", "read_calibration"]

CALIBRATION_TABLES = ("sigmaNought", "betaNought", "gamma", "dn")
"""Tables of a calibration document, as the archive's NetCDF names them, too."""


@dataclass(frozen=True, eq=False)
class CalibrationFile:
    """A calibration document that is read once, when it is needed."""

    manifest: Manifest = field(repr=False)
    member: str

    @cached_property
    def tables(self) -> Mapping[str, LookUpTable]:
        """Tables by name; raises as `Manifest.document` and `read_calibration`."""
        return read_calibration(self.manifest.document(self.member))


@dataclass(frozen=True, eq=False)
class CalibrationTable:
    """One table of a calibration document."""

    file: CalibrationFile
    name: str
    """One of `CALIBRATION_TABLES`."""
    dtype = np.dtype(np.float32)
    """Type of the values."""

    def at(self, lines: IntArray, samples: IntArray) -> Float32Array:
        """Values at crossings of lines (k,) and samples (m,), shape (k, m), float32."""
        return self.file.tables[self.name].at(lines, samples)


def read_calibration(document: Part) -> dict[str, LookUpTable]:
    """Tables of a calibration document by name.

    Raises
    ------
    DamagedFileError
        It holds no vectors, lacks an element, or vectors are not in order.
    """
    vectors = document.all("calibrationVectorList/calibrationVector")
    lines = np.array([vector.number("line") for vector in vectors])
    samples = [vector.numbers("pixel") for vector in vectors]
    in_order = all((np.diff(one) > 0).all() and one.size > 1 for one in (*samples, lines))
    if not vectors or not in_order:
        raise DamagedFileError(
            f"{document.document} has {len(vectors)} calibration vectors, whose lines or samples "
            "do not increase; sigma nought cannot be had. Fetch the product again."
        )
    return {
        name: LookUpTable.of_vectors(lines, samples, _values(vectors, samples, name))
        for name in CALIBRATION_TABLES
    }


def _values(vectors: list[Part], samples: list[FloatArray], name: str) -> list[FloatArray]:
    values = [vector.numbers(name) for vector in vectors]
    for vector, one, other in zip(vectors, values, samples, strict=True):
        if one.size != other.size:
            raise DamagedFileError(
                f"{vector.document}: a vector has {one.size} values of {name} at {other.size} "
                "samples. Fetch the product again."
            )
    return values
