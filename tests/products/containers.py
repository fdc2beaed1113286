"""Containers that count what is read of them, as if each read crossed a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from icepair.dap.cost import Cost
from icepair.dap.meter import Reading
from icepair.products.netcdf import NetcdfContainer


class CountingFile(NetcdfContainer):
    """A file that says it lies behind a network."""

    remote = True

    def __init__(self, address: str) -> None:
        self.reads: list[tuple[str, tuple[slice, ...], int]] = []
        super().__init__(address)

    def read(self, name, selection=()):
        values = super().read(name, selection)
        self.reads.append((name, selection, values.nbytes))
        return values

    @property
    def bytes_read(self) -> int:
        return sum(size for _, _, size in self.reads)


class Arrays:
    """Arrays in memory as a container behind a network."""

    address = "arrays"
    remote = True

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray],
        attributes: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self.arrays = dict(arrays)
        self.stated = dict(attributes or {})
        self.bytes_read = 0

    @property
    def names(self):
        return (*self.arrays, *self.stated)

    def attributes(self, name=None):
        return self.stated.get(name, {})

    def dimensions(self, name):
        return tuple("tyx"[-self.arrays[name].ndim :])

    def shape(self, name):
        return self.arrays[name].shape

    def dtype(self, name):
        return self.arrays[name].dtype

    def chunks(self, name):
        return None

    def read(self, name, selection=()):
        values = self.arrays[name][selection].copy()
        self.bytes_read += values.nbytes
        return values

    def announce(self, selections: Sequence[object]) -> None:
        pass

    def cost(self, selections: Sequence[object]) -> Cost:
        return Cost()

    def traffic(self) -> Reading:
        return Reading(0, 0, 0.0)

    def close(self) -> None:
        pass
