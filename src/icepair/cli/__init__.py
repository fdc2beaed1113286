"""The command line: thin doors to what the package does."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``icepair``; None takes those of the process.
    """
    from icepair.cli.door import run

    raise SystemExit(run(arguments))
