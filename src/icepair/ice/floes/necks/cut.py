"""Floes that touch, told apart by the width of the neck between them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from icepair._typing import AnyArray, ByteArray
from icepair.conventions import ICE

__all__ = ["Necks", "separated"]

_LEVELS = 65536


@dataclass(frozen=True)
class Necks:
    """When two parts are two floes."""

    share: float = 0.75
    """Width of the neck between them, in widths of the narrower part, below which they are."""
    depth_px: float = 1.0
    """By how many pixels at least half the neck is narrower than half that part."""
    hole_px: float = 45.0
    """Enclosed pixels of water or without an answer, at most so many, are no edge."""

    @classmethod
    def seen_by(cls, cell_px: float) -> Necks:
        """For masks whose detail is so many pixels wide: edges are stairs of such steps."""
        return cls(depth_px=cls.depth_px * cell_px, hole_px=cls.hole_px * cell_px**2)


def separated(mask: ByteArray, necks: Necks) -> AnyArray:
    """Labels of floes in a mask, floes that touch told apart.

    Parameters
    ----------
    mask : array of uint8 (rows, columns)
        `conventions.ICE`, `WATER`, `NO_ANSWER`.
    necks : Necks
        When two parts are two floes.

    Returns
    -------
    array of int32 (rows, columns)
        1, 2, … as they are met row by row, 0 for none.

    Notes
    -----
    Every pixel goes where the edge is farther, until nowhere is; pixels that end up together
    are a part, a watershed of the distance (Beucher and Lantuéjoul, 1979). The farthest distance
    in a part is half its width, that of the largest circle in it; the farthest along its border
    with another is half the width of the neck between them. From the widest neck to the
    narrowest, two parts become one floe if the neck is wide beside the narrower of the two, a
    ratio that no size of floe changes. The image's border is no edge, so a floe cut in half is as
    wide there as it is.
    """
    from icepair.ice.floes.necks import _kernels

    levels = _levels(_solid(mask, necks.hole_px))
    labels = np.empty(mask.shape, dtype=np.int32)
    _kernels.climb(levels, mask, ICE, labels)
    _kernels.join_level_ways(levels, labels)
    peak = _kernels.number_parts(levels, labels)
    starts = np.zeros(_LEVELS + 1, dtype=np.int64)
    _kernels.count_borders(levels, labels, starts)
    starts = np.cumsum(starts)
    borders = np.empty((int(starts[-1]), 3), dtype=np.int32)
    _kernels.list_borders(levels, labels, starts, borders)
    parent = _kernels.join_parts(borders, peak, necks.share, necks.depth_px * _kernels.STEPS)
    _kernels.number_floes(labels, parent, np.zeros(parent.size, dtype=np.int32))
    return labels


def _solid(mask: ByteArray, hole_px: float) -> ByteArray:
    """1 on ice and in small enclosed holes."""
    import cc3d

    solid: ByteArray = (mask == ICE).view(np.uint8)
    if hole_px < 1 or not mask.size:
        return solid
    holes = cc3d.connected_components(mask != ICE, connectivity=8, out_dtype=np.uint32)
    small = cc3d.statistics(holes, no_slice_conversion=True)["voxel_counts"] <= hole_px
    small[0] = False
    solid |= small[holes].view(np.uint8)
    return solid


def _levels(solid: ByteArray) -> AnyArray:
    """Distance to the edge in eighths of a pixel."""
    from icepair.ice.floes.necks import _kernels

    levels = np.empty(solid.shape, dtype=np.uint16)
    _kernels.distance_down_columns(solid, levels)
    cores = os.cpu_count() or 1
    borders = np.linspace(0, solid.shape[0], 4 * cores + 1).astype(int)
    with ThreadPoolExecutor(cores) as pool:
        run = _kernels.distance_levels
        list(pool.map(lambda a, b: run(levels, a, b, levels), borders[:-1], borders[1:]))
    return levels
