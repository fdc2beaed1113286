"""The group of commands. Each lies in a module of its own that is loaded when it is asked for."""

from __future__ import annotations

import importlib

import click

__all__ = ["app"]

_COMMANDS = ("plan", "align", "teach", "change", "view", "simulate", "serve", "demo", "cache")

_HELP = """
Sentinel-1 and Sentinel-2 scenes of the same sea ice on one grid.

\b
  icepair demo                     the whole journey on simulated scenes
  icepair plan  S1.nc S2.nc        what would be read, onto which grid
  icepair align S1.nc S2.nc --out DIR
                                   the aligned pair and both ice concentrations

S1 is a Sentinel-1 GRD and S2 a Sentinel-2 L1C or L2A product, as the NBS archive writes them in
NetCDF: a file, or its OPeNDAP address (https://server/thredds/dodsC/….nc), of which only what the
pair needs is read. Products are recognised by what is in them, not by their names.

\b
Exit codes: 0 done, 2 usage, 3 bad input, 4 no overlap, 5 remote failed,
6 cannot write, 130 interrupted, 1 a bug.
"""


class _LazyGroup(click.Group):
    """A group in the order of the journey, whose commands are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"icepair.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


@click.command(
    cls=_LazyGroup,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="icepair", message="icepair %(version)s")
def app() -> None:
    """Take the words to a command."""
