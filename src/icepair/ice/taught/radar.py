"""A radar classifier that an optical scene taught, what it was taught by and what it is for."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from icepair._typing import AnyArray, Float32Array
from icepair.ice.taught.correction import Correction
from icepair.ice.taught.features import with_context
from icepair.ice.taught.validity import Validity

if TYPE_CHECKING:
    import xarray as xr

    from icepair.ice.methods import Method

__all__ = ["Lessons", "TaughtRadar", "network_digest"]


@dataclass(frozen=True)
class Lessons:
    """By what a radar was taught."""

    s1_product: str
    s2_product: str
    s1_time: str
    s2_time: str
    """ISO 8601, empty where the pair did not tell."""
    s2_mask: str
    """Method that told ice in the optical scene."""
    by: str
    """``place``: each cell by the optical ice that drifted there; ``area``: the clear area as a
    whole by its concentration, where no drift could be believed."""
    cells: int
    """Cells of the radar that both scenes answer."""
    displacement_m: tuple[float, float]
    """From the radar's ice to the optical one in the scene's middle: metres to the right and down
    the grid."""
    correlation: float
    """Of what the radar tells with the optical ice so moved, 0 to 1."""
    rival: float
    """How likely the best displacement elsewhere is beside it, 0 to 1."""
    concentration: float
    """Share of ice over the cells by the optical scene."""
    held_out_error: float
    """Root mean square error of the concentration of parts of the clear area, each judged by what
    the others taught."""
    incidence_deg: tuple[float, float] | None
    """Least and greatest where there were lessons."""
    network: str
    """SHA-256 of the package's network for the radar, which the classifier corrects."""
    icepair: str
    """Version that taught."""


@dataclass(frozen=True)
class TaughtRadar:
    """What corrects the package's network on scenes like the one that it was taught on."""

    first: Correction
    """By what a cell looks like."""
    second: Correction
    """By that and the share of ice around, as the first correction has it."""
    validity: Validity
    lessons: Lessons

    def share(self, features: AnyArray, guess: AnyArray) -> Float32Array:
        """Share of ice of cells (rows, columns), 0 to 1.

        Parameters
        ----------
        features : array (rows, columns, features)
            As `icepair.ice.taught.features.cell_features` has them.
        guess : array (rows, columns)
            Share of ice by the package's network.
        """
        around = self.first.share(features, guess)
        return self.second.share(with_context(features, around), guess)

    def mask_method(self, *, force: bool = False) -> Method:
        """Method of this radar, for `icepair.ice.mask`.

        Parameters
        ----------
        force : bool
            Use it outside its range of validity too, with a warning; else that is an error.
        """
        from icepair.ice.taught.method import method_of_taught

        return method_of_taught(self, force=force)

    def outside(self, pair: xr.Dataset) -> tuple[str, ...]:
        """In what a pair is outside the range of validity, and by how much; empty inside."""
        return self.validity.outside(pair)

    def save(self, path: str | Path) -> None:
        """Write the classifier as JSON: numbers and words, nothing that could run.

        Raises
        ------
        OutputError
            The file cannot be written; one that was there before is untouched.
        """
        from icepair.ice.taught.file import save_taught_radar

        save_taught_radar(self, path)

    def __repr__(self) -> str:
        told, names = self.lessons, ", ".join(self.validity.polarisations)
        return (
            f"<TaughtRadar on {told.s1_product or 'a pair'}: {names}, "
            f"{told.cells} cells by {told.by}, held-out error {told.held_out_error:.3f}>"
        )


@functools.cache
def network_digest() -> str:
    """SHA-256 of the package's network for the radar, in hexadecimal digits."""
    stored = resources.files("icepair.ice.radar") / "network.npz"
    return hashlib.sha256(stored.read_bytes()).hexdigest()
