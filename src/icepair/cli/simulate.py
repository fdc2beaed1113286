"""``icepair simulate``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options

__all__ = ["command"]

_TWO_INTEGERS = {"nargs": 2, "type": int}
_SETTINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("--seed", "seed", {"type": int, "help": "Another number, another ice field. [0]"}),
    ("--longitude", "longitude", {"type": float, "help": "Centre of the scene, degrees east."}),
    ("--latitude", "latitude", {"type": float, "help": "Centre of the scene, degrees north."}),
    ("--time", "time", {"metavar": "UTC", "help": "First radar line. [2019-08-27T05:23:57]"}),
    ("--lag", "lag_hours", {"type": float, "help": "Optical less radar time, hours. [7.2]"}),
    ("--drift", "drift_m_s", {"type": float, "help": "Speed of the ice, m/s; 0 is off. [0.3]"}),
    ("--drift-towards", "drift_towards_deg", {
        "type": float, "help": "Where the ice goes, degrees clockwise from north. [230]"}),
    ("--concentration", "concentration", {"type": float, "help": "Share of ice. [0.72]"}),
    ("--mode", "mode", {"metavar": "EW|IW", "help": "EW GRDM or IW GRDH. [EW]"}),
    ("--polarisation", "polarisations", {"metavar": "HH,HV", "help": "[HH,HV]"}),
    ("--pass", "pass_direction", {
        "metavar": "PASS", "help": "ascending or descending. [descending]"}),
    ("--incidence", "incidence_deg", {"type": float, "help": "Incidence at the centre, degrees."}),
    ("--unit", "unit", {"metavar": "S1A…S1D", "help": "Radar satellite. [S1B]"}),
    ("--surface", "surface", {
        "metavar": "SURFACE", "help": "Where the sea is: geoid, ellipsoid or metres. [geoid]"}),
    ("--wind", "wind_m_s", {"type": float, "help": "Wind over open water, m/s. [6]"}),
    ("--melt", "melt", {"type": float, "help": "Share of floes under melt ponds. [0.15]"}),
    ("--thin", "thin_share", {"type": float, "help": "Share of floes that are thin. [0.12]"}),
    ("--brash", "brash", {"type": float, "help": "Brash between the floes, 0-0.6. [0.25]"}),
    ("--lead-width", "lead_width_m", {
        "type": float, "help": "Half-width of leads, metres; 0 for none. [70]"}),
    ("--clouds", "cloud_cover", {"type": float, "help": "Share under opaque cloud. [0]"}),
    ("--cloud-ice", "cloud_ice_share", {
        "type": float, "help": "Share of that cloud that is of ice crystals. [0]"}),
    ("--cloud-variety/--no-cloud-variety", "cloud_variety", {
        "default": None, "help": "Draw spectrum and height of that cloud by the seed. "
        "[--no-cloud-variety]"}),
    ("--cirrus", "cirrus_cover", {"type": float, "help": "Share under thin cirrus. [0]"}),
    ("--land", "land_cover", {"type": float, "help": "Share of land. [0]"}),
    ("--baseline", "baseline", {
        "metavar": "NXXYY", "help": "Processing baseline; digital numbers are raised from N0400. "
        "[N0208]"}),
    ("--optical-unit", "optical_unit", {"metavar": "S2A…S2C", "help": "Satellite. [S2A]"}),
    ("--nodata", "nodata_share", {"type": float, "help": "Share beyond the swath's edge. [0.04]"}),
    ("--radar-shape", "radar_shape", {
        **_TWO_INTEGERS, "metavar": "LINES SAMPLES", "help": "Size of the radar image."}),
    ("--optical-shape", "optical_shape", {
        **_TWO_INTEGERS, "metavar": "ROWS COLUMNS", "help": "Size of the tile. [1500 2000]"}),
    ("--full", "full", {
        "is_flag": True, "default": None, "help": "Full-size products; takes minutes."}),
    ("--orbit/--no-orbit", "with_orbit", {
        "default": None, "help": "Orbit and ground-range records in the radar product. [--orbit]"}),
    ("--annotation", "annotation", {
        "metavar": "DIR", "help": "Orbit, grid, calibration and noise from a real product's "
        "annotation."}),
    ("--compression", "compression", {"type": int, "help": "Deflate level, 1-9. [1]"}),
)  # fmt: skip


def _with_settings(function: Any) -> Any:
    """Add every setting as an option; None means "the settings' own default"."""
    for flag, name, how in reversed(_SETTINGS):
        function = click.option(flag, name, **how)(function)
    return function


@click.command(
    "simulate", no_args_is_help=True, short_help="Write a pair of scenes with known truth."
)
@click.argument("directory", metavar="DIR")
@_with_settings
@click.option("--overwrite", is_flag=True, help="Write into a folder that is not empty.")
@output_options
def command(directory: str, overwrite: bool, as_json: bool, quiet: bool, **options: Any) -> None:
    """Write a Sentinel-1 and a Sentinel-2 scene of the same ice, and the truth beside them.

    The products have the archive's own layout, so that whatever reads the archive reads them.
    truth.nc says where every pixel really lies and how much of it was ice at either time. The
    same settings give the same bytes.

    \b
    Examples
      The default: clear sky, 72 % ice, 7 hours and 7.8 km of drift between the looks:
        icepair simulate scenes
      Antarctic, lying still, with cloud, a new processing baseline and no orbit:
        icepair simulate scenes --longitude 170 --latitude -75.5 --drift 0 \\
            --clouds 0.2 --baseline N0510 --no-orbit
    """  # noqa: D301 - \b is click's mark, not a backslash
    from icepair.cli.console import progress_bar, share_reporter, show

    settings = _settings(options)
    _refuse_full(directory, overwrite)

    from icepair.simulate import simulate_pair

    with progress_bar(quiet) as bar:
        made = simulate_pair(directory, settings, progress=share_reporter(bar))
    show(_values(made), _text, as_json=as_json, quiet=quiet)


def _settings(options: dict[str, Any]) -> Any:
    from pathlib import Path

    from icepair.simulate import PairSettings

    given = {name: value for name, value in options.items() if value is not None}
    if "polarisations" in given:
        given["polarisations"] = tuple(given["polarisations"].upper().replace(",", " ").split())
    if "annotation" in given:
        given["annotation"] = Path(given["annotation"])
    return PairSettings(**given)


def _refuse_full(directory: str, overwrite: bool) -> None:
    from pathlib import Path

    from icepair.errors import OutputError

    folder = Path(directory)
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            f"The folder {directory!r} exists and is not empty. Choose another one, or write "
            "into it with --overwrite."
        )


def _values(made: Any) -> dict[str, Any]:
    return {
        "s1": str(made.s1),
        "s2": str(made.s2),
        "truth": str(made.truth),
        "s1_ice_concentration": made.s1_ice_concentration,
        "s2_ice_concentration": made.s2_ice_concentration,
        "drift_m": made.drift_m,
        "lag_hours": made.lag_hours,
        "notes": list(made.notes),
    }


def _text(values: dict[str, Any]) -> str:
    from icepair.pair.tables import percent, table

    rows = [
        ("Sentinel-1", values["s1"]),
        ("Sentinel-2", values["s2"]),
        ("Truth", values["truth"]),
        (
            "True ice",
            f"{percent(values['s1_ice_concentration'])} when the radar looked, "
            f"{percent(values['s2_ice_concentration'])} when the optical sensor did",
        ),
        ("Between", f"{values['lag_hours']:+.2f} h and {values['drift_m'] / 1e3:.1f} km of drift"),
        *(("Note", note) for note in values["notes"]),
    ]
    return table(rows, right=False)
