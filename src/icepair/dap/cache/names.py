"""Names of what lies in the cache: they say which block it is without opening it.

::

    opendap-1/                        of the cache folder; another layout takes another number
        CACHEDIR.TAG                  tells backups to pass by
        lock                          held while old blocks are removed
        <dataset>/                    hash of its key: address and state on the server
            dataset.json              the key, for people
            <variable>/
                0-512-1_0-1000-2.u2.block

Names only guide the search. What counts is the label inside the file.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from icepair.dap.hyperslab import Hyperslab

__all__ = [
    "ABOUT",
    "BLOCK",
    "DATASET",
    "LOCK",
    "ROOT",
    "TAG",
    "Block",
    "block_name",
    "block_of",
    "digest",
    "slug",
]

ROOT, ABOUT, LOCK, TAG = "opendap-1", "dataset.json", "lock", "CACHEDIR.TAG"
BLOCK = ".block"
DATASET = re.compile(r"[0-9a-f]{32}")
"""What the folder of a dataset is called."""

_BLOCK = re.compile(r"(scalar|\d+-\d+-\d+(?:_\d+-\d+-\d+)*)\.([iu][1248]|f[248])\.block", re.ASCII)
_LONGEST = 240
_WIDEST = 8


class Block(NamedTuple):
    """What the name of a file says that it holds."""

    name: str
    """Of the file."""
    slab: Hyperslab
    """Which elements, in canonical form."""
    dtype: np.dtype[np.generic]
    """Type of the values, native order."""


def digest(key: str) -> str:
    """Name of a dataset's folder: 32 hexadecimal digits."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def slug(name: str) -> str:
    """File name for any name: readable, and different for names that differ in case alone."""
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", name)[:48]
    exact = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{readable}-{exact}"


def block_name(slab: Hyperslab, dtype: np.dtype[np.generic]) -> str | None:
    """File name of a block; None for what is not a number, and for names that are too long."""
    if dtype.kind not in "iuf" or dtype.itemsize > _WIDEST:
        return None
    axes = [
        f"{start}-{stop}-{step}"
        for start, stop, step in zip(slab.start, slab.stop, slab.step, strict=True)
    ]
    name = f"{'_'.join(axes) or 'scalar'}.{dtype.kind}{dtype.itemsize}{BLOCK}"
    return name if len(name) <= _LONGEST else None


@lru_cache(maxsize=65536)
def block_of(name: str) -> Block | None:
    """What a file name says; None for any other file."""
    found = _BLOCK.fullmatch(name)
    if found is None:
        return None
    axes = [] if found[1] == "scalar" else [axis.split("-") for axis in found[1].split("_")]
    numbers = [tuple(map(int, axis)) for axis in axes]
    if not all(start < stop and step >= 1 for start, stop, step in numbers):
        return None
    start, stop, step = zip(*numbers, strict=True) if numbers else ((), (), ())
    return Block(name, Hyperslab(start, stop, step), np.dtype(found[2]))
