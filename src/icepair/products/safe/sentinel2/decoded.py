"""Blocks of images as they were decoded, kept for whoever wants their other part.

A block of a JP2 takes 0.1 to 0.4 s to decode, and blocks of a target share it: without this
every thread would decode it once more, and two threads would be no faster than one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from icepair._typing import AnyArray

__all__ = ["DecodedBlocks"]

Key = tuple[object, int, int, int]
"""Image, band, first row and first column."""


class DecodedBlocks:
    """The blocks used last, up to a number of bytes; safe from several threads.

    Parameters
    ----------
    most_bytes
        Beyond which the blocks used longest ago are dropped.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._blocks: OrderedDict[Key, AnyArray] = OrderedDict()
        self._under_way: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, decode: Callable[[], AnyArray]) -> AnyArray:
        """The block of a key, decoded by one thread while others that want it wait.

        Whatever `decode` raises ends this call alone: the next one tries again.
        """
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
            turn = self._under_way.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._blocks:
                    return self._blocks[key]
            block = decode()
            block.flags.writeable = False
            self._keep(key, block)
        return block

    def drop(self, image: object) -> None:
        """Forget all blocks of an image."""
        with self._lock:
            for key in [key for key in self._blocks if key[0] is image]:
                self._bytes -= self._blocks.pop(key).nbytes

    def _keep(self, key: Key, block: AnyArray) -> None:
        with self._lock:
            self._under_way.pop(key, None)
            if block.nbytes > self._most_bytes:
                return
            self._blocks[key] = block
            self._bytes += block.nbytes
            while self._bytes > self._most_bytes:
                _, dropped = self._blocks.popitem(last=False)
                self._bytes -= dropped.nbytes
