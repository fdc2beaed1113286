"""``icepair demo``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options

__all__ = ["command"]


@click.command("demo", short_help="The whole journey on simulated scenes.")
@click.argument("directory", metavar="[DIR]", default="icepair-demo")
@click.option("--seed", type=int, default=0, show_default=True, help="Which ice field.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier demo in DIR.")
@output_options
def command(directory: str, seed: int, overwrite: bool, as_json: bool, quiet: bool) -> None:
    """Run the whole journey on simulated scenes and print the truth beside the estimate.

    Simulates a Sentinel-1 and a Sentinel-2 scene of the same drifting ice in the archive's own
    format, serves them on this machine as icepair serve does, streams and aligns them as icepair
    align does, and compares with what is known to be true. DIR
    (icepair-demo unless given) then holds pair.nc, summary.json, GeoTIFFs, pictures, and the
    scenes with truth.nc in DIR/scenes.
    """
    from icepair.cli.console import demo_table, progress_bar, share_reporter, show
    from icepair.pipeline.demo import demonstrate

    with progress_bar(quiet) as bar:
        values: dict[str, Any] = demonstrate(
            directory,
            seed=seed,
            overwrite=overwrite,
            progress=bar,
            simulating=share_reporter(bar),
        )
    show(values, demo_table, as_json=as_json, quiet=quiet)
