"""``icepair align``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options, recipe_from, recipe_options, scenes

__all__ = ["command"]


@click.command("align", short_help="One grid, two ice concentrations.", no_args_is_help=True)
@scenes
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    help="Folder for the result. It appears when everything in it is complete.",
)
@recipe_options
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an earlier result in DIR. It stays until the new one is complete; other files "
    "in DIR are left alone.",
)
@output_options
def command(
    s1: str,
    s2: str | tuple[str, ...],
    out: str,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Put S1 and S2 on one grid and say how much sea ice each of them saw.

    DIR then holds pair.nc (both sensors on one grid, CF), summary.json (concentrations, times,
    position error, provenance), cloud-optimised GeoTIFFs and pictures.

    S1 and S2 are NetCDF of the Norwegian archive (a path, or an OPeNDAP address), SAFE folders or
    zips, or GeoTIFFs that lie on a map (a file, or a folder of bands). Several S2 of one tile and
    day are merged.

    \b
    Examples
      The overlap of both scenes on the optical scene's own 10 m grid:
        icepair align S1B_EW_GRDM_….nc S2A_MSIL1C_….nc --out result
      Streamed from an archive; an interrupted run goes on where it stopped:
        icepair align https://server/thredds/dodsC/S1B_EW_GRDM_….nc \\
            https://server/thredds/dodsC/S2A_MSIL1C_….nc --out result
      SAFE as it was fetched; the tile came in two products:
        icepair align S1A_EW_GRDM_….zip S2B_MSIL1C_….SAFE \\
            S2B_MSIL1C_….zip --out result
      A polar grid of 40 m over a box, radar interpolated:
        icepair align S1.nc S2.nc --out result --grid EPSG:3413@40 \\
            --bbox 58 81.2 62 81.8 --method bilinear
      Less speckle, edges kept:
        icepair align S1.nc S2.nc --out result --speckle refined-lee:7
      The windows and the arithmetic of the tutorial:
        icepair align S1.nc S2.nc --out result --preset tutorial \\
            --s1-window 5400:6400,3000:4000 --s2-window 0:1500,0:2000
    """  # noqa: D301 - \b is click's mark, not a backslash
    recipe = recipe_from(options)

    from icepair.cli.console import progress_bar, result_table, show
    from icepair.pipeline.run import align

    with progress_bar(quiet) as progress:
        summary = align(s1, s2, out, recipe, overwrite=overwrite, progress=progress)
    values = {**summary.values, "folder": str(summary.folder)}
    show(values if not as_json else summary.values, result_table, as_json=as_json, quiet=quiet)
