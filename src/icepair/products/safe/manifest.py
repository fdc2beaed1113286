"""What a product's manifest lists: its files and their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from icepair.errors import DamagedFileError
from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.stores import member_name
from icepair.products.safe.xml import Part, parse_xml, read_xml

__all__ = ["Checksum", "Manifest", "read_manifest"]

_NAME = "manifest.safe"
Checksum: TypeAlias = tuple[str, str]
"""Name of the hash and its value, in hexadecimal digits."""
_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA3-256": "sha3_256"}


@dataclass(frozen=True, eq=False)
class Manifest:
    """The list of a product's files, and the rest of the document."""

    archive: SafeArchive
    root: Part
    """The whole document."""
    files: Mapping[str, Checksum | None]
    """Files by member of the archive; None for one without a checksum that is known here."""

    def document(self, member: str) -> Part:
        """Metadata in XML, proven by the manifest's checksum before it is believed.

        Raises
        ------
        DamagedFileError
            The member is missing, no safe XML, or not what the manifest lists.
        """
        data = self.archive.read(member)
        self._compare(member, [data])
        name = f"{member} of {self.archive.address}"
        return Part(parse_xml(data, name), name)

    def verify(self, member: str) -> None:
        """Prove a file of any size by the manifest's checksum; nothing where it has none.

        Raises
        ------
        DamagedFileError
            The member is missing or not what the manifest lists.
        """
        self._compare(member, self.archive.pieces(member))

    def _compare(self, member: str, pieces: Iterable[bytes]) -> None:
        checksum = self.files.get(member)
        if checksum is None:
            return
        name, expected = checksum
        found = hashlib.new(_HASHES[name], usedforsecurity=False)
        for piece in pieces:
            found.update(piece)
        if found.hexdigest() != expected:
            raise DamagedFileError(
                f"{member} of {self.archive.address} is not the file that the manifest lists: its "
                f"{name} is {found.hexdigest()}, {expected} was expected. It was damaged or "
                "edited; fetch the product again."
            )


def read_manifest(archive: SafeArchive) -> Manifest:
    """Manifest of a product.

    Raises
    ------
    DamagedFileError
        It is missing, no safe XML, or lists a file outside the product.
    """
    root = Part(read_xml(archive, _NAME), f"{_NAME} of {archive.address}")
    files: dict[str, Checksum | None] = {}
    for entry in root.all("dataObjectSection/dataObject/byteStream"):
        location = entry.part("fileLocation").element.get("href", "")
        if location.startswith(("http:", "https:")):
            continue
        files[member_name(location, archive.address)] = _checksum(entry)
    return Manifest(archive, root, files)


def _checksum(entry: Part) -> Checksum | None:
    for checksum in entry.all("checksum"):
        name = checksum.element.get("checksumName", "").upper()
        if name in _HASHES:
            return name, (checksum.element.text or "").strip().lower()
    return None
