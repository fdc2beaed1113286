"""``icepair demo``."""

from __future__ import annotations

import click

from icepair.cli.options import output_options

__all__ = ["command"]


@click.command("demo", short_help="The whole journey on simulated scenes.")
@click.argument("directory", metavar="[DIR]", default="icepair-demo")
@click.option("--seed", type=int, default=0, show_default=True, help="Which ice field.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier demo in DIR.")
@output_options
def command(directory: str, seed: int, overwrite: bool, as_json: bool, quiet: bool) -> None:
    """Run the whole journey on simulated scenes and print the truth beside the estimate."""
