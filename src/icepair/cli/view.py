"""``icepair view``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from icepair.cli.options import quiet_option

if TYPE_CHECKING:
    from icepair.web import Viewing

__all__ = ["command"]


@click.command("view", no_args_is_help=True, short_help="Look at a result on a map.")
@click.argument("directory", metavar="DIR")
@click.option("--port", type=int, metavar="N", help="Port to listen on; 0 takes a free one. [8090]")
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@quiet_option
def command(directory: str, port: int | None, no_browser: bool, quiet: bool) -> None:
    """Look at what icepair align wrote to DIR on a map in the browser, until interrupted.

    The map is in the projection of the pair: radar beside optical, their ice masks, reasons for no
    answer, numbers at the cursor, thresholds to try. A folder with several results in it gets a
    line of time. Only this machine reaches it, and it asks no other machine for anything.

    \b
    Examples
      A pair to look at:
        icepair demo
        icepair view icepair-demo
      On a machine without a screen, to be opened through a tunnel:
        icepair view DIR --no-browser --port 8090
    """  # noqa: D301 - \b is click's mark, not a backslash
    import threading
    import webbrowser

    from icepair.web import view

    with view(directory, port=port) as viewing:
        _warn(viewing)
        if not quiet:
            click.echo(f"{_what(viewing)} at {viewing.url} until Ctrl-C")
        if not no_browser:
            webbrowser.open(viewing.url)
        threading.Event().wait()


def _warn(viewing: Viewing) -> None:
    for problem in viewing.problems:
        click.echo(problem, err=True)


def _what(viewing: Viewing) -> str:
    count = len(viewing.results)
    return f"Showing {viewing.results[0].name}" if count == 1 else f"Showing {count} results"
