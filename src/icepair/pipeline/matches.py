"""Floes that are the same for both sensors, and the files in which they leave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icepair.pair.values import plain_number
from icepair.pipeline.floes import Written

if TYPE_CHECKING:
    from icepair.ice.floes import Floes
    from icepair.motion.matches import Matches

__all__ = ["write_floe_matches"]

_SAME_TIME = "Both scenes have one time: there is no drift between them to find."


def write_floe_matches(
    found: Mapping[str, Floes], hours: float, resolution_m: float, folder: Path
) -> Written:
    """Match the floes of both sensors, the earlier scene first, and write what was found.

    Parameters
    ----------
    found : mapping
        Floes by sensor, ``s1`` and ``s2``.
    hours : float
        Optical time less radar time.
    resolution_m : float
        Pixel of the coarser sensor, metres.
    folder : Path

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    from icepair.motion.matches import match_floes
    from icepair.write.matches import write_matches

    first, second = ("s1", "s2") if hours >= 0 else ("s2", "s1")
    if not hours:
        return Written((), _values(None, first, _SAME_TIME))
    matches = match_floes(found[first], found[second], hours=abs(hours), resolution_m=resolution_m)
    files = write_matches(matches.table, str(matches.crs_wkt), folder)
    return Written(files, _values(matches, first, matches.note))


def _values(matches: Matches | None, first: str, note: str) -> dict[str, Any]:
    """Plain values: how many, and their way and speed at the median."""
    values: dict[str, Any] = {"first": first, "count": 0, "dx_m": None, "dy_m": None}
    if matches is not None and len(matches):
        table = matches.table
        values["count"] = len(table)
        values |= {f"{way}_m": plain_number(float(table[way].median())) for way in ("dx", "dy")}
    return values | {"note": note}
