"""The same floe in two scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import BoolArray, FloatArray
from icepair.errors import UsageError
from icepair.motion.candidates import Candidates, candidates_of
from icepair.motion.common_part import common_parts
from icepair.motion.consensus import believed, mutual_best
from icepair.motion.outlines import LabelledFloes, Outlines, outlines_of, pixel_size

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Matches", "match_floes"]

_SMALLEST_DETAILS = 6.0
"""Diameter, in widths of the finest detail, below which an outline says too little."""
_LEAST_OVERLAP = 0.5
"""Of outlines, intersection over union: small ragged floes of a coarse grid lie on one another
with little misfit beside a pixel, and still have little in common."""
_SMOOTH_DETAILS = 3.0
"""Border, in widths of the finest detail, that a point of an outline is the mean of."""
ERROR_FACTOR = 0.61
"""Errors of displacement by those that misfits let expect, for 68 % of matches;
`benchmarks/calibrate_matches.py` measures it."""
_ERROR_FLOOR_DETAILS = 0.05
"""Error, in widths of the finest detail, that no number of points takes away."""


@dataclass(frozen=True)
class Matches:
    """Floes that are the same in two scenes, and how they moved from the first to the second."""

    table: pd.DataFrame
    """One row per match: `label_first`, `label_second`; `x`, `y` of the centroid, in the first
    scene, of the part that both outlines share, `dx`, `dy` to the second (metres of the CRS);
    `standard_error` of dx and dy each (metres); `rotation` (degrees counter-clockwise, -180 to
    180); `overlap` of the outlines once laid on one another (intersection over union);
    `confidence` (0-1, share of such matches that are right)."""
    hours: float
    """Time of the second less that of the first."""
    crs_wkt: str | None
    """CRS of both grids, where they say it."""
    note: str = ""
    """Why there is no match, where there is none."""

    def __len__(self) -> int:
        return len(self.table)

    def __str__(self) -> str:
        if not len(self):
            return f"No floes matched. {self.note}"
        way = np.hypot(self.table["dx"], self.table["dy"])
        return (
            f"{len(self)} floes matched, {way.median() / 1000:.2f} km apart at the median "
            f"({way.median() / abs(self.hours) / 3600:.2f} m/s), "
            f"confidence {self.table['confidence'].mean():.2f} in the mean"
        )


def match_floes(
    first: LabelledFloes,
    second: LabelledFloes,
    *,
    hours: float,
    max_speed_m_s: float = 1.0,
    resolution_m: float = 40.0,
    smallest_m: float = 500.0,
    min_confidence: float = 0.8,
) -> Matches:
    """Find the same floes in two scenes by their outlines and by what their neighbours do.

    Parameters
    ----------
    first, second : Floes
        Labels and tables as `icepair.floes` makes them, of either sensor. Grids may differ in
        place and pixel size; their CRS must be one.
    hours : float
        Time of the second less that of the first, hours, more than 0.
    max_speed_m_s : float
        Speed of the ice beyond which nothing is looked for, metres per second. 99 % of the buoys'
        ways over 7 hours in Rabault et al. (2023, doi:10.1038/s41597-023-02160-9) are slower
        than 1.
    resolution_m : float
        Width of the finest detail that both scenes can show, metres: the pixel of a radar image
        in EW mode. Where a grid's pixels are larger, those.
    smallest_m : float
        Diameter of a circle of a floe's area below which floes are left out, metres. Floes less
        than six times the finest detail across are always left out.
    min_confidence : float
        Confidence that a match must have, 0 to 1.

    Returns
    -------
    Matches
        Each floe at most once. Empty, with a note that says why, where nothing matches.

    Raises
    ------
    UsageError
        A number out of bounds, CRS that differ, or a table without the columns needed.

    Notes
    -----
    Floes that touch an edge of what was seen (`cut`) have no outline of their own and are left
    out. Outlines are compared by their area by direction from the centroid, which a turn shifts
    and a drift leaves alone (a shape signature of the kind of McConnell et al. 1991,
    doi:10.1109/36.101377), and laid on one another by iterated closest points along the normals
    (Chen and Medioni 1992, doi:10.1016/0262-8856(92)90066-C). Belief in a pair is a logistic
    regression of its misfit, its lead on the best rival, and the support of its neighbours.
    """
    _require(hours, max_speed_m_s, smallest_m, min_confidence)
    crs_wkt = _common_crs(first, second)
    edge_m = max(resolution_m, pixel_size(first), pixel_size(second))
    smallest_m = max(smallest_m, _SMALLEST_DETAILS * edge_m)
    smooth_m = _SMOOTH_DETAILS * edge_m
    outlines = (
        outlines_of(first, "first", smallest_m, smooth_m),
        outlines_of(second, "second", smallest_m, smooth_m),
    )
    farthest_m = hours * 3600.0 * max_speed_m_s
    candidates, note = _candidates(outlines, farthest_m, edge_m, smallest_m)
    if candidates is None:
        return Matches(_table_of_none(), hours, crs_wkt, note)
    belief = believed(candidates, outlines[0], farthest_m, edge_m)
    belief = np.where(candidates.fit[:, 6] < _LEAST_OVERLAP, 0.0, belief)
    chosen = mutual_best(candidates, belief) & (belief >= min_confidence)
    table = _table(candidates, outlines, belief, chosen, edge_m)
    if not chosen.any():
        note = (
            f"{candidates.first.size} pairs of floes are alike in size and shape within "
            f"{farthest_m / 1000:.1f} km, none with a confidence of {min_confidence:g} or more "
            f"(the best has {belief.max():.2f})."
        )
    return Matches(table, hours, crs_wkt, note)


def _require(hours: float, speed: float, smallest_m: float, min_confidence: float) -> None:
    if not (np.isfinite(hours) and hours > 0):
        raise UsageError(
            f"hours must be more than 0, not {hours:g}: it is the second scene's time less the "
            "first's. Give the earlier scene first."
        )
    if not (np.isfinite(speed) and speed > 0):
        raise UsageError(f"max_speed_m_s must be more than 0 metres per second, not {speed:g}.")
    if not (np.isfinite(smallest_m) and smallest_m >= 0):
        raise UsageError(f"smallest_m must be a diameter in metres from 0, not {smallest_m:g}.")
    if not 0 <= min_confidence <= 1:
        raise UsageError(f"min_confidence must lie between 0 and 1, not {min_confidence:g}.")


def _crs_wkt(floes: LabelledFloes) -> str | None:
    """What the labels' grid mapping says, if there is one."""
    for coordinate in floes.labels.coords.values():
        if "crs_wkt" in coordinate.attrs:
            return str(coordinate.attrs["crs_wkt"])
    return None


