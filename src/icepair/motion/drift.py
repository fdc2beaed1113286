"""Matches as a sparse field of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icepair.motion.matches import Matches

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["drift_field"]

_DESCRIBED = {
    "dx": ("displacement of the ice along x", "m"),
    "dy": ("displacement of the ice along y", "m"),
    "standard_error": ("standard error of dx and of dy, each", "m"),
    "rotation": ("rotation of the floe, counter-clockwise", "degree"),
    "confidence": ("probability that the floes are the same", "1"),
}


def drift_field(matches: Matches) -> xr.Dataset:
    """Displacements at the floes that were matched, with their errors and the velocity.

    Parameters
    ----------
    matches : Matches
        As `match_floes` gives them.

    Returns
    -------
    Dataset
        On ``floe``, with coordinates ``x`` and ``y`` (metres of the CRS, in the first scene):
        ``dx``, ``dy``, ``standard_error`` (m), ``rotation`` (degrees), ``confidence``, and
        ``u``, ``v`` (m/s along x and y: mean over the time between). Sparse: nothing is said
        between the floes. ``spatial_ref`` where the CRS is known.
    """
    import xarray as xr

    table, seconds = matches.table, 3600.0 * matches.hours
    field = xr.Dataset(coords={
        name: ("floe", table[name].to_numpy(), {"long_name": f"{name} in the first scene",
                                                "units": "m"})
        for name in ("x", "y")
    }, attrs={"hours": matches.hours})  # fmt: skip
    for name, (long_name, units) in _DESCRIBED.items():
        described = {"long_name": long_name, "units": units}
        field[name] = ("floe", table[name].to_numpy(), described)
    for name, along in (("u", "dx"), ("v", "dy")):
        described = {"long_name": f"mean velocity of the ice along {along[1]}", "units": "m s-1"}
        field[name] = ("floe", table[along].to_numpy() / seconds, described)
    if matches.crs_wkt is not None:
        field = field.assign_coords(spatial_ref=((), 0, {"crs_wkt": matches.crs_wkt}))
    return field
