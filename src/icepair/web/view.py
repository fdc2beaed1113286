"""Starting and stopping the map."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from icepair._serving import listening, running
from icepair.errors import DamagedFileError, UsageError
from icepair.web.app import PAGE, application
from icepair.web.results import Result, results_in

__all__ = ["Viewing", "view"]

_HOST = "127.0.0.1"
_PORT = 8090
_CONNECTIONS = 64


@dataclass(frozen=True)
class Viewing:
    """A map that can be opened."""

    url: str
    """Address of the page."""
    results: tuple[Result, ...]
    """What it shows."""
    problems: tuple[str, ...]
    """What is missing or damaged; the page says it too."""


@contextmanager
def view(directory: str | os.PathLike[str], *, port: int | None = None) -> Iterator[Viewing]:
    """Map of a result folder, served to this machine alone for as long as the context lasts.

    Parameters
    ----------
    directory : path
        A folder that ``icepair align`` wrote, or one with such folders in it.
    port : int, optional
        0 takes one that is free; None takes 8090, or a free one where that is taken.

    Raises
    ------
    InputError
        There is no such folder, or no result in it.
    UsageError
        The port is taken or makes no sense, or the page was not built.

    Examples
    --------
    >>> import tempfile
    >>> with view(tempfile.mkdtemp()):
    ...     pass
    Traceback (most recent call last):
        ...
    icepair.errors.InputError: ...
    """
    results = results_in(directory)
    if not (PAGE / "index.html").is_file():
        raise UsageError(
            "The page of the map was not built into this installation. In a checkout of the "
            "repository run: make viewer."
        )
    problems = tuple(problem for result in results for problem in _problems(result))
    chosen = _usual_or_free() if port is None else port
    app = application(results)
    with running(app, _HOST, chosen, connections=_CONNECTIONS, name="icepair-view") as (url, _):
        yield Viewing(f"{url}/", results, problems)


def _usual_or_free() -> int:
    """The same port as last time where that is possible, so that links go on to lead here."""
    try:
        listening(_HOST, _PORT).close()
    except UsageError:
        return 0
    return _PORT


def _problems(result: Result) -> list[str]:
    try:
        return [f"{result.name}: {problem}" for problem in result.problems()]
    except DamagedFileError as error:
        return [str(error)]
