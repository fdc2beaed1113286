"""Why pixels of a pair have no answer: how many, by flag."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from icepair._typing import AnyArray, IntArray
from icepair.conventions import S1Flag, S2Flag

__all__ = ["FlagCounts", "reasons_in_words"]

_FLAGS: dict[str, type[enum.IntFlag]] = {"s1": S1Flag, "s2": S2Flag}
_WORDS = {
    "outside": "outside the scene",
    "nodata": "without data",
    "border_noise": "border noise",
    "saturated": "saturated",
    "opaque_cloud": "under cloud",
    "shadow": "in the shadow of cloud",
    "sun_low": "under too low a sun",
    "land": "land",
}
"""Of flags that withhold an answer."""
_SMALLEST_SHARE = 0.0005
"""Of the grid; what is less would be written as 0.0 %."""


class FlagCounts:
    """Pixels under each flag of both sensors, of as many blocks as have been added."""

    def __init__(self) -> None:
        self._bytes: dict[str, IntArray] = {side: np.zeros(256, np.int64) for side in _FLAGS}

    def add(self, flags: dict[str, AnyArray]) -> None:
        """Count a block: its ``s1_flags`` and ``s2_flags``, bytes of any shape."""
        for side, counts in self._bytes.items():
            counts += np.bincount(flags[f"{side}_flags"].reshape(-1), minlength=256)

    def reasons(self, side: str) -> dict[str, dict[str, float]]:
        """Pixels with each flag and their share of all; a pixel counts under each of its flags.

        Parameters
        ----------
        side : str
            ``s1`` or ``s2``.

        Returns
        -------
        dict
            By flag in lower case, remarks too: ``pixels``, ``share`` (0 to 1).
        """
        counts = self._bytes[side]
        value, total = np.arange(256), int(counts.sum())
        result = {}
        for flag in _FLAGS[side]:
            pixels = int(counts[(value & int(flag)) != 0].sum())
            result[str(flag.name).lower()] = {
                "pixels": pixels,
                "share": pixels / total if total else 0.0,
            }
        return result


def reasons_in_words(reasons: dict[str, Any]) -> str:
    """What withholds a sensor's answers, largest first: ``12.0 % under cloud, 3.1 % land``.

    Parameters
    ----------
    reasons : dict
        As `FlagCounts.reasons` gives them. Remarks, which withhold nothing, are left out.

    Returns
    -------
    str
        Empty where nothing withholds as much as 0.05 % of the grid.
    """
    shares = {name: counted["share"] for name, counted in reasons.items() if name in _WORDS}
    return ", ".join(
        f"{100 * share:.1f} % {_WORDS[name]}"
        for name, share in sorted(shares.items(), key=lambda item: -item[1])
        if share >= _SMALLEST_SHARE
    )
