"""``icepair serve``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from icepair.cli.options import quiet_option

if TYPE_CHECKING:
    from icepair.dap.server import Running

__all__ = ["command"]

_PASSWORD = "ICEPAIR_SERVE_PASSWORD"


@click.command(
    "serve", no_args_is_help=True, short_help="Serve a folder of NetCDF files by OPeNDAP."
)
@click.argument("directory", metavar="DIR")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8080, show_default=True, help="0 takes a free one.")
@click.option(
    "--sign-in",
    metavar="USER[:PASSWORD]",
    help=f"Ask everyone to sign in. Without a password that of {_PASSWORD} is taken, which other "
    "users of the machine cannot see.",
)
@click.option(
    "--limit", type=float, metavar="MB", help="Most that one DAP2 request may ask for. [500]"
)
@click.option(
    "--limit-reply",
    type=click.Choice(["status", "body"]),
    default="status",
    show_default=True,
    help="Refuse more with status 403, or with an Error in a reply of status 200.",
)
@click.option("--dap4-limit", type=float, metavar="MB", help="Most of one DAP4 reply. [100]")
@click.option("--compress/--no-compress", default=True, help="Compress replies when asked to.")
@quiet_option
def command(
    directory: str,
    host: str,
    port: int,
    sign_in: str | None,
    limit: float | None,
    limit_reply: str,
    dap4_limit: float | None,
    compress: bool,
    quiet: bool,
) -> None:
    """Serve the NetCDF-4 files of DIR and its sub-folders by OPeNDAP, until interrupted.

    Behaves as THREDDS 5 does: DAP2 under /dodsC/, DAP4 under /dap4/, whole files and byte ranges
    under /fileServer/, a list in /catalog.xml. It is meant for demonstration, for tests and for a
    network that you trust; only this machine reaches it unless --host says otherwise.

    \b
    Examples
      Scenes with known truth, read over the network:
        icepair simulate scenes
        icepair serve scenes
      Any free port, and a user who must sign in:
        ICEPAIR_SERVE_PASSWORD=… icepair serve scenes --port 0 --sign-in anna
    """  # noqa: D301 - \b is click's mark, not a backslash
    import threading

    from icepair.dap.server import serve

    settings: dict[str, object] = {"limit_reply": limit_reply, "compress": compress}
    if sign_in is not None:
        settings["sign_in"] = _credentials(sign_in)
    if limit is not None:
        settings["limit_bytes"] = int(limit * 1e6)
    if dap4_limit is not None:
        settings["dap4_limit_bytes"] = int(dap4_limit * 1e6)
    with serve(directory, host=host, port=port, **settings) as running:
        if not quiet:
            _warn(host, sign_in is not None)
            click.echo(_addresses(running))
        threading.Event().wait()


def _credentials(text: str) -> tuple[str, str]:
    from icepair.errors import UsageError

    user, _, password = text.partition(":")
    password = password or os.environ.get(_PASSWORD, "")
    if not user or not password:
        raise UsageError(
            f"--sign-in {text!r} needs a user and a password: USER:PASSWORD, or the password in "
            f"the variable {_PASSWORD}."
        )
    return user, password


def _warn(host: str, signed_in: bool) -> None:
    if host in ("127.0.0.1", "::1", "localhost"):
        return
    seen = "passwords included" if signed_in else "and whoever reaches it reads every dataset"
    click.echo(
        f"Listening on {host}: other machines may reach this server. It is meant for "
        f"demonstration, tests and a network that you trust. Nothing is encrypted, {seen}.",
        err=True,
    )


def _addresses(running: Running) -> str:
    count = len(running.datasets)
    plural = "" if count == 1 else "s"
    lines = [f"Serving {count} dataset{plural} at {running.url}/ until Ctrl-C"]
    lines += [f"  {running.url}/dodsC/{name}" for name in running.datasets]
    return "\n".join(lines)
