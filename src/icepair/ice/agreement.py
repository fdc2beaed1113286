"""What two sensors' ice has in common, and whether their concentrations differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

from icepair._typing import AnyArray

__all__ = ["Agreement", "Difference", "agreement_of", "difference_of"]

_AT_5_PERCENT = 1.959964
"""Normal deviate that is exceeded, either way, once in twenty times."""


@dataclass(frozen=True)
class Difference:
    """Concentration of the optical sensor less that of the radar, over the same pixels."""

    estimate: float
    standard_error: float
    """One standard deviation; the errors of the two sensors are taken as independent."""
    z: float
    """The estimate in standard errors."""
    significant: bool
    """Whether a difference of 0 would give as large a one in less than 5 % of pairs."""

    @property
    def words(self) -> str:
        """What it amounts to."""
        if not self.significant:
            return "no more than the uncertainty of both explains"
        more, less = ("Sentinel-2", "Sentinel-1")[:: 1 if self.estimate > 0 else -1]
        return f"{more} saw more ice than {less}, beyond the uncertainty of both"


def difference_of(
    s1: float | None, s1_error: float | None, s2: float | None, s2_error: float | None
) -> Difference | None:
    """Difference of two concentrations; None where one of the four is not known."""
    if s1 is None or s2 is None or s1_error is None or s2_error is None:
        return None
    error = math.hypot(s1_error, s2_error)
    z = (s2 - s1) / error
    return Difference(s2 - s1, error, z, abs(z) > _AT_5_PERCENT)


@dataclass(frozen=True)
class Agreement:
    """Hard masks of both sensors, pixel by pixel, where both answer."""

    both_ice: int
    s1_only: int
    """Pixels that are ice to the radar alone."""
    s2_only: int
    both_water: int

    @property
    def pixels(self) -> int:
        """All of them."""
        return self.both_ice + self.s1_only + self.s2_only + self.both_water

    @property
    def overall(self) -> float:
        """Share of pixels on which they agree."""
        return (self.both_ice + self.both_water) / self.pixels

    @property
    def iou(self) -> float | None:
        """Ice of both over ice of either; None where there is no ice."""
        either = self.pixels - self.both_water
        return self.both_ice / either if either else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance; None where chance alone agrees on all."""
        n = self.pixels
        ice1, ice2 = self.both_ice + self.s1_only, self.both_ice + self.s2_only
        chance = (ice1 * ice2 + (n - ice1) * (n - ice2)) / n**2
        return (self.overall - chance) / (1 - chance) if chance < 1 else None


def agreement_of(confusion: AnyArray) -> Agreement | None:
    """Agreement from pixels by class, (radar, optical), water before ice; None without pixels."""
    if not confusion.sum():
        return None
    water, ice = confusion.astype(int).tolist()
    return Agreement(both_ice=ice[1], s1_only=ice[0], s2_only=water[1], both_water=water[0])
