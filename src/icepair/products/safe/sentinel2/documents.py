"""Metadata of a Sentinel-2 product, proven where there is a manifest to prove them by."""

from __future__ import annotations

import functools
from xml.etree import ElementTree

from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.manifest import Manifest, read_manifest
from icepair.products.safe.xml import read_xml

__all__ = ["Documents"]

_MANIFEST = "manifest.safe"


class Documents:
    """XML files of a product.

    Parameters
    ----------
    archive
        The product; one without a manifest, as some programs fetch single bands, is read unproven.
    """

    def __init__(self, archive: SafeArchive) -> None:
        self.archive = archive

    @functools.cached_property
    def _manifest(self) -> Manifest | None:
        return read_manifest(self.archive) if _MANIFEST in self.archive else None

    def text(self, member: str) -> bytes:
        """Bytes of a member, not parsed: for one word out of megabytes.

        Raises
        ------
        DamagedFileError
            The member is missing, or not what the manifest lists.
        """
        if self._manifest is not None:
            self._manifest.verify(member)
        return self.archive.read(member)

    def root(self, member: str) -> ElementTree.Element:
        """Root element of a member.

        Raises
        ------
        DamagedFileError
            The member is missing, no safe XML, or not what the manifest lists.
        """
        if self._manifest is None:
            return read_xml(self.archive, member)
        return self._manifest.document(member).element
