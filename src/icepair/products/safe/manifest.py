"""What a product's manifest lists: its files, their sizes and checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from icepair.errors import DamagedFileError
from icepair.products.safe.archive import SafeArchive, member_name
from icepair.products.safe.xml import Part, parse_xml, read_xml

__all__ = ["Listed", "Manifest", "read_manifest"]

_NAME = "manifest.safe"
_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA3-256": "sha3_256"}


@dataclass(frozen=True)
class Listed:
    """A file by its entry."""

    size: int | None
    """Bytes; None where the manifest does not say."""
    checksum: tuple[str, str] | None
    """Name of the hash and its value; None where there is none, or none that is known here."""


@dataclass(frozen=True, eq=False)
class Manifest:
    """The list of a product's files, and the rest of the document."""

    archive: SafeArchive
    root: Part
    """The whole document."""
    files: Mapping[str, Listed]
    """By member of the archive."""

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
        listed = self.files.get(member)
        if listed is None or listed.checksum is None:
            return
        name, expected = listed.checksum
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
    files = {}
    for entry in root.all("dataObjectSection/dataObject/byteStream"):
        location = entry.part("fileLocation").element.get("href", "")
        if location.startswith(("http:", "https:")):
            continue
        files[member_name(location, archive.address)] = _listed(entry)
    return Manifest(archive, root, files)


def _listed(entry: Part) -> Listed:
    size = entry.element.get("size", "")
    checksum = None
    if entry.has("checksum"):
        name = entry.part("checksum").element.get("checksumName", "")
        if name.upper() in _HASHES:
            checksum = name.upper(), entry.text("checksum").lower()
    return Listed(int(size) if size.isdigit() else None, checksum)
