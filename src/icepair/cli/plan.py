"""``icepair plan``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options, recipe_from, recipe_options, scenes

__all__ = ["command"]


@click.command("plan", short_help="Say what would be read, onto which grid.", no_args_is_help=True)
@scenes
@recipe_options
@output_options
def command(s1: str, s2: str | tuple[str, ...], as_json: bool, quiet: bool, **options: Any) -> None:
    """Say what align would read, onto which grid, and how exact it would be.

    Only metadata is read. For products on a server it says how many bytes and requests align would
    take. Takes the same options as align.

    \b
    Examples
        icepair plan S1B_EW_GRDM_….nc S2A_MSIL1C_….nc
        icepair plan S1A_EW_GRDM_….zip S2B_MSIL1C_….SAFE
        icepair plan S1.nc S2.nc --grid EPSG:3413@40 --json
    """  # noqa: D301 - \b is click's mark, not a backslash
    recipe = recipe_from(options)

    from icepair.cli.console import show
    from icepair.pair.tables import plan_table
    from icepair.pipeline.run import describe_plan

    show(describe_plan(s1, s2, recipe), plan_table, as_json=as_json, quiet=quiet)
