"""What the cache holds of one dataset."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.cache.block import Signature, label, rows, seal_of, signature, touch, window
from icepair.dap.cache.cover import Box, canonical, part, reach, tiles, within
from icepair.dap.cache.folder import CacheFolder
from icepair.dap.cache.names import Block, block_name, block_of, digest, slug
from icepair.dap.cache.sealed import DamagedError, checked_payload
from icepair.dap.hyperslab import Hyperslab

__all__ = ["DatasetStore"]

_SETTLED_NS = 2_000_000_000
"""File systems count the time of a change in steps of up to two seconds: a listing that is younger
than that may lack a file although the time has not changed since."""


class _Piece(NamedTuple):
    block: Block
    box: Box
    slab: Hyperslab


class DatasetStore:
    """Blocks of one state of one dataset. Safe in threads, and beside other processes.

    A block is handed out only if its label names this dataset, this variable and these elements,
    and if all of it had its checksum when this store first used it, or since it last changed.
    Whatever else lies in its place is removed and counts as missing.
    """

    def __init__(self, folder: CacheFolder, key: str) -> None:
        self._folder = folder
        self._key = key
        self._digest = digest(key)
        self._home = folder.root / self._digest
        self._lock = threading.Lock()
        self._listed: dict[str, tuple[int, list[Block]]] = {}
        self._sound: dict[Path, Signature] = {}

    def put(self, variable: str, slab: Hyperslab, values: AnyArray) -> None:
        """Keep values. Where that is impossible nothing is kept and nothing is raised.

        Parameters
        ----------
        variable : str
            Its full name.
        slab : Hyperslab
            Which elements.
        values : ndarray, shape of the slab
            Whole or floating-point numbers of at most 8 bytes; others are not kept.

        Raises
        ------
        ValueError
            The values have another shape than the slab.
        """
        if values.shape != slab.shape:
            raise ValueError(f"Values of shape {values.shape} for {slab} of shape {slab.shape}.")
        name = block_name(canonical(slab), values.dtype)
        if name is None:
            return
        stored = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        self._folder.write(
            self._home / slug(variable) / name,
            label(self._digest, variable, name),
            stored.reshape(-1).view(np.uint8).data,
            key=self._key,
        )
        with self._lock:
            self._listed.pop(variable, None)

    def get(self, variable: str, slab: Hyperslab, dtype: np.dtype[np.generic]) -> AnyArray | None:
        """Values of a hyperslab, put together from any blocks that hold them.

        Parameters
        ----------
        variable : str
            Its full name.
        slab : Hyperslab
            Which elements.
        dtype : dtype
            Type of the values; blocks of another type are of no use.

        Returns
        -------
        ndarray or None
            A new array of the slab's shape; None where a part is missing.
        """
        useless: set[str] = set()
        while True:
            pieces, gaps = self._pieces(variable, slab, useless, dtype)
            if gaps:
                return None
            values = self._put_together(variable, slab, dtype, pieces, useless)
            if values is not None:
                return values

    def missing(self, variable: str, slab: Hyperslab) -> list[Hyperslab]:
        """Disjoint parts of a hyperslab that no sound block holds: few, large, full rows first."""
        useless: set[str] = set()
        while True:
            pieces, gaps = self._pieces(variable, slab, useless)
            found = {
                piece.block.name for piece in pieces if not self._is_sound(variable, piece.block)
            }
            if not found:
                return [part(slab, gap) for gap in gaps]
            useless |= found

    def _pieces(
        self,
        variable: str,
        slab: Hyperslab,
        useless: set[str],
        dtype: np.dtype[np.generic] | None = None,
    ) -> tuple[list[_Piece], list[Box]]:
        """Which blocks give what, going by their names, and the boxes that none gives."""
        useful = [
            (block, box)
            for block in self._blocks(variable)
            if block.name not in useless
            and (dtype is None or block.dtype == dtype)
            and (box := reach(block.slab, slab)) is not None
        ]
        used, gaps = tiles(slab, [box for _, box in useful])
        return [_Piece(useful[number][0], box, part(slab, box)) for number, box in used], gaps

    def _blocks(self, variable: str) -> list[Block]:
        """What lies in a variable's folder, listed anew whenever it may have changed."""
        folder = self._home / slug(variable)
        now = time.time_ns()
        try:
            changed = folder.stat().st_mtime_ns
            at, blocks = self._listed.get(variable, (None, []))
            if at != changed:
                blocks = [block for path in folder.iterdir() if (block := block_of(path.name))]
        except OSError:
            return []
        if now - changed > _SETTLED_NS:
            with self._lock:
                self._listed[variable] = changed, blocks
        return blocks

    def _put_together(
        self,
        variable: str,
        slab: Hyperslab,
        dtype: np.dtype[np.generic],
        pieces: list[_Piece],
        useless: set[str],
    ) -> AnyArray | None:
        """Values of a slab; None if one of its pieces failed, whose block is then useless."""
        whole: AnyArray | None = None
        for piece in pieces:
            values = self._read(variable, piece)
            if values is None:
                useless.add(piece.block.name)
                return None
            if len(pieces) == 1:
                return values
            whole = np.empty(slab.shape, dtype) if whole is None else whole
            whole[tuple(slice(*span) for span in piece.box)] = values
        return whole

    def _read(self, variable: str, piece: _Piece) -> AnyArray | None:
        """Values of a piece; None where its block is damaged or has gone."""
        block = piece.block
        return self._opened(variable, block, within(block.slab, piece.slab))

    def _is_sound(self, variable: str, block: Block) -> bool:
        nothing = tuple(slice(0, 0, 1) for _ in block.slab.start)
        return self._opened(variable, block, nothing) is not None

    def _opened(self, variable: str, block: Block, where: tuple[slice, ...]) -> AnyArray | None:
        path = self._home / slug(variable) / block.name
        expected = label(self._digest, variable, block.name)
        shape, dtype = block.slab.shape, block.dtype
        try:
            with path.open("rb") as file:
                seal = seal_of(file, expected, block.slab.size * dtype.itemsize)
                touch(path, file)
                if self._sound.get(path) == signature(file):
                    return rows(file, seal.offset, shape, where, dtype)
                payload = checked_payload(file, seal)
                self._sound[path] = signature(file)
                return window(payload, shape, where, dtype)
        except DamagedError:
            self._folder.note_damage(path)
        except OSError:
            # Gone, or out of reach for now: then it is read from the server.
            self._sound.pop(path, None)
        return None
