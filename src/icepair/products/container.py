"""How the numbers of a product are reached, wherever they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np

from icepair._typing import AnyArray

__all__ = ["Container"]


@runtime_checkable
class Container(Protocol):
    """Named arrays with attributes, read by window; a file now, a server next.

    Values come as they are stored: no masking, no scaling, no sign games. Reading is safe from
    several threads.
    """

    address: str
    """Path or address, as the user gave it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables."""
        ...

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Attributes of a variable, or of the whole file. Text is str, numbers are scalars."""
        ...

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Names of a variable's dimensions."""
        ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Lengths of a variable's dimensions."""
        ...

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type as stored; bytes and shorts flagged ``_Unsigned`` count as unsigned."""
        ...

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Chunk lengths as stored, None where the variable is contiguous."""
        ...

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a variable. Slices have steps of 1 or more and stops inside the array.

        Raises
        ------
        DamagedFileError
            The variable is missing or its bytes cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
