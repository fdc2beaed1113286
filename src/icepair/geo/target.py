"""What a pair can be brought onto, whatever its pixels follow."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from icepair._typing import FloatArray

__all__ = ["Target"]


@runtime_checkable
class Target(Protocol):
    """A raster whose pixels have places: a `Grid` in a plane, or a `SwathGrid` in a radar image."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    @property
    def spacing_m(self) -> float:
        """Side of a pixel, metres; of one that is not square, of the square of its area."""
        ...

    def longitude_latitude(
        self, rows: FloatArray, columns: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Place of (fractional) pixel centres, degrees on WGS 84."""
        ...
