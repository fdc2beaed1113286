"""Where the files of a product lie: a folder or a zip.

A product comes from strangers: names in a zip, links in a folder and references in XML may point
anywhere. Names pass `member_name`, links out of a folder are refused, and so is what unpacks to far
more than it was.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar

from icepair.errors import DamagedFileError, UnsupportedProductError

__all__ = ["FolderStore", "Store", "ZipStore", "list_zip", "member_name"]

_HIGHEST_RATIO = 200
"""Compression that metadata does not reach (10 to 40 times); zip bombs begin at 1000."""
_MOST_MEMBERS = 20_000
_PIECE = 2**22
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of packing that GDAL reads; Windows packs what is large by another one."""
_DRIVE = re.compile(r"[A-Za-z]:")


class Store(ABC):
    """Where members lie."""

    packed: ClassVar[bool]
    """Whether it is a zip."""
    names: frozenset[str]
    """Paths of all members below the product's top folder."""

    @abstractmethod
    def opened(self, member: str) -> AbstractContextManager[IO[bytes]]:
        """Member as a stream; what fails while it is open is a `DamagedFileError`."""

    @abstractmethod
    def gdal_path(self, member: str) -> str:
        """Name by which GDAL opens a member."""

    def read(self, member: str, limit: int) -> bytes:
        """First bytes of a member, one more than `limit` at the most."""
        with self.opened(member) as stream:
            return stream.read(limit + 1)

    def pieces(self, member: str) -> Iterator[bytes]:
        """All bytes of a member, some megabytes at a time."""
        with self.opened(member) as stream:
            yield from iter(lambda: stream.read(_PIECE), b"")


def member_name(reference: str, address: str) -> str:
    """Path below the top folder that a reference in a zip or in XML means.

    Parameters
    ----------
    reference
        As written there: ``./annotation/s1a-….xml``.
    address
        The product, for the message.

    Raises
    ------
    DamagedFileError
        The reference leaves the product: absolute, with a drive letter, or with ``..``.
    """
    parts = PurePosixPath(reference).parts
    outside = reference.startswith(("/", "~")) or ".." in parts or _DRIVE.match(reference)
    if outside or "\\" in reference or "\0" in reference or not parts:
        raise DamagedFileError(
            f"{address} refers to a file outside itself, {reference!r}: a Sentinel product "
            "never does. It is not opened; fetch it from the archive again."
        )
    return "/".join(parts)


class FolderStore(Store):
    """Members as files below a folder; links to folders are not followed.

    Raises
    ------
    DamagedFileError
        A file is a link out of the folder.
    """

    packed = False

    def __init__(self, root: Path, address: str) -> None:
        self._root = root.resolve()
        self._address = address
        self.names = frozenset(self._listed())

    def _listed(self) -> Iterator[str]:
        count = 0
        for folder, _, names in os.walk(self._root):
            count += len(names)
            if count > _MOST_MEMBERS:
                raise _too_many(self._address)
            for path in (Path(folder, name) for name in names):
                member = path.relative_to(self._root).as_posix()
                if path.is_symlink() and not path.resolve().is_relative_to(self._root):
                    raise DamagedFileError(
                        f"{member} of {self._address} is a link to a file outside the product; "
                        "put the file itself in its place."
                    )
                if path.is_file():
                    yield member

    @contextlib.contextmanager
    def opened(self, member: str) -> Iterator[IO[bytes]]:
        """Member as a stream."""
        try:
            with (self._root / member).open("rb") as stream:
                yield stream
        except OSError as error:
            raise DamagedFileError(
                f"{member} of {self._address} cannot be read: {error.strerror or error}. "
                "Check its permissions."
            ) from error

    def gdal_path(self, member: str) -> str:
        """The file's own path."""
        return str(self._root / member)


def list_zip(address: str, path: Path) -> dict[str, zipfile.ZipInfo]:
    """Files of a zip by their paths in it.

    Raises
    ------
    DamagedFileError
        It was cut short, a file leaves it or is there twice, or a file is a link.
    UnsupportedProductError
        It is encrypted, or packed by a method that GDAL does not read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise DamagedFileError(
            f"{address} begins as a zip but has no readable list of its files ({error}). "
            "It was probably cut short; fetch it again."
        ) from error
    if len(entries) > _MOST_MEMBERS:
        raise _too_many(address)
    names = [member_name(entry.filename, address) for entry in entries]
    _refuse_odd_entries(entries, names, address)
    return dict(zip(names, entries, strict=True))


def _refuse_odd_entries(entries: Iterable[zipfile.ZipInfo], names: list[str], address: str) -> None:
    for name, count in Counter(names).most_common(1):
        if count == 1:
            break
        raise DamagedFileError(
            f"{address} holds {name} {count} times, so nobody can say which is meant; "
            "fetch it again."
        )
    for entry in entries:
        if entry.flag_bits & 1:
            raise UnsupportedProductError(f"{address} is encrypted; unpack it first.")
        if entry.compress_type not in _METHODS:
            raise UnsupportedProductError(
                f"{address} is packed by a method (number {entry.compress_type}) that images "
                "cannot be read through: plain deflate or none was expected. Unpack it, and give "
                "the folder."
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DamagedFileError(
                f"{entry.filename} of {address} is a link; a Sentinel product has none. "
                "Fetch it again."
            )


class ZipStore(Store):
    """Members as entries of a zip below its top folder."""

    packed = True

    def __init__(
        self, path: Path, address: str, top: str, entries: Mapping[str, zipfile.ZipInfo]
    ) -> None:
        self._path = path.resolve()
        self._address = address
        self._top = top
        self._entries = entries
        self.names = frozenset(entries)

    def read(self, member: str, limit: int) -> bytes:
        """First bytes of a member; refused where it would unpack to far more than it is."""
        entry = self._entries[member]
        if entry.file_size > max(2**20, _HIGHEST_RATIO * entry.compress_size):
            raise DamagedFileError(
                f"{member} of {self._address} would grow from {entry.compress_size} to "
                f"{entry.file_size} bytes, which no metadata does; it is not unpacked."
            )
        return super().read(member, limit)

    @contextlib.contextmanager
    def opened(self, member: str) -> Iterator[IO[bytes]]:
        """Member as a stream, unpacked as it is read."""
        try:
            with (
                zipfile.ZipFile(self._path) as archive,
                archive.open(self._entries[member]) as stream,
            ):
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise DamagedFileError(
                f"{member} of {self._address} cannot be unpacked: {error}. Fetch the zip again."
            ) from error

    def gdal_path(self, member: str) -> str:
        """Path through GDAL's reader of zips."""
        return f"/vsizip/{{{self._path}}}/{self._top}{member}"


def _too_many(address: str) -> DamagedFileError:
    return DamagedFileError(
        f"{address} holds more than {_MOST_MEMBERS} files, which no Sentinel product does; "
        "it is not opened."
    )
