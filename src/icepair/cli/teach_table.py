"""What a radar was taught, as people read it."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from icepair.pair.tables import percent, table

__all__ = ["teach_table"]

_BY_AREA = (
    "Note: no drift between the two looks could be believed, so that no cell was taught by its "
    "place: the radar was brought to the optical concentration of the clear area as a whole. That "
    "fits where the ice under the cloud is like the ice beside it."
)


def teach_table(values: dict[str, Any]) -> str:
    """Lessons, what they hold for, and how much ice the radar sees with them."""
    told, held = values["lessons"], values["validity"]
    right, down = told["displacement_m"]
    lessons = [
        ("Taught by", told["s2_product"] or "–"),
        ("Lessons", f"{told['cells']} cells of the radar, by {told['by']}"),
        ("Ice moved in between", f"{math.hypot(right, down) / 1000:.1f} km"),
        ("Ice by the optical scene", percent(told["concentration"])),
        ("Held-out error", f"{100 * told['held_out_error']:.1f} points"),
    ]
    if told["by"] == "area":
        del lessons[2]
    validity = [
        ("Holds for", f"{', '.join(held['polarisations'])} of {held['radar_spacing_m']:g} m"),
        ("Incidence angles", _degrees(held["incidence_deg"])),
        ("Season", f"month {held['month'] or '–'}, hemisphere {held['hemisphere'] or '–'}"),
    ]
    ice: list[tuple[str, ...]] = [("Ice concentration, radar's own area", "")]
    ice += [(f"  {name}", _with_error(values["s1"][name])) for name in ("taught", "untaught")]
    notes = [textwrap.fill(_BY_AREA, 100, initial_indent="  ", subsequent_indent=" " * 8)]
    ending = [("Taught radar", values["file"]), ("Took", f"{values['timings']['total_s']:.1f} s")]
    parts = [table(lessons, right=False), "", table(validity, right=False), "", table(ice)]
    if told["by"] == "area":
        parts += ["", *notes]
    return "\n".join([*parts, "", table(ending, right=False)])


def _degrees(angles: tuple[float, float] | None) -> str:
    return "–" if angles is None else f"{angles[0]:.1f} to {angles[1]:.1f} degrees"


def _with_error(found: dict[str, Any]) -> str:
    share = found["ice_concentration_own_area"]
    error = found["ice_concentration_own_area_uncertainty"]
    if share is None or error is None:
        return percent(share)
    return f"{100 * share:.1f} ± {100 * error:.1f} %"
