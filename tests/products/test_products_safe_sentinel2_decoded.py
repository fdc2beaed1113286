"""Decoded blocks are shared between threads, bounded, and forgotten."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from icepair.products.safe.sentinel2.decoded import DecodedBlocks


def block(value: int) -> np.ndarray:
    return np.full(100, value, dtype=np.uint16)  # 200 bytes


def test_threads_that_want_one_block_decode_it_once() -> None:
    blocks = DecodedBlocks(10_000)
    started, go = threading.Event(), threading.Event()
    decoded = []

    def decode() -> np.ndarray:
        decoded.append(threading.get_ident())
        started.set()
        assert go.wait(10)
        return block(7)

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(blocks.get, ("image", 1, 0, 0), decode) for _ in range(4)]
        assert started.wait(10)
        go.set()
        found = [each.result(timeout=10) for each in waiting]
    assert len(decoded) == 1
    assert all(each is found[0] for each in found)
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 1


def test_the_block_used_longest_ago_goes_first() -> None:
    blocks = DecodedBlocks(400)
    decoded = []

    def get(number: int) -> None:
        def decode() -> np.ndarray:
            decoded.append(number)
            return block(number)

        assert blocks.get(("image", 1, number, 0), decode)[0] == number

    for number in (1, 2, 1, 3, 1, 2):
        get(number)
    assert decoded == [1, 2, 3, 2]


def test_a_failure_is_not_kept_and_a_dropped_image_is_read_again() -> None:
    blocks = DecodedBlocks(10_000)
    image = object()
    key = (image, 1, 0, 0)

    def fail() -> np.ndarray:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        blocks.get(key, fail)
    assert blocks.get(key, lambda: block(1))[0] == 1
    assert blocks.get(key, fail)[0] == 1
    blocks.drop(image)
    assert blocks.get(key, lambda: block(2))[0] == 2