def _common_crs(first: LabelledFloes, second: LabelledFloes) -> str | None:
    from pyproj import CRS

    one, other = _crs_wkt(first), _crs_wkt(second)
    if one is None and other is None:
        return None
    named = [CRS.from_wkt(wkt) if wkt else None for wkt in (one, other)]
    if named[0] != named[1]:
        names = [crs.name if crs is not None else "none" for crs in named]
        raise UsageError(
            f"The CRS of the first floes is {names[0]}, that of the second {names[1]}: their "
            "metres cannot be compared. Bring both scenes onto grids of one CRS, with "
            "`icepair align … --grid EPSG:N@metres` or `--grid like:FILE`, and label again."
        )
    if named[0] is not None and named[0].is_geographic:
        raise UsageError(
            f"The floes lie on {named[0].name}, in degrees. Matching measures in metres: label "
            "them on a projected grid."
        )
    return one


def _candidates(
    outlines: tuple[Outlines, Outlines], farthest_m: float, edge_m: float, smallest_m: float
) -> tuple[Candidates | None, str]:
    """Registered pairs, or why there are none."""
    for floes, which in zip(outlines, ("first", "second"), strict=True):
        if not len(floes):
            return None, (
                f"The {which} scene has no whole floe of {smallest_m:g} m or more across; smaller "
                "ones, and those that touch an edge, have no outline to compare."
            )
    candidates = candidates_of(*outlines, farthest_m, edge_m)
    if not candidates.first.size:
        return None, (
            f"None of {len(outlines[0])} floes of the first scene has one of like size and shape "
            f"among {len(outlines[1])} of the second within {farthest_m / 1000:.1f} km."
        )
    return candidates, ""


def _table(
    candidates: Candidates,
    outlines: tuple[Outlines, Outlines],
    belief: FloatArray,
    chosen: BoolArray,
    edge_m: float,
) -> pd.DataFrame:
    """Chosen candidates, surest first."""
    import pandas as pd

    which = np.flatnonzero(chosen)
    which = which[np.argsort(-belief[which], kind="stable")]
    part = common_parts(candidates, *outlines, which)
    fit = candidates.fit[which]
    table = {
        "label_first": outlines[0].label[candidates.first[which]],
        "label_second": outlines[1].label[candidates.second[which]],
        "x": part.place[:, 0],
        "y": part.place[:, 1],
        "dx": part.displacement[:, 0],
        "dy": part.displacement[:, 1],
        "standard_error": standard_errors(fit, edge_m),
        "rotation": np.rad2deg(np.arctan2(np.sin(fit[:, 0]), np.cos(fit[:, 0]))),
        "overlap": part.overlap,
        "confidence": belief[which],
    }
    return pd.DataFrame(table)


def standard_errors(fit: FloatArray, edge_m: float) -> FloatArray:
    """(m,) standard error of each component of the displacement, metres.

    That of the least squares, the number of independent misfits lessened by the correlation of
    neighbouring ones (Bayley and Hammersley 1946, doi:10.2307/2983560), brought to what is found
    on scenes with known truth.
    """
    found = ERROR_FACTOR * np.sqrt(expected_variances(fit))
    return np.asarray(np.hypot(found, _ERROR_FLOOR_DETAILS * edge_m))


def expected_variances(fit: FloatArray) -> FloatArray:
    """(m,) variance of each component of the shift by the misfits, m2."""
    correlation = fit[:, 10]
    return np.asarray(0.5 * (fit[:, 7] + fit[:, 8]) * (1.0 + correlation) / (1.0 - correlation))


def _table_of_none() -> pd.DataFrame:
    import pandas as pd

    whole = ("label_first", "label_second")
    measured = ("x", "y", "dx", "dy", "standard_error", "rotation", "overlap", "confidence")
    return pd.DataFrame(
        {name: np.empty(0, np.int64) for name in whole} | {name: np.empty(0) for name in measured}
    )
