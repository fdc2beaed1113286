"""From an error of any kind to a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from icepair import _stop
from icepair.cli.app import app
from icepair.errors import IcepairError

__all__ = ["run"]

INTERRUPTED, TERMINATED, OUR_MISTAKE = 130, 143, 1


def run(arguments: Sequence[str] | None = None) -> int:
    """Exit code of a command after it ran; messages go to standard error.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``icepair``; None takes those of the process.
    """
    # A polite kill unwinds like an error does, so that the half-written folder is removed.
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, _interrupt)
    sys.unraisablehook = _unraisable
    try:
        return int(app.main(arguments, prog_name="icepair", standalone_mode=False) or 0)
    except click.exceptions.ClickException as error:
        error.show()
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("icepair: stopped; nothing half-written was left.", err=True)
        return INTERRUPTED
    except IcepairError as error:
        click.echo(f"icepair: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader (head, less) has gone; the interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _stopped(error) or _our_mistake(error)


def _terminate(*_: object) -> None:
    _stop.request(SystemExit(TERMINATED))


def _interrupt(*_: object) -> None:
    _stop.request(KeyboardInterrupt())


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a stop that fell into a destructor: the request stands."""
    if lost.exc_type not in (KeyboardInterrupt, SystemExit):
        sys.__unraisablehook__(lost)


def _stopped(error: BaseException | None) -> int | None:
    """Exit code where compiled code turned a stop into a SystemError of its own."""
    while isinstance(error, SystemError):
        error = error.__cause__ or error.__context__
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return TERMINATED if isinstance(error, SystemExit) else None


def _our_mistake(error: Exception) -> int:
    if os.environ.get("ICEPAIR_DEBUG", "") not in ("", "0"):
        traceback.print_exception(error)
    click.echo(
        f"icepair: {type(error).__name__}: {error}\n"
        "This is a bug in icepair, not a mistake of yours. Please report it with the whole "
        "command;\nICEPAIR_DEBUG=1 before the command prints where it happened.",
        err=True,
    )
    return OUR_MISTAKE
