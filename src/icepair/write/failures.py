"""What every writer needs: failures of the disk told in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icepair.errors import OutputError

__all__ = ["writing"]

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose a folder on another disk",
    errno.EDQUOT: "your quota on that disk is used up; free some space or choose another disk",
    errno.EFBIG: "the file would be larger than the system allows (see `ulimit -f`)",
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "operation not permitted; choose a folder that you may write to",
    errno.EROFS: "the disk is mounted read-only; choose a folder on another disk",
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn any failure of the disk while `path` is written into an `OutputError`.

    Raises
    ------
    OutputError
        Says which file, why and what to do.
    """
    from rasterio.errors import RasterioError

    try:
        yield
    except (OSError, RuntimeError, RasterioError) as error:
        # h5py and GDAL put the reason into the text of errors of their own, sometimes only
        # into the error that they were handling when a second one came.
        reason = _reason(error)
        if reason is None and not isinstance(error, OSError | RasterioError):
            raise
        raise OutputError(
            f"{str(path)!r} could not be written: "
            f"{reason or f'the disk may be full or not writable ({error})'}."
        ) from error


def _reason(error: BaseException | None) -> str | None:
    while error is not None:
        # Only Python's own errors carry the system's number; GDAL's carry GDAL's.
        number = (
            error.errno
            if type(error).__module__ == "builtins" and isinstance(error, OSError)
            else None
        )
        for code, reason in _REASONS.items():
            if (
                number == code
                or f"errno = {code}," in str(error)
                or os.strerror(code) in str(error)
            ):
                return reason
        error = error.__cause__ or error.__context__
    return None
