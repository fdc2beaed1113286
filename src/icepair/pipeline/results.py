"""Folders that ``icepair align`` wrote, read again."""

from __future__ import annotations

from pathlib import Path

from icepair.errors import DamagedFileError, InputError
from icepair.write.formats import FORMATS, PairFormat

__all__ = ["form_of_result", "unreadable"]


def form_of_result(folder: Path, reader: str) -> PairFormat:
    """Format in which a result holds its pair.

    Parameters
    ----------
    folder : Path
    reader : str
        Command that needs it, for the message.

    Raises
    ------
    InputError
        The folder is no result.
    DamagedFileError
        Its pair is missing.
    UsageError
        A package that reads the format is missing.
    """
    if not (folder / "summary.json").is_file():
        raise InputError(
            f"{str(folder)!r} is no result of icepair align: it has no summary.json. Give folders "
            "that were named with icepair align … --out DIR."
        )
    form = next((f for f in FORMATS.values() if (folder / f.file).exists()), None)
    if form is None:
        raise DamagedFileError(
            f"{str(folder)!r} has a summary but no {' or '.join(f.file for f in FORMATS.values())};"
            f" what {reader} reads is missing. Align the pair anew with --overwrite."
        )
    form.require()
    return form


def unreadable(path: Path, error: Exception) -> DamagedFileError:
    """What to raise where a result's pair is there but cannot be read."""
    return DamagedFileError(
        f"{str(path)!r} cannot be read: {error}. It is damaged or was cut short; align the pair "
        "anew with --overwrite."
    )
