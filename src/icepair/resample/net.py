"""The form in which kernels take a map."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from icepair._typing import FloatArray

__all__ = ["Net", "net_of_positions", "positions_of"]

Net: TypeAlias = tuple[FloatArray, FloatArray, int, FloatArray, FloatArray, float, float]
"""See `icepair.resample.fused._kernels`."""


def net_of_positions(line: FloatArray, sample: FloatArray) -> Net:
    """Net with a node on every pixel."""
    nodes = np.ascontiguousarray(line), np.ascontiguousarray(sample)
    return (*nodes, 1, np.empty(0), np.empty((1, 0)), 0.0, 1.0)


def positions_of(
    net: Net, start: tuple[int, int], shape: tuple[int, ...]
) -> tuple[FloatArray, FloatArray]:
    """Source line and sample of the block of target pixels that begins at `start`; NaN for none."""
    from icepair.resample.fused import _kernels

    line, sample = np.empty(shape), np.empty(shape)
    _kernels.positions(net, *start, line, sample)
    return line, sample
