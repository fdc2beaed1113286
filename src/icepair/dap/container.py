"""A dataset on a server, held as products hold a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.cost import Cost
from icepair.dap.meter import Reading
from icepair.dap.remote import RemoteDataset, Wish
from icepair.options import Options

__all__ = ["DapContainer"]

_PROTOCOL_ATTRIBUTES = frozenset({"_ChunkSizes", "_DAP4_Checksum_CRC32"})


class DapContainer:
    """Variables of a remote dataset, read by window and verified; see `RemoteDataset`.

    Parameters
    ----------
    address : str
        As on the server's page.
    options : Options, optional
        Those in force where None.

    Raises
    ------
    UsageError
        This is no address.
    RemoteError
        The dataset cannot be reached or understood.
    """

    remote = True
    """Every value has to travel."""

    def __init__(self, address: str, options: Options | None = None) -> None:
        self.dataset = RemoteDataset.open(address, options)
        self.address = self.dataset.address

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables."""
        return tuple(self.dataset.declaration.variables)

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Attributes of a variable, or of the whole dataset."""
        if name is None:
            return self.dataset.declaration.attributes
        found = self.dataset.variable(name).attributes
        return {key: value for key, value in found.items() if key not in _PROTOCOL_ATTRIBUTES}

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Names of a variable's dimensions."""
        return self.dataset.variable(name).dimensions

    def shape(self, name: str) -> tuple[int, ...]:
        """Lengths of a variable's dimensions."""
        return self.dataset.variable(name).shape

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type of the values; ``_Unsigned`` is obeyed."""
        return self.dataset.variable(name).dtype

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Chunk lengths as stored on the server, None where it does not tell."""
        return self.dataset.variable(name).chunks

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a variable as stored.

        Raises
        ------
        DamagedFileError
            The variable is missing.
        RemoteError
            The values could not be had.
        """
        return self.dataset.read(name, selection)

    def announce(self, wishes: Sequence[Wish]) -> None:
        """Say what will be read, so that it comes in few large requests."""
        self.dataset.announce(wishes)

    def cost(self, wishes: Sequence[Wish]) -> Cost:
        """Bytes and requests that reading would take."""
        return self.dataset.cost(wishes)

    def traffic(self) -> Reading:
        """Bytes, requests and seconds up to now."""
        return self.dataset.meter.snapshot()

    def forget(self) -> None:
        """Nothing: blocks are kept on disk."""

    def close(self) -> None:
        """Let go of the network."""
        self.dataset.close()

    def __repr__(self) -> str:
        return f"DapContainer({self.address!r})"
