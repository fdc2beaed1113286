"""``icepair simulate``."""

from __future__ import annotations

from typing import Any

import click

from icepair.cli.options import output_options

__all__ = ["command"]


@click.command(
    "simulate", short_help="Write a pair of scenes with known truth.", no_args_is_help=True
)
@click.argument("directory", metavar="DIR")
@output_options
def command(directory: str, as_json: bool, quiet: bool, **settings: Any) -> None:
    """Write a Sentinel-1 and a Sentinel-2 scene of the same ice, with the truth beside them."""
