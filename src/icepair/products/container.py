"""How the numbers of a product are reached, wherever they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.cost import Cost
from icepair.dap.meter import Reading

__all__ = ["Container", "LocalContainer", "Selection"]

Selection = tuple[str, tuple[slice, ...]]
"""Name of a variable and slices of it, for `Container.read`."""


@runtime_checkable
class Container(Protocol):
    """Named arrays with attributes, read by window; a file now, a server next.

    Values come as they are stored: no masking, no scaling, no sign games. Reading is safe from
    several threads.
    """

    address: str
    """Path or address, as the user gave it."""
    remote: bool
    """Whether a read crosses a network: smooth tables are then rebuilt from few values."""

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

    def announce(self, selections: Sequence[Selection]) -> None:
        """Say what will be read, so that it can come in few large requests."""
        ...

    def cost(self, selections: Sequence[Selection]) -> Cost:
        """What reading would take over a network; nothing for a file."""
        ...

    def traffic(self) -> Reading:
        """What has travelled over a network so far; nothing for a file."""
        ...

    def forget(self) -> None:
        """Drop what is held in memory only to be read again soon; reading goes on as before."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class LocalContainer:
    """What every container of files on this machine says of networks: nothing."""

    remote = False

    def announce(self, selections: Sequence[Selection]) -> None:
        """Nothing: a file need not be told."""

    def cost(self, selections: Sequence[Selection]) -> Cost:
        """Nothing: nothing travels."""
        return Cost()

    def traffic(self) -> Reading:
        """Nothing."""
        return Reading(0, 0, 0.0)
