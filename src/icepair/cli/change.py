"""``icepair change``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options

__all__ = ["command"]


@click.command(
    "change", short_help="What changed between results of an area.", no_args_is_help=True
)
@click.argument("folders", metavar="DIR DIR...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    help="Folder for the result. It appears when everything in it is complete.",
)
@click.option(
    "--drift",
    multiple=True,
    metavar="FILE|DX,DY",
    help="How far the ice moved from one pair to the next: metres along the grid's x and y, or "
    "NetCDF with dx and dy. Repeat it for every further step. The ice before is moved first, so "
    "that motion alone is no change.",
)
@click.option(
    "--sensor",
    type=click.Choice(("s1", "s2", "both")),
    default="both",
    show_default=True,
    help="Whose changes are wanted.",
)
@click.option(
    "--cells",
    "cell_m",
    type=float,
    default=1000.0,
    metavar="METRES",
    help="Side of the cells of the maps [1000].",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an earlier result in DIR. It stays until the new one is complete; other files "
    "in DIR are left alone.",
)
@output_options
def command(
    folders: tuple[str, ...],
    out: str,
    drift: tuple[str, ...],
    sensor: str,
    cell_m: float,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what changed between what icepair align wrote to two or more DIR, earliest first.

    The pairs have to lie on one grid, or on parts of it; icepair align --grid like:DIR/pair.nc puts
    a pair onto the grid of another.

    The result has change.nc (concentrations by time, changes with their errors and significance,
    maps on cells; CF), change_pixels.nc (ice gained, lost, stayed, moved), summary.json and
    pictures.

    \b
    Examples
      Two pairs of one tile:
        icepair change monday wednesday --out since-monday
      The ice drifted 1.2 km along x and 350 m against y; the radar alone:
        icepair change monday wednesday --out since-monday \\
            --drift 1200,-350 --sensor s1
      A week, with a drift field for each step:
        icepair change day1 day3 day7 --out week \\
            --drift drift13.nc --drift drift37.nc
    """  # noqa: D301 - \b is click's mark, not a backslash
    from icepair.cli.change_table import change_table
    from icepair.cli.console import progress_bar, show
    from icepair.pipeline.change import change

    with progress_bar(quiet) as progress:
        summary = change(
            folders, out, drift=drift, sensor=sensor, cell_m=cell_m, overwrite=overwrite,
            progress=progress,
        )  # fmt: skip
    values: dict[str, Any] = {**summary.values, "folder": str(summary.folder)}
    show(values if not as_json else summary.values, change_table, as_json=as_json, quiet=quiet)
