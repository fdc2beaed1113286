"""The small vectors of a dataset, read together beside everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.declaration import Declaration, Variable
from icepair.errors import UnreachableError

__all__ = ["Coordinates", "Vectors", "small_vectors"]

_MOST_BYTES, _MOST_TOGETHER = 100_000, 400_000

Vectors = Future[dict[str, AnyArray]]
"""Vectors in full by name, once they have arrived."""


class Coordinates(Mapping[str, AnyArray]):
    """Coordinate vectors by name; taking one waits until they have arrived.

    What comes with a window must agree with them. They travel beside the first windows, so that no
    window waits for them before it is asked for.
    """

    def __init__(self, names: frozenset[str] = frozenset(), vectors: Vectors | None = None) -> None:
        self._names = names
        self._vectors = vectors

    def __getitem__(self, name: str) -> AnyArray:
        if name not in self._names or self._vectors is None:
            raise KeyError(name)
        try:
            return self._vectors.result()[name]
        except CancelledError:
            raise UnreachableError(f"Reading was stopped before {name} had arrived.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def small_vectors(declaration: Declaration) -> dict[str, Variable]:
    """Numeric vectors of a dataset that are small enough to be read at once with all others."""
    found, together = {}, 0
    for name, variable in declaration.variables.items():
        size = int(np.prod(variable.shape, dtype=np.int64)) * variable.dtype.itemsize
        if len(variable.shape) != 1 or variable.dtype.kind == "O" or size > _MOST_BYTES:
            continue
        together += size
        if together > _MOST_TOGETHER:
            break
        found[name] = variable
    return found
