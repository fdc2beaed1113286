"""What a variable's attributes say of how its pixels were made from the product's."""

from __future__ import annotations

from icepair.resample.methods import METHODS, Method
from icepair.resample.source_map import ShiftMap, SourceMap

__all__ = ["resampling_attributes"]

_CELL_METHODS = {
    "area": "area: mean",
    "mode": "area: mode",
    "gaussian": "area: mean (comment: Gaussian weights, full width at half maximum {} m)",
}
"""CF's words where a value speaks of the pixel's area; others hold at its centre."""


def resampling_attributes(
    method: Method, source_map: SourceMap, *, is_flag: bool = False
) -> dict[str, str]:
    """Attributes ``resampling`` and, for means over an area, CF's ``cell_methods``.

    Parameters
    ----------
    method : Method
        Of the values.
    source_map : SourceMap
        Which pixel goes where.
    is_flag : bool
        Whether the variable has flags, which go by a method of their own.

    Returns
    -------
    dict
        ``resampling`` is ``none`` where the target has the product's own pixels.
    """
    if isinstance(source_map, ShiftMap) and method.keeps_pixels:
        return {"resampling": "none"}
    name = METHODS[method.flags].name if is_flag else method.name
    kind, _, width = name.partition("@")
    attributes = {"resampling": name}
    if kind in _CELL_METHODS:
        attributes["cell_methods"] = _CELL_METHODS[kind].format(width)
    return attributes
