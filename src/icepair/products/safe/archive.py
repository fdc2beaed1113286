"""The files of a SAFE product, in a folder or a zip, none of them outside it."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from icepair.errors import DamagedFileError, InputError, UnsupportedProductError, UsageError
from icepair.products.safe.stores import FolderStore, Store, ZipStore, list_zip

__all__ = ["SafeArchive", "holds_safe", "open_archive"]

LARGEST_TEXT = 64 * 2**20
"""Bytes of a member that is read whole; the largest metadata seen is 30 MB."""
_ZIP_MAGIC = b"PK\x03\x04"
_ROOT_FILE = re.compile(r"manifest\.safe|MTD_MSIL[12][AC]\.xml|S2\w_\w+_MTD_SAFL[12][AC]_\w+\.xml")
"""Files that lie in the top folder of a product and nowhere else."""
_LEVELS_UP = 4


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

    def __init__(self, address: str, name: str, inside: str, store: Store) -> None:
        self.address = address
        self.name = name
        self.inside = inside
        self._store = store
        self.members: tuple[str, ...] = tuple(sorted(store.names))
        """Paths of all files, with forward slashes, in alphabetical order."""
        self.packed: bool = store.packed
        """Whether the files are in a zip."""

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Members that a shell pattern fits whatever the case; ``*`` also fits slashes."""
        wanted = pattern.lower()
        return tuple(name for name in self.members if fnmatch.fnmatchcase(name.lower(), wanted))

    def __contains__(self, member: str) -> bool:
        return member in self._store.names

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
        No SAFE product, or a zip that is encrypted or packed by an unusual method.
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
    # Resolved: a link, or "..", is not called as the product is.
    name = _without_suffix(root.resolve().name)
    return SafeArchive(address, name, "" if inside == "." else inside, FolderStore(root, address))


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


def _open_zip(address: str, path: Path) -> SafeArchive:
    entries = list_zip(address, path)
    top = _top_folder(entries, address)
    members = {
        name.removeprefix(top): entry for name, entry in entries.items() if name.startswith(top)
    }
    name = _without_suffix(PurePosixPath(top).name or path.name)
    return SafeArchive(address, name, "", ZipStore(path, address, top, members))


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


def _without_suffix(name: str) -> str:
    return re.sub(r"(?i)(\.zip|\.safe)+$", "", name)
