"""The files of a SAFE product, in a folder or a zip, none of them outside it.

A product comes from strangers: names in a zip, links in a folder and references in XML may point
anywhere. All of them pass `member_name`, and nothing is read that is not inside the product.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from icepair.errors import DamagedFileError, InputError, UnsupportedProductError, UsageError

__all__ = ["SafeArchive", "holds_safe", "member_name", "open_archive"]

LARGEST_TEXT = 64 * 2**20
"""Bytes of a member that is read whole; the largest metadata seen is 30 MB."""
_HIGHEST_RATIO = 200
"""Compression that metadata does not reach (10 to 40 times); zip bombs begin at 1000."""
_MOST_MEMBERS = 20_000
_PIECE = 2**22
_ZIP_MAGIC = b"PK\x03\x04"
_DRIVE = re.compile(r"[A-Za-z]:")
_ROOT_FILE = re.compile(r"manifest\.safe|MTD_MSIL[12][AC]\.xml|S2\w_\w+_MTD_SAFL[12][AC]_\w+\.xml")
"""Files that lie in the top folder of a product and nowhere else."""
_LEVELS_UP = 4


class _Store(Protocol):
    """Where members lie."""

    @property
    def packed(self) -> bool:
        """Whether it is a zip."""
        ...

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each member, by name."""
        ...

    def read(self, member: str, limit: int) -> bytes:
        """First bytes of a member, one more than `limit` at the most."""
        ...

    def pieces(self, member: str) -> Iterator[bytes]:
        """All bytes of a member, `_PIECE` at a time."""
        ...

    def gdal_path(self, member: str) -> str:
        """Name by which GDAL opens a member."""
        ...


