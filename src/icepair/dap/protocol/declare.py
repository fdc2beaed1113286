"""Variables and their attributes put together, for a dataset that is read by DAP2."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import numpy as np

from icepair.dap.declaration import Declaration, Variable
from icepair.dap.protocol.das import parse_das
from icepair.dap.protocol.dds import parse_dds

__all__ = ["declaration_of", "described", "fingerprint_of"]

_LIKE_VALUES = {"_FillValue", "missing_value"}


def declaration_of(dds_text: str, das_text: str) -> Declaration:
    """What a dataset holds, from its DDS and its DAS.

    Attributes of a container that is no variable belong to the dataset: those of ``NC_GLOBAL``
    and its like under their own names, others as ``container.attribute``.

    Raises
    ------
    Fault
        As for `parse_dds` and `parse_das`.
    """
    name, variables = parse_dds(dds_text)
    own: dict[str, dict[str, object]] = {each: {} for each in variables}
    common: dict[str, object] = {}
    grid_maps = {
        f"{variable.name}.{each.rpartition('.')[2]}"
        for variable in variables.values()
        for each in variable.maps
    }
    for container, attributes in parse_das(das_text).items():
        owner, rest = _owner(container, own)
        if container in grid_maps and container not in own:
            continue  # said again: the vector has attributes of its own
        target = common if owner is None else own[owner]
        target.update({rest + each: value for each, value in attributes.items()})
    return Declaration(
        name=name,
        variables={each: described(variable, own[each]) for each, variable in variables.items()},
        attributes=common,
        fingerprint=fingerprint_of(dds_text.encode(errors="surrogateescape"), das_text.encode()),
    )


def described(variable: Variable, attributes: Mapping[str, object]) -> Variable:
    """Variable with its attributes; those that mark missing values are numbers of its own type.

    Servers in Java write 255 and 65535 as -1, also where the values themselves are unsigned.
    """
    whole = dataclasses.replace(variable, attributes=attributes)
    told = dict(attributes)
    for key in _LIKE_VALUES & told.keys():
        told[key] = _same_bits(told[key], whole.dtype)
    return dataclasses.replace(variable, attributes=told)


def _same_bits(value: object, dtype: np.dtype[np.generic]) -> object:
    """Whole number that has the same bits in a type, where the type cannot hold it as it is."""
    bits = 8 * dtype.itemsize
    if dtype.kind not in "iu" or not isinstance(value, int):
        return value
    if not -(2 ** (bits - 1)) <= value < 2**bits:
        return value
    unsigned = value % 2**bits
    return unsigned - 2**bits if dtype.kind == "i" and unsigned >= 2 ** (bits - 1) else unsigned


def fingerprint_of(*texts: bytes) -> str:
    """Hash that tells one declaration from another."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


def _owner(container: str, variables: Mapping[str, object]) -> tuple[str | None, str]:
    """Variable that a container describes, and what goes before its attributes' names."""
    path = container.split(".")
    for count in range(len(path), 0, -1):
        owner = ".".join(path[:count])
        if owner in variables:
            rest = path[count:]
            if rest[:1] == path[count - 1 : count]:
                rest = rest[1:]  # the array of a Grid, inside the container of the Grid
            return owner, "".join(f"{each}." for each in rest)
    if path[0].upper().endswith("_GLOBAL") or not container:
        path = path[1:]
    return None, "".join(f"{each}." for each in path)
