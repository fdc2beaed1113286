"""The coordinates and other small vectors of a dataset, read beside everything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.declaration import Declaration, Variable
from icepair.errors import UnreachableError

__all__ = ["Coordinates", "Vectors", "coordinates_of", "small_vectors"]

_MOST_BYTES, _MOST_TOGETHER = 100_000, 400_000
"""Of a vector that is read before it is asked for, and of all of these."""
_LONGEST_COORDINATE = 40_000_000
"""Bytes. Images have axes of some ten thousand; an axis beyond this is not compared."""

Vectors = Future[dict[str, AnyArray]]
"""Vectors in full by name, once they have arrived."""


class Coordinates(Mapping[str, AnyArray]):
    """Coordinate vectors by name; taking one waits until it has arrived.

    What comes with a window must agree with them. They travel beside the first windows, so that no
    window waits for them before it is asked for.
    """

    def __init__(self, arriving: Mapping[str, Vectors] | None = None) -> None:
        self._arriving = dict(arriving or {})

    def __getitem__(self, name: str) -> AnyArray:
        try:
            return self._arriving[name].result()[name]
        except CancelledError:
            raise UnreachableError(f"Reading was stopped before {name} had arrived.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._arriving

    def __iter__(self) -> Iterator[str]:
        return iter(self._arriving)

    def __len__(self) -> int:
        return len(self._arriving)


def coordinates_of(declaration: Declaration, variables: Iterable[Variable]) -> list[str]:
    """Names of the vectors that tell where along their axes some variables lie."""
    found: dict[str, None] = {}
    for variable in variables:
        for name in (*variable.dimensions, *variable.maps):
            vector = declaration.variables.get(name)
            if vector is None or len(vector.shape) != 1 or vector.dtype.kind == "O":
                continue
            is_axis = vector.dimensions == (name,) or name in variable.maps
            if is_axis and _size(vector) <= _LONGEST_COORDINATE:
                found[name] = None
    return list(found)


def small_vectors(declaration: Declaration) -> list[str]:
    """Numeric vectors that are small enough to be read at once with all others."""
    found, together = [], 0
    for name, variable in declaration.variables.items():
        size = _size(variable)
        if len(variable.shape) != 1 or variable.dtype.kind == "O" or size > _MOST_BYTES:
            continue
        together += size
        if together > _MOST_TOGETHER:
            break
        found.append(name)
    return found


def _size(variable: Variable) -> int:
    return int(np.prod(variable.shape, dtype=np.float64)) * variable.dtype.itemsize