class SafeArchive:
    """The files of one product, named by their paths below its top folder.

    Reading is safe from several threads; a pickled archive lists its files anew. Made by
    `open_archive`.

    Parameters
    ----------
    address
        As the user gave it.
    name
        Name of the top folder without ``.SAFE``; that of the zip where it has none.
    inside
        Member or folder within the product that the address pointed to, empty for all of it.
    store
        Folder or zip.
    """

    def __init__(self, address: str, name: str, inside: str, store: _Store) -> None:
        self.address = address
        self.name = name
        self.inside = inside
        self._store = store
        self.members: tuple[str, ...] = tuple(sorted(store.sizes))
        """Paths of all files, with forward slashes, in alphabetical order."""
        self.packed: bool = store.packed
        """Whether the files are in a zip."""

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Members that a shell pattern fits whatever the case; ``*`` also fits slashes."""
        wanted = pattern.lower()
        return tuple(name for name in self.members if fnmatch.fnmatchcase(name.lower(), wanted))

    def __contains__(self, member: str) -> bool:
        return member in self._store.sizes

    def size(self, member: str) -> int:
        """Bytes of a member.

        Raises
        ------
        DamagedFileError
            The product has no such member.
        """
        self._must_have(member)
        return self._store.sizes[member]

    def read(self, member: str, limit: int = LARGEST_TEXT) -> bytes:
        """All bytes of a member.

        Parameters
        ----------
        member
            One of `members`.
        limit
            Bytes beyond which the member is refused.

        Raises
        ------
        DamagedFileError
            No such member, one that cannot be read, or one larger than `limit`.
        """
        self._must_have(member)
        data = self._store.read(member, limit)
        if len(data) > limit:
            raise DamagedFileError(
                f"{member} of {self.address} is larger than {limit / 2**20:.0f} MB, "
                "which no Sentinel product needs; it is not read."
            )
        return data

    def pieces(self, member: str) -> Iterator[bytes]:
        """Bytes of a member of any size, some megabytes at a time; raises as `read`."""
        self._must_have(member)
        return self._store.pieces(member)

    def gdal_path(self, member: str) -> str:
        """Name by which GDAL opens a member, an image for one.

        Raises
        ------
        DamagedFileError
            The product has no such member.
        """
        self._must_have(member)
        return self._store.gdal_path(member)

    def _must_have(self, member: str) -> None:
        if member not in self:
            raise DamagedFileError(
                f"{self.address} lacks {member}; the product is incomplete. Fetch it again."
            )

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return open_archive, (self.address,)

    def __repr__(self) -> str:
        return f"SafeArchive({self.address!r}, {len(self.members)} files)"


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


def holds_safe(address: str) -> bool:
    """Whether a path is a folder, a zip, or a metadata file of a SAFE folder.

    Nothing is said about what is in it: `open_archive` refuses what is no product.
    """
    path = _absolute(address)
    if path.suffix.lower() in (".safe", ".xml"):
        return path.exists()
    try:
        if path.is_dir():
            return bool(_root_above(path) or _only_product_in(path))
        with path.open("rb") as stream:
            return stream.read(4) == _ZIP_MAGIC
    except OSError:  # whoever opens it next says what is wrong
        return False


def open_archive(address: str | os.PathLike[str]) -> SafeArchive:
    """Files of the product at a path.

    Parameters
    ----------
    address
        A ``.SAFE`` folder under any name, its ``manifest.safe`` or ``MTD_MSIL1C.xml``, a folder
        inside it (the granule of one tile), a folder that holds nothing else, or a zip of it.

    Raises
    ------
    UnsupportedProductError
        No SAFE product, or an encrypted zip.
    DamagedFileError
        Missing, cut short, or with members that leave it.
    UsageError
        Several products in one zip.
    """
    text = os.fspath(address)
    path = _absolute(text)
    try:
        if path.is_file() and path.suffix.lower() not in (".safe", ".xml"):
            return _open_zip(text, path)
        return _open_folder(text, path)
    except OSError as error:
        raise DamagedFileError(
            f"{text} cannot be read: {error.strerror or error}. Check its permissions."
        ) from error


def _absolute(address: str) -> Path:
    return Path(address).expanduser().absolute()


def _open_folder(address: str, path: Path) -> SafeArchive:
    if not path.exists():
        raise DamagedFileError(f"There is no file or folder {address}. Check the spelling.")
    root = _root_above(path) or _only_product_in(path)
    if root is None:
        refusal: type[InputError] = UnsupportedProductError
        if path.suffix.upper() == ".SAFE":
            refusal = DamagedFileError
        raise refusal(
            f"{address} holds neither manifest.safe nor MTD_MSIL1C.xml or its like; "
            "a SAFE product has one of them in its top folder."
        )
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else "."
    name = _without_suffix(root.resolve().name)
    return SafeArchive(address, name, "" if inside == "." else inside, _Folder(root, address))


def _root_above(path: Path) -> Path | None:
    """Top folder of the product that a path lies in."""
    candidates = (path, *path.parents[:_LEVELS_UP])
    return next((folder for folder in candidates if folder.is_dir() and _is_root(folder)), None)


def _is_root(folder: Path) -> bool:
    return any(_ROOT_FILE.fullmatch(entry.name) for entry in folder.iterdir())


def _only_product_in(path: Path) -> Path | None:
    """The one product in a folder that holds nothing else, as unpacking leaves it."""
    if not path.is_dir():
        return None
    inner = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    return inner[0] if len(inner) == 1 and inner[0].is_dir() and _is_root(inner[0]) else None


def _without_suffix(name: str) -> str:
    return re.sub(r"(?i)(\.zip|\.safe)+$", "", name)


class _Folder:
    """Members as files below a folder."""

    packed = False

    def __init__(self, root: Path, address: str) -> None:
        self._root = root.resolve()
        self._address = address
        self.sizes: dict[str, int] = {}
        for folder, _, names in os.walk(self._root):
            for name in names:
                self._add(Path(folder, name))

    def _add(self, path: Path) -> None:
        member = path.relative_to(self._root).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(self._root):
            raise DamagedFileError(
                f"{member} of {self._address} is a link to a file outside the product; "
                "put the file itself in its place."
            )
        if len(self.sizes) >= _MOST_MEMBERS:
            raise _too_many(self._address)
        if path.is_file():
            self.sizes[member] = path.stat().st_size

    def read(self, member: str, limit: int) -> bytes:
        with self._opened(member) as stream:
            return stream.read(limit + 1)

    def pieces(self, member: str) -> Iterator[bytes]:
        with self._opened(member) as stream:
            yield from iter(lambda: stream.read(_PIECE), b"")

    @contextlib.contextmanager
    def _opened(self, member: str) -> Iterator[IO[bytes]]:
        try:
            with (self._root / member).open("rb") as stream:
                yield stream
        except OSError as error:
            raise DamagedFileError(
                f"{member} of {self._address} cannot be read: {error.strerror or error}. "
                "Check its permissions."
            ) from error

    def gdal_path(self, member: str) -> str:
        return str(self._root / member)


def _open_zip(address: str, path: Path) -> SafeArchive:
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
    top = _top_folder(names, address)
    _refuse_odd_entries(entries, names, address)
    members = {
        name.removeprefix(top): entry
        for name, entry in zip(names, entries, strict=True)
        if name.startswith(top)
    }
    name = _without_suffix(PurePosixPath(top).name or path.name)
    return SafeArchive(address, name, "", _Zip(path, address, top, members))


def _top_folder(names: Iterable[str], address: str) -> str:
    """Folder of the product within a zip, with a slash at its end; empty for none."""
    paths = [PurePosixPath(name) for name in names]
    roots = {path.parent for path in paths if _ROOT_FILE.fullmatch(path.name)}
    if not roots:
        raise UnsupportedProductError(
            f"{address} is a zip without manifest.safe or MTD_MSIL1C.xml or its like: "
            "no Sentinel product."
        )
    if len(roots) > 1:
        listed = ", ".join(sorted(root.name for root in roots))
        raise UsageError(
            f"{address} holds {len(roots)} products ({listed}); unpack it and give one of them."
        )
    root = roots.pop().as_posix()
    return "" if root == "." else f"{root}/"


def _refuse_odd_entries(entries: Iterable[zipfile.ZipInfo], names: list[str], address: str) -> None:
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise DamagedFileError(
            f"{address} holds {name} {count} times, so nobody can say which is meant; "
            "fetch it again."
        )
    for entry in entries:
        if entry.flag_bits & 1:
            raise UnsupportedProductError(f"{address} is encrypted; unpack it first.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DamagedFileError(
                f"{entry.filename} of {address} is a link; a Sentinel product has none. "
                "Fetch it again."
            )


class _Zip:
    """Members as entries of a zip."""

    packed = True

    def __init__(
        self, path: Path, address: str, top: str, entries: Mapping[str, zipfile.ZipInfo]
    ) -> None:
        self._path = path.resolve()
        self._address = address
        self._top = top
        self._entries = entries
        self.sizes: dict[str, int] = {name: entry.file_size for name, entry in entries.items()}

    def read(self, member: str, limit: int) -> bytes:
        entry = self._entries[member]
        if entry.file_size > max(2**20, _HIGHEST_RATIO * entry.compress_size):
            raise DamagedFileError(
                f"{member} of {self._address} would grow from {entry.compress_size} to "
                f"{entry.file_size} bytes, which no metadata does; it is not unpacked."
            )
        with self._opened(member) as stream:
            return stream.read(limit + 1)

    def pieces(self, member: str) -> Iterator[bytes]:
        with self._opened(member) as stream:
            yield from iter(lambda: stream.read(_PIECE), b"")

    @contextlib.contextmanager
    def _opened(self, member: str) -> Iterator[IO[bytes]]:
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
        return f"/vsizip/{{{self._path}}}/{self._top}{member}"


def _too_many(address: str) -> DamagedFileError:
    return DamagedFileError(
        f"{address} holds more than {_MOST_MEMBERS} files, which no Sentinel product does; "
        "it is not opened."
    )
