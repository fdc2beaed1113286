"""A folder that appears under its name only when everything in it is complete."""

from __future__ import annotations

import glob
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icepair._held import hold, sweep
from icepair.errors import OutputError

__all__ = ["staged"]

_LAST = "summary.json"
"""Its presence says that the rest is complete: it goes first and comes last."""


@contextmanager
def staged(out: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Folder to write into, which takes its final name when the block ends without an error.

    Until then, and after any error, nothing under the final name has changed. A kill that
    cannot be caught leaves a hidden folder ``.NAME.….partial`` beside it, which the next run
    for the same name removes. Files in an existing folder that an earlier result did not put there
    are left alone.

    Parameters
    ----------
    out : str or Path
        The final folder. Parents are made.
    overwrite : bool
        Whether an existing folder that is not empty may get the result.

    Raises
    ------
    OutputError
        The folder is not empty and `overwrite` is false, or cannot be written.
    """
    final = Path(out).expanduser().resolve()
    _refuse(final, overwrite)
    folder = final.parent / f".{final.name}.{os.getpid()}-{secrets.token_hex(3)}.partial"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"No folder can be made in {str(final.parent)!r}: {error.strerror}. "
            "Choose another place with --out."
        ) from error
    held = hold(folder)
    sweep(final.parent.glob(f".{glob.escape(final.name)}.*-*.partial"))
    try:
        yield folder
        _install(folder, final)
    except OutputError as error:
        # The user knows the final name, not ours.
        message = str(error).replace(str(folder), str(final))
        raise OutputError(f"{message} Nothing has changed in {str(final)!r}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def _refuse(final: Path, overwrite: bool) -> None:
    if final.exists() and not final.is_dir():
        raise OutputError(f"{str(final)!r} is a file; the result needs a folder of its own.")
    if not overwrite and final.is_dir() and any(final.iterdir()):
        raise OutputError(
            f"The folder {str(final)!r} exists and is not empty. Choose another one, or replace "
            "the result in it with --overwrite."
        )


def _install(folder: Path, final: Path) -> None:
    try:
        if final.exists():
            _replace(folder, final)
        else:
            folder.rename(final)
    except OSError as error:
        raise OutputError(
            f"The complete result could not be moved to its place: {error.strerror}."
        ) from error


def _replace(folder: Path, final: Path) -> None:
    """Move file by file, so that a foreign file or a mount point in the way does no harm."""
    earlier = _files_of(final / _LAST)
    (final / _LAST).unlink(missing_ok=True)
    names = sorted((path.name for path in folder.iterdir()), key=lambda name: (name == _LAST, name))
    for name in names:
        _put_aside(final / name, folder)
        (folder / name).replace(final / name)
    for name in earlier - set(names):
        _put_aside(final / name, folder)
        if not (final / name).is_dir():
            (final / name).unlink(missing_ok=True)


def _put_aside(store: Path, folder: Path) -> None:
    """Move an earlier store out of the way, because nothing can be moved over a folder.

    What is in `folder` in the end is removed. A folder of another kind is none of ours.
    """
    if store.suffix == ".zarr" and store.is_dir():
        store.replace(folder / f"earlier {store.name}")


def _files_of(summary: Path) -> set[str]:
    """Names of files that an earlier result says it wrote, none that leads out of the folder."""
    try:
        names = json.loads(summary.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if isinstance(name, str) and name == Path(name).name}
