"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["output_options", "quiet_option", "recipe_from", "recipe_options", "scenes"]

F = TypeVar("F", bound=Callable[..., Any])

_RECIPE_OPTIONS = (
    click.option(
        "--grid",
        metavar="GRID",
        help="Target grid: s2 (the optical scene's own 10 m; default), s1 (the radar's own lines "
        "and samples), CRS@metres, snapped to multiples of the spacing (EPSG:3413@40), or "
        "like:FILE for the grid of a raster.",
    ),
    click.option(
        "--bbox",
        nargs=4,
        type=float,
        metavar="W S E N",
        help="Keep only this box, in degrees. W above E crosses 180.",
    ),
    click.option(
        "--s1-window",
        metavar="L0:L1,S0:S1",
        help="Lines and samples of S1 that may be read, stops exclusive.",
    ),
    click.option(
        "--s2-window",
        metavar="R0:R1,C0:C1",
        help="Rows and columns of S2 that may be read, stops exclusive.",
    ),
    click.option("--bands", metavar="B02,B03,…", help="Optical bands [B02,B03,B04,B08]."),
    click.option("--polarisation", metavar="HH,HV", help="Polarisations of the radar [all]."),
    click.option(
        "--method",
        metavar="METHOD",
        help="How pixels come onto the grid: nearest (default), bilinear, cubic, lanczos, area "
        "(mean over what a pixel of the grid covers) or gaussian@METRES (of that width).",
    ),
    click.option(
        "--speckle",
        metavar="FILTER",
        help="Filter the radar before it is aligned: median:5, boxcar:5, refined-lee:7 or "
        "gamma-map:7; other sizes and a number of looks can be said, gamma-map:5:9.5 [none].",
    ),
    click.option(
        "--balance/--no-balance",
        default=None,
        help="Even out thermal noise left in HV or VH between sub-swaths, by the steps at their "
        "borders.",
    ),
    click.option(
        "--incidence",
        metavar="ANGLE[:LAW]",
        help="Bring backscatter to one angle: 30 (slopes of sea ice), 30:-0.2 (dB per degree), "
        "30:HH=-0.24,HV=-0.16 or 30:cos2 [none].",
    ),
    click.option(
        "--nesz/--no-nesz",
        default=None,
        help="Also give the backscatter that thermal noise alone would make.",
    ),
    click.option(
        "--land",
        metavar="LAND",
        help="Where land is: auto (the coastline of icepair[land], if installed; default), none, "
        "osm or gshhg (each by its package), or a file of polygons (GeoJSON) or of a mask "
        "(GeoTIFF, not 0 on land).",
    ),
    click.option(
        "--coast-buffer",
        "coast_buffer_m",
        type=float,
        metavar="METRES",
        help="Widen land by so much on the ground [0].",
    ),
    click.option(
        "--clouds",
        metavar="WHO",
        help="Who tells cloud: auto (the product's masks and tests on B03 and B11; default), "
        "product, tests (B10 too), s2cloudless (with icepair[clouds]) or none.",
    ),
    click.option(
        "--surface",
        metavar="SURFACE",
        help="Where the sea is: geoid (default), ellipsoid, or metres above the ellipsoid.",
    ),
    click.option(
        "--preset",
        metavar="PRESET",
        help="How ice is told from water: default, or tutorial for the arithmetic of the old "
        "tutorial, faults included, so that results can be compared.",
    ),
    click.option(
        "--s1-mask",
        metavar="NAME",
        help="Method that tells ice in the radar scene; above:HV:-24 for one value in decibels, "
        "taught:FILE for what icepair teach wrote.",
    ),
    click.option(
        "--s2-mask",
        metavar="NAME",
        help="Method that tells ice in the optical scene; above:B03:0.25 for one reflectance.",
    ),
    click.option(
        "--cells",
        metavar="METRES",
        help="Also give concentrations on equal-area cells of this side, or none [1000].",
    ),
    click.option(
        "--floes/--no-floes",
        default=None,
        help="Also label and measure the floes that each sensor saw: floes_s1.geojson, "
        "floes_s2.geojson, and GeoParquet with icepair[floes].",
    ),
    click.option(
        "--match/--no-match",
        default=None,
        help="Also find the same floes in both scenes and their drift: matches.csv, "
        "matches.geojson.",
    ),
    click.option(
        "--source-position/--no-source-position",
        default=None,
        help="Also give line and sample in the radar product for every pixel.",
    ),
    click.option(
        "--drift",
        "drift_m_s",
        type=float,
        metavar="M/S",
        help="Speed of the ice, for the drift expected between the looks [0.3].",
    ),
    click.option(
        "--format",
        metavar="FORMAT",
        help="How the pair is written: netcdf (pair.nc; default) or zarr (pair.zarr, needs the "
        "extra icepair[zarr]).",
    ),
    click.option(
        "--s1-bands",
        metavar="VV,VH",
        help="Bands of a radar GeoTIFF in their order, - for one to leave out.",
    ),
    click.option("--s1-units", metavar="UNITS", help="Its units: linear or db."),
    click.option("--s1-time", metavar="TIME", help="When it was seen: ISO 8601, UTC."),
    click.option(
        "--s2-bands",
        metavar="B02,B03,…",
        help="Bands of an optical GeoTIFF in their order, - for one to leave out.",
    ),
    click.option("--s2-units", metavar="UNITS", help="Its units: dn or reflectance."),
    click.option(
        "--s2-offset",
        type=float,
        metavar="NUMBER",
        help="Added to its digital numbers: -1000 since baseline 04.00, else 0.",
    ),
    click.option(
        "--s2-quantification",
        type=float,
        metavar="NUMBER",
        help="Divisor of its digital numbers [10000].",
    ),
    click.option("--s2-time", metavar="TIME", help="When it was seen: ISO 8601, UTC."),
    click.option(
        "--recipe",
        metavar="FILE.toml",
        help="Take these settings from a file; options on the command line win.",
    ),
)


def recipe_options(function: F) -> F:
    """Add every option that a recipe has; None means "not given"."""
    for option in reversed(_RECIPE_OPTIONS):
        function = option(function)
    return function


def recipe_from(options: dict[str, Any]) -> Any:
    """Recipe of the command line: the file's values, overridden by explicit options."""
    from icepair.pipeline.recipe import Recipe

    file = options.pop("recipe")
    return Recipe.from_toml(file, **options) if file else Recipe.from_options(**options)


def _one_or_several(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> str | tuple[str, ...]:
    """The optical product, or those of one tile and day that are merged."""
    return given[0] if len(given) == 1 else given


def scenes(function: F) -> F:
    """Add the two products as arguments."""
    function = click.argument(
        "s2", metavar="S2...", nargs=-1, required=True, callback=_one_or_several
    )(function)
    return click.argument("s1", metavar="S1")(function)


def quiet_option(function: F) -> F:
    """Add ``--quiet``."""
    return click.option("--quiet", "-q", is_flag=True, help="No progress, no table.")(function)


def output_options(function: F) -> F:
    """Add ``--json`` and ``--quiet``."""
    function = quiet_option(function)
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, and only JSON, to standard output."
    )(function)
