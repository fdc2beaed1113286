"""``icepair teach``."""

from __future__ import annotations

import click

from icepair.cli.options import output_options

__all__ = ["command"]


@click.command(
    "teach", short_help="Teach the radar by the clear part of its pair.", no_args_is_help=True
)
@click.argument("folder", metavar="DIR")
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    help="File for the taught radar, of JSON.",
)
@click.option(
    "--s2-mask",
    default="spectral",
    show_default=True,
    metavar="NAME",
    help="Method that tells ice in the optical scene, the teacher.",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE where it exists.")
@output_options
def command(
    folder: str, out: str, s2_mask: str, overwrite: bool, as_json: bool, quiet: bool
) -> None:
    """Teach the radar of a pair by its optical scene, where that is clear.

    DIR is what icepair align wrote. FILE then holds a radar classifier that goes on under the
    cloud, and on other scenes like it: icepair align … --s1-mask taught:FILE. It is numbers and
    words alone, safe to take from strangers, and refuses scenes that it does not hold for.

    \b
    Examples
      Half of the tile is under cloud: teach, then align again with what was learnt:
        icepair align S1.nc S2.nc --out result
        icepair teach result --out radar.json
        icepair align S1.nc S2.nc --out taught --s1-mask taught:radar.json
    """  # noqa: D301 - \b is click's mark, not a backslash
    from icepair.cli.console import progress_bar, show
    from icepair.cli.teach_table import teach_table
    from icepair.pipeline.spelled import PARSERS
    from icepair.pipeline.teach import teach

    method = str(PARSERS["s2_mask"](s2_mask))
    with progress_bar(quiet) as progress:
        values = teach(folder, out, s2_mask=method, overwrite=overwrite, progress=progress)
    show(values, teach_table, as_json=as_json, quiet=quiet)
