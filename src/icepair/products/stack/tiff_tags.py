"""Whether all tags of a TIFF lie inside the file.

They may stand at its end. libtiff leaves out one that was cut off, with a warning: the pixels are
read, and the number for nothing, the scale and the offset, the time are gone without an error.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from icepair.errors import DamagedFileError

__all__ = ["refuse_cut_tags"]

_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8,
    18: 8,
}  # fmt: skip
"""Of one value, by the type of a tag."""
_MOST_DIRECTORIES = 256
_MOST_TAGS = 4096


def refuse_cut_tags(path: Path) -> None:
    """Refuse a TIFF with a tag beyond its end; what is no TIFF is left to its reader.

    Raises
    ------
    DamagedFileError
        There is such a tag.
    """
    try:
        with path.open("rb") as file:
            ends = [(end, tag) for tag, end in _ends_of_tags(file)]
            size = file.seek(0, os.SEEK_END)
    except (struct.error, OSError):  # no TIFF, or one that GDAL refuses as well
        return
    end, tag = max(ends, default=(0, 0))
    if end > size:
        raise DamagedFileError(
            f"{path} was cut short: its tag {tag} should end at byte {end}, the file ends at "
            f"{size}. What it says of itself (time, scale, which number stands for nothing) is "
            "lost; fetch it again."
        )


def _ends_of_tags(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Number of each tag and the byte after its values, in all directories."""
    order = {b"II": "<", b"MM": ">"}.get(file.read(2), "")
    magic = _unpacked(file, f"{order}H")[0] if order else 0
    if magic not in (42, 43):
        return
    is_big = magic == 43
    if is_big:
        file.seek(8)
    count_form, pointer, inline = ("Q", "Q", 8) if is_big else ("H", "L", 4)
    (start,) = _unpacked(file, order + pointer)
    seen: set[int] = set()
    while start and start not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(start)
        file.seek(start)
        (count,) = _unpacked(file, order + count_form)
        for _ in range(min(count, _MOST_TAGS)):
            tag, kind, values = _unpacked(file, f"{order}HH{pointer}")
            (place,) = _unpacked(file, order + pointer)
            length = values * _BYTES.get(kind, 0)
            if length > inline:
                yield tag, place + length
        (start,) = _unpacked(file, order + pointer)


def _unpacked(file: IO[bytes], form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
