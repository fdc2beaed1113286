"""Noise tables that break off before the end of a sub-swath, continued to it."""

from __future__ import annotations

from icepair._typing import Float32Array
from icepair.radar.noise._kernels import mend_edge

__all__ = ["CONTEXT", "DOUBTED", "mend_towards"]

DOUBTED = 400
"""Samples before the end of a sub-swath in which tables are known to break off: borders move along
track by 20 samples in EW, by 80 in IW at 10 m, and last nodes are zero over 47 and 300."""
_MEMORY = 8
CONTEXT = DOUBTED + _MEMORY + 1
"""Samples before the end that must be at hand to judge all of the doubted ones."""
_KINK = 0.006
"""Share of the value. On real annotation sound noise changes its slope by 0.0013 at the most from
one sample to the next, and broken noise by 0.024 at the least."""


def mend_towards(noise: Float32Array, rows: slice, inner: int, edge: int) -> int:
    """Continue noise in place where it breaks off between two columns.

    Parameters
    ----------
    noise
        Power, (lines, samples) of one sub-swath's block among others.
    rows
        Lines of the block.
    inner
        Column to begin with; its neighbours towards the edge are taken as sound.
    edge
        Last column of the block, or of the array where the block goes on; left or right of `inner`.

    Returns
    -------
    int
        Values that were replaced, by the slope before the break. Lines without noise at `inner`
        are left as they are.
    """
    if abs(edge - inner) <= _MEMORY:
        return 0
    return int(mend_edge(noise, rows.start, rows.stop, inner, edge, _MEMORY, _KINK))
