"""Which source pixel goes where: the maps of both scenes onto a target, exact where they can be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from icepair.geo.grid import Grid
from icepair.geo.grid_swath import GridSwath
from icepair.geo.swath import Swath
from icepair.geo.swath_grid import SwathGrid
from icepair.resample.source_map import (
    NodeMap,
    ShiftMap,
    SourceMap,
    map_between_grids,
    map_from_swath,
)
from icepair.resample.stacked_map import map_onto_swath

__all__ = ["Maps", "maps_onto"]

_NODE_SPACING = 64
"""Pixels between the places at which the incidence angle is known, where the map needs no nodes."""


class Maps(NamedTuple):
    """From target pixels to both scenes."""

    s1: SourceMap
    """Radar pixel of every target pixel."""
    s2: SourceMap
    """Optical pixel of every target pixel."""
    nodes: NodeMap
    """The radar's positions on a net, for what varies slowly, such as the incidence angle."""


def maps_onto(target: Grid | SwathGrid, swath: Swath, optical: Grid) -> Maps:
    """Maps of a radar and of an optical scene onto a target.

    Parameters
    ----------
    target : Grid or SwathGrid
        The radar's own lines and samples keep its pixels as they are; so does the optical grid's.
    swath : Swath
        Geolocation of the radar scene; one on a grid keeps its pixels where the target has them.
    optical : Grid
        Pixels of the optical scene.
    """
    if isinstance(target, SwathGrid):
        window = target.window
        shift = ShiftMap(target.shape, window.row_start, window.column_start)
        return Maps(shift, map_onto_swath(optical, target), _net_of(shift))
    nodes = map_from_swath(swath, target)
    s1 = map_between_grids(swath.grid, target) if isinstance(swath, GridSwath) else nodes
    return Maps(s1, map_between_grids(optical, target), nodes)


def _net_of(shift: ShiftMap) -> NodeMap:
    """The same positions on a net; between its nodes they are straight, so nothing is lost."""
    rows, columns = (
        np.arange(-(-size // _NODE_SPACING) + 1, dtype=np.float64) * _NODE_SPACING
        for size in shift.target_shape
    )
    row_nodes, column_nodes = np.meshgrid(
        rows + shift.row_shift, columns + shift.column_shift, indexing="ij"
    )
    return NodeMap(shift.target_shape, _NODE_SPACING, row_nodes, column_nodes, 0.0)
