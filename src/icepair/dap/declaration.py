"""What a server says a dataset holds, the same for DAP2 and DAP4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["NUMPY_CODES", "Declaration", "Variable"]

NUMPY_CODES: Mapping[str, str] = {
    "Byte": "u1", "Int8": "i1", "UInt8": "u1", "Char": "u1",
    "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4", "Int64": "i8", "UInt64": "u8",
    "Float32": "f4", "Float64": "f8",
    "String": "O", "Url": "O", "URL": "O",
}  # fmt: skip
"""NumPy's code of every type that the two protocols name."""


@dataclass(frozen=True)
class Variable:
    """One array, grid or scalar of a dataset."""

    name: str
    """Full name without a leading slash; groups are parted by ``/``, structures by ``.``."""
    wire_type: str
    """Type as declared, a key of `NUMPY_CODES`."""
    dimensions: tuple[str, ...] = ()
    """Names; ``dim_N`` where the server names none. Empty for a scalar."""
    shape: tuple[int, ...] = ()
    """Lengths of the dimensions."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    """Text as str, single numbers as Python scalars, several of either as tuples."""
    maps: tuple[str, ...] = ()
    """Names of the coordinate vectors that a DAP2 Grid brings along, one a dimension; empty for
    an Array."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the values handed out, native order; integers obey ``_Unsigned``."""
        declared = np.dtype(NUMPY_CODES[self.wire_type])
        if declared.kind not in "iu":
            return declared
        flag = str(self.attributes.get("_Unsigned", "")).lower()
        kind = {"true": "u", "false": "i"}.get(flag, declared.kind)
        return np.dtype(f"{kind}{declared.itemsize}")

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """Chunk lengths as stored on the server, None where it does not tell."""
        told = self.attributes.get("_ChunkSizes")
        lengths = told if isinstance(told, tuple) else (told,)
        if len(lengths) != len(self.shape) or not self.shape:
            return None
        if not all(isinstance(length, int) and length > 0 for length in lengths):
            return None
        return tuple(int(str(length)) for length in lengths)


@dataclass(frozen=True)
class Declaration:
    """All variables of a dataset with their attributes."""

    name: str
    """What the server calls the dataset."""
    variables: Mapping[str, Variable]
    """By full name, in the server's order. The maps of a Grid that exist on their own are listed
    once, as variables."""
    attributes: Mapping[str, object]
    """Of the whole dataset."""
    fingerprint: str
    """Hash of the text of the declaration: another one means another dataset."""
